"""A small made-up study: tables, runs and data as the earlier stages would have written them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from modecollapse.claims import load
from modecollapse.datasets import digit_classifier

SEEDS = [0, 1, 2, 3, 4]
STEPS = 400
LABELS = {"ring": "2D Ring", "grid": "2D Grid", "stacked-digits": "Stacked digits"}
MODES = {"ring": 8, "grid": 25, "stacked-digits": 1000}
MEASURES = {
    "modes": {"label": "Modes captured", "decimals": 2, "note": "more is better"},
    "high_quality_percent": {"label": "% high quality samples", "decimals": 2, "note": "more is better"},
    "reverse_kl": {"label": "Reverse KL (nats)", "decimals": 3, "note": "less is better"},
}
VARIANTS = {"gan-minimax": "GAN (minimax)", "gan-nonsaturating": "GAN (non-saturating)", "veegan": "VEEGAN"}
# Share of the modes that a variant finds in the made-up results.
FOUND = {"gan-minimax": 0.3, "gan-nonsaturating": 0.6, "veegan": 1.0}


def support(dataset: str, measure: str) -> tuple[float, float]:
    """The bounds of a measure on a data set."""
    bounds = {
        "modes": MODES[dataset],
        "high_quality_percent": 100.0,
        "reverse_kl": float(np.log(MODES[dataset])),
    }
    return 0.0, float(bounds[measure])


def make_entry(dataset: str) -> dict:
    """A data set as the plan describes it."""
    stacked = dataset == "stacked-digits"
    return {
        "label": LABELS[dataset], "family": dataset, "options": {}, "modes": MODES[dataset],
        "shape": [3, 8, 8] if stacked else [2],
        "samples": 26_000 if stacked else 2_500,
        "measures": [m for m in MEASURES if not stacked or m != "high_quality_percent"],
    }  # fmt: skip


def make_plan(datasets: list[str]) -> dict:
    """The plan of a study of the three variants on some data sets."""
    cells = [
        {
            "experiment": "matched", "dataset": d, "variant": v, "steps": STEPS, "batch": 100, "latent": 2,
            "config_hash": "c0ffee" * 8, "source": "VEEGAN notebook",
            "reference_steps": 25_000 if d != "grid" else None,
        }
        for d in datasets
        for v in VARIANTS
    ]  # fmt: skip
    return {
        "study": "default",
        "root_seed": 1,
        "seeds": SEEDS,
        "measures": MEASURES,
        "datasets": {d: make_entry(d) for d in datasets},
        "variants": {
            v: {"label": label, "options": {"reconstruction": "mean"} if v == "veegan" else {}}
            for v, label in VARIANTS.items()
        },
        "cells": cells,
    }


def make_measures(datasets: list[str]) -> pd.DataFrame:
    """Tidy rows; the second seed of minimax on the ring diverges after step 200."""
    rng = np.random.default_rng(5)
    rows = []

    def add(experiment: str, dataset: str, variant: str, seed: int, step: int, share: float, status: str) -> None:
        kl = -np.log(max(share, 1 / MODES[dataset])) if share else np.log(MODES[dataset])
        values = {
            "modes": round(share * MODES[dataset]),
            "high_quality_percent": 98.9 * share,
            "reverse_kl": kl,
        }
        values["loss_D"] = np.nan if status == "diverged" else 0.7
        for measure, value in values.items():
            rows.append((experiment, dataset, variant, seed, step, measure, value, 2500, status, "c0ffee"))

    for dataset in datasets:
        for variant in VARIANTS:
            for seed in SEEDS:
                for step in (0, 100, 200, 300, STEPS):
                    share = np.clip(FOUND[variant] * (0.2 + 0.8 * step / STEPS) + 0.06 * rng.standard_normal(), 0, 1)
                    bad = (dataset, variant, seed) == ("ring", "gan-minimax", 1) and step > 200
                    add(
                        "matched",
                        dataset,
                        variant,
                        seed,
                        step,
                        0.0 if bad else share,
                        "diverged" if bad else "ok",
                    )
        for replicate in range(20):
            add("calibration", dataset, "oracle", replicate, 0, 1.0, "ok")
            add("calibration", dataset, "null-uniform", replicate, 0, 0.2 + 0.01 * (replicate % 3), "ok")
            add("calibration", dataset, "null-gaussian", replicate, 0, 0.1, "ok")
    columns = ["experiment", "dataset", "variant", "seed", "step", "measure"]
    columns += ["value", "n", "status", "config_hash"]
    return pd.DataFrame(rows, columns=columns)


def make_data(folder: Path, datasets: list[str]) -> dict[str, Path]:
    """The npz files of the data sets."""
    rng = np.random.default_rng(6)
    angle = np.arange(8) * np.pi / 4
    axis = np.arange(-4.0, 5.0, 2.0)
    means = {
        "ring": np.stack([np.cos(angle), np.sin(angle)], axis=1),
        "grid": np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2),
    }
    paths = {}
    folder.mkdir(parents=True)
    for name in datasets:
        paths[name] = folder / f"{name}.npz"
        if name in means:
            sd = 0.01 if name == "ring" else 0.05
            np.savez(paths[name], means=means[name].astype(np.float32), sd=sd)
        else:
            yy, xx = np.mgrid[0:8, 0:8]
            spots = rng.uniform(1, 6, size=(60, 2, 1, 1))
            ring = np.hypot(yy - spots[:, 0], xx - spots[:, 1])
            digits = np.clip(2 * np.exp(-((ring - 2) ** 2)) - 1, -1, 1).astype(np.float32)
            weights = {f"classifier.{k}": v.numpy() for k, v in digit_classifier.build().state_dict().items()}
            known = {"labels": np.arange(60) % 10, "train": np.arange(60) < 40, "accuracy": 0.1}
            np.savez(paths[name], digits=digits, **known, **weights)
    return paths


def make_runs(folder: Path, data: dict[str, Path]) -> list[Path]:
    """Run folders with samples that fit the made-up results roughly."""
    rng = np.random.default_rng(7)
    runs = []
    for dataset, path in data.items():
        stored = np.load(path)
        for variant in VARIANTS:
            run = folder / "matched" / dataset / variant / "seeds-0-4"
            run.mkdir(parents=True)
            if "means" in stored:
                found = stored["means"][: max(1, int(FOUND[variant] * len(stored["means"])))]
                chosen = found[rng.integers(len(found), size=(5, 2500))]
                samples = (chosen + 2 * stored["sd"] * rng.standard_normal(chosen.shape)).astype(np.float32)
                samples[:, :30] *= 40
            else:
                kinds = max(1, int(FOUND[variant] * 60))
                samples = stored["digits"][rng.integers(kinds, size=(5, 60, 3))]
                samples = (samples + 0.2 * rng.standard_normal(samples.shape)).astype(np.float16)
            np.save(run / "samples.npy", samples)
            diverged = (dataset, variant) == ("ring", "gan-minimax")
            status = [
                {"seed": s, "status": "diverged" if diverged and s == 1 else "ok",
                 "step": 211 if diverged and s == 1 else STEPS}
                for s in SEEDS
            ]  # fmt: skip
            record = {
                "experiment": "matched", "dataset": dataset, "variant": variant, "seeds": SEEDS,
                "status": status,
                "config_hash": "c0ffee" * 8, "code": "ab" * 32, "commit": None, "dirty": None,
                "versions": {"python": "3.11.9", "torch": "2.13.0", "numpy": "2.4.6"}, "device": "cpu",
                "cpu": "Example CPU @ 2.00GHz", "threads": 1, "steps": STEPS, "batch": 100,
                "wall_seconds": 61.5, "process_seconds": 60.1, "seed_steps_per_second": 40.2, "files": {},
            }  # fmt: skip
            (run / "run.json").write_text(json.dumps(record))
            runs.append(run)
    return runs


def build_study(folder: Path, datasets: list[str]) -> SimpleNamespace:
    """Everything that the report reads: plan, measures, published, support, runs, data."""
    claims = load(Path(__file__).parents[2] / "config" / "claims.yaml")
    data = make_data(folder / "data", datasets)
    return SimpleNamespace(
        plan=make_plan(datasets),
        measures=make_measures(datasets),
        published=claims,
        support=support,
        runs=make_runs(folder / "runs", data),
        data=data,
    )


@pytest.fixture(scope="session")
def make_study() -> Callable[[Path, list[str]], SimpleNamespace]:
    """Makes a study of some data sets in a folder."""
    return build_study


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Ring, grid and stacked digits; nobody changes it."""
    return build_study(tmp_path_factory.mktemp("study"), list(LABELS))


@pytest.fixture(scope="session")
def ring_study(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The ring alone."""
    return build_study(tmp_path_factory.mktemp("ring"), ["ring"])

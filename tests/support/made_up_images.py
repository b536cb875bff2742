"""A made-up study of image data sets: measures of counts, samples and inversions, two experiments, one half empty."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
from made_up_study import MEASURES, SEEDS, STEPS, VARIANTS, few_claims, make_cell, make_summary, write_run
from made_up_training import cell_rows, trajectories

from modecollapse import datasets
from modecollapse.measures.table import COLUMNS
from modecollapse.study.summary import DatasetSummary, MeasureSummary, StudySummary

STACKED, CIFAR = "stacked-mnist", "cifar10"
SHAPES = {STACKED: [3, 28, 28], CIFAR: [3, 32, 32]}
MODES = {STACKED: 1000, CIFAR: 10}
LABELS = {
    "gan-nonsaturating": VARIANTS["gan-nonsaturating"], "ali": "ALI", "unrolled": "Unrolled GAN", "veegan": "VEEGAN",
    "began": "BEGAN",
}  # fmt: skip
ERRORS = {variant: 0.006 + 0.003 * place for place, variant in enumerate(LABELS)}
CONTROLS = {"mean-image": 0.061, "pca-2": 0.009, "nearest-training": 0.027}
OTHERS = {
    "precision": MeasureSummary("Precision", 3, "more is better", "samples", "more"),
    "birthday_batch": MeasureSummary("Birthday batch", 0, "of 2500; more is better", "samples", "more"),
    "kl_data": MeasureSummary("KL to data (nats)", 3, "less is better", "samples", "less"),
    "ivom_test": MeasureSummary("IvOM, test images", 5, "less is better", "inversions", "less"),
    "ivom_train": MeasureSummary("IvOM, training images", 5, "less is better", "inversions", "less"),
}
OF_DATA = {
    STACKED: ["modes", "reverse_kl", "precision", "birthday_batch", "kl_data"],
    CIFAR: ["precision", "birthday_batch", "ivom_test", "ivom_train"],
}
CELLS = [("matched", dataset, variant) for dataset in (STACKED, CIFAR) for variant in LABELS]
CELLS += [("published", STACKED, variant) for variant in ("gan-nonsaturating", "ali")]


def support(dataset: str, measure: str) -> tuple[float, float]:
    """The bounds of a measure on a data set."""
    bounds = {"modes": MODES[dataset], "reverse_kl": np.log(MODES[dataset]), "precision": 1, "birthday_batch": 2500}
    return 0.0, float(bounds.get(measure, np.inf))


def image_summary() -> StudySummary:
    """The summary; CIFAR-10 has no measure of counts."""
    labels = {STACKED: "Stacked-MNIST", CIFAR: "CIFAR-10"}
    return replace(
        make_summary([], LABELS, []),
        measures={**{m: MEASURES[m] for m in ("modes", "reverse_kl")}, **OTHERS},
        datasets={
            name: DatasetSummary(
                label, name, True, {"range": "symmetric"}, SHAPES[name], MODES[name], 26_000, OF_DATA[name]
            )
            for name, label in labels.items()
        },
        cells=[make_cell(*cell) for cell in CELLS],
    )


def image_measures() -> pd.DataFrame:
    """Tidy rows. One generator of BEGAN makes images that are not finite, so that its errors are infinite."""
    rng = np.random.default_rng(8)
    rows = []

    def add(cell: tuple, seed: int, step: int, values: dict[str, float]) -> None:
        kept = {m: value for m, value in values.items() if m in OF_DATA[cell[1]]}
        rows.extend((*cell, seed, step, m, value, 2500, "ok", "c0ffee") for m, value in kept.items())

    for cell in CELLS:
        for seed in SEEDS:
            noise = 1 + 0.05 * rng.standard_normal()
            error = np.inf if (cell[2], seed) == ("began", 2) else noise * ERRORS[cell[2]]
            for step in (0, STEPS // 2, STEPS):
                share = step / STEPS * min(1, 9 * ERRORS[cell[2]] * noise)
                counted = {"modes": round(1000 * share), "reverse_kl": -np.log(max(share, 1e-3))}
                inverted = {"ivom_test": error, "ivom_train": 0.9 * error}
                untrained = {"ivom_test": 0.05 * noise, "ivom_train": 0.05 * noise}
                sampled = {"precision": min(1, 0.5 * noise), "birthday_batch": 300 * noise, "kl_data": 2 * noise}
                add(cell, seed, step, counted | {0: untrained, STEPS: inverted | sampled}.get(step, {}))
    for dataset in (STACKED, CIFAR):
        for seed in range(20):
            real = {"modes": 1000, "reverse_kl": 0.024, "precision": 0.97, "birthday_batch": 2400, "kl_data": 0.02}
            add(("calibration", dataset, "oracle"), seed, 0, real)
            for null in ("null-uniform", "null-gaussian"):
                nothing = {"modes": 12, "reverse_kl": 5.0, "precision": 0, "birthday_batch": 2500, "kl_data": 6.0}
                add(("calibration", dataset, null), seed, 0, nothing)
        for control, value in CONTROLS.items():
            add(("calibration", dataset, control), 0, 0, {"ivom_test": value, "ivom_train": value})
    return pd.DataFrame(rows, columns=COLUMNS[:-1])


def pictures(n: int, shape: list[int], rng: np.random.Generator) -> np.ndarray:
    """(n, C, h, w) float64 on [0, 1]: in every channel a ring of its own."""
    yy, xx = np.mgrid[: shape[1], : shape[2]]
    at = rng.uniform(0.25, 0.75, size=(2, n, shape[0], 1, 1)) * shape[1]
    radius = rng.uniform(0.1, 0.3, size=(n, shape[0], 1, 1)) * shape[1]
    return np.exp(-(((np.hypot(yy - at[0], xx - at[1]) - radius) / 2) ** 2))


def image_data(folder: Path) -> dict[str, Path]:
    """The data files, without classifiers."""
    rng = np.random.default_rng(9)
    folder.mkdir(parents=True)
    for name, shape in SHAPES.items():
        channels = 1 if name == STACKED else 3
        images = np.round(255 * pictures(60, [channels, *shape[1:]], rng)).astype(np.uint8)
        arrays = {"images": images, "labels": np.arange(60) % 10, "training": 40, "held_out": 20, "classes": 10}
        arrays |= {"pixels": np.array([-1.0, 1.0]), "sources": "{}"}
        arrays |= {"triples": rng.integers(40, size=(50, 3), dtype=np.int32)} if name == STACKED else {}
        (folder / f"{name}.npz").write_bytes(datasets.to_bytes({"family": np.array(name), **arrays}))
    return {name: folder / f"{name}.npz" for name in SHAPES}


def image_runs(folder: Path, summary: StudySummary) -> list[Path]:
    """Run folders, whose samples are blurred by noise."""
    rng = np.random.default_rng(10)
    runs = []
    for cell in summary.cells:
        shape = SHAPES[cell.dataset]
        samples = 2 * np.stack([pictures(30, shape, rng) for _ in SEEDS]) - 1
        run = folder / cell.experiment / cell.dataset / cell.variant / "seeds-0-4"
        write_run(run, cell, (samples + 0.3 * rng.standard_normal(samples.shape)).astype(np.float16))
        runs.append(run)
    return runs


def image_inversions(folder: Path, summary: StudySummary) -> Path:
    """What inversion found on CIFAR-10; BEGAN has nothing finite to show."""
    rng = np.random.default_rng(11)
    targets = pictures(8, SHAPES[CIFAR], rng)
    for cell in summary.cells:
        if cell.dataset == CIFAR:
            near = np.clip(targets + 10 * ERRORS[cell.variant] * rng.standard_normal(targets.shape), 0, 1)
            found = {"test_targets": targets, "test_reconstructions": near, "test_nearest": near[::-1]}
            if cell.variant == "began":
                found |= {"test_nearest": np.full_like(near, np.nan)}
            path = folder / cell.experiment / CIFAR / cell.variant / "seeds-0-4.npz"
            path.parent.mkdir(parents=True)
            np.savez(path, **{name: images.astype(np.float16) for name, images in found.items()})
    return folder


def build_images(folder: Path) -> SimpleNamespace:
    """Everything that the report reads."""
    summary = image_summary()
    return SimpleNamespace(
        summary=summary,
        measures=pd.concat([image_measures(), trajectories(summary)], ignore_index=True),
        cells=cell_rows(summary),
        published=few_claims(),
        support=support,
        runs=image_runs(folder / "runs", summary),
        data=image_data(folder / "data"),
        inversions=image_inversions(folder / "inversions", summary),
    )

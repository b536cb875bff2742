"""A small made-up study: tables, runs and data as the earlier stages would have written them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
from made_up_training import cell_rows, traces, trajectories
from pypdf import PdfReader

from modecollapse import datasets, reading
from modecollapse.claims import Registry, judge, load
from modecollapse.comparisons import comparison_tables
from modecollapse.comparisons.endpoints import endpoints
from modecollapse.datasets import stacked_digits
from modecollapse.measures.table import COLUMNS
from modecollapse.report import document, figures, layout, result_tables
from modecollapse.study import catalogue
from modecollapse.study.summary import CellSummary, DatasetSummary, MeasureSummary, StudySummary, VariantSummary

CLAIMS = Path(__file__).parents[2] / "config" / "claims.yaml"
FEW = ("B2", "B3", "B5", "B10", "B13", "C11", "L1", "L12", "V7", "V8", "V9", "B27")
SEEDS = [0, 1, 2, 3, 4]
STEPS = 400
BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="504" height="200"/>'
LABELS = {
    "ring": "2D Ring",
    "grid": "2D Grid",
    "stacked-digits": "Stacked digits",
    "gaussians-1200d": "1200D Synthetic",
}
SMALL = ["ring", "grid", "stacked-digits"]
MODES = {"ring": 8, "grid": 25, "stacked-digits": 1000, "gaussians-1200d": 10}
MEASURES = {
    "modes": MeasureSummary("Modes captured", 2, "more is better", "counts", "more"),
    "high_quality_percent": MeasureSummary("% high quality samples", 2, "more is better", "counts", "more"),
    "reverse_kl": MeasureSummary("Reverse KL (nats)", 3, "less is better", "counts", "less"),
}
BY_SHELL = "by the repaired rule; more is better"
REPAIRED = {
    "modes_shell": MeasureSummary("Modes captured (shell)", 2, BY_SHELL, "counts", "more"),
    "high_quality_percent_shell": MeasureSummary("% high quality samples (shell)", 2, BY_SHELL, "counts", "more"),
}
VARIANTS = {"gan-minimax": "GAN (minimax)", "gan-nonsaturating": "GAN (non-saturating)", "veegan": "VEEGAN"}
MANY = {
    "gan-minimax": "GAN (minimax)", "gan-nonsaturating": "GAN (non-saturating)", "lsgan": "LSGAN (eq. 9)",
    "lsgan-eq8": "LSGAN (eq. 8)", "wgan": "WGAN", "wgan-gp": "WGAN-GP", "ebgan": "EBGAN", "ebgan-pt": "EBGAN-PT",
    "began": "BEGAN", "ali": "ALI", "unrolled": "Unrolled GAN", "veegan": "VEEGAN", "pacgan": "PacGAN",
}  # fmt: skip
OPTIONS = {
    "veegan": {"reconstruction": "mean"},
    "began": {"gamma": 0.5, "lambda_k": 0.001, "k_0": 0.0, "clamp": True, "k": "adaptive", "z_d": "own"},
    "wgan-gp": {"n_critic": 5, "penalty": 10.0},
    "unrolled": {"unrolling_steps": 5, "gradient": "first-order", "generator_loss": "non-saturating"},
}
# Share of the modes that a variant finds in the made-up results.
FOUND = {"gan-minimax": 0.3, "gan-nonsaturating": 0.6, "veegan": 1.0, "pacgan": 1.0}
ADAM = {"kind": "adam", "lr": 1e-3, "beta1": 0.5, "beta2": 0.999, "eps": 1e-8}
RMSPROP = {"kind": "rmsprop", "lr": 5e-5, "alpha": 0.99, "eps": 1e-8}


def found(variant: str) -> float:
    """The share of the modes that a variant finds, of one that is not in FOUND from its name."""
    return FOUND.get(variant, 0.2 + 0.05 * (sum(map(ord, variant)) % 15))


def rule(measure: str) -> str:
    return measure.removesuffix("_shell")


def support(dataset: str, measure: str) -> tuple[float, float]:
    """The bounds of a measure on a data set."""
    bounds = {"modes": MODES[dataset], "high_quality_percent": 100.0, "reverse_kl": float(np.log(MODES[dataset]))}
    return 0.0, float(bounds[rule(measure)])


def make_entry(dataset: str) -> DatasetSummary:
    """A data set of the summary."""
    stacked, wide = dataset == "stacked-digits", dataset == "gaussians-1200d"
    own = {**MEASURES, **(REPAIRED if wide else {})}
    return DatasetSummary(
        label=LABELS[dataset],
        family=dataset,
        as_published=True,
        options={},
        shape=[3, 8, 8] if stacked else [1200] if wide else [2],
        modes=MODES[dataset],
        samples=26_000 if stacked else 2_500,
        measures=[m for m in own if not stacked or m != "high_quality_percent"],
    )


MLP = {"hidden": [128, 128], "activation": "relu", "normalisation": "none", "init": None}


def make_cell(experiment: str, dataset: str, variant: str) -> CellSummary:
    """A cell; WGAN's recipe, and where it is published everyone's data set, differ."""
    own = {"wgan": {"discriminator": RMSPROP}, "began": {"autoencoder": ADAM}}
    work = "Arjovsky et al. 2017, figure 3" if variant == "wgan" else "the VEEGAN notebook"
    autoencoder = {**MLP, "activation": "elu", "code": 2}
    return CellSummary(
        experiment=experiment,
        dataset=dataset,
        variant=variant,
        seeds=SEEDS,
        config_hash="c0ffee" * 8,
        roles={"G": "generator", "D": "autoencoder" if variant == "began" else "discriminator"},
        source="VEEGAN notebook" if experiment == "matched" else f"{experiment} recipe of {work}",
        steps=STEPS,
        evaluations=20,
        batch=100,
        latent=2,
        schedule="alternating",
        networks={"generator": MLP, "discriminator": MLP, "encoder": None, "autoencoder": autoencoder},
        optimizer=ADAM,
        optimizers=own.get(variant, {}) if experiment != "matched" else {},
    )


def make_summary(names: list[str], variants: dict[str, str], experiments: list[str]) -> StudySummary:
    """The summary of a study of some variants on some data sets."""
    return StudySummary(
        study="default",
        root_seed=1,
        seeds=SEEDS,
        measures={**MEASURES, **(REPAIRED if "gaussians-1200d" in names else {})},
        datasets={d: make_entry(d) for d in names},
        variants={v: VariantSummary(label, v, OPTIONS.get(v, {})) for v, label in variants.items()},
        cells=[make_cell(e, d, v) for e in experiments for d in names for v in variants],
    )


def with_seeds(summary: StudySummary, seeds: list[int]) -> StudySummary:
    """A summary with other seeds."""
    return replace(summary, seeds=seeds, cells=[replace(cell, seeds=seeds) for cell in summary.cells])


def make_measures(summary: StudySummary) -> pd.DataFrame:
    """Tidy rows; the second seed of minimax on the ring diverges after step 200.

    In 1200 dimensions nothing passes the unrepaired rule, real data included.
    """
    rng = np.random.default_rng(5)
    rows = []

    def add(experiment: str, dataset: str, variant: str, seed: int, step: int, share: float, status: str) -> None:
        kl = -np.log(max(share, 1 / MODES[dataset])) if share else np.log(MODES[dataset])
        values = {"modes": round(share * MODES[dataset]), "high_quality_percent": 98.9 * share, "reverse_kl": kl}
        if dataset == "gaussians-1200d":
            rejected = {"modes": 0, "high_quality_percent": 0.0, "reverse_kl": np.log(10)}
            values = {**rejected, **{f"{m}_shell": value for m, value in values.items() if f"{m}_shell" in REPAIRED}}
        values["loss_D"] = np.nan if status == "diverged" else 0.7
        for measure, value in values.items():
            rows.append((experiment, dataset, variant, seed, step, measure, value, 2500, status, "c0ffee"))

    for cell in summary.cells:
        experiment, dataset, variant = cell.key
        for seed in SEEDS:
            for step in (0, 100, 200, 300, STEPS):
                share = np.clip(found(variant) * (0.2 + 0.8 * step / STEPS) + 0.06 * rng.standard_normal(), 0, 1)
                bad = (dataset, variant, seed) == ("ring", "gan-minimax", 1) and step > 200
                status = "diverged" if bad else "ok"
                add(experiment, dataset, variant, seed, step, 0.0 if bad else share, status)
    for dataset in summary.datasets:
        for replicate in range(20):
            add("calibration", dataset, "oracle", replicate, 0, 1.0, "ok")
            add("calibration", dataset, "null-uniform", replicate, 0, 0.2 + 0.01 * (replicate % 3), "ok")
            add("calibration", dataset, "null-gaussian", replicate, 0, 0.1, "ok")
    return pd.DataFrame(rows, columns=COLUMNS[:-1])


def make_data(folder: Path, names: list[str]) -> dict[str, Path]:
    """The npz files of the data sets; the digits are no digits, for a classifier is not needed here."""
    rng = np.random.default_rng(6)
    paths = {name: folder / f"{name}.npz" for name in names}
    folder.mkdir(parents=True)
    for name, path in paths.items():
        if name == "stacked-digits":
            yy, xx = np.mgrid[0:8, 0:8]
            spots = rng.uniform(1, 6, size=(60, 2, 1, 1))
            ring = np.hypot(yy - spots[:, 0], xx - spots[:, 1])
            digits = np.clip(2 * np.exp(-((ring - 2) ** 2)) - 1, -1, 1).astype(np.float32)
            weights = {f"classifier.{k}": v.numpy() for k, v in stacked_digits.build_classifier().state_dict().items()}
            known = {"labels": np.arange(60) % 10, "train": np.arange(60) < 40, "accuracy": 0.1}
            np.savez(path, family=name, digits=digits, **known, **weights)
        elif name != "gaussians-1200d":  # no figure reads it
            usual = catalogue.options_model("datasets", name)().model_dump()
            path.write_bytes(datasets.to_bytes(datasets.create(name, usual, 1)))
    return paths


def write_run(run: Path, cell: CellSummary, samples: np.ndarray, modes: int = 10) -> None:
    """The files of a run folder that the report reads; the second seed of minimax on the ring diverges."""
    names = {"experiment": cell.experiment, "dataset": cell.dataset, "variant": cell.variant}
    bad = (cell.dataset, cell.variant) == ("ring", "gan-minimax")
    status = [
        {"seed": s, "status": "diverged" if bad and s == 1 else "ok", "step": 211 if bad and s == 1 else STEPS}
        for s in SEEDS
    ]
    record = {
        **names, "seeds": SEEDS, "status": status, "config_hash": "c0ffee" * 8, "code": "ab" * 32, "commit": None,
        "dirty": None, "versions": {"python": "3.11.9", "torch": "2.13.0", "numpy": "2.4.6"}, "device": "cpu",
        "gpu": None, "incidents": [], "deterministic": True, "flags": {},
        "cpu": "Example CPU @ 2.00GHz", "threads": 1, "steps": STEPS, "batch": 100,
        "wall_seconds": 61.5, "process_seconds": 60.1, "seed_steps_per_second": 40.2, "files": {},
    }  # fmt: skip
    run.mkdir(parents=True, exist_ok=True)
    np.save(run / "samples.npy", samples)
    np.save(run / "snapshots.npy", np.repeat(samples[:, np.newaxis, :8], 9, axis=1))
    (run / "run.json").write_text(json.dumps(record))
    traces(SEEDS, modes).to_parquet(run / "trace.parquet")


def make_runs(folder: Path, summary: StudySummary, data: dict[str, Path]) -> list[Path]:
    """Run folders with samples that fit the made-up results roughly."""
    rng = np.random.default_rng(7)
    runs = []
    stored = {dataset: dict(np.load(path)) if path.exists() else {} for dataset, path in data.items()}
    for cell in summary.cells:
        experiment, dataset, variant = cell.key
        run = folder / experiment / dataset / variant / "seeds-0-4"
        if "means" in stored[dataset]:
            means, sd = stored[dataset]["means"], stored[dataset]["sd"]
            hit = means[: max(1, int(found(variant) * len(means)))]
            chosen = hit[rng.integers(len(hit), size=(5, 2500))]
            samples = (chosen + 2 * sd * rng.standard_normal(chosen.shape)).astype(np.float32)
            samples[:, :30] *= 40
        elif "digits" in stored[dataset]:
            kinds = max(1, int(found(variant) * 60))
            samples = stored[dataset]["digits"][rng.integers(kinds, size=(5, 60, 3))]
            samples = (samples + 0.2 * rng.standard_normal(samples.shape)).astype(np.float16)
        else:
            samples = np.zeros((5, 2, 1200), np.float32)
        write_run(run, cell, samples, MODES[dataset])
        runs.append(run)
    return runs


def few_claims() -> Registry:
    """The registry with some claims of each kind alone, which are quicker to judge."""
    registry = load(CLAIMS)
    return registry.model_copy(update={"claims": [claim for claim in registry.claims if claim.id in FEW]})


def write_tables(study: SimpleNamespace, out: Path) -> None:
    """Every table that the report reads, made as the commands `summarise`, `compare` and `judge` make them."""
    summary, registry = study.summary, study.published
    result_tables.write(summary, study.measures, study.cells, registry, study.support, out)
    better = {name: entry.better for name, entry in summary.measures.items()}
    ends = endpoints(study.measures, study.support, better)
    made = comparison_tables.tables(study.measures, ends, better, study.support, root=summary.root_seed)
    made |= judge.tables(summary, study.measures, registry, "0" * 64, study.support)
    for name, table in made.items():
        table.to_csv(out / name, index=False)
    study.measures.to_parquet(out / layout.TIDY[0])


def sources_of(study: SimpleNamespace, tables_folder: Path) -> figures.Sources:
    """What the figures are drawn from, with the tables that `write_tables` wrote."""
    types = figures.READ | dict.fromkeys(figures.VERDICTS, {})
    tables = {name: reading.csv(tables_folder / f"{name}.csv", own) for name, own in types.items()}
    return figures.Sources(study.measures, tables, study.runs, study.data, study.inversions)


def build_report(study: SimpleNamespace, root: Path, blank: bool = False) -> Path:
    """The report, with its tables and figures beside it; the figures are blank if that is asked for."""
    write_tables(study, root / "tables")
    if blank:
        (root / "figures").mkdir()
        for name in layout.figure_names(study.summary):
            (root / "figures" / name).write_text(BLANK)
    else:
        figures.draw(study.summary, sources_of(study, root / "tables"), root / "figures")
    return document.build(inputs_of(study, root), root / "report.pdf")


def inputs_of(study: SimpleNamespace, root: Path) -> document.Inputs:
    """What the report of a study is made of, whose tables and figures are in a folder."""
    return document.Inputs(study.summary, root / "tables", root / "figures", study.runs, study.published)


def changed(study: SimpleNamespace, **changes: object) -> SimpleNamespace:
    """A study with other parts."""
    return SimpleNamespace(**{**vars(study), **changes})


def text_of(pdf: Path) -> str:
    """The words of all pages, with the hyphens of line breaks undone."""
    pages = "\n".join(page.extract_text() for page in PdfReader(pdf).pages)
    return re.sub(r"\s+", " ", re.sub("[-\u00ad]\n", "", pages))


def build_study(
    folder: Path, names: list[str], variants: dict[str, str] = VARIANTS, experiments: tuple[str, ...] = ("matched",)
) -> SimpleNamespace:
    """Everything that the report reads: summary, measures, published, support, runs, data."""
    summary = make_summary(names, variants, experiments)
    data = make_data(folder / "data", names)
    return SimpleNamespace(
        summary=summary,
        measures=pd.concat([make_measures(summary), trajectories(summary)], ignore_index=True),
        cells=cell_rows(summary),
        published=few_claims(),
        support=support,
        runs=make_runs(folder / "runs", summary, data),
        data=data,
        inversions=folder / "inversions",
    )

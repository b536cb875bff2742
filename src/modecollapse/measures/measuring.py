"""Measuring: the rows of the tidy table about finished runs, and about what needs no training."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modecollapse import datasets, measures, reading
from modecollapse.datasets import count_modes
from modecollapse.errors import StudyError
from modecollapse.measures.convergence_table import convergence_rows
from modecollapse.measures.devices import check_one_kind
from modecollapse.measures.sampled import Reference, Sampled
from modecollapse.measures.table import CALIBRATION, STATUS_DIVERGED, diverged_steps, tidy
from modecollapse.study.specs import DatasetSpec
from modecollapse.study.streams import stream_seed
from modecollapse.training.trace import counts_column

CALIBRATORS = {"oracle": "oracle", "null-uniform": "null_uniform", "null-gaussian": "null_gaussian"}
TRACED = ("loss_", "grad_norm_", "state_", "mean_")  # columns of the trace that are rows of the table too
DIFFERENT_SHARE = 1e-3  # of the samples may change mode (two counts each) on another processor, by their last digits


def measure_blocks(
    folders: Sequence[Path],
    spec: DatasetSpec,
    dataset: datasets.Dataset,
    chosen: Sequence[str],
    withheld: Collection[Path] = (),
) -> pd.DataFrame:
    """The rows of finished blocks of one data set; of the folders in `withheld` the samples are not there.

    Raises as `measure_block` does, and StudyError where one was trained on a processor and another on a GPU.
    """
    check_one_kind((str(folder), reading.json_file(folder / "run.json")["device"]) for folder in folders)
    reference = reference_of(spec, dataset)
    parts = [measure_block(folder, dataset, chosen, reference, folder not in withheld) for folder in folders]
    return pd.concat(parts, ignore_index=True)


def measure_block(
    folder: Path,
    dataset: datasets.Dataset,
    chosen: Sequence[str],
    reference: Reference | None = None,
    with_samples: bool = True,
) -> pd.DataFrame:
    """The rows of a finished block: the stored samples at the last step, the trace before it.

    `chosen` names the measures; those of a rule that the data set has not are left out. Those that read samples need
    the `reference`. Without the samples, the trace stands in for them and measures that read samples have no rows.
    Raises StudyError where the samples do not repeat the trace's last evaluation.
    """
    run = reading.json_file(folder / "run.json")
    trace = reading.parquet(folder / "trace.parquet")
    samples = np.load(folder / "samples.npy", allow_pickle=False) if with_samples else None
    rows: list[dict[str, Any]] = []
    for index, (seed, diverged_at) in enumerate(diverged_steps(run).items()):
        key = {name: run[name] for name in ("experiment", "dataset", "variant", "config_hash")} | {"seed": seed}
        evaluations = trace[trace["seed"] == seed].to_dict("records")
        complete = samples is None or len(samples) == len(run["seeds"])
        if not complete or run["steps"] not in [row["step"] for row in evaluations]:
            raise StudyError(f"{folder}: samples or trace of seed {seed} are not complete; allowed: finished runs")
        for row in evaluations:
            counts = {rule: np.asarray(row[counts_column(rule)]) for rule in datasets.rules(dataset)}
            sampled = None
            if samples is not None and row["step"] == run["steps"]:
                traced, counts = counts, count_modes(samples[index], dataset)
                sampled = Sampled(samples[index], reference, counts[None])
                if any(np.abs(counts[rule] - traced[rule]).sum() > 2 * DIFFERENT_SHARE * row["n"] for rule in counts):
                    raise StudyError(f"{folder}: the samples of seed {seed} are not those its trace was made from")
            diverged = diverged_at is not None and row["step"] >= diverged_at
            status = STATUS_DIVERGED if diverged else None
            at_step = key | {"step": row["step"], "n": row["n"]}
            rows += _rows(at_step, counts, row["n_nonfinite"], chosen, status, sampled)
            for name, value in row.items():
                if name.startswith(TRACED) and pd.notna(value):
                    found = {"measure": name, "value": float(value), "status": status or measures.STATUS_OK}
                    rows.append(at_step | found)
    rows += convergence_rows(run, trace, dataset)
    return tidy(rows, run["device"])


def calibrate(
    spec: DatasetSpec, dataset: datasets.Dataset, chosen: Sequence[str], replicates: int, n: int
) -> pd.DataFrame:
    """The rows of what needs no training: the oracle (unseen real data) and two nulls without structure.

    Each replicate measures `n` samples.
    """
    rows: list[dict[str, Any]] = []
    reference = reference_of(spec, dataset)
    for variant, method in CALIBRATORS.items():
        for replicate in range(replicates):
            rng = np.random.default_rng(stream_seed(spec.root_seed, spec.name, CALIBRATION, variant, replicate))
            samples = getattr(dataset, method)(n, rng)
            key = {"experiment": CALIBRATION, "dataset": spec.name, "variant": variant, "seed": replicate}
            key |= {"step": 0, "n": n, "config_hash": spec.config_hash}
            rows += rows_of_samples(key, samples, reference, chosen)
    return tidy(rows)


def rows_of_samples(
    key: dict[str, Any], samples: np.ndarray, reference: Reference, chosen: Sequence[str], status: str | None = None
) -> list[dict[str, Any]]:
    """A row for each chosen measure of (n, *shape) samples: `key`, which has `n`, with measure, value and status.

    The number of samples that are not finite is a row too. `status`, if given, overrules the measure's own.
    """
    counts = count_modes(samples, reference.dataset)
    nonfinite = int(np.count_nonzero(~datasets.finite_rows(samples)))
    return _rows(key, counts, nonfinite, chosen, status, Sampled(samples, reference, counts[None]))


def reference_of(spec: DatasetSpec, dataset: datasets.Dataset) -> Reference:
    """The training data that samples are set beside, the same for all that is measured on a data set."""
    return Reference(dataset, stream_seed(spec.root_seed, spec.name, "reference"))


def _rows(
    key: dict[str, Any],
    counts: dict[str | None, np.ndarray],
    nonfinite: int,
    chosen: Sequence[str],
    status: str | None,
    sampled: Sampled | None,
) -> list[dict[str, Any]]:
    """A row for each chosen measure of one evaluation: of its `counts` by rule, and of its samples, where given.

    `status`, if given, overrules the measure's own.
    """
    found = {m: measures.value(m, counts[measures.rule(m)], key["n"]) for m in measures.of_rules(chosen, counts)}
    found["n_nonfinite"] = float(nonfinite), measures.STATUS_OK
    for measure in measures.of_samples(chosen) if sampled else []:
        found[measure] = measures.value_of_samples(measure, sampled, len(counts[None]))
    return [key | {"measure": m, "value": value, "status": status or own} for m, (value, own) in found.items()]

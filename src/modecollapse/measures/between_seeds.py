"""What only all seeds of a cell together show: endpoint noise, and which signal tells collapsed runs from others.

Where the variance within a run is not small beside the differences between seeds, a final step is a lottery, and a mean
over evaluations the better endpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from modecollapse import reading
from modecollapse.datasets import Dataset
from modecollapse.measures.agreement import detection, estimate_rows
from modecollapse.measures.convergence_table import CELL, last_counts
from modecollapse.measures.series import (
    FLAT,
    NONFINITE,
    OK,
    SHORT,
    ZERO,
    Found,
    endpoint,
    finite_mean,
    missing,
    qualities,
    signals,
    window_means,
)
from modecollapse.study.streams import stream_seed
from modecollapse.training.trace import COUNTS

CELL_COLUMNS = [*CELL, "seeds", "measure", "value", "status"]
COLLAPSED = 0.5  # a run whose endpoint has fewer modes than this share is collapsed
ROUNDING = 1e-13  # of the largest value: as far apart as rounding sets equal means


def cell_table(folders: Sequence[Path], dataset: Dataset) -> pd.DataFrame:
    """What the seeds of each cell show together: columns CELL_COLUMNS, a row a cell and measure that has a value."""
    blocks: dict[tuple[str, ...], list[pd.DataFrame]] = {}
    for folder in folders:
        run = reading.json_file(folder / "run.json")
        blocks.setdefault(tuple(run[name] for name in CELL), []).append(reading.parquet(folder / "trace.parquet"))
    rows = []
    for cell, traces in blocks.items():
        trace = pd.concat(traces, ignore_index=True)
        found = between_seeds_table(trace, dataset.modes, last_counts(dataset))
        key = dict(zip(CELL, cell, strict=True)) | {"seeds": trace["seed"].nunique()}
        rows += [key | row for row in found[np.isfinite(found["value"])].to_dict("records")]
    return pd.DataFrame(rows, columns=CELL_COLUMNS)


def between_seeds_table(trace: pd.DataFrame, modes: int, counts: str = COUNTS) -> pd.DataFrame:
    """The measures of the seeds of a cell, whose blocks' traces are joined in `trace`: measure, value, status.

    The noise of the endpoint beside the differences between seeds; and for each signal (`auc:...`) the chance that its
    endpoint is larger in a run with fewer than the share COLLAPSED of the K = `modes` than in another.
    """
    runs = [run.sort_values("step") for _, run in trace.groupby("seed")]
    found = [qualities(run, modes, counts) for run in runs]
    rows = []
    for name in ("modes", "hq"):
        ends = [endpoint(of_run[name]) for of_run in found]
        width = min(map(len, ends))  # as many of the last evaluations as the shortest run has
        noise = endpoint_noise(np.array([values[len(values) - width :] for values in ends]))
        rows += [(f"{part}:{name}", value) for part, value in noise.items()]
    few = np.array([finite_mean(endpoint(of_run["modes"]))[0] < COLLAPSED * modes for of_run in found], dtype=bool)
    rows.append(("collapsed_runs", (float(few.sum()), OK)))
    for name in signals(trace):
        values = np.array([finite_mean(endpoint(window_means(run, name)))[0] for run in runs])
        rng = np.random.default_rng(stream_seed(0, "convergence", "auc", name))
        rows += estimate_rows(f"auc:{name}", detection(values[few], values[~few], rng))
    return pd.DataFrame([(measure, *value) for measure, value in rows], columns=["measure", "value", "status"])


def endpoint_noise(values: np.ndarray) -> dict[str, Found]:
    """Of `values`, shape (S, W), the last W evaluations of S seeds: four measures, `short` where S or W is below 2.

    within_variance: the mean over seeds of the sample variance in a run; between_variance: the sample variance of the
    seeds' means; noise_ratio: the first over the second; intraclass_correlation: ICC(1) of the one-way analysis of
    variance, -1/(W-1) to 1, the share of one evaluation's variance that is the seed's. Evaluations in a row resemble
    each other, which lowers the first and raises the last. `flat` where nothing varies; a diverged seed's NaN is not
    left out but leaves all undefined.
    """
    names = ("within_variance", "between_variance", "noise_ratio", "intraclass_correlation")
    seeds, length = values.shape
    if seeds < 2 or length < 2:
        return dict.fromkeys(names, missing(SHORT))
    if not np.isfinite(values).all():
        return dict.fromkeys(names, missing(NONFINITE))
    moves = values - values[:, :1]  # equal values then have exactly no variance
    means = (values[:, 0] - values[0, 0]) + moves.mean(axis=1)
    if np.ptp(means) <= ROUNDING * np.abs(values).max():  # the same sum, added up in another order
        means = np.zeros(seeds)
    within, between = float(moves.var(axis=1, ddof=1).mean()), float(means.var(ddof=1))
    if within == between == 0:
        ratio = correlation = missing(FLAT)
    else:
        ratio = (within / between, OK) if between else missing(ZERO)
        correlation = (between - within / length) / (between + within * (length - 1) / length), OK
    return dict(zip(names, ((within, OK), (between, OK), ratio, correlation), strict=True))

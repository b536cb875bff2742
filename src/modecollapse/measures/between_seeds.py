"""What only all seeds of a cell together show: endpoint noise, and which signal tells collapsed runs from others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from modecollapse.measures.agreement import detection, estimate_rows
from modecollapse.measures.endpoint_noise import endpoint_noise
from modecollapse.measures.run_series import ENDPOINT, endpoint, endpoint_mean, qualities, signals, window_means
from modecollapse.measures.series import OK, Found
from modecollapse.study.streams import stream_seed
from modecollapse.training.trace import COUNTS

COLLAPSED = 0.5  # a run whose endpoint has fewer modes than this share is collapsed


def between_seeds_table(
    trace: pd.DataFrame, modes: int, *, last: int = ENDPOINT, collapsed: float = COLLAPSED, counts: str = COUNTS
) -> pd.DataFrame:
    """The measures of the seeds of a cell, whose blocks' traces are joined in `trace`: measure, value, status.

    The noise of the endpoint's `last` evaluations beside the differences between seeds; and for each signal (`auc:...`)
    the chance that its endpoint is larger in a run with fewer than the share `collapsed` of the K = `modes` than in
    another.
    """
    runs = [run.sort_values("step") for _, run in trace.groupby("seed")]
    found = [qualities(run, modes, counts) for run in runs]
    ends = {name: _together([endpoint(of_run[name], last) for of_run in found]) for name in ("modes", "hq")}
    rows = [row for name, values in ends.items() for row in _noise_rows(name, values)]
    few = np.array([endpoint_mean(of_run["modes"], last) < collapsed * modes for of_run in found], dtype=bool)
    rows.append(("collapsed_runs", (float(few.sum()), OK)))
    for name in signals(trace):
        values = np.array([endpoint_mean(window_means(run, name), last) for run in runs])
        rng = np.random.default_rng(stream_seed(0, "convergence", "auc", name))
        rows += estimate_rows(f"auc:{name}", detection(values[few], values[~few], rng))
    return pd.DataFrame([(measure, *found) for measure, found in rows], columns=["measure", "value", "status"])


def _noise_rows(name: str, values: np.ndarray) -> list[tuple[str, Found]]:
    noise = endpoint_noise(values)
    parts = {
        "within_variance": noise.within,
        "between_variance": noise.between,
        "noise_ratio": noise.ratio,
        "intraclass_correlation": noise.correlation,
    }
    return [(f"{part}:{name}", (value, OK if np.isfinite(value) else noise.status)) for part, value in parts.items()]


def _together(ends: Sequence[np.ndarray]) -> np.ndarray:
    """(S, W): as many of the last evaluations as the shortest run has."""
    width = min((len(values) for values in ends), default=0)
    return np.array([values[len(values) - width :] for values in ends]).reshape(len(ends), width)

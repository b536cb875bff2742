"""What the seeds of a cell show together, a second time: the noise of the endpoint, and which signal tells collapse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm, rankdata

from modecollapse.audit.again.measures.series import Found, Value, end, end_mean
from modecollapse.audit.again.measures.signals import DRAWS, is_signal
from modecollapse.audit.again.measures.streams import rng_of
from modecollapse.audit.again.measures.training_course import Run


def cell(runs: Sequence[Run]) -> dict[str, Value]:
    """Every measure of a cell that has a finite value."""
    width = min(len(end(run.steps)) for run in runs)
    modes = np.stack([end((run.counts > 0).sum(axis=1))[-width:] for run in runs])
    samples = np.stack([end(run.counts.sum(axis=1))[-width:] for run in runs])
    found = _noise("modes", modes, 1) | _noise("hq", samples, int(runs[0].n[-1]))
    number = runs[0].counts.shape[1]
    few = np.array([2 * end((run.counts > 0).sum(axis=1)).mean() < number for run in runs])
    found["collapsed_runs"] = Value(float(few.sum()))
    for name in filter(is_signal, runs[0].means()):
        means = [end_mean(run.means()[name]) for run in runs]
        signal = np.array([np.inf if mean is None else mean.value for mean in means])
        found |= _detection(f"auc:{name}", signal[few], signal[~few], rng_of("convergence", "auc", name))
    return {name: value for name, value in found.items() if value is not None and np.isfinite(value.value)}


def _noise(name: str, whole: np.ndarray, unit: int) -> Found:
    """Of (S, W) whole numbers of which `unit` make one: variances within and between seeds, and ICC(1)."""
    seeds, width = whole.shape
    if seeds < 2 or width < 2:
        return {}
    totals = whole.sum(axis=1)
    within = float((width * (whole**2).sum(axis=1) - totals**2).sum()) / (seeds * width * (width - 1) * unit**2)
    spread = float(seeds * (totals**2).sum() - totals.sum() ** 2)
    between = spread / (seeds * (seeds - 1) * width**2 * unit**2)
    found: Found = {f"within_variance:{name}": Value(within), f"between_variance:{name}": Value(between)}
    if between > 0:
        found[f"noise_ratio:{name}"] = Value(within / between)
    if between > 0 or within > 0:
        mean_squares = width * between, within
        correlation = (mean_squares[0] - mean_squares[1]) / (mean_squares[0] + (width - 1) * mean_squares[1])
        found[f"intraclass_correlation:{name}"] = Value(correlation)
    return found


def _detection(name: str, collapsed: np.ndarray, others: np.ndarray, rng: np.random.Generator) -> Found:
    """The area under the ROC curve as Mann and Whitney's U, with Wilson's limits where no two are out of order."""
    if not len(collapsed) or not len(others):
        return {}
    ranks = rankdata(np.concatenate([collapsed, others]))  # infinity is above all finite values
    a, b = ranks[: len(collapsed)], ranks[len(collapsed) :]
    area = (float(a.sum()) - len(a) * (len(a) + 1) / 2) / (len(a) * len(b))
    if area in (0.0, 1.0):
        z, fewest = norm.ppf(0.975), min(len(a), len(b))
        out = z**2 / (fewest + z**2)
        lower, upper = (1 - out, 1.0) if area else (0.0, out)
    else:
        wins = (np.sign(a[:, None] - b) + 1) / 2
        rows, columns = (rng.multinomial(size, np.full(size, 1 / size), DRAWS) for size in wins.shape)
        drawn = np.einsum("di,ij,dj->d", rows, wins, columns, optimize=True) / wins.size
        lower, upper = np.clip(np.quantile(drawn, [0.025, 0.975]), 0, 1)
    return {name: Value(area), f"{name}:lower": Value(float(lower)), f"{name}:upper": Value(float(upper))}

"""The series of one seed in a trace, the parts of a series that measures read, and why a value is missing.

A series is what one seed showed at its evaluations, in order. Measures of it return the value and its status; the value
is NaN under any status but `ok`, `cut` and `censored`. `run` is the rows of one seed, sorted by step.

Evaluations are not equally far apart, since the last tenth of the steps has at least five. So a mean over a part of the
training weighs each evaluation by the steps since the one before it (`spans`), and what needs equal distances is given
`even_windows`. The endpoint is the last tenth, in which they are equally far apart.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from modecollapse.measures import STATUS_OK as OK
from modecollapse.study.evaluations import in_last_tenth
from modecollapse.training.trace import COUNTS

Found = tuple[float, str]  # a value and its status

CUT = "cut"  # the value is that of the evaluations before the first NaN or infinity
CENSORED = "censored"  # the event did not come within the budget, which is the value
SHORT = "short"  # too few evaluations
FLAT = "flat"  # the series does not vary, and the formula divides by its variation
NONFINITE = "nonfinite"  # a NaN or an infinity where the measure cannot leave it out
ZERO = "zero"  # the formula divides by a quantity that is zero
ABSENT = "absent"  # the trace or the caller does not give what the formula needs

FLAT_BELOW = 1e-9  # relative to the largest value: far below the last digit of single precision
MEAN = "mean_"
SIGNALS = ("state_M_global", "aux_L_x", "aux_D_from_half", "aux_z_error")
LABELS = {  # of measures of series, in print
    "loss_blowup": "Blow-up",
    "coverage_time:1": "Steps to full coverage",
    "coverage_time:0.9": "Steps to 90% of the modes",
    "coverage_share:0.9": "Time at 90% of the modes",
    "full_coverage_share": "Time at full coverage",
    "within_sd:modes": "Spread within a run (modes)",
    "within_cv:hq": "Relative spread within a run (quality)",
    "oscillation:loss_D": "Oscillation of D's loss",
    "oscillation:loss_G": "Oscillation of G's loss",
    "rank_correlation:loss_G:modes": "Correlation of G's loss with modes",
    "D_from_half": "|D - 1/2|",
    "z_error": "Share of z that F loses",
    "began_M_global": "M_global",
    "began_ratio": "L(G(z)) / L(x)",
    "began_ratio_deviation": "Distance of L(G(z)) / L(x) from gamma",
    "began_losses_W1": "W1 between the losses of samples and data",
    "began_k_at_0": "Time with k = 0",
    "began_k_at_1": "Time with k = 1",
    "began_k_swing": "Swing of k",
    "began_k_settling": "Share of the steps until k settles",
    "began_fake_is_easier": "Samples are easier to reconstruct",
    "began_fake_is_easier_for_its_size": "Samples are easier for their size",
    "mean_aux_energy_data": "Energy distance of F(x) from N(0, I)",  # of latent-map
    "mean_aux_energy_fake": "Energy distance of F(G(z)) from N(0, I)",
    "mean_aux_z_lost": "Squared error of F(G(z))",
    "mean_aux_accepted": "Share of points that D takes for real",  # of moved-points
    "mean_aux_moved": "Distance moved",
    "mean_aux_to_boundary": "Distance from D's boundary",
    "mean_aux_to_data": "Distance from the data",
    "mean_aux_gain_boundary": "Approach to D's boundary",
    "mean_aux_gain_data": "Approach to the data",
    "mean_aux_nearer_boundary": "Share nearer to the boundary than to the data",
    "mean_aux_pull_rank": "Correlation of gradient and distance",
    "mean_aux_rank_followed": "Effective rank of the gradients that G follows",  # of two-discriminators
    "mean_aux_rank_ratio": "Ratio of effective ranks, autoencoder to scalar D",
    "mean_aux_estimate": "Critic's estimate over W1",  # of critic
    "mean_aux_w1_share": "Share of W1 that the critic finds",
}


def finite_start(series: np.ndarray) -> tuple[np.ndarray, str]:
    """The series, shape (T,), up to its first NaN or infinity as float64, and `ok` or `cut`."""
    values = np.asarray(series, dtype=np.float64)
    broken = np.flatnonzero(~np.isfinite(values))
    return (values[: broken[0]], CUT) if broken.size else (values, OK)


def spans(steps: np.ndarray, first: float = 0.0, last: float = 1.0) -> np.ndarray:
    """(T,): how many steps each evaluation stands for, which are those since the one before it.

    Steps outside of the part of the training from the share `first` to the share `last` are not counted. `steps`, (T,),
    are the evaluated ones, rising.
    """
    if not len(steps):
        return np.zeros(0)
    limits = np.round(np.array([first, last]) * steps[-1], 6)  # without this, an evaluation at a limit might count
    return np.diff(np.clip(np.append(0.0, steps), *limits))


def weighted_mean(series: np.ndarray, weights: np.ndarray) -> Found:
    """The mean of a series, (T,), which must be finite wherever a weight, (T,), is above zero."""
    values, weights = np.asarray(series, dtype=np.float64)[weights > 0], weights[weights > 0]
    if not values.size:
        return missing(SHORT)
    return (float(np.average(values, weights=weights)), OK) if np.isfinite(values).all() else missing(NONFINITE)


def spread(series: np.ndarray, weights: np.ndarray, relative: bool = False) -> Found:
    """The standard deviation of a series where a weight, (T,), is above zero; `relative`: as a share of the mean."""
    values, weights = series[weights > 0], weights[weights > 0]
    if values.size < 2:
        return missing(SHORT)
    if not np.isfinite(values).all():
        return missing(NONFINITE)
    mean = np.average(values, weights=weights)
    deviation = np.sqrt(np.average((values - mean) ** 2, weights=weights) * values.size / (values.size - 1))
    return missing(ZERO) if relative and mean == 0 else (float(deviation / mean if relative else deviation), OK)


def even_windows(steps: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Means over equally long windows, about as long as the first of those that end at `steps`, (T,), from their means.

    They are exact where a new window begins and ends at evaluations; else the steps of a window are taken to be alike.
    """
    ends = np.append(0.0, steps)
    lengths = np.diff(ends)
    if not len(steps) or np.ptp(lengths) <= 1:
        return means
    with np.errstate(invalid="ignore"):  # after a NaN or an infinity all means are NaN
        sums = np.append(0.0, np.cumsum(lengths * means))
        edges = np.linspace(0, ends[-1], max(1, round(ends[-1] / lengths[0])) + 1)
        return np.diff(np.interp(edges, ends, sums)) / np.diff(edges)


def missing(status: str) -> Found:
    """No value, for a reason."""
    return float("nan"), status


def endpoint(steps: np.ndarray, series: np.ndarray) -> np.ndarray:
    """A series, (T,), at those of its evaluated `steps`, (T,), that are in the last tenth of the training."""
    return series[in_last_tenth(steps, steps[-1])]


def qualities(run: pd.DataFrame, modes: int, counts: str = COUNTS) -> dict[str, np.ndarray]:
    """The modes captured, and the share of high-quality samples from 0 to 1, each (T,), of the samples in every mode.

    ValueError where the trace has another K than `modes`.
    """
    held = np.stack([np.asarray(row) for row in run[counts]])
    if held.shape[1] != modes:
        raise ValueError(f"the trace counts {held.shape[1]} modes, not {modes}")
    return {"modes": np.count_nonzero(held, axis=1).astype(float), "hq": held.sum(1) / run["n"].to_numpy()}


def trained(run: pd.DataFrame, column: str) -> np.ndarray:
    """A column at the evaluations after step 0, which has no loss, gradient norm or state."""
    return run.loc[run["step"] > 0, column].to_numpy(dtype=np.float64)


def averaged(trace: pd.DataFrame) -> list[str]:
    """What the trace has window means of: losses (`loss_D`), their auxiliary values (`aux_L_x`), states (`state_k`)."""
    return [column.removeprefix(MEAN) for column in trace.columns if column.startswith(MEAN)]


def window_means(run: pd.DataFrame, name: str) -> np.ndarray:
    """One of `averaged`, (T,): its means over the steps between two evaluations."""
    return trained(run, MEAN + name)


def end_mean(run: pd.DataFrame, name: str) -> Found:
    """The mean of one of `averaged` over the last tenth of the steps."""
    return weighted_mean(window_means(run, name), spans(trained(run, "step"), 0.9))


def signals(trace: pd.DataFrame) -> list[str]:
    """Those of `averaged` that could stand for convergence: losses, BEGAN's M_global and L(x), D's distance from 1/2,
    and the share of z that VEEGAN's F does not give back.

    The values of a single step are too noisy for that: one batch moves them by more than much training does.
    """
    return [name for name in averaged(trace) if name.startswith("loss_") or name in SIGNALS]

"""Convergence and oscillation of runs, from the trace of a block: one row a seed and measure.

A measure of a series is named `what:series`, such as `oscillation:loss_D`; the other names stand alone. The shares of
time with coverage and the spread within a run are those of the last half of the steps, the rest of the whole run or as
their own file says. The untrained networks (step 0) have modes, but no losses.

Losses, their auxiliary values and states are read as their means over all steps between two evaluations: the loss of
one step is mostly the noise of one batch. Gradient norms, which have no means, are those of the evaluated step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.datasets import Dataset, rules
from modecollapse.measures import agreement, coverage, equilibrium, losses
from modecollapse.measures.series import (
    ABSENT,
    Found,
    averaged,
    end_mean,
    even_windows,
    missing,
    qualities,
    signals,
    spans,
    spread,
    trained,
    weighted_mean,
    window_means,
)
from modecollapse.training.trace import COUNTS, counts_column

CELL = ["experiment", "dataset", "variant", "config_hash"]
COLUMNS = ["seed", "measure", "value", "status"]
SHARES = (0.5, 0.9, 1.0)  # of the modes, whose times are taken
KEPT = {"coverage_share:0.9": 0.9, "full_coverage_share": 1.0}
BALANCED = {f"aux_{name}" for name in ("L_x", "L_G", "W1", "abs_x", "abs_G", "k_at_0", "k_at_1")}  # BEGAN's means
BALANCED |= {"state_k", "state_M_global"}
Rows = Iterator[tuple[str, Found]]


def convergence_rows(run: dict[str, Any], trace: pd.DataFrame, dataset: Dataset) -> Iterator[dict[str, Any]]:
    """Rows of the tidy table at the last step, a row a seed and measure; those without a value are left out.

    `run` is the content of run.json. A diverged seed keeps its values, with that status.
    """
    diverged = {outcome["seed"] for outcome in run["status"] if outcome["step"] is not None}
    gamma = run["block"]["cell"]["variant"]["options"].get("gamma")
    found = convergence_table(trace, dataset.modes, gamma, last_counts(dataset))
    for row in found[np.isfinite(found["value"])].to_dict("records"):
        key = {name: run[name] for name in CELL} | {"step": run["steps"], "n": int(trace["n"].iloc[-1])}
        yield key | row | ({"status": "diverged"} if row["seed"] in diverged else {})


def convergence_table(
    trace: pd.DataFrame, modes: int, gamma: float | None = None, counts: str = COUNTS
) -> pd.DataFrame:
    """The measures of every seed of a trace, with K = `modes`: seed, measure, value, status.

    gamma: BEGAN's, without which the ratio's distance from it is `absent`; counts: the column of the samples in every
    mode, by one of the data set's rules. ValueError where the trace has another K.
    """
    rows = []
    for seed, run in trace.sort_values("step").groupby("seed"):
        steps, quality = run["step"].to_numpy(), qualities(run, modes, counts)
        parts = [
            _qualities(steps, quality),
            _coverage(steps, quality["modes"], modes),
            _training(run),
            _equilibrium(run, gamma),
            _agreement(run, quality),
        ]
        rows += [(seed, measure, *found) for part in parts for measure, found in part]
    return pd.DataFrame(rows, columns=COLUMNS)


def last_counts(dataset: Dataset) -> str:
    """The counts by the data set's last rule, which is the repaired one where real data fail the first."""
    return counts_column(rules(dataset)[-1])


def _qualities(steps: np.ndarray, quality: dict[str, np.ndarray]) -> Rows:
    """The spread of each quality in the last half: that of high quality relative to its mean, with which it grows."""
    late = spans(steps, 0.5)
    yield "within_sd:modes", spread(quality["modes"], late)
    yield "within_cv:hq", spread(quality["hq"], late, relative=True)


def _coverage(steps: np.ndarray, found: np.ndarray, modes: int) -> Rows:
    for name, share in KEPT.items():
        yield name, coverage.coverage_share(found, modes, share, spans(steps, 0.5))
    for share in SHARES:
        yield f"coverage_time:{share:g}", coverage.coverage_time(steps, found, modes, share)


def _training(run: pd.DataFrame) -> Rows:
    """The rows of the losses and gradient norms, of D's distance from 1/2, and of the latents that F gives back."""
    means = {name: window_means(run, name) for name in averaged(run) if name.startswith("loss_")}
    norms = [trained(run, name) for name in run.columns if name.startswith("grad_norm_")]
    steps = trained(run, "step")
    yield "loss_blowup", losses.any_blowup(steps, [*means.values(), *norms])
    for name, values in means.items():
        yield f"oscillation:{name}", losses.oscillation(even_windows(steps, values))
    for name in ("D_from_half", "z_error"):
        yield name, end_mean(run, f"aux_{name}") if f"aux_{name}" in averaged(run) else missing(ABSENT)


def _equilibrium(run: pd.DataFrame, gamma: float | None) -> Rows:
    """The rows of BEGAN's equilibrium; none of another variant."""
    if not set(averaged(run)) >= BALANCED:
        return
    steps, real, fake = trained(run, "step"), window_means(run, "aux_L_x"), window_means(run, "aux_L_G")
    ratio = equilibrium.loss_ratio(steps, real, fake)
    yield "began_M_global", end_mean(run, "state_M_global")
    yield "began_ratio", ratio
    yield "began_ratio_deviation", missing(ABSENT) if gamma is None else equilibrium.ratio_deviation(ratio, gamma)
    yield "began_losses_W1", equilibrium.loss_ratio(steps, real, window_means(run, "aux_W1"))
    for name in ("k_at_0", "k_at_1"):
        yield f"began_{name}", weighted_mean(window_means(run, f"aux_{name}"), spans(steps))
    yield "began_k_swing", equilibrium.swing(steps, trained(run, "state_k"))
    yield "began_k_settling", equilibrium.settling(steps, window_means(run, "state_k"))
    sizes = [window_means(run, f"aux_abs_{name}") for name in ("x", "G")]
    yield "began_fake_is_easier", equilibrium.fake_is_easier(steps, real, fake)
    with np.errstate(divide="ignore", invalid="ignore"):  # an image of zeros has no relative loss
        relative = real / sizes[0], fake / sizes[1]
    yield "began_fake_is_easier_for_its_size", equilibrium.fake_is_easier(steps, *relative)


def _agreement(run: pd.DataFrame, quality: dict[str, np.ndarray]) -> Rows:
    """How losses, M_global and L(x) go with quality; a good sign of convergence falls as quality rises."""
    after, weights = run["step"].to_numpy() > 0, spans(trained(run, "step"))
    for name in signals(run):
        series = window_means(run, name)
        for aim, values in quality.items():
            yield f"rank_correlation:{name}:{aim}", agreement.rank_correlation(series, values[after], weights)

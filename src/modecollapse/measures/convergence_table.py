"""Convergence and oscillation of runs, from the trace of a block: one row a seed and measure.

A measure of a series is named `what:series`, such as `sign_changes:loss_D`; the other names stand alone. Oscillation
and the counts of full coverage are those of the last half of the evaluations, the rest of the whole run or as their own
file says. The untrained networks (step 0) have modes, but no losses.

Losses, notes of losses and states are read as their means over all steps between two evaluations: the loss of one step
is mostly the noise of one batch. Gradient norms, and k for its settling, are those of the evaluated step: norms have no
means, and in a mean of k its fast swings would look settled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.datasets import Dataset, rules
from modecollapse.measures import agreement, coverage_time, equilibrium, loss_scale, mode_visits, oscillation
from modecollapse.measures.series import (
    ABSENT,
    OK,
    SHORT,
    Found,
    averaged,
    endpoint,
    finite_mean,
    late,
    missing,
    mode_counts,
    qualities,
    signals,
    trained,
    window_means,
)
from modecollapse.study.streams import stream_seed
from modecollapse.training.trace import COUNTS, counts_column

CELL = ["experiment", "dataset", "variant", "config_hash"]
COLUMNS = ["seed", "measure", "value", "status"]
SHARES = (0.5, 0.9, 1.0)  # of the modes, whose times are taken
BAND = 0.01  # k is settled within it
BALANCED = {"state_k", "state_M_global", "aux_L_x", "aux_L_G", "aux_k_at_0", "aux_k_at_1"}  # BEGAN's means
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
        quality = qualities(run, modes, counts)
        parts = [
            *(_oscillation(name, series) for name, series in quality.items()),
            _endpoints(quality),
            _coverage(run["step"].to_numpy(), quality["modes"], modes),
            _visits(mode_counts(run, modes, counts), _rng(seed, "visits")),
            _training(run),
            _equilibrium(run, gamma),
            _agreement(run, quality, seed),
        ]
        rows += [(seed, measure, *found) for part in parts for measure, found in part]
    return pd.DataFrame(rows, columns=COLUMNS)


def last_counts(dataset: Dataset) -> str:
    """The counts by the data set's last rule, which is the repaired one where real data fail the first."""
    return counts_column(rules(dataset)[-1])


def _oscillation(name: str, series: np.ndarray) -> Rows:
    share, period = oscillation.spectral_peak(late(series))
    yield f"sign_changes:{name}", oscillation.sign_changes(late(series))
    yield f"peak_share:{name}", share
    yield f"peak_period:{name}", period
    yield f"total_variation:{name}", oscillation.total_variation(late(series))
    yield f"drawdown:{name}", oscillation.largest_drawdown(late(series))


def _endpoints(quality: dict[str, np.ndarray]) -> Rows:
    for name, series in quality.items():
        ends = endpoint(series)
        yield f"endpoint:{name}", (float(ends.mean()), OK)
        yield f"within_sd:{name}", (float(ends.std(ddof=1)), OK) if ends.size > 1 else missing(SHORT)


def _coverage(steps: np.ndarray, found: np.ndarray, modes: int) -> Rows:
    yield "full_coverage_share", oscillation.share_at_least(late(found), modes)
    yield "full_coverage_losses", oscillation.down_crossings(late(found), modes)
    for share in SHARES:
        yield f"coverage_time:{share:g}", coverage_time.coverage_time(steps, found, modes, share)


def _visits(held: np.ndarray, rng: np.random.Generator) -> Rows:
    leads = mode_visits.dominant_modes(held)
    yield "dominated_share", (float((leads != mode_visits.NOBODY).mean()), OK)
    yield "hopping_rate", mode_visits.hopping_rate(leads)
    yield "hopping_rate_fullest", mode_visits.hopping_rate(mode_visits.dominant_modes(held, clear=0))
    yield "mode_information", mode_visits.mutual_information(leads)
    yield "mode_information_shuffled", mode_visits.shuffled_information(leads, rng)
    yield "turnover", mode_visits.turnover(held)
    yield "modes_ever", mode_visits.modes_ever(held)


def _training(run: pd.DataFrame) -> Rows:
    """The rows of the losses, states and gradient norms, and of D's distance from 1/2."""
    series = {name: window_means(run, name) for name in averaged(run) if name.startswith(("loss_", "state_"))}
    series |= {name: trained(run, name) for name in run.columns if name.startswith("grad_norm_")}
    flags = {name: loss_scale.loss_blowup(of) for name, of in series.items() if not name.startswith("state_")}
    yield "loss_blowup", loss_scale.any_blowup(list(flags.values()))
    for name, flag in flags.items():
        yield f"loss_blowup:{name}", flag
    for name, values in series.items():
        yield from _oscillation(name, values)
        if name.startswith("grad_norm_"):
            thirds = loss_scale.by_thirds(values)
            yield from zip([f"{part}_third:{name}" for part in ("first", "middle", "last")], thirds, strict=True)
            yield f"last_to_first:{name}", loss_scale.last_to_first(thirds)
    known = "aux_D_from_half" in averaged(run)
    yield "D_from_half", _mean_at_the_end(run, "aux_D_from_half") if known else missing(ABSENT)


def _equilibrium(run: pd.DataFrame, gamma: float | None) -> Rows:
    """The rows of BEGAN's equilibrium; none of another variant."""
    if not set(averaged(run)) >= BALANCED:
        return
    real, fake = window_means(run, "aux_L_x"), window_means(run, "aux_L_G")
    ratio, k = equilibrium.loss_ratio(real, fake), trained(run, "state_k")
    steps = run.loc[run["step"] > 0, "step"].to_numpy()
    yield "began_M_global", _mean_at_the_end(run, "state_M_global")
    yield "began_ratio", ratio
    yield "began_ratio_deviation", missing(ABSENT) if gamma is None else equilibrium.ratio_deviation(ratio, gamma)
    yield "began_k", _mean_at_the_end(run, "state_k")
    yield "began_k_at_0", finite_mean(window_means(run, "aux_k_at_0"))
    yield "began_k_at_1", finite_mean(window_means(run, "aux_k_at_1"))
    yield "began_k_settling_time", coverage_time.settling_time(steps, k, BAND) if k.size else missing(SHORT)
    yield "began_fake_is_easier", equilibrium.fake_is_easier(real, fake)


def _mean_at_the_end(run: pd.DataFrame, name: str) -> Found:
    return finite_mean(endpoint(window_means(run, name)))


def _agreement(run: pd.DataFrame, quality: dict[str, np.ndarray], seed: int) -> Rows:
    """How losses, M_global and L(x) go with quality; a good sign of convergence falls as quality rises."""
    after = run["step"].to_numpy() > 0
    for name in signals(run):
        series = window_means(run, name)
        for aim, values in quality.items():
            estimate = agreement.within_run(series, values[after], _rng(seed, name, aim))
            yield from agreement.estimate_rows(f"rank_correlation:{name}:{aim}", estimate)
            yield f"given_time:{name}:{aim}", agreement.given_time(series, values[after])


def _rng(seed: int, *name: str) -> np.random.Generator:
    return np.random.default_rng(stream_seed(0, "convergence", int(seed), *name))

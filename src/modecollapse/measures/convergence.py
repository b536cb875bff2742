"""Convergence and oscillation of runs, from the trace of a block: one row a seed and measure.

A measure of a series is named `what:series`, such as `sign_changes:loss_D`; the other names stand alone. Oscillation
and the counts of full coverage are those of the last half of the evaluations, the rest of the whole run or as their own
file says. The untrained networks (step 0) have modes, but no losses.

Losses, notes of losses and states are read as their means over all steps between two evaluations: the loss of one step
is mostly the noise of one batch. Gradient norms, and k for its settling, are those of the evaluated step: norms have no
means, and in a mean of k its fast swings would look settled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from modecollapse.measures import agreement, balance, coverage_time, gradient_profile, mode_visits, oscillation
from modecollapse.measures.divergence import any_diverged, diverged
from modecollapse.measures.run_series import (
    ENDPOINT,
    averaged,
    endpoint,
    endpoint_mean,
    late,
    mode_counts,
    qualities,
    signals,
    trained,
    window_means,
)
from modecollapse.measures.series import ABSENT, CENSORED, NONFINITE, OK, SHORT, Found, missing
from modecollapse.study.streams import stream_seed
from modecollapse.training.trace import COUNTS

# What a report prints of every run, in this order, and what of BEGAN's besides: label, decimals, note.
HEADLINES = {
    "diverged": ("Blow-up", 0, "1 if a loss or gradient is not finite or ends ten times above its median before"),
    "coverage_time:1": ("Steps to full coverage", 0, "held for four evaluations; censored at the budget"),
    "full_coverage_share": ("Time at full coverage", 2, "share of the last half of the evaluations with all modes"),
    "within_sd:modes": ("Endpoint noise (modes)", 2, "standard deviation over the last evaluations of a run"),
    "drawdown:modes": ("Largest loss of modes", 1, "deepest fall in the last half"),
    "hopping_rate": ("Mode hopping", 2, "share of successive evaluations whose dominant modes differ"),
    "sign_changes:loss_D": ("Turns of D's loss", 2, "per evaluation, detrended; 1/2 is noise, 1 alternation, 0 drift"),
    "peak_share:loss_D": ("Spectral peak of D's loss", 2, "share of its variance at one frequency; 1 is a sine"),
    "D_from_half": ("|D - 1/2|", 3, "mean at the end; 0 where D cannot tell; absent where D is no probability"),
    "last_to_first:grad_norm_G": ("G's gradient, end / start", 2, "of the thirds of the run; near 0 it vanishes"),
}
BEGAN_HEADLINES = {
    "began_ratio": ("E[L(G(z))] / E[L(x)]", 3, "over the last fifth; gamma in equilibrium"),
    "began_ratio_deviation": ("Its distance from gamma", 2, "as a share of gamma"),
    "began_k": ("k", 3, "mean at the end"),
    "began_k_at_0": ("k at 0", 2, "share of all steps"),
    "began_k_at_1": ("k at 1", 2, "share of all steps"),
    "began_M_global": ("M_global", 3, "mean at the end"),
    "rank_correlation:state_M_global:hq": ("M_global and quality", 2, "Spearman's, in a run; -1 if M_global tells it"),
    "given_time:state_M_global:hq": ("The same, given time", 2, "what remains where both only follow the training"),
}

COLUMNS = ["seed", "measure", "value", "status"]
SHARES = (0.5, 0.9, 1.0)  # of the modes, whose times are taken
BAND = 0.01  # k is settled within it
BALANCED = {"state_k", "state_M_global", "seen_L_x", "seen_L_G", "seen_k_at_0", "seen_k_at_1"}  # BEGAN's means
Rows = Iterator[tuple[str, Found]]


def convergence_table(
    trace: pd.DataFrame,
    modes: int,
    *,
    gamma: float | None = None,
    shares: Sequence[float] = SHARES,
    last: int = ENDPOINT,
    counts: str = COUNTS,
) -> pd.DataFrame:
    """The measures of every seed of a trace, with K = `modes`: seed, measure, value, status.

    gamma: BEGAN's, without which the ratio's distance from it is `absent`; shares: of K, for the times of sustained
    coverage; last: the evaluations of the endpoint; counts: the column of the samples in every mode, by one of the data
    set's rules. ValueError where the trace has another K.
    """
    rows = []
    for seed, run in trace.sort_values("step").groupby("seed"):
        quality = qualities(run, modes, counts)
        parts = [
            *(_oscillation(name, series) for name, series in quality.items()),
            _endpoints(quality, last),
            _coverage(run["step"].to_numpy(), quality["modes"], modes, shares),
            _visits(mode_counts(run, modes, counts), _rng(seed, "visits")),
            _training(run),
            _discriminator(run, last),
            _balance(run, gamma, last),
            _agreement(run, quality, seed),
        ]
        rows += [(seed, measure, *found) for part in parts for measure, found in part]
    return pd.DataFrame(rows, columns=COLUMNS)


def _oscillation(name: str, series: np.ndarray) -> Rows:
    share, period = oscillation.spectral_peak(late(series))
    yield f"sign_changes:{name}", oscillation.sign_changes(late(series))
    yield f"peak_share:{name}", share
    yield f"peak_period:{name}", period
    yield f"total_variation:{name}", oscillation.total_variation(late(series))
    yield f"drawdown:{name}", oscillation.largest_drawdown(late(series))


def _endpoints(quality: dict[str, np.ndarray], last: int) -> Rows:
    for name, series in quality.items():
        ends = endpoint(series, last)
        yield f"endpoint:{name}", (float(ends.mean()), OK)
        yield f"within_sd:{name}", (float(ends.std(ddof=1)), OK) if ends.size > 1 else missing(SHORT)


def _coverage(steps: np.ndarray, found: np.ndarray, modes: int, shares: Sequence[float]) -> Rows:
    yield "full_coverage_share", oscillation.share_at_least(late(found), modes)
    yield "full_coverage_losses", oscillation.down_crossings(late(found), modes)
    for share in shares:
        reached = coverage_time.coverage_time(steps, found, modes, share)
        yield f"coverage_time:{share:g}", (reached.time, OK if reached.event else CENSORED)


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
    """The rows of the losses, states and gradient norms."""
    series = {name: window_means(run, name) for name in averaged(run) if name.startswith(("loss_", "state_"))}
    series |= {name: trained(run, name) for name in run.columns if name.startswith("grad_norm_")}
    flags = {name: diverged(values) for name, values in series.items() if not name.startswith("state_")}
    yield "diverged", any_diverged(list(flags.values()))
    for name, flag in flags.items():
        yield f"diverged:{name}", flag
    for name, values in series.items():
        yield from _oscillation(name, values)
        if name.startswith("grad_norm_"):
            thirds = gradient_profile.by_thirds(values)
            yield from zip([f"{part}_third:{name}" for part in ("first", "middle", "last")], thirds, strict=True)
            yield f"last_to_first:{name}", gradient_profile.last_to_first(values)


def _discriminator(run: pd.DataFrame, last: int) -> Rows:
    known = "seen_D_from_half" in averaged(run)
    yield "D_from_half", _mean_endpoint(run, "seen_D_from_half", last) if known else missing(ABSENT)


def _balance(run: pd.DataFrame, gamma: float | None, last: int) -> Rows:
    """The rows of BEGAN's equilibrium; none of another variant."""
    if not set(averaged(run)) >= BALANCED:
        return
    real, fake = window_means(run, "seen_L_x"), window_means(run, "seen_L_G")
    ratio, k = balance.loss_ratio(real, fake), trained(run, "state_k")
    settled = coverage_time.settling_time(run.loc[run["step"] > 0, "step"].to_numpy(), k, BAND)
    yield "began_M_global", _mean_endpoint(run, "state_M_global", last)
    yield "began_ratio", ratio
    yield "began_ratio_deviation", missing(ABSENT) if gamma is None else balance.ratio_deviation(ratio, gamma)
    yield "began_k", _mean_endpoint(run, "state_k", last)
    yield "began_k_at_0", balance.share_of_steps(window_means(run, "seen_k_at_0"))
    yield "began_k_at_1", balance.share_of_steps(window_means(run, "seen_k_at_1"))
    yield "began_k_settling_time", (settled.time, OK if settled.event else CENSORED) if k.size else missing(SHORT)
    yield "began_fake_is_easier", balance.fake_is_easier(real, fake)


def _agreement(run: pd.DataFrame, quality: dict[str, np.ndarray], seed: int) -> Rows:
    """How losses, M_global and L(x) go with quality; a good sign of convergence falls as quality rises."""
    after = run["step"].to_numpy() > 0
    for name in signals(run):
        series = window_means(run, name)
        for aim, values in quality.items():
            estimate = agreement.within_run(series, values[after], _rng(seed, name, aim))
            yield from agreement.estimate_rows(f"rank_correlation:{name}:{aim}", estimate)
            yield f"given_time:{name}:{aim}", agreement.given_time(series, values[after])


def _mean_endpoint(run: pd.DataFrame, name: str, last: int) -> Found:
    series = window_means(run, name)
    mean = endpoint_mean(series, last)
    return (mean, OK) if np.isfinite(mean) else missing(NONFINITE if series.size else SHORT)


def _rng(seed: int, *name: str) -> np.random.Generator:
    return np.random.default_rng(stream_seed(0, "convergence", int(seed), *name))

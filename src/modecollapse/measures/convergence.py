"""Convergence and oscillation of runs, from the trace of a block: one row a seed and measure.

A measure of a series is named `what:series`, such as `sign_changes:loss_D`; the other names stand alone. Oscillation
and the counts of full coverage are those of the last half of the evaluations, the rest of the whole run or as their own
file says. The untrained networks (step 0) have modes, but no losses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from modecollapse.measures import agreement, balance, coverage_time, gradient_profile, mode_visits, oscillation
from modecollapse.measures.divergence import diverged
from modecollapse.measures.run_series import ENDPOINT, endpoint, late, mode_counts, qualities, signals, trained
from modecollapse.measures.series import ABSENT, CENSORED, OK, SHORT, Found, missing
from modecollapse.study.streams import stream_seed
from modecollapse.training.trace import COUNTS

COLUMNS = ["seed", "measure", "value", "status"]
SHARES = (0.5, 0.9, 1.0)  # of the modes, whose times are taken
BAND = 0.01  # k is settled within it
BALANCED = {"state_k", "state_M_global", "loss_G"}  # what a trace of BEGAN has
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

    gamma: BEGAN's, without which its balance is `absent`; shares: of K, for the times of sustained coverage; last: the
    evaluations of the endpoint; counts: the column of the samples in every mode, by one of the data set's rules.
    """
    rows = []
    for seed, run in trace.sort_values("step").groupby("seed"):
        quality = qualities(run, modes, counts)
        real = _real_loss(run, gamma)
        parts = [
            *(_oscillation(name, series) for name, series in quality.items()),
            _endpoints(quality, last),
            _coverage(run["step"].to_numpy(), quality["modes"], modes, shares),
            _visits(mode_counts(run, modes, counts), _rng(seed, "visits")),
            *(_training(run, name) for name in run.columns),
            _balance(run, real, gamma),
            _agreement(run, quality, real, seed),
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


def _training(run: pd.DataFrame, name: str) -> Rows:
    """The rows of a loss, gradient norm or state; none of another column."""
    if not name.startswith(("loss_", "grad_norm_", "state_")):
        return
    series = trained(run, name)
    yield from _oscillation(name, series)
    if not name.startswith("state_"):
        yield f"diverged:{name}", diverged(series)
    if name.startswith("grad_norm_"):
        thirds = gradient_profile.by_thirds(series)
        yield from zip([f"{part}_third:{name}" for part in ("first", "middle", "last")], thirds, strict=True)
        yield f"last_to_first:{name}", gradient_profile.last_to_first(series)


def _real_loss(run: pd.DataFrame, gamma: float | None) -> np.ndarray | None:
    """BEGAN's L(x), (T,); None for another variant or without gamma."""
    if gamma is None or not set(run.columns) >= BALANCED:
        return None
    return balance.real_loss(trained(run, "state_M_global"), trained(run, "loss_G"), gamma)


def _balance(run: pd.DataFrame, real: np.ndarray | None, gamma: float | None) -> Rows:
    """The rows of BEGAN's equilibrium; none of another variant."""
    if not set(run.columns) >= BALANCED:
        return
    k, fake = trained(run, "state_k"), trained(run, "loss_G")
    ratio = easier = deviation = missing(ABSENT)
    if real is not None and gamma is not None:
        ratio, easier = balance.loss_ratio(real, fake), balance.fake_is_easier(real, fake)
        deviation = balance.ratio_deviation(ratio, gamma)
    settled = coverage_time.settling_time(run.loc[run["step"] > 0, "step"].to_numpy(), k, BAND)
    at_zero, at_one = balance.saturation(k)
    yield "began_ratio", ratio
    yield "began_ratio_deviation", deviation
    yield "began_k_at_0", at_zero
    yield "began_k_at_1", at_one
    yield "began_k_settling_time", (settled.time, OK if settled.event else CENSORED) if k.size else missing(SHORT)
    yield "began_fake_is_easier", easier


def _agreement(run: pd.DataFrame, quality: dict[str, np.ndarray], real: np.ndarray | None, seed: int) -> Rows:
    """How losses, M_global and L(x) go with quality; a good sign of convergence falls as quality rises."""
    following = {name: trained(run, name) for name in signals(run)} | ({} if real is None else {"L_x": real})
    after = run["step"].to_numpy() > 0
    for name, series in following.items():
        for aim, values in quality.items():
            estimate = agreement.within_run(series, values[after], _rng(seed, name, aim))
            yield from agreement.estimate_rows(f"rank_correlation:{name}:{aim}", estimate)
            yield f"given_time:{name}:{aim}", agreement.given_time(series, values[after])


def _rng(seed: int, *name: str) -> np.random.Generator:
    return np.random.default_rng(stream_seed(0, "convergence", int(seed), *name))

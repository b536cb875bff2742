"""Whether one group is better than every other (intersection-union test), or two are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from modecollapse.statistics import equivalence, verdicts
from modecollapse.statistics.multiplicity import holm, least_p
from modecollapse.statistics.permutation import Splits, brunner_munzel
from modecollapse.statistics.superiority import Superiority, superiority
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, PARTIALLY, REPRODUCED, Verdict

POWER = 0.8
MOST_SEEDS = 10_000
SplitsOf = Callable[[int, int], Splits]  # of n and m, the same for the same sizes


class Duel(NamedTuple):
    """The champion against one opponent: A12 with its 90 % interval, and the p that either is the better."""

    superiority: Superiority
    p_better: float
    p_worse: float
    tied: bool  # the interval lies within the margin around 1/2


class OrderingVerdict(NamedTuple):
    """The verdict and the duels by opponent, from the side of the champion; larger is better."""

    verdict: Verdict
    duels: dict[str, Duel]


def ordering_verdict(
    champion: Sequence[float] | np.ndarray,
    opponents: Mapping[str, Sequence[float] | np.ndarray],
    splits_of: SplitsOf,
    *,
    tie: float = 0.15,
    fewest: int = 5,
    alpha: float = 0.05,
) -> OrderingVerdict:
    """Whether the champion's values exceed those of every opponent; values are given so that larger is better.

    REPRODUCED: every one-sided p is at most alpha, which needs no correction (Berger 1982). NOT_REPRODUCED(below): some
    opponent is significantly better, after Holm. NOT_REPRODUCED(tie): every opponent is a demonstrated tie. PARTIALLY:
    some are beaten and none is better. Raises ValueError on NaN and without opponents.
    """
    if not opponents:
        raise ValueError("opponents must be at least one group")
    sizes = [len(champion), *map(len, opponents.values())]
    if min(sizes) < fewest:
        return OrderingVerdict(Verdict(INCONCLUSIVE, verdicts.TOO_FEW_RUNS, fewest), {})
    duels = {name: duel(champion, values, splits_of, tie, alpha) for name, values in opponents.items()}
    worse = holm([d.p_worse for d in duels.values()]) <= alpha
    beaten = [d.p_better <= alpha for d in duels.values()]
    if all(beaten):
        return OrderingVerdict(Verdict(REPRODUCED), duels)
    if worse.any():
        return OrderingVerdict(Verdict(NOT_REPRODUCED, verdicts.BELOW), duels)
    if all(d.tied for d in duels.values()):
        return OrderingVerdict(Verdict(NOT_REPRODUCED, verdicts.TIE), duels)
    unclear = [d for d, won in zip(duels.values(), beaten, strict=True) if not (won or d.tied)]
    seeds = _seeds_needed(unclear, min(sizes), tie, alpha, alpha)
    if any(beaten):
        return OrderingVerdict(Verdict(PARTIALLY, f"{sum(beaten)} of {len(duels)} beaten", seeds), duels)
    return OrderingVerdict(Verdict(INCONCLUSIVE, verdicts.UNCLEAR, seeds), duels)


def equivalence_verdict(
    first: Sequence[float] | np.ndarray,
    second: Sequence[float] | np.ndarray,
    splits_of: SplitsOf,
    *,
    tie: float = 0.15,
    fewest: int = 5,
    alpha: float = 0.05,
) -> OrderingVerdict:
    """Whether two groups are the same: REPRODUCED where the tie is demonstrated, NOT_REPRODUCED(above) where the first
    has larger values (below: smaller), and open otherwise. Raises ValueError on NaN."""
    if min(len(first), len(second)) < fewest:
        return OrderingVerdict(Verdict(INCONCLUSIVE, verdicts.TOO_FEW_RUNS, fewest), {})
    only = duel(first, second, splits_of, tie, alpha)
    if only.tied:
        return OrderingVerdict(Verdict(REPRODUCED), {"": only})
    if min(only.p_better, only.p_worse) <= alpha / 2:
        direction = verdicts.ABOVE if only.p_better < only.p_worse else verdicts.BELOW
        return OrderingVerdict(Verdict(NOT_REPRODUCED, direction), {"": only})
    seeds = _seeds_needed([only], min(len(first), len(second)), tie, alpha, alpha / 2)
    return OrderingVerdict(Verdict(INCONCLUSIVE, verdicts.UNCLEAR, seeds), {"": only})


def duel(
    first: Sequence[float] | np.ndarray,
    second: Sequence[float] | np.ndarray,
    splits_of: SplitsOf,
    tie: float,
    alpha: float,
) -> Duel:
    """One group against another."""
    effect = superiority(first, second, level=1 - 2 * alpha)
    divisions = splits_of(len(first), len(second))
    better = brunner_munzel(first, second, divisions, alternative="greater")
    worse = brunner_munzel(np.negative(first), np.negative(second), divisions, alternative="greater")
    return Duel(effect, better, worse, equivalence.tie(first, second, tie, 1 - 2 * alpha))


def reachable_orders(
    n: int, opponents: int, *, draws: int, tie: float = 0.15, fewest: int = 5, alpha: float = 0.05
) -> list[Verdict]:
    """The verdicts that n runs a group can give at best, open ones apart."""
    if n < fewest:
        return []
    least = least_p(n, n, draws, "greater")
    found = [Verdict(REPRODUCED)] if least <= alpha else []
    found += [Verdict(NOT_REPRODUCED, verdicts.BELOW)] if least <= alpha / opponents else []
    return found + ([Verdict(NOT_REPRODUCED, verdicts.TIE)] if n >= fewest_to_tie(tie, alpha) else [])


def fewest_to_tie(tie: float = 0.15, alpha: float = 0.05) -> int:
    """The smallest number of runs a group with which equal groups are a demonstrated tie."""
    return ceil(_seeds_to_tie(0.0, tie, alpha) - 1e-9)


def _seeds_needed(unclear: list[Duel], n: int, tie: float, alpha: float, alpha_better: float) -> int | None:
    """Runs a group with which every unclear duel, were its A12 the true one, would end: as a tie at level `alpha`, or
    with 80 % power as a difference at `alpha_better` (Noether 1987). None without such a duel or beyond MOST_SEEDS.
    """
    if not unclear:
        return None
    most = 0.0
    for one in unclear:
        distance = abs(one.superiority.value - 0.5)
        separated = (norm.ppf(1 - alpha_better) + norm.ppf(POWER)) ** 2 / (6 * distance**2) if distance else np.inf
        most = max(most, min(separated, _seeds_to_tie(distance, tie, alpha)))
    return int(max(ceil(most), n + 1)) if most <= MOST_SEEDS else None


def _seeds_to_tie(distance: float, tie: float, alpha: float) -> float:
    """Runs a group with which an A12 this far from 1/2 is a demonstrated tie; infinite where it is none."""
    # Wilson's interval ends on a share q where the estimate is z standard errors of q away from it.
    room = tie - distance
    return norm.ppf(1 - alpha) ** 2 * (0.25 - tie**2) / room**2 if room > 0 else np.inf

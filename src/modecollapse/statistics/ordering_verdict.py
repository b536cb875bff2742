"""Whether one group is better than every other (intersection-union test), or two are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import NamedTuple

import numpy as np
import scipy

from modecollapse.statistics import verdicts
from modecollapse.statistics.intervals import Estimate, Values
from modecollapse.statistics.multiplicity import holm, least_p
from modecollapse.statistics.permutation import Permutations, brunner_munzel
from modecollapse.statistics.prob_superiority import is_tie, prob_superiority
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, PARTIALLY, REPRODUCED, Verdict, too_few

POWER = 0.8
MOST_SEEDS = 10_000
PermutationsOf = Callable[[int, int], Permutations]  # of n and m, the same for the same sizes


class PairwiseResult(NamedTuple):
    """The candidate against one opponent: A12 with its 90 % interval, and the p of its being better, worse, a tie."""

    superiority: Estimate
    p_better: float
    p_worse: float
    p_tie: float
    tied: bool  # the interval lies within the margin around 1/2


class OrderingVerdict(NamedTuple):
    """The verdict and the pairwise results of the candidate by opponent; larger is better.

    p: the smallest alpha at which the same outcome would hold, a refutation in the same direction; None where the
    verdict is open. beaten: how many opponents the candidate is better than, after Holm unless it beats all.
    """

    verdict: Verdict
    pairwise: dict[str, PairwiseResult]
    p: float | None = None
    beaten: int = 0


def ordering_verdict(
    candidate: Values,
    opponents: Mapping[str, Values],
    permutations_of: PermutationsOf,
    *,
    tie: float = 0.15,
    fewest: int = 5,
    alpha: float = 0.05,
) -> OrderingVerdict:
    """Whether the candidate's values exceed those of every opponent; values are given so that larger is better.

    REPRODUCED: every one-sided p is at most alpha, which needs no correction (Berger 1982). NOT_REPRODUCED(below): some
    opponent is significantly better, after Holm. NOT_REPRODUCED(tie): every opponent is a demonstrated tie. PARTIALLY:
    some are beaten, after Holm, and none is better. Raises ValueError on NaN and without opponents.
    """
    if not opponents:
        raise ValueError("opponents must be at least one group")
    n = min(len(candidate), *map(len, opponents.values()))
    if n < fewest:
        return OrderingVerdict(too_few(fewest), {})
    found = {name: compared(candidate, values, permutations_of, tie, alpha) for name, values in opponents.items()}
    pairs = list(found.values())
    better, worse = (holm([getattr(one, name) for one in pairs]) for name in ("p_better", "p_worse"))
    beaten = int((better <= alpha).sum())
    unclear = [one for one, p in zip(pairs, better, strict=True) if not (p <= alpha or one.tied)]
    if all(one.p_better <= alpha for one in pairs):
        return OrderingVerdict(Verdict(REPRODUCED), found, max(one.p_better for one in pairs), len(pairs))
    if (worse <= alpha).any():
        return OrderingVerdict(Verdict(NOT_REPRODUCED, verdicts.BELOW), found, float(worse.min()), beaten)
    if all(one.tied for one in pairs):
        p = min(alpha, max(one.p_tie for one in pairs))
        return OrderingVerdict(Verdict(NOT_REPRODUCED, verdicts.TIE), found, p, beaten)
    seeds = _seeds_needed(unclear, n, tie, alpha, alpha)
    if beaten:
        verdict = Verdict(PARTIALLY, f"{beaten} of {len(pairs)} beaten", seeds)
        return OrderingVerdict(verdict, found, float(better.min()), beaten)
    return OrderingVerdict(Verdict(INCONCLUSIVE, verdicts.UNCLEAR, seeds), found)


def equivalence_verdict(
    first: Values,
    second: Values,
    permutations_of: PermutationsOf,
    *,
    tie: float = 0.15,
    fewest: int = 5,
    alpha: float = 0.05,
) -> OrderingVerdict:
    """Whether two groups are the same: REPRODUCED where the tie is demonstrated, NOT_REPRODUCED(above) where the first
    has larger values (below: smaller), and open otherwise. Raises ValueError on NaN."""
    n = min(len(first), len(second))
    if n < fewest:
        return OrderingVerdict(too_few(fewest), {})
    only, p = compared(first, second, permutations_of, tie, alpha), None
    two_sided = 2 * min(only.p_better, only.p_worse)
    if only.tied:
        verdict, p = Verdict(REPRODUCED), min(alpha, only.p_tie)
    elif two_sided <= alpha:
        way = verdicts.ABOVE if only.p_better < only.p_worse else verdicts.BELOW
        verdict, p = Verdict(NOT_REPRODUCED, way), two_sided
    else:
        verdict = Verdict(INCONCLUSIVE, verdicts.UNCLEAR, _seeds_needed([only], n, tie, alpha, alpha / 2))
    return OrderingVerdict(verdict, {"": only}, p)


def compared(
    first: Values, second: Values, permutations_of: PermutationsOf, tie: float, alpha: float
) -> PairwiseResult:
    """The first group against the second."""
    effect = prob_superiority(first, second, level=1 - 2 * alpha)
    divisions = permutations_of(len(first), len(second))
    better = brunner_munzel(first, second, divisions, alternative="greater")
    worse = brunner_munzel(np.negative(first), np.negative(second), divisions, alternative="greater")
    # Wilson's interval at level 1 - 2 p ends on the margin.
    room = (tie - abs(effect.value - 0.5)) / np.sqrt((0.25 - tie**2) / min(len(first), len(second)))
    return PairwiseResult(effect, better, worse, float(scipy.stats.norm.sf(room)), is_tie(effect, tie))


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


def _seeds_needed(unclear: list[PairwiseResult], n: int, tie: float, alpha: float, alpha_better: float) -> int | None:
    """Runs a group with which every unclear comparison would be decided if its A12 were the true one.

    It is decided as a tie at level `alpha`, or with 80 % power as a difference at `alpha_better` (Noether 1987). None
    where nothing is unclear and beyond MOST_SEEDS.
    """
    if not unclear:
        return None
    most, shift = 0.0, scipy.stats.norm.ppf(1 - alpha_better) + scipy.stats.norm.ppf(POWER)
    for one in unclear:
        distance = abs(one.superiority.value - 0.5)
        separated = shift**2 / (6 * distance**2) if distance else np.inf
        most = max(most, min(separated, _seeds_to_tie(distance, tie, alpha)))
    return int(max(ceil(most), n + 1)) if most <= MOST_SEEDS else None


def _seeds_to_tie(distance: float, tie: float, alpha: float) -> float:
    """Runs a group with which an A12 this far from 1/2 is a demonstrated tie; infinite where it is none."""
    # Wilson's interval ends on a share q where the estimate is z standard errors of q away from it.
    room = tie - distance
    return scipy.stats.norm.ppf(1 - alpha) ** 2 * (0.25 - tie**2) / room**2 if room > 0 else np.inf

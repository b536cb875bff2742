"""Whether a variant is better than others, or two are the same, computed again."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import norm

from modecollapse.audit.again.verdicts.permutation import SLACK, Chance, chances
from modecollapse.audit.again.verdicts.words import (
    ABOVE,
    BELOW,
    INCONCLUSIVE,
    NOT_REPRODUCED,
    PARTIALLY,
    REPRODUCED,
    Found,
    Verdict,
    every,
    settled,
)

POWER, MOST_SEEDS = 0.8, 10_000
DIGITS = 12  # in which equal values agree
DUEL = re.compile(r"(?P<name>.*): A12 (?P<a12>\S+) \[(?P<low>\S+), (?P<high>\S+)\], p (?P<p>\S+)")


class Duel(NamedTuple):
    """One group against another, from the side of the first."""

    a12: float
    low: float
    high: float
    better: Chance
    worse: Chance
    tied: bool


def duel(x: np.ndarray, y: np.ndarray, settings: dict[str, Any]) -> Duel:
    """The chance that a value of x exceeds one of y, with Wilson's interval for the smaller group, and both p."""
    a12 = float(np.mean((x[:, np.newaxis] > y) + 0.5 * (x[:, np.newaxis] == y)))
    z, n = norm.isf(settings["alpha"]), min(len(x), len(y))
    # Wilson: the shares whose distance from the estimate is z of their own standard errors, roots of a quadratic.
    roots = np.roots([1 + z**2 / n, -(2 * a12 + z**2 / n), a12**2]).real
    low, high = min(*roots, a12) if a12 > 0 else 0.0, max(*roots, a12) if a12 < 1 else 1.0
    tied = low >= 0.5 - settings["tie"] - SLACK and high <= 0.5 + settings["tie"] + SLACK
    return Duel(a12, float(low), float(high), *chances(x, y, settings["draws"]), tied)


def ranked(values: np.ndarray, direction: str = "more") -> np.ndarray:
    """Values so that larger is better, and equal where they are so in DIGITS digits."""
    return np.array([float(f"{value:.{DIGITS - 1}e}") for value in values]) * (-1 if direction == "less" else 1)


def ordering(
    first: np.ndarray,
    others: Mapping[str, np.ndarray],
    settings: dict[str, Any],
    written: str,
    unreached: bool = False,
) -> Found:
    """`first` beats all others; larger is better. `unreached`: of times that are mostly the budget, which have no order
    unless they are apart."""
    alpha, few = settings["alpha"], settings["fewest_runs"]
    if min(len(first), *map(len, others.values())) < few:
        return Found(Verdict(INCONCLUSIVE, "too_few_runs", few))
    duels = [duel(first, own, settings) for own in others.values()]
    k, n = len(duels), min(len(first), *map(len, others.values()))
    # The least of k p times k is the least that Holm's correction makes of them.
    lost = every(*(one.worse.at_most(alpha / k) for one in duels))
    won = every(*(one.better.at_most(alpha) for one in duels))
    possible = [_order(duels, beaten, any(worse), n, alpha, settings["tie"]) for beaten in won for worse in lost]
    if unreached:
        nothing = Verdict(INCONCLUSIVE, "not_reached")
        possible = [nothing if one.reason in ("tie", "not_separated") else one for one in possible]
    chosen, close = settled(list(dict.fromkeys(possible)), written)
    return Found(chosen, close, detail=Detail(dict(zip(others, duels, strict=True))))


def _order(duels: list[Duel], beaten: Sequence[bool], worse: bool, n: int, alpha: float, tie: float) -> Verdict:
    if all(beaten):
        return Verdict(REPRODUCED)
    if worse:
        return Verdict(NOT_REPRODUCED, BELOW)
    if all(one.tied for one in duels):
        return Verdict(NOT_REPRODUCED, "tie")
    unclear = [one.a12 for one, won in zip(duels, beaten, strict=True) if not (won or one.tied)]
    seeds = _seeds(unclear, n, tie, alpha, alpha)
    if any(beaten):
        return Verdict(PARTIALLY, f"{sum(beaten)} of {len(duels)} beaten", seeds)
    return Verdict(INCONCLUSIVE, "not_separated", seeds)


def equivalence(first: np.ndarray, second: np.ndarray, name: str, settings: dict[str, Any], written: str) -> Found:
    """Neither of the two is larger; `name`: of the second."""
    alpha, few, n = settings["alpha"], settings["fewest_runs"], min(len(first), len(second))
    if n < few:
        return Found(Verdict(INCONCLUSIVE, "too_few_runs", few))
    one = duel(first, second, settings)
    if one.tied:
        return Found(Verdict(REPRODUCED), detail=Detail({name: one}))
    open_one = Verdict(INCONCLUSIVE, "not_separated", _seeds([one.a12], n, settings["tie"], alpha, alpha / 2))
    larger = one.better.value < one.worse.value
    differs = Verdict(NOT_REPRODUCED, ABOVE if larger else BELOW)
    apart = (one.better if larger else one.worse).at_most(alpha / 2)
    chosen, close = settled([differs if is_apart else open_one for is_apart in apart], written)
    return Found(chosen, close, detail=Detail({name: one}))


def _seeds(unclear: list[float], n: int, tie: float, alpha: float, alpha_apart: float) -> int | None:
    """Runs a group that would decide every unclear duel, its A12 being the true one: as a tie or, by Noether's formula
    (1987), as a difference."""
    needed = [min(_to_differ(abs(a12 - 0.5), alpha_apart), _to_tie(abs(a12 - 0.5), tie, alpha)) for a12 in unclear]
    if not needed or max(needed) > MOST_SEEDS:
        return None
    return max(math.ceil(max(needed)), n + 1)


def _to_differ(distance: float, alpha: float) -> float:
    return (norm.isf(alpha) + norm.ppf(POWER)) ** 2 / (6 * distance**2) if distance else math.inf


def _to_tie(distance: float, tie: float, alpha: float) -> float:
    return norm.isf(alpha) ** 2 * (0.25 - tie**2) / (tie - distance) ** 2 if tie > distance else math.inf


class Detail:
    """The sentence about the duels: A12 and its interval to two decimals, p up to its random draws."""

    def __init__(self, duels: Mapping[str, Duel]) -> None:
        self.duels = duels

    def agrees(self, written: str) -> bool:
        """Whether a written sentence says the same."""
        told = [DUEL.fullmatch(text) for text in written.split("; ")]
        if len(told) != len(self.duels) or None in told:
            return False
        return all(_same(found, name, one) for found, (name, one) in zip(told, self.duels.items(), strict=True))

    def __str__(self) -> str:
        return "; ".join(
            f"{name}: A12 {one.a12:.2f} [{one.low:.2f}, {one.high:.2f}], p {one.better.value:.2g}"
            for name, one in self.duels.items()
        )


def _same(found: re.Match, name: str, one: Duel) -> bool:
    try:
        numbers, p = [float(found[key]) for key in ("a12", "low", "high")], float(found["p"])
    except ValueError:
        return False
    near = all(abs(a - b) <= 0.005 + SLACK for a, b in zip(numbers, one[:3], strict=True))
    return found["name"] == name and near and abs(p - one.better.value) <= one.better.error + 0.05 * p

"""Whether a signal goes with quality within runs, computed again: own curves against those of other runs."""

from __future__ import annotations

import math
import re
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import rankdata

from modecollapse.audit.again.verdicts.permutation import OWN_DRAWS, Chance, chance
from modecollapse.audit.again.verdicts.words import (
    BELOW,
    INCONCLUSIVE,
    NOT_REPRODUCED,
    REPRODUCED,
    Found,
    Verdict,
    every,
    settled,
)

ROUNDING = 1e-9
TOLD = re.compile(r"mean rank correlation (?P<own>\S+) \((?P<across>\S+) across runs\), p (?P<p>\S+)")


class Shuffle(NamedTuple):
    """The mean correlation of own curves, that of all pairs of curves, and the p; a status where there is none."""

    own: float = 0.0
    across: float = 0.0
    p: Chance | None = None
    status: str = ""


def shuffle(signal: np.ndarray, quality: np.ndarray, draws: int) -> Shuffle:
    """signal, quality: (S, T). Spearman's correlation of each run, beside matchings of a run's signal with another's
    quality: all of them where they are few."""
    runs = len(signal)
    if runs < 3:
        return Shuffle(status="few runs")
    both = np.vstack([signal, quality])
    if not np.ptp(rankdata(both, axis=1), axis=1).all():
        return Shuffle(status="constant")
    correlations = np.corrcoef(rankdata(both, axis=1))[:runs, runs:]
    across = float(correlations.mean())
    own = float(np.trace(correlations) / runs)
    exact = math.factorial(runs) <= draws + 1
    if exact:
        matchings = np.array(list(permutations(range(runs))))
    else:
        matchings = np.argsort(np.random.default_rng(runs).random((OWN_DRAWS, runs)), axis=1)
    others = np.take_along_axis(correlations[np.newaxis], matchings[:, :, np.newaxis], axis=2).mean(axis=(1, 2))
    count = int((np.abs(others - across) >= abs(own - across) - ROUNDING).sum())
    p = Chance(count / len(others)) if exact else chance((1 + count) / (1 + len(others)), draws)
    return Shuffle(own, across, p)


def association(
    curves: dict[str, tuple[np.ndarray, np.ndarray]], sign: str, settings: dict[str, Any], written: str
) -> Found:
    """curves: data set -> signal and quality, (S, T) each. In most data sets significant after Holm in the direction
    `sign` ("positive" or "negative"), or in the other one."""
    few = settings["fewest_runs"]
    if any(len(signal) < few for signal, _ in curves.values()):
        return Found(Verdict(INCONCLUSIVE, "too_few_runs", few))
    found = {name: shuffle(*own, settings["draws"]) for name, own in curves.items()}
    known = [one for one in found.values() if one.p is not None]
    possible = [
        _decided(known, significant, sign, len(found)) for significant in _significant(known, settings["alpha"])
    ]
    chosen, close = settled(possible, written)
    return Found(chosen, close, detail=Detail(found))


def _significant(known: list[Shuffle], alpha: float) -> list[tuple[bool, ...]]:
    """By Holm: in ascending order each p is at most alpha over how many are left, until the first that is not."""
    order = sorted(range(len(known)), key=lambda place: known[place].p.value)
    answers = [known[place].p.at_most(alpha / (len(known) - rank)) for rank, place in enumerate(order)]
    found = []
    for told in every(*answers):
        until = told.index(False) if False in told else len(told)
        found.append(tuple(place in order[:until] for place in range(len(known))))
    return list(dict.fromkeys(found))


def _decided(known: list[Shuffle], significant: tuple[bool, ...], sign: str, of: int) -> Verdict:
    signs = [_sign(one) for one, is_significant in zip(known, significant, strict=True) if is_significant]
    claimed = {"positive": 1, "negative": -1}[sign]
    if signs.count(claimed) > of / 2:
        return Verdict(REPRODUCED)
    if signs.count(-claimed) > of / 2:
        return Verdict(NOT_REPRODUCED, BELOW)
    return Verdict(INCONCLUSIVE, "not_separated")


def _sign(one: Shuffle) -> int:
    """Of the own correlation, where its excess over that of other runs has it too; else 0."""
    own, excess = np.sign(one.own), np.sign(one.own - one.across)
    return int(own) if own == excess else 0


class Detail:
    """The sentence about the data sets."""

    def __init__(self, found: dict[str, Shuffle]) -> None:
        self.found = found

    def agrees(self, written: str) -> bool:
        """Whether a written sentence says the same, p up to its random draws."""
        told = written.split("; ")
        if len(told) != len(self.found):
            return False
        return all(_same(text, name, one) for text, (name, one) in zip(told, self.found.items(), strict=True))

    def __str__(self) -> str:
        return "; ".join(
            f"{name}: mean rank correlation {one.own:.2f} ({one.across:.2f} across runs), p {one.p.value:.2g}"
            if one.p
            else f"{name}: {one.status}"
            for name, one in self.found.items()
        )


def _same(text: str, name: str, one: Shuffle) -> bool:
    start, _, rest = text.partition(": ")
    if start != name or one.p is None:
        return (start, rest) == (name, one.status)
    found = TOLD.fullmatch(rest)
    try:
        own, across, p = (float(found[key]) for key in ("own", "across", "p"))
    except (TypeError, ValueError):
        return False
    near = abs(own - one.own) <= 0.005 + ROUNDING and abs(across - one.across) <= 0.005 + ROUNDING
    return near and abs(p - one.p.value) <= one.p.error + 0.05 * p

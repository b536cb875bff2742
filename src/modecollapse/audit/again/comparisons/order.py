"""One set of random divisions serves all pairs of as many runs: so a more extreme pair cannot have a larger p."""

from __future__ import annotations

from modecollapse.audit.again.comparisons.pairs import FILE, Pair
from modecollapse.audit.finding import Finding

EQUAL = 1e-9  # relative


def out_of_order(pairs: list[Pair]) -> list[Finding]:
    """The pairs whose p contradicts that of another pair whose values tie in the same places.

    The statistics of the divisions know of the values only which of them are equal. So of two such pairs equal
    statistics have one p, and the larger statistic has no larger p.
    """
    alike: dict[tuple, list[Pair]] = {}
    for pair in pairs:
        if pair.test.drawn:
            alike.setdefault((pair.test.sizes, pair.test.ties), []).append(pair)
    found = []
    for group in alike.values():
        group.sort(key=lambda pair: pair.test.statistic)
        for less, more in zip(group, group[1:], strict=False):
            equal = more.test.statistic - less.test.statistic <= EQUAL * more.test.statistic
            if more.p > less.p * (1 + EQUAL) or (equal and more.p < less.p * (1 - EQUAL)):
                relation = "equally" if equal else "less"
                problem = f"{more.p!r}, though {'/'.join(less.key)}, {relation} extreme, has {less.p!r}"
                found.append(Finding(FILE, f"{'/'.join(more.key)}: p", problem))
    return found

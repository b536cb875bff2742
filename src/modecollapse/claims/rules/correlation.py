"""Across the runs of a method, one measure at the end of training goes with another."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from modecollapse.claims.rule import Decision, OfMethod, Part, Results, View
from modecollapse.statistics.trend import rank_verdict
from modecollapse.statistics.verdicts import IntervalVerdict


class Correlation(OfMethod):
    """The ranks of a method's runs by `first` and by `second` agree (`sign` positive) or are opposed (negative)."""

    averages = False

    rule: Literal["correlation"]
    first: str
    second: str
    sign: Literal["positive", "negative"]

    @property
    def reads(self) -> list[str]:
        return [self.second, self.first]

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By Spearman's correlation over runs and its permutation p."""
        cell = (part.experiment, part.datasets[0], part.variants[0])
        runs = [results.runs(view, *cell, name).set_index("seed")["value"] for name in (self.first, self.second)]
        pairs = pd.concat(runs, axis=1, join="inner").to_numpy(dtype=float)
        sign, settings = 1 if self.sign == "positive" else -1, results.settings
        found = rank_verdict(
            sign * pairs[:, 0], pairs[:, 1], results.rng(part), draws=settings.draws, **settings.limits
        )
        numbers = {} if found.estimate is None else {"rank correlation": round(sign * found.estimate, 2)}
        return Decision(IntervalVerdict(found.verdict, p=found.p), numbers)

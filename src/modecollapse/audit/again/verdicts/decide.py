"""What the runs say of one test in one place, looked at in one way, computed again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from modecollapse.audit.again.verdicts import value as verdicts_value
from modecollapse.audit.again.verdicts.association import association
from modecollapse.audit.again.verdicts.limits import limits, support
from modecollapse.audit.again.verdicts.ordering import equivalence, ordering, ranked
from modecollapse.audit.again.verdicts.parts import Part
from modecollapse.audit.again.verdicts.runs import Cell, Runs, View
from modecollapse.audit.again.verdicts.share import bound, share
from modecollapse.audit.again.verdicts.words import INCONCLUSIVE, Found, Verdict
from modecollapse.audit.again.verdicts.zone import Zone, zone

TIME = "coverage_time:"


@dataclass
class Decide:
    """The rules: of a part, a view and the verdict that is written of them."""

    claims: dict[str, Any]
    facts: dict[str, Any]
    runs: Runs

    def __call__(self, part: Part, view: View, written: str) -> Found:
        """What a part's rule says of the runs, looked at in one way."""
        test, settings, rule = part.test, self.claims["settings"], part.test["rule"]
        if rule == "association":
            return self._association(part, view, written)
        values = [self.runs.values(cell, view) for cell in cells_of(part, part.measures)]
        if rule not in ("ordering", "equivalence") and any(np.isinf(own).any() for own in values):
            return Found(Verdict(INCONCLUSIVE, "failures"))
        if rule == "values":
            return self.value(part, part.published, view, written)
        if rule == "ordering":
            first, *others = (ranked(own, test["measures"][part.measures[0]]) for own in values)
            unreached = part.measures[0].startswith(TIME) and all(map(len, values)) and _mostly_latest(values)
            return ordering(first, dict(zip(part.variants[1:], others, strict=True)), settings, written, unreached)
        if rule == "equivalence":
            return equivalence(ranked(values[0]), ranked(values[1]), part.variants[1], settings, written)
        if rule == "share":
            shown = self._events(part, view)
            return share(sum(shown), len(shown), float(test["above"]), settings)
        known = support(self.facts, part.datasets[0], test["measure"])
        return bound(values[0], (float(test["low"]), float(test["high"])), known, settings, written)

    def value(self, part: Part, value: dict[str, Any], view: View, written: str) -> Found:
        """Of an entry of `values`, or of what others measured of the same."""
        [cell] = cells_of(part, part.measures)
        known = support(self.facts, cell[1], cell[3])
        points, settings = self.runs.values(cell, view), self.claims["settings"]
        return verdicts_value.judge(points, self.zone(part, value), known, settings, written)

    def zone(self, part: Part, value: dict[str, Any]) -> Zone:
        """In which a mean reproduces an entry of `values`, in the units of the part's data set."""
        [dataset], [measure] = part.datasets, part.measures
        return zone(value, self.claims["settings"]["margins"], limits(self.facts, dataset, measure))

    def _association(self, part: Part, view: View, written: str) -> Found:
        """Of whole courses, whatever the view; where no failed run has an infinite quality."""
        known = [name for name in part.measures if name in self.facts["measures"]]
        if any(np.isinf(self.runs.values(cell, view)).any() for cell in cells_of(part, known)):
            return Found(Verdict(INCONCLUSIVE, "failures"))
        cells = cells_of(part, part.measures[:1])
        curves = {cell[1]: self.runs.curves(cell, part.test["quality"]) for cell in cells}
        return association(curves, part.test["sign"], self.claims["settings"], written)

    def _events(self, part: Part, view: View) -> list[bool]:
        """By run, whether it shows the event: all conditions, or any of them; one without a value does not."""
        together = all if part.test.get("all_of") else any
        conditions = part.test.get("all_of") or part.test["any_of"]
        known = [dict(self.runs.by_seed(cell, view)) for cell in cells_of(part, part.measures)]
        seeds = self.facts["seeds"] if view.failures else sorted(set().union(*known))
        return [together(_within(own.get(s), c) for own, c in zip(known, conditions, strict=True)) for s in seeds]


def cells_of(part: Part, measures: list[str]) -> list[Cell]:
    """The cells of a part, by data set, variant and measure."""
    return [(part.experiment, d, v, m) for d in part.datasets for v in part.variants for m in measures]


def _within(value: float | None, condition: dict[str, Any]) -> bool:
    low, high = (condition.get(key) for key in ("at_least", "at_most"))
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def _mostly_latest(values: list[np.ndarray]) -> bool:
    """Whether half of the runs of every group have the largest of all times."""
    latest = max(own.max() for own in values)
    return all(np.median(own) >= latest for own in values)

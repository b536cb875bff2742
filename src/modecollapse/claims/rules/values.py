"""Published numbers: whether the runs' mean is the printed one, within a margin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from modecollapse.claims.name_checks import check_known
from modecollapse.claims.rule import Decision, OfRuns, Part, Published, Reach, Results, Scope, View
from modecollapse.statistics import value_verdict
from modecollapse.statistics.margin import Margin
from modecollapse.statistics.value_verdict import PublishedMean
from modecollapse.statistics.verdicts import FAILURES, INCONCLUSIVE, Verdict


class Values(OfRuns):
    """Every published number of one place of the claim's source, each with its margin."""

    rule: Literal["values"]
    place: str

    def check_names(self, registry: Published, source: str) -> None:
        """The source has numbers at this place."""
        check_known("place", self.place, dict.fromkeys(v.place for v in registry.values if v.source == source))

    def expand(self, whole: Part, scope: Scope) -> Iterator[Part]:
        """A part for each number, experiment and variant that stands for its method."""
        for value in scope.registry.of(whole.claim.source, self.place):
            wanted = replace(whole, measures=(value.measure,), published=value)
            yield from self.each(wanted, scope, value.dataset, value.method)

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By the interval of the mean and the zone around the number."""
        return Decision(value_verdict.value_verdict(*_judged(part, results, view), **results.settings.limits))

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """What runs that all agree would lead to."""
        n, limits = scope.seeds(part), scope.registry.settings.limits
        zone = _margin(part, scope).zone(part.published.value, part.published.rounding)
        bounds = scope.bounds(part.datasets[0], part.measures[0])
        least = value_verdict.fewest_to_reproduce(zone, bounds, **limits) if bounds else None
        found = Reach(value_verdict.reachable(n, zone, bounds, **limits))
        return found._replace(needs="to reproduce", seeds=least) if least and least > n else found

    def beside(self, part: Part, results: Results) -> dict[str, Any]:
        """The margin, what real data score, and the verdicts by the same rule on what other papers measured.

        by_original_runs: the verdicts if the original had another number of runs than the first plausible one.
        """
        margin, others = _margin(part, results.scope), []
        for other in part.published.remeasured:
            own = {"printed": other.printed, "decimals": None, "spread": None, "readings": [], "remeasured": []}
            theirs = replace(part, published=part.published.model_copy(update=own))
            verdict = _verdict(theirs, results, results.settings.plausible_runs[0])
            about = {"source": other.source, "title": results.scope.registry.sources[other.source].title}
            about |= {"printed": other.printed, "spread": other.spread}
            others.append(about | {"outcome": verdict.outcome, "reason": verdict.reason})
        by_runs = [(runs, _verdict(part, results, runs)) for runs in results.settings.plausible_runs[1:]]
        return {
            "margin": margin.size,
            "margin_kind": margin.kind,
            "rounding": part.published.rounding,
            "oracle": results.oracle(part.datasets[0], part.measures[0]),
            "remeasured": others,
            "by_original_runs": {
                str(runs): {"outcome": verdict.outcome, "reason": verdict.reason} for runs, verdict in by_runs
            },
        }


def _margin(part: Part, scope: Scope) -> Margin:
    """The margin of the registry around a published number."""
    value, measure = part.published, part.measures[0]
    entry = scope.registry.settings.margin(value.dataset, measure)
    return entry.at(value.value, scope.limits(part.datasets[0], measure))


def _verdict(part: Part, results: Results, runs: int) -> Verdict:
    """The verdict if the original had so many runs, open where it depends on failed runs or a value is infinite."""
    found = []
    for view in (View(), View(failures=False)):
        values, published, *others = _judged(part, results, view)
        if np.isinf(values).any():
            return Verdict(INCONCLUSIVE, FAILURES)
        published = published._replace(runs=(runs,))
        found.append(value_verdict.value_verdict(values, published, *others, **results.settings.limits).verdict)
    return found[0] if found[0].agrees(found[1]) else Verdict(INCONCLUSIVE, FAILURES)


def _judged(
    part: Part, results: Results, view: View
) -> tuple[np.ndarray, PublishedMean, Margin, tuple[float, float] | None]:
    """The part's runs, its number, which others may have printed, the margin and the support of the measure."""
    value, [dataset], [measure] = part.published, part.datasets, part.measures
    spread = None if value.spread is None else float(value.spread)
    plausible = results.settings.plausible_runs
    return (
        results.values(view, part.experiment, dataset, part.variants[0], measure),
        PublishedMean(value.value, value.rounding, plausible, spread, value.readings),
        _margin(part, results.scope),
        results.scope.bounds(dataset, measure),
    )

"""What stands beside the verdict on a published number: the margin, the drift, and the verdicts on other numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from modecollapse.claims.arrival import Limit, drift_of, has_curve
from modecollapse.claims.part_verdict import columns, part_verdict
from modecollapse.claims.parts import Part
from modecollapse.claims.results import Results
from modecollapse.claims.rule import Rule


def beside_number(rule: Rule, part: Part, results: Results, moving: Limit | None) -> dict[str, Any]:
    """Columns of the verdict on a part about a published number, which is of one cell and one measure.

    remeasured: the verdicts by the same rule on what other papers measured; by_original_runs: those if the original had
    another number of runs than the first plausible one. moving: as for `part_verdict`.
    """
    scope, value, [dataset] = results.scope, part.published, part.datasets
    margin, oracle = scope.margin(dataset, value.measure, value.value), results.oracle(dataset, value.measure)
    row = {"margin": margin.size, "margin_kind": margin.kind, "rounding": value.rounding, "oracle": oracle}

    def told(**changes: Any) -> dict[str, str]:
        return columns(part_verdict(rule, replace(part, **changes), results, moving).verdict)

    remeasured = []
    for other in value.remeasured:
        # It has decimals of its own, and its spread stands beside it only for print.
        own = {"source": other.source, "printed": other.printed, "decimals": None, "spread": None, "readings": []}
        about = {"title": scope.registry.sources[other.source].title, "printed": other.printed, "spread": other.spread}
        remeasured.append(about | told(published=value.model_copy(update=own)))
    by_runs = {str(runs): told(original_runs=runs) for runs in results.settings.plausible_runs[1:]}
    return row | _drift(part, results) | {"remeasured": remeasured, "by_original_runs": by_runs}


def _drift(part: Part, results: Results) -> dict[str, float | None]:
    """What it takes to apply the rule with another margin: the interval of the drift, and the last quarter's mean."""
    [cell], measure = results.scope.cells(part), part.published.measure
    if not has_curve(measure, cell, results):
        return {}
    found = drift_of(part.published, cell, measure, results)
    lower, upper = found.plateau.interval or (None, None)
    return {"drift_lower": lower, "drift_upper": upper, "last_quarter": found.last}

"""How far the measures can be trusted: what the intervals, the oracle and the nulls show."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from modecollapse.report import layout
from modecollapse.report.printed import count, number
from modecollapse.study.summary import StudySummary

LEVEL = 0.95
NEARLY = 0.95  # of the oracle's modes: a null this close makes the count blind
# The measures that the text knows by name; a repaired rule has the same names with a suffix, as in modes_shell.
MODES, QUALITY, DIVERGENCE = "modes", "high_quality_percent", "reverse_kl"
NUMBERS = {"level": f"{100 * LEVEL:g}", "nearly": f"{100 * NEARLY:g}"}  # in the text
FAILED = 0.5  # of the best value: real data that score no more have been rejected


def failed(summary: StudySummary, table: pd.DataFrame) -> dict[str, list[str]]:
    """For each data set, the measures whose rule rejects real data, so that they say nothing about quality.

    table: the printed tables of results together.
    """
    found: dict[str, list[str]] = {}
    for row in table[table["variant"] == "oracle"].to_dict("records"):
        name = row["dataset"]
        best = {MODES: summary.datasets[name].modes, QUALITY: 100}
        own = layout.measures(summary, [name], layout.COUNTS)
        wrong = {
            measure
            for measure in own
            if _rule(measure) in best
            and row.get(measure, layout.NONE) != layout.NONE
            and number(row[measure]) <= FAILED * best[_rule(measure)]
        }
        # The divergence is one of the samples that pass the rule.
        wrong |= {m.replace(MODES, DIVERGENCE) for m in wrong if _rule(m) == MODES}
        found[name] = [measure for measure in own if measure in wrong]
    return found


def rejected(summary: StudySummary, table: pd.DataFrame) -> list[dict[str, Any]]:
    """For each data set with failed measures, what real data scored on them."""
    oracles = {row["dataset"]: row for row in table[table["variant"] == "oracle"].to_dict("records")}
    found = []
    for name, wrong in failed(summary, table).items():
        cell = f"{oracles[name]['experiment']}/{name}/oracle"
        scores = [(m, oracles[name][m]) for m in wrong if oracles[name][m] != layout.NONE]
        shown = [{"label": summary.measures[m].label, "id": f"{cell}/{m}", "value": value} for m, value in scores]
        entry = summary.datasets[name]
        row = {"dataset": name, "label": entry.label, "modes": count(entry.modes), "failed": shown}
        found += [row] if shown else []
    return found


def blind(summary: StudySummary, table: pd.DataFrame) -> list[str]:
    """The data sets on which a null captures nearly as many modes as real data, so that the count cannot tell them."""
    wrong, found = failed(summary, table), []
    for name, rows in table.groupby("dataset", sort=False):
        # The first measure that counts modes by a rule that real data pass.
        own = (m for m in layout.measures(summary, [name], layout.COUNTS) if _rule(m) == MODES)
        measure = next((m for m in own if m not in wrong.get(name, [])), None)
        counted = rows[rows[measure] != layout.NONE] if measure else rows.iloc[:0]
        reached = {row["variant"]: number(row[measure]) for row in counted.to_dict("records")}
        nulls = [value for row, value in reached.items() if row.startswith("null-")]
        if max(nulls, default=0) >= NEARLY * reached.get("oracle", math.inf):
            found.append(summary.datasets[name].label)
    return found


def _rule(measure: str) -> str:
    """The name of a measure without the suffix of a repaired rule."""
    return next((name for name in (MODES, QUALITY, DIVERGENCE) if measure.startswith(f"{name}_")), measure)

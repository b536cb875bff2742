"""The summary of the report: each data set in one sentence."""

from __future__ import annotations

from typing import Any

import pandas as pd

from modecollapse.report import layout
from modecollapse.report.layout import COUNTS, INVERSIONS, SAMPLES
from modecollapse.report.printed import count, number
from modecollapse.study.summary import StudySummary


def headlines(
    summary: StudySummary, experiment: str, tables: dict[str, pd.DataFrame], failed: dict[str, list[str]]
) -> list[dict[str, Any]]:
    """For each data set of an experiment what the variants reached; those that nothing is measured on are left out.

    tables: the printed tables by name; failed: for each data set, the measures whose rule rejects real data.
    """
    found = []
    for dataset in layout.datasets(summary, experiment):
        measure = _first_measure(summary, dataset, failed.get(dataset, []))
        for table in tables.values():
            own = table[(table["experiment"] == experiment) & (table["dataset"] == dataset)]
            if measure in own and len(own):
                found.append(_headline(summary, dataset, measure, own[own["kind"] == "trained"]))
                break
    return found


def _first_measure(summary: StudySummary, dataset: str, failed: list[str]) -> str | None:
    """The first measure that real data pass: of counts, where there are none of inversions, then of samples."""
    for reads in (COUNTS, INVERSIONS, SAMPLES):
        own = layout.measures(summary, [dataset], reads)
        if own:
            return next((measure for measure in own if measure not in failed), own[0])
    return None


def _headline(summary: StudySummary, dataset: str, measure: str, rows: pd.DataFrame) -> dict[str, Any]:
    beside = f"{measure}_published"
    shown = [
        {"id": f"{row['experiment']}/{dataset}/{row['variant']}/{measure}", "variant": row["row"]}
        | {"value": row[measure], "published": row.get(beside, layout.NONE)}
        for row in rows.to_dict("records")
    ]
    means = [number(row["value"]) for row in shown]
    return {
        "dataset": dataset,
        "label": summary.datasets[dataset].label,
        "modes": count(summary.datasets[dataset].modes),
        "measure": measure,
        "measure_label": summary.measures[measure].label,
        "rows": shown,
        # Of many variants only the ends are named, each with all that share it.
        "ends": [
            shown[means.index(end)]
            | {"variants": [row["variant"] for row, mean in zip(shown, means, strict=True) if mean == end]}
            for end in (min(means), max(means))
        ],
    }

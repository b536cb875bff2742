"""The summary of the report: what the variants reached on each data set."""

from __future__ import annotations

from typing import Any

import pandas as pd

from modecollapse.report import layout
from modecollapse.report.layout import COUNTS, INVERSIONS, NONE, SAMPLES
from modecollapse.report.printed import count, number
from modecollapse.study.summary import StudySummary


def headlines(
    summary: StudySummary, experiment: str, results: pd.DataFrame, failed: dict[str, list[str]]
) -> list[dict[str, Any]]:
    """For each data set of an experiment its first measure that real data pass, with the mean of each variant.

    results: the printed tables of results together; failed: for each data set, the measures whose rule rejects real
    data. Measures of counts come first, then those of inversions and of samples.
    """
    trained = results[(results["experiment"] == experiment) & (results["kind"] == "trained")]
    found = []
    for dataset in layout.datasets(summary, experiment):
        own = next(filter(None, (layout.measures(summary, [dataset], r) for r in (COUNTS, INVERSIONS, SAMPLES))), [])
        passed = [measure for measure in own if measure not in failed.get(dataset, [])]
        if own:
            found.append(_headline(summary, dataset, (passed or own)[0], trained[trained["dataset"] == dataset]))
    return found


def _headline(summary: StudySummary, dataset: str, measure: str, rows: pd.DataFrame) -> dict[str, Any]:
    """The mean of each variant, in `rows`; and in `ends` the smallest and the largest, each with all that share it."""
    shown = [
        {"id": f"{row['experiment']}/{dataset}/{row['variant']}/{measure}", "variant": row["row"]}
        | {"value": row[measure], "published": row.get(f"{measure}_published", NONE)}
        for row in rows.to_dict("records")
    ]
    means = [number(row["value"]) for row in shown]
    at_ends = [[row for row, mean in zip(shown, means, strict=True) if mean == end] for end in (min(means), max(means))]
    entry = summary.datasets[dataset]
    return {
        "dataset": dataset,
        "label": entry.label,
        "modes": count(entry.modes),
        "measure": measure,
        "measure_label": summary.measures[measure].label,
        "rows": shown,
        "ends": [own[0] | {"variants": [row["variant"] for row in own]} for own in at_ends],
    }

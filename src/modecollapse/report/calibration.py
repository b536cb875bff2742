"""What the intervals, the oracle and the nulls say about how far the measures can be trusted."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from modecollapse.report import layout
from modecollapse.report.printed import count
from modecollapse.statistics import reach_of_perfect_runs
from modecollapse.study.summary import StudySummary

LEVEL = 0.95
ALPHA = (1 - LEVEL) / 2
CEILING = 100 * (1 - math.exp(-4.5))  # mass of a planar Gaussian within three standard deviations, in percent
NEARLY = 0.95  # of the oracle's modes: a null this close makes the count blind
# The measures that the text knows by name; a repaired rule has the same names with a suffix, as in modes_shell.
MODES, QUALITY, DIVERGENCE = "modes", "high_quality_percent", "reverse_kl"
FAILED = 0.5  # of the best value: real data that score no more have been rejected


def numbers(runs: int) -> dict[str, str]:
    """The numbers in the text, for a mean over `runs` runs."""
    return {
        "level": f"{100 * LEVEL:g}",
        "alpha": f"{ALPHA:g}",
        "reach_percent": f"{reach_of_perfect_runs(runs, 100, LEVEL):.1f}",
        "runs_for_tenth": str(math.ceil(math.log(ALPHA) / math.log(0.9))),
        "ceiling": f"{CEILING:.1f}",
        "nearly": f"{100 * NEARLY:g}",
    }


def reach(summary: StudySummary) -> list[dict[str, str]]:
    """For each data set of K modes, down to where the interval of perfect runs still reaches."""
    return [
        {
            "dataset": name,
            "label": entry.label,
            "modes": count(entry.modes),
            "low": f"{entry.modes - reach_of_perfect_runs(summary.runs_on(name), entry.modes):.2f}",
        }
        for name, entry in summary.datasets.items()
        if MODES in layout.measures(summary, [name], layout.COUNTS)
    ]


def above_ceiling(summary: StudySummary, table: pd.DataFrame) -> list[dict[str, str]]:
    """Published shares of high quality samples above what exact sampling of a planar mixture scores."""
    column = f"{QUALITY}_published"
    if column not in table:
        return []
    planar = table[[layout.is_planar(summary, name) for name in table["dataset"]]]
    above = planar[pd.to_numeric(planar[column], errors="coerce") > CEILING]
    return [
        {"id": _id(row, column), "value": row[column]}
        | {"method": row["published_method"], "data_set": row["data_set"]}
        for row in above.drop_duplicates(["dataset", "published_method"]).to_dict("records")
    ]


def failed(summary: StudySummary, table: pd.DataFrame) -> dict[str, list[str]]:
    """For each data set, the measures whose rule rejects real data, so that they say nothing about quality."""
    found: dict[str, list[str]] = {}
    for row in table[table["variant"] == "oracle"].to_dict("records"):
        name = row["dataset"]
        best = {MODES: summary.datasets[name].modes, QUALITY: 100}
        wrong = {
            measure
            for measure in layout.measures(summary, [name], layout.COUNTS)
            if _rule(measure) in best
            and row.get(measure, layout.NONE) != layout.NONE
            and _mean(row, measure) <= FAILED * best[_rule(measure)]
        }
        # The divergence is one of the samples that pass the rule.
        wrong |= {m.replace(MODES, DIVERGENCE) for m in wrong if _rule(m) == MODES}
        found[name] = [measure for measure in layout.measures(summary, [name], layout.COUNTS) if measure in wrong]
    return found


def rejected(summary: StudySummary, table: pd.DataFrame) -> list[dict[str, Any]]:
    """What to say of each data set with failed measures: what real data scored, and the measures to read instead."""
    found = []
    for name, wrong in failed(summary, table).items():
        if not wrong:
            continue
        rows = table[(table["dataset"] == name) & (table["variant"] == "oracle")]
        oracle = rows.iloc[0].to_dict()
        others = [m for m in layout.measures(summary, [name], layout.COUNTS) if m not in wrong and _rule(m) != m]
        found.append(
            {"dataset": name, "label": oracle["data_set"], "modes": count(summary.datasets[name].modes)}
            | {
                key: [
                    {"label": summary.measures[m].label, "id": _id(oracle, m), "value": oracle[m]}
                    for m in chosen
                    if oracle[m] != layout.NONE
                ]
                for key, chosen in (("failed", wrong), ("instead", others))
            }
        )
    return found


def references(summary: StudySummary, table: pd.DataFrame) -> list[dict[str, Any]]:
    """For each data set, the modes that rows without any learning reached; each with the id of its cell.

    A null is the same in every experiment and comes once, an untrained generator has the networks of its own.
    """
    found = []
    for name, rows in table.groupby("dataset", sort=False):
        measure = _counting(summary, table, name)
        kept = rows[rows["variant"].isin(layout.REFERENCE_ROWS) & (rows["variant"] != "oracle")]
        kept = kept[(kept["variant"] == layout.UNTRAINED) | ~kept.duplicated("variant")]
        found.append(
            {"dataset": name, "label": rows["data_set"].iloc[0], "modes": count(summary.datasets[name].modes)}
            | {
                "rows": [
                    {"variant": row["variant"], "experiment": row["experiment"]}
                    | {"id": _id(row, f"{measure}/mean"), "value": row[measure].split()[0]}
                    for row in kept.to_dict("records")
                    if measure and row[measure] != layout.NONE
                ]
            }
        )
    return found


def blind(summary: StudySummary, table: pd.DataFrame) -> list[dict[str, str]]:
    """The nulls that capture nearly as many modes as real data: there the count cannot tell them apart."""
    found = []
    for name, rows in table.groupby("dataset", sort=False):
        measure = _counting(summary, table, name)
        counted = rows[rows[measure] != layout.NONE] if measure else rows.iloc[:0]
        reached = {row["variant"]: _mean(row, measure) for row in counted.to_dict("records")}
        for null in (null for null in reached if null.startswith("null-")):
            if reached[null] >= NEARLY * reached.get("oracle", math.inf):
                found.append({"label": rows["data_set"].iloc[0], "null": null})
    return found


def _counting(summary: StudySummary, table: pd.DataFrame, dataset: str) -> str | None:
    """The first measure that counts modes by a rule that real data pass."""
    wrong = failed(summary, table).get(dataset, [])
    own = (m for m in layout.measures(summary, [dataset], layout.COUNTS) if _rule(m) == MODES and m not in wrong)
    return next(own, None)


def _rule(measure: str) -> str:
    """The name of a measure without the suffix of a repaired rule."""
    return next((name for name in (MODES, QUALITY, DIVERGENCE) if measure.startswith(f"{name}_")), measure)


def _mean(row: dict, measure: str) -> float:
    """The mean of a cell such as `7.40 [5.12, 7.96]`."""
    return float(row[measure].split()[0])


def _id(row: dict, column: str) -> str:
    return "/".join([row["experiment"], row["dataset"], row["variant"], column])

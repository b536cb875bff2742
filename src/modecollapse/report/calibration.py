"""What the intervals, the oracle and the nulls say about how far the measures can be trusted."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from modecollapse.report import layout
from modecollapse.report.layout import Study
from modecollapse.report.printed import count
from modecollapse.statistics import reach_of_perfect_runs

LEVEL = 0.95
ALPHA = (1 - LEVEL) / 2
CEILING = 100 * (1 - math.exp(-4.5))  # mass of a planar Gaussian within three standard deviations, in percent
NEARLY = 0.95  # of the oracle's modes: a null this close makes the count blind
MODES, QUALITY = "modes", "high_quality_percent"  # the measures that the text knows by name


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


def reach(study: Study) -> list[dict[str, str]]:
    """For each data set of K modes, down to where the interval of perfect runs still reaches."""
    return [
        {
            "dataset": name,
            "label": entry["label"],
            "modes": count(entry["modes"]),
            "low": f"{entry['modes'] - reach_of_perfect_runs(len(study['seeds']), entry['modes']):.2f}",
        }
        for name, entry in study["datasets"].items()
        if MODES in layout.measures(study, [name])
    ]


def above_ceiling(study: Study, table: pd.DataFrame) -> list[dict[str, str]]:
    """Published shares of high quality samples above what exact sampling of a planar mixture scores."""
    column = f"{QUALITY}_published"
    if column not in table:
        return []
    planar = table[[layout.is_planar(study, name) for name in table["dataset"]]]
    above = planar[pd.to_numeric(planar[column], errors="coerce") > CEILING]
    return [
        {"id": _id(row, column), "value": row[column]}
        | {"method": row["published_method"], "data_set": row["data_set"]}
        for row in above.drop_duplicates(["dataset", "published_method"]).to_dict("records")
    ]


def references(study: Study, table: pd.DataFrame) -> list[dict[str, Any]]:
    """For each data set, the modes that rows without any learning reached; each with the id of its cell."""
    return [
        {"dataset": name, "label": rows["data_set"].iloc[0], "modes": count(study["datasets"][name]["modes"])}
        | {
            "rows": [
                {"variant": row["variant"], "id": _id(row, f"{MODES}/mean"), "value": _mean(row)}
                for row in rows.to_dict("records")
                if row["variant"] in layout.REFERENCE_ROWS and row["variant"] != "oracle"
            ]
        }
        for (_, name), rows in _counted(table).groupby(["experiment", "dataset"], sort=False)
    ]


def blind(table: pd.DataFrame) -> list[dict[str, str]]:
    """The nulls that capture nearly as many modes as real data: there the count cannot tell them apart."""
    found = []
    for _, rows in _counted(table).groupby("dataset", sort=False):
        reached = {row["variant"]: float(_mean(row)) for row in rows.to_dict("records")}
        for name in (name for name in reached if name.startswith("null-")):
            if reached[name] >= NEARLY * reached.get("oracle", math.inf):
                found.append({"label": rows["data_set"].iloc[0], "null": name})
    return found


def _counted(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a printed table that say how many modes were captured."""
    return table[table[MODES] != layout.NONE] if MODES in table else table.iloc[:0]


def _mean(row: dict) -> str:
    """The mean of a cell such as `7.40 [5.12, 7.96]`."""
    return row[MODES].split()[0]


def _id(row: dict, column: str) -> str:
    return "/".join([row["experiment"], row["dataset"], row["variant"], column])

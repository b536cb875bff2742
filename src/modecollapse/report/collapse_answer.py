"""Which variants collapse least: counts of collapsed runs, and whom tests and nulls allow to be named."""

from __future__ import annotations

from typing import Any

import pandas as pd

from modecollapse.report import layout
from modecollapse.report.layout import CALIBRATION, COUNTS, NONE
from modecollapse.study.summary import StudySummary

MODES = "modes"
Row = dict[str, Any]


def page(
    summary: StudySummary, experiment: str, tables: dict[str, pd.DataFrame], failed: dict[str, list[str]]
) -> list[Row]:
    """For each data set of an experiment whose modes are counted: its variants, fewest collapsed runs first, and names.

    tables: `collapse`, `summary` and `ranks`; failed: for each data set, the measures that real data fail. A variant is
    named among the `least` if no test separates its count of modes from the best and it beats the nulls, and of those
    only where fewest runs collapsed; among the `most` if most runs did.
    """
    collapse = tables["collapse"]
    own = collapse[(collapse["experiment"] == experiment) & (collapse["collapsed"] != NONE)]
    return [_answer(summary, rows, tables, failed.get(name, [])) for name, rows in own.groupby("dataset", sort=False)]


def _answer(summary: StudySummary, rows: pd.DataFrame, tables: dict[str, pd.DataFrame], failed: list[str]) -> Row:
    first = rows.iloc[0]
    experiment, dataset = first["experiment"], first["dataset"]
    means = tables["summary"][tables["summary"]["dataset"] == dataset]
    counted = [m for m in layout.measures(summary, [dataset], COUNTS) if m not in failed and summary.measures[m].better]
    ranks = tables["ranks"]
    ranks = ranks[(ranks["experiment"] == experiment) & (ranks["dataset"] == dataset)]
    mode_ranks = ranks[ranks["measure"] == next(iter(counted), MODES)].set_index("variant")["rank_low"]
    variants = [
        {
            "id": f"collapse/{experiment}/{dataset}/{row['variant']}",
            "variant": row["variant"],
            "label": row["row"],
            "n": row["n"],
            "collapsed": row["collapsed"],
            "share": int(row["collapsed"]) / int(row["n"]),
            "best": bool(mode_ranks.get(row["variant"], 2) == 1),
            "beats_nulls": _beats_nulls(summary, means, experiment, row["variant"], counted),
        }
        for row in rows.to_dict("records")
    ]
    variants.sort(key=lambda one: one["share"])
    able = [one for one in variants if one["best"] and one["beats_nulls"]]
    fewest, most = min((one["share"] for one in able), default=0), variants[-1]["share"]
    separated = len({one["best"] for one in variants}) > 1
    return {
        "dataset": dataset,
        "label": first["data_set"],
        "variants": variants,
        "separated": separated,
        "least": [one for one in able if one["share"] == fewest] if separated else [],
        "most": [one for one in variants if one["share"] == most] if most > variants[0]["share"] else [],
        "beaten": not any(one["beats_nulls"] for one in variants),  # by the nulls, all of them
    }


def _beats_nulls(summary: StudySummary, means: pd.DataFrame, experiment: str, variant: str, counted: list[str]) -> bool:
    """Whether no null is better on any measure of counts, and the variant's interval is beyond all nulls on one."""
    beyond = False
    for measure in counted:
        sign = 1 if summary.measures[measure].better == "more" else -1
        own = means[(means["experiment"] == experiment) & (means["variant"] == variant) & (means["measure"] == measure)]
        of_null = (means["experiment"] == CALIBRATION) & means["variant"].str.startswith("null-")
        nulls = sign * means[of_null & (means["measure"] == measure)]["mean"]
        if own.empty or nulls.empty:
            continue
        if sign * own["mean"].iloc[0] < nulls.max():
            return False
        beyond |= bool(sign * own["lower" if sign > 0 else "upper"].iloc[0] > nulls.max())
    return beyond

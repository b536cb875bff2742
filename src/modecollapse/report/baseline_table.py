"""What the report prints of the comparisons: counts of pairs, and each variant against the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse import reading
from modecollapse.comparisons.comparison_tables import BASELINE, TYPES
from modecollapse.errors import StudyError
from modecollapse.report import layout
from modecollapse.report.layout import NONE
from modecollapse.study.summary import StudySummary

Tables = Mapping[str, pd.DataFrame]  # by name, as `read` returns them
Row = Mapping[str, Any]

KEY = ["experiment", "dataset", "measure", "variant"]
PRINTED = ("pairs.csv", "baseline.csv")


def read(tables: Path) -> dict[str, pd.DataFrame]:
    """The printed tables that `compare` wrote into a folder, by name without `.csv`."""
    return {name.removesuffix(".csv"): reading.csv(Path(tables) / name, TYPES[name]) for name in PRINTED}


def page(
    summary: StudySummary, experiment: str, tables: Tables, failed: Mapping[str, list[str]]
) -> dict[str, Any] | None:
    """What the section on an experiment prints; None where there is nothing to compare.

    `blocks` has the variants against the baseline, a block of rows a data set. tables: those of `read`; failed: data
    set -> the measures that real data fail.
    """
    printed = layout.compared(summary, experiment)
    if not printed:
        return None
    pairs, baseline = (tables[name][tables[name]["experiment"] == experiment] for name in ("pairs", "baseline"))
    decided = baseline[baseline["better"] != ""]
    better = int((decided["better"] == decided["variant"]).sum())
    known = {tuple(row[column] for column in KEY): row for row in baseline.to_dict("records")}
    with_baseline = [d for d in printed if BASELINE in layout.variants(summary, experiment, d)]
    return {
        "numbers": {
            "pairs": f"{len(pairs):,}",
            "pairs_decided": f"{int((pairs['better'] != '').sum()):,}",
            "baseline": f"{len(baseline):,}",
            "better": f"{better:,}",
            "worse": f"{len(decided) - better:,}",
        },
        "others": [summary.datasets[d].label for d in layout.datasets(summary, experiment) if d not in printed],
        "label": summary.variants[BASELINE].label if with_baseline else "",
        "blocks": [_block(summary, experiment, d, known, failed.get(d, [])) for d in with_baseline],
    }


def _block(
    summary: StudySummary, experiment: str, dataset: str, known: Mapping[tuple, Row], failed: list[str]
) -> dict[str, Any]:
    """The rows about a data set: a row a variant, a cell a measure. Raises StudyError where one is missing."""
    measures = layout.ranked(summary, dataset)
    rows, chances = [], {measure: [] for measure in measures}
    for variant in [v for v in layout.variants(summary, experiment, dataset) if v != BASELINE]:
        cells = []
        for measure in measures:
            if (experiment, dataset, measure, variant) not in known:
                cell = f"{experiment}/{dataset}/{variant}, {measure}"
                raise StudyError(f"baseline.csv: {cell}: no row; allowed: a row for each planned cell")
            row = known[experiment, dataset, measure, variant]
            chances[measure].append(row["detectable"])
            cells.append(_cell(row))
        rows.append({"row": summary.variants[variant].label, "cells": cells})
    heads = [
        {"label": summary.measures[m].label, "failed": m in failed}
        | {"id": f"baseline/{experiment}/{dataset}/{m}/detectable", "detectable": _detectable(chances[m])}
        for m in measures
    ]
    return {"label": summary.datasets[dataset].label, "measures": heads, "rows": rows}


def _cell(row: Row) -> dict[str, str]:
    """The chance to be better with its interval, the corrected p, and whether the variant is better or worse."""
    value, lower, upper = (row[name] for name in ("superiority", "superiority_lower", "superiority_upper"))
    interval = "" if pd.isna(lower) else f" [{lower:z.2f}, {upper:z.2f}]"
    wins = {"": "", row["variant"]: "better"}.get(row["better"], "worse")
    name = "/".join(["baseline", *(row[column] for column in KEY)])
    return {"id": name, "chance": f"{value:z.2f}{interval}", "p": _p(row["p_holm"]), "wins": wins}


def _p(value: float) -> str:
    """`0.012`, `<0.001`; never a zero."""
    if pd.isna(value):
        return NONE
    return f"{value:.3f}" if value >= 0.0005 else "<0.001"


def _detectable(chances: list[float]) -> str:
    """The smallest chance that the tests of a family could have found; a range where runs differ in number."""
    ends = sorted({f"{value:.2f}" for value in chances if pd.notna(value)})
    return " to ".join([ends[0], *ends[-1:]][: len(ends)]) if ends else "none"

"""The poster's Table 2, published beside measured, for every experiment; a cell without a number says why."""

from __future__ import annotations

from itertools import product
from string import ascii_lowercase
from typing import Any

import pandas as pd

from modecollapse.claims import Published, Value
from modecollapse.errors import StudyError
from modecollapse.report import layout, recipes
from modecollapse.report.layout import NONE
from modecollapse.report.printed import count, mean_text
from modecollapse.study.summary import CellSummary, DatasetSummary, StudySummary

SOURCE, PLACE = "veegan-poster", "Table 2"
CONFIGURATION = "config/images.yaml"  # has both data sets of the table
# What the KL of perfect samples of stacked MNIST digits is on average: mostly for want of samples, and for digits that
# are not equally frequent (0.004).
NUMBERS = {"kl_floor": "0.024", "kl_floor_samples": "26,000"}
MARKS = [*ascii_lowercase, *("".join(pair) for pair in product(ascii_lowercase, repeat=2))]  # a to z, aa to zz
COLUMNS = ["method", "experiment", "variant", "row", "dataset", "of", "column", "measure", "published"]
COLUMNS += ["n", "measured", "steps", "budget", "note"]


def poster_table2(summary: StudySummary, summarised: pd.DataFrame, published: Published) -> pd.DataFrame:
    """A row of strings for each method, experiment, variant that stands for the method there, and printed column.

    `dataset` and `measure` are those of the published number, `of` is the study's data set that the measured one is
    about. `note` says why there is no measured number, or what sets it apart.
    """
    known = {
        tuple(row[name] for name in ("experiment", "dataset", "variant", "measure")): row
        for row in summarised.to_dict("records")
    }
    rows = [
        _cell(summary, known, experiment, variant, value, published.sources[SOURCE].work_on(value.dataset))
        for value in published.of(SOURCE, PLACE)
        for experiment in layout.experiments(summary)
        for variant in _standing_for(summary, published, experiment, value.method)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _standing_for(summary: StudySummary, published: Published, experiment: str, method: str) -> list[str | None]:
    """The variants of an experiment that a method's numbers stand beside, or one that is None."""
    return [v for v in layout.variants(summary, experiment) if v in published.methods[method]] or [None]


def _cell(
    summary: StudySummary,
    known: dict[tuple, dict],
    experiment: str,
    variant: str | None,
    value: Value,
    work: float | None,
) -> dict[str, str]:
    """What is printed of one published number, of a variant in an experiment; `work` is the work behind it."""
    dataset = _data_set(summary, experiment, value.dataset)
    found = known.get((experiment, dataset, variant, value.measure))
    row = {"method": value.method, "experiment": experiment, "variant": variant or NONE, "of": dataset or NONE}
    row |= {"row": summary.variants[variant].label if variant else NONE, "published": value.text}
    row |= {"dataset": value.dataset, "column": value.column, "measure": value.measure}
    if found is None:
        unknown = dict.fromkeys(("n", "measured", "steps", "budget"), NONE)
        return row | unknown | {"note": _why_not(summary, experiment, variant, dataset, value)}
    cell = _planned(summary, experiment, dataset, variant)
    row |= {"measured": mean_text(found, summary.measures[value.measure].decimals), "n": str(found["n"])}
    row |= {"steps": count(cell.steps), "budget": recipes.budget(cell, {dataset: work} if work else {})}
    return row | {"note": _definition(summary.datasets[dataset])}


def _data_set(summary: StudySummary, experiment: str, family: str) -> str | None:
    """The data set of an experiment that is of this family: first of all one that is defined as published."""
    own = [name for name in layout.datasets(summary, experiment) if summary.datasets[name].family == family]
    return min(own, key=lambda name: not summary.datasets[name].as_published, default=None)


def _why_not(summary: StudySummary, experiment: str, variant: str | None, dataset: str | None, value: Value) -> str:
    """Why there is no measured number. Raises StudyError where the study was to measure it."""
    label = value.column.split(", ")[0]
    if not any(entry.family == value.dataset for entry in summary.datasets.values()):
        return f"{label} is not in this study; {CONFIGURATION} runs it"
    if variant is None:
        return "no variant of this experiment stands for the method"
    if dataset is None or _planned(summary, experiment, dataset, variant) is None:
        return "no recipe for it in this experiment"
    if value.measure in layout.measures(summary, [dataset]):
        cell = f"{experiment}/{dataset}/{variant}, {value.measure}"
        raise StudyError(f"summary: {cell}: no row; allowed: a row for each planned cell")
    return f"not measured: {value.measure} is not among the study's measures"


def _definition(entry: DatasetSummary) -> str:
    """What sets a data set apart from the published one."""
    options = ", ".join(f"{key} = {value}" for key, value in entry.options.items())
    return "" if entry.as_published else f"{entry.label} with other options than the published: {options}"


def _planned(summary: StudySummary, experiment: str, dataset: str, variant: str) -> CellSummary | None:
    key = experiment, dataset, variant
    return next((c for c in summary.cells if c.key == key), None)


def page(table: pd.DataFrame) -> dict[str, Any]:
    """The table as it is printed: `columns`, `methods` with the published values and their rows, and `notes`.

    table: what `poster_table2` returned, as strings. A cell has the letter of its note in `notes`.
    """
    notes, columns, methods = [note for note in dict.fromkeys(table["note"]) if note], [], []
    for row in table.drop_duplicates(["dataset", "measure"]).to_dict("records"):
        group, label = row["column"].split(", ")
        columns.append({"group": group, "label": label, "id": f"poster/{row['dataset']}/{row['measure']}"})
    for method, rows in table.groupby("method", sort=False):
        published = [
            {"id": f"poster/{row['dataset']}/{method}/{row['measure']}", "value": row["published"]}
            for row in rows.drop_duplicates(["dataset", "measure"]).to_dict("records")
        ]
        measured = [own.to_dict("records") for _, own in rows.groupby(["experiment", "variant"], sort=False)]
        methods.append({"method": method, "published": published, "rows": [_measured(own, notes) for own in measured]})
    return {
        "columns": columns,
        "methods": methods,
        "notes": [{"mark": MARKS[i], "text": note} for i, note in enumerate(notes)],
    }


def _measured(rows: list[dict[str, str]], notes: list[str]) -> dict[str, Any]:
    """A printed row: whose it is, and for each column its cell."""
    cells = []
    for row in rows:
        cell = "/".join(row[name] for name in ("experiment", "of", "variant"))
        mark = MARKS[notes.index(row["note"])] if row["note"] else ""
        shown = {field: row[field] for field in ("measure", "measured", "steps", "budget")}
        cells.append({"cell": cell, "mark": mark, **shown})
    return {"experiment": rows[0]["experiment"], "row": rows[0]["row"], "cells": cells}

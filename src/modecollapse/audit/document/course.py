"""How the training went: convergence.csv, began.csv and detection.csv against the tidy table and cells.parquet."""

from __future__ import annotations

import re

import pandas as pd

from modecollapse import reading
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.document import format as form
from modecollapse.audit.document.sources import Entries, Source
from modecollapse.measures.convergence import HEADLINES
from modecollapse.report.convergence import BEGAN, SIGNALS

CELL = ("experiment", "dataset", "variant")
SPREAD = "median over the runs of the cell [least, most], rounded to {} decimals; ≥: not within the budget"
COVERED, DIVERGED = "coverage_time:1", "diverged"


def entries(bundle: Bundle) -> Entries:
    """Cells of the three tables, the counts in the text, and the notes of the measures."""
    for name, entry in bundle.facts["measures"].items():
        yield f"measure/{name}/note", Source("study.json", name, "note", "what the measure is", printed=entry["note"])
    for name, (_, _, note) in (HEADLINES | BEGAN).items():
        yield f"measure/{name}/note", Source("study.json", name, "note", "what the measure is", printed=note)
    tables = {name: bundle.table(f"{name}.csv") for name in ("convergence", "began", "detection")}
    yield from _spreads(bundle, tables)
    yield from _detection(bundle, tables["detection"])
    for experiment in dict.fromkeys(cell["experiment"] for cell in bundle.facts["cells"]):
        own = {name: table[table["experiment"] == experiment] for name, table in tables.items()}
        yield from _counts(bundle, experiment, own)


def _spreads(bundle: Bundle, tables: dict[str, pd.DataFrame]) -> Entries:
    seeds = len(bundle.facts["seeds"])
    tidy = bundle.measures
    kept = tidy[tidy["measure"].isin([*HEADLINES, *BEGAN])]
    runs = {key: rows for key, rows in kept.groupby([*CELL, "measure"])}
    for name, shown in (("convergence", HEADLINES), ("began", BEGAN)):
        file = f"tables/{name}.csv"
        for row in tables[name].to_dict("records"):
            cell = tuple(row[column] for column in CELL)
            id = "/".join(cell)
            for measure, (_, places, _) in shown.items():
                rows = runs.get((*cell, measure))
                text = form.NONE if rows is None or row[measure] == form.NONE else _text(rows, measure, places, seeds)
                source = Source(file, id, measure, SPREAD.format(places), text, key=(*cell, measure))
                yield f"{name}/{id}/{measure}", source
            if name == "began":
                gamma = str(bundle.facts["variants"][row["variant"]]["options"].get("gamma", form.NONE))
                yield f"began/{id}/gamma", Source("study.json", row["variant"], "gamma", "an option", gamma)


def _text(rows: pd.DataFrame, measure: str, places: int, seeds: int) -> str:
    """What is printed of the runs of a cell; their number where some have no value."""
    if measure == DIVERGED:
        return form.fixed(rows["value"].sum(), 0)
    late = measure.startswith("coverage_time:") & (rows["value"] >= rows["step"])
    few = f", n = {len(rows)}" if len(rows) < seeds else ""
    return form.spread(rows["value"], (rows["status"] == "censored") | late, places) + few


def _detection(bundle: Bundle, table: pd.DataFrame) -> Entries:
    told = reading.parquet(bundle.folder / "tables" / "cells.parquet")
    cells = {key: rows.set_index("measure") for key, rows in told.groupby(list(CELL))}
    file = "tables/detection.csv"
    for row in table.to_dict("records"):
        cell = tuple(row[column] for column in CELL)
        id, rows = "/".join(cell), cells[cell]
        values = rows["value"]
        n, collapsed = str(rows["seeds"].iloc[0]), form.fixed(values["collapsed_runs"], 0)
        yield f"detection/{id}/n", Source(file, id, "n", "number of runs", n, key=cell)
        yield f"detection/{id}/collapsed", Source(file, id, "collapsed", "runs that collapsed", collapsed, key=cell)
        for signal, (pattern, _) in SIGNALS.items():
            named = [name for name in values.index if re.fullmatch(f"auc:{pattern}", name)]
            text = form.NONE
            if named:
                ends = [str(values[named[0] + end]) for end in ("", ":lower", ":upper")]
                text = form.within(*ends)
            how = "chance that the signal is larger in a collapsed run than in another (cells.parquet)"
            yield f"detection/{id}/{signal}", Source(file, id, signal, how, text, key=cell)


def _counts(bundle: Bundle, experiment: str, own: dict[str, pd.DataFrame]) -> Entries:
    """The numbers in the sentences about an experiment."""
    course, detection = own["convergence"], own["detection"]
    times = [text for text in course[COVERED] if text != form.NONE]
    mixed = detection[(detection[list(SIGNALS)] != form.NONE).any(axis=1)]
    counted = {
        "diverged": sum(int(text) for text in course[DIVERGED] if text != form.NONE),
        "runs": len(course) * len(bundle.facts["seeds"]),
        "timed": len(times),
        "covered": sum(not text.startswith("≥") for text in times),
        "counted": len(detection),
        "mixed": len(mixed),
    }
    for name, number in counted.items():
        file = "tables/detection.csv" if name in ("counted", "mixed") else "tables/convergence.csv"
        yield f"convergence/{experiment}/{name}", Source(file, experiment, name, "a count of rows or runs", str(number))
    for signal in SIGNALS:
        ends = [re.findall(r"[-\d.]+", text)[1:] for text in mixed[signal] if text != form.NONE]
        off = sum(float(low) > 0.5 or float(high) < 0.5 for low, high in ends)
        for name, number in (("cells", len(ends)), ("off", off)):
            source = Source("tables/detection.csv", experiment, signal, "a count of cells", str(number))
            yield f"convergence/{experiment}/{signal}/{name}", source

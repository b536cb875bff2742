"""The tables of results: a cell is a row of summary.csv after its rounding, or a published number of claims.yaml."""

from __future__ import annotations

from typing import Any

from modecollapse.audit.bundle import CLAIMS, Bundle
from modecollapse.audit.document import format as form
from modecollapse.audit.document.sources import Entries, Source
from modecollapse.report import layout

CELL = ("experiment", "dataset", "variant")
MEAN = "mean of the measure over the runs of the cell at its last step, with {}, rounded to {} decimals"
HOW = {True: "Gaffke's 95% interval", False: "the sample standard deviation"}


def entries(bundle: Bundle) -> Entries:
    """Every cell of table1.csv, table2.csv, samples.csv and inversions.csv, and the means taken out of them."""
    summary = {
        tuple(row[name] for name in (*CELL, "measure")): row for row in bundle.table("summary.csv").to_dict("records")
    }
    for name in layout.PRINTED:
        table = bundle.table(f"{name}.csv").to_dict("records")
        for row in table:
            yield from _row(bundle, f"tables/{name}.csv", row, table, summary, bundle.registry)


def _row(bundle: Bundle, file: str, row: dict[str, str], table: list[dict], summary: dict, published: dict) -> Entries:
    facts, cell = bundle.facts, tuple(row[name] for name in CELL)
    id = "/".join(cell)
    found = {m: summary[_measured(facts, row, m)] for m in facts["measures"] if _measured(facts, row, m) in summary}
    first = next((found[m] for m in facts["measures"] if m in row and m in found), None)
    yield f"{id}/row", Source(file, id, "row", "the name of the row", printed=row["row"])
    if first:
        diverged = first["n_diverged"] if row["kind"] == "trained" else form.NONE
        yield f"{id}/n", Source(file, id, "n", "number of runs in the mean", first["n"], key=cell)
        yield f"{id}/n_diverged", Source(file, id, "n_diverged", "how many of them diverged", diverged, key=cell)
    for measure in set(facts["measures"]) & set(row):
        key = (*_measured(facts, row, measure),)
        summed = found.get(measure)
        text = form.mean(summed, facts["measures"][measure]["decimals"]) if summed else form.NONE
        how = MEAN.format(HOW[bool(summed and summed["lower"])], facts["measures"][measure]["decimals"])
        yield f"{id}/{measure}", Source(file, id, measure, how, text, key=key)
        alone = "the mean alone of the cell beside it; " + how
        yield f"{id}/{measure}/mean", Source(file, id, measure, alone, text.split()[0], key=key)
        others = str(sum(_equal(row, other, measure) for other in table) - 1)
        yield f"{id}/{measure}/others", Source(file, id, measure, "variants with the same mean", others, key=key)
        if f"{measure}_published" in row:
            beside = _beside(published, facts, row, measure)
            source = Source(CLAIMS, f"{row['dataset']}, {measure}, {row['variant']}", "printed", "as published", beside)
            yield f"{id}/{measure}_published", source


def _measured(facts: dict[str, Any], row: dict[str, str], measure: str) -> tuple[str, str, str, str]:
    """The key of a printed row in summary.csv."""
    experiment, dataset, variant = (row[name] for name in CELL)
    if row["kind"] != "trained" and variant != layout.UNTRAINED:
        experiment = layout.CALIBRATION
    if variant == layout.PCA:
        cells = facts["cells"]
        own = [c["latent"] for c in cells if (c["experiment"], c["dataset"]) == (row["experiment"], dataset)]
        variant = f"{variant}-{max(own)}"
    return experiment, dataset, variant, measure


def _equal(row: dict[str, str], other: dict[str, str], measure: str) -> bool:
    """Whether two trained rows of a data set and experiment have the same printed mean."""
    same = all(row[name] == other[name] for name in ("experiment", "dataset", "kind"))
    return same and row[measure].split()[0] == other[measure].split()[0]


def _beside(published: dict[str, Any], facts: dict[str, Any], row: dict[str, str], measure: str) -> str:
    """The published number of claims.yaml that stands beside a row, – where there is none."""
    if not facts["datasets"][row["dataset"]]["as_published"]:
        return form.NONE
    for value in published["values"]:
        methods = published["methods"][value["method"]]
        if (value["dataset"], value["measure"]) == (row["dataset"], measure) and row["variant"] in methods:
            return as_printed(value)
    return form.NONE


def as_printed(value: dict[str, Any]) -> str:
    """A published number with its spread."""
    return f"{value['printed']} ± {value['spread']}" if value.get("spread") else value["printed"]

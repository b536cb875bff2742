"""Everything the template prints, as one JSON-able dictionary: it holds numbers, the template words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse import reading
from modecollapse.report import baseline_table, calibration, layout, poster, recipes, run_records
from modecollapse.report import verdicts as verdict_tables
from modecollapse.report.headlines import headlines
from modecollapse.report.layout import COUNTS, NONE
from modecollapse.report.printed import count, duration, seed_list
from modecollapse.study.summary import StudySummary

Failed = dict[str, list[str]]  # data set -> the measures that real data fail


def content(summary: StudySummary, tables: Path, records: list[dict]) -> dict[str, Any]:
    """What is printed: `numbers` (id -> printed string), `experiments` with their tables, and what else was run."""
    read = {name: reading.csv(Path(tables) / f"{name}.csv") for name in (*layout.PRINTED, layout.POSTER_TABLE2)}
    collapse = reading.csv(Path(tables) / f"{layout.COLLAPSE}.csv")
    results = pd.concat([read[name] for name in layout.PRINTED]).fillna(NONE)
    failed = calibration.failed(summary, results)
    compared, judged = baseline_table.read(tables), verdict_tables.read(tables)
    works = recipes.source_works(judged["verdicts"])
    return {
        "study": summary.study,
        "numbers": _numbers(summary, records, works),
        "variants": [entry.label for entry in summary.variants.values()],
        "objectives": list(dict.fromkeys(entry.objective for entry in summary.variants.values())),
        "datasets": [
            {"dataset": name, "label": entry.label, "modes": count(entry.modes), "samples": count(entry.samples)}
            | {"shape": " × ".join(map(count, entry.shape))}
            for name, entry in summary.datasets.items()
        ],
        "options": [
            {"variant": name, "label": entry.label, "options": {key: str(v) for key, v in entry.options.items()}}
            for name, entry in summary.variants.items()
            if entry.options
        ],
        "experiments": [
            {
                "name": name,
                "recipes": recipes.recipes(summary, name, works),
                "figures": layout.figures(summary, name),
                "tables": _tables(summary, results[results["experiment"] == name], failed),
                "headlines": headlines(summary, name, results, failed),
                "collapse": collapse[collapse["experiment"] == name].to_dict("records"),
                "comparisons": baseline_table.page(summary, name, compared, failed),
            }
            for name in layout.experiments(summary)
        ],
        "verdicts": verdict_tables.page(summary, judged),
        "poster": poster.page(read[layout.POSTER_TABLE2]),
        "rejected": calibration.rejected(summary, results),
        "blind": calibration.blind(summary, results),
        "costs": run_records.costs(summary, records, works),
        "environment": run_records.environment(summary, records),
    }


def _tables(summary: StudySummary, own: pd.DataFrame, failed: Failed) -> dict[str, list[dict[str, Any]]]:
    """The printed tables of an experiment by what their measures read; each is about one data set.

    own: the rows of the experiment. Rows and tables without a value of these measures are left out.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for reads in layout.READS:
        found[reads] = []
        for name, rows in own.groupby("dataset", sort=False):
            entry, measures = summary.datasets[name], layout.measures(summary, [name], reads)
            kept = rows[(rows[measures] != NONE).any(axis=1)]
            given = set(kept.columns[(kept != NONE).any()])
            columns = [
                {"name": m, "label": summary.measures[m].label, "note": summary.measures[m].note}
                | {"published": f"{m}_published" in given, "failed": m in failed.get(name, [])}
                for m in measures
            ]
            table = {"dataset": name, "label": entry.label, "family": entry.family, "measures": columns}
            table |= {"modes": count(entry.modes) if reads == COUNTS else None, "rows": kept.to_dict("records")}
            found[reads] += [table] if len(kept) else []
    return found


def _numbers(summary: StudySummary, records: list[dict], works: recipes.Works) -> dict[str, str]:
    """The numbers in the text by the id they leave as a trace."""
    seeds, cells = summary.seeds, len(summary.cells)
    diverged = sum(run["status"] != "ok" for record in records for run in record["status"])
    return {
        "variants": count(len(summary.variants)),
        "datasets": count(len(summary.datasets)),
        "cells": count(cells),
        "seeds": count(len(seeds)),
        "first_seed": " or ".join(dict.fromkeys(str(cell.seeds[0]) for cell in summary.cells)),
        "seed_list": seed_list(seeds),
        "runs": count(sum(len(cell.seeds) for cell in summary.cells)),
        "diverged": count(diverged),
        "root_seed": str(summary.root_seed),
        "wall": duration(sum(record["wall_seconds"] for record in records)),
        **calibration.numbers(min(len(cell.seeds) for cell in summary.cells)),
        **poster.NUMBERS,
        **recipes.below(summary, works),
    }

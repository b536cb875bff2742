"""Everything the template prints, as one JSON-able dictionary: it holds numbers, the template words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse import reading
from modecollapse.report import calibration, comparisons, convergence, environment, layout, poster, recipes, verdicts
from modecollapse.report.headlines import headlines
from modecollapse.report.layout import COUNTS
from modecollapse.report.printed import count, duration, seed_list
from modecollapse.study.summary import StudySummary

COUNTED = [name for name, (_, reads) in layout.PRINTED.items() if reads == COUNTS]
Failed = dict[str, list[str]]  # data set -> the measures that real data fail


def content(summary: StudySummary, tables: Path, records: list[dict]) -> dict[str, Any]:
    """The page: `numbers` (id -> printed string), `experiments` with their tables, and what else was run."""
    names = (*layout.PRINTED, layout.POSTER_TABLE2, *layout.CONVERGENCE)
    printed = {name: reading.csv(Path(tables) / f"{name}.csv") for name in names}
    poster_table = printed.pop(layout.POSTER_TABLE2)
    course = {name: printed.pop(name) for name in layout.CONVERGENCE}
    both = pd.concat([printed[name] for name in COUNTED]).fillna(layout.NONE)
    failed = calibration.failed(summary, both)
    compared = comparisons.read(tables)
    comparisons.check_complete(summary, compared)
    diverged = environment.diverged(summary, records)
    return {
        "study": summary.study,
        "numbers": _numbers(summary, records, len(diverged)),
        "variants": [entry.label for entry in summary.variants.values()],
        "objectives": list(dict.fromkeys(entry.objective for entry in summary.variants.values())),
        "datasets": _datasets(summary),
        "options": _options(summary),
        "experiments": [
            _experiment(summary, name, printed, failed)
            | {"convergence": convergence.page(summary, name, course)}
            | {"comparisons": comparisons.page(summary, name, compared, failed)}
            for name in layout.experiments(summary)
        ],
        "verdicts": verdicts.page(summary, verdicts.read(tables)),
        "poster": poster.page(poster_table),
        "reach": calibration.reach(summary),
        "above_ceiling": calibration.above_ceiling(summary, both),
        "references": calibration.references(summary, both),
        "rejected": calibration.rejected(summary, both),
        "blind": calibration.blind(summary, both),
        "planar": any(layout.is_planar(summary, name) for name in summary.datasets),
        "diverged": diverged,
        "costs": environment.costs(summary, records),
        "environment": environment.environment(summary, records),
    }


def _experiment(
    summary: StudySummary, experiment: str, printed: dict[str, pd.DataFrame], failed: Failed
) -> dict[str, Any]:
    own = {name: table[table["experiment"] == experiment] for name, table in printed.items()}
    tables = {
        name: [
            _table(summary, rows, failed, layout.PRINTED[name][1]) for _, rows in table.groupby("dataset", sort=False)
        ]
        for name, table in own.items()
    }
    return {
        "name": experiment,
        "recipes": recipes.recipes(summary, experiment),
        "tables": tables,
        "figures": layout.figures(summary, experiment),
        "headlines": headlines(summary, experiment, printed, failed),
        "planar": [summary.datasets[name].label for name in layout.planar(summary, experiment)],
    }


def _table(summary: StudySummary, rows: pd.DataFrame, failed: Failed, reads: str) -> dict[str, Any]:
    """A printed table: a data set with its own measures of one kind and its rows."""
    name = rows["dataset"].iloc[0]
    return {
        "dataset": name,
        "label": summary.datasets[name].label,
        "modes": count(summary.datasets[name].modes) if reads == COUNTS else None,
        "family": summary.datasets[name].family,
        "measures": [
            {"name": measure, "label": summary.measures[measure].label, "note": summary.measures[measure].note}
            | {"published": _any_published(rows, measure), "failed": measure in failed.get(name, [])}
            for measure in layout.measures(summary, [name], reads)
        ],
        "rows": rows.to_dict("records"),
    }


def _any_published(table: pd.DataFrame, measure: str) -> bool:
    column = f"{measure}_published"
    return column in table and bool((table[column] != layout.NONE).any())


def _datasets(summary: StudySummary) -> list[dict[str, str]]:
    return [
        {"dataset": name, "label": entry.label, "modes": count(entry.modes), "samples": count(entry.samples)}
        | {"shape": " × ".join(map(count, entry.shape))}
        for name, entry in summary.datasets.items()
    ]


def _numbers(summary: StudySummary, records: list[dict], diverged: int) -> dict[str, str]:
    """The numbers in the text by the id they leave as a trace."""
    seeds, cells = summary.seeds, len(summary.cells)
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
        **recipes.below(summary),
    }


def _options(summary: StudySummary) -> list[dict[str, Any]]:
    return [
        {
            "variant": name,
            "label": entry.label,
            "options": {key: str(value) for key, value in entry.options.items()},
        }
        for name, entry in summary.variants.items()
        if entry.options
    ]

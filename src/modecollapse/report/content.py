"""Everything the template prints, as one JSON-able dictionary: it holds numbers, the template words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse import reading
from modecollapse.report import calibration, comparisons, convergence, environment, layout, poster, recipes, verdicts
from modecollapse.report.headlines import headlines
from modecollapse.report.layout import COUNTS, Study
from modecollapse.report.printed import count, duration, seed_list

COUNTED = [name for name, (_, reads) in layout.PRINTED.items() if reads == COUNTS]
Failed = dict[str, list[str]]  # data set -> the measures that real data fail


def content(study: Study, tables: Path, records: list[dict]) -> dict[str, Any]:
    """The page: `numbers` (id -> printed string), `experiments` with their tables, and what else was run."""
    names = (*layout.PRINTED, layout.POSTER_TABLE2, *layout.CONVERGENCE)
    printed = {name: reading.csv(Path(tables) / f"{name}.csv") for name in names}
    poster_table = printed.pop(layout.POSTER_TABLE2)
    course = {name: printed.pop(name) for name in layout.CONVERGENCE}
    both = pd.concat([printed[name] for name in COUNTED]).fillna(layout.NONE)
    failed = calibration.failed(study, both)
    compared = comparisons.read(tables)
    comparisons.check_complete(study, compared)
    diverged = environment.diverged(study, records)
    return {
        "study": study["study"],
        "numbers": _numbers(study, records, len(diverged)),
        "variants": [entry["label"] for entry in study["variants"].values()],
        "objectives": list(dict.fromkeys(entry["objective"] for entry in study["variants"].values())),
        "datasets": _datasets(study),
        "options": _options(study),
        "experiments": [
            _experiment(study, name, printed, failed)
            | {"convergence": convergence.page(study, name, course)}
            | {"comparisons": comparisons.page(study, name, compared, failed)}
            for name in layout.experiments(study)
        ],
        "verdicts": verdicts.page(study, verdicts.read(tables)),
        "poster": poster.page(poster_table),
        "reach": calibration.reach(study),
        "above_ceiling": calibration.above_ceiling(study, both),
        "references": calibration.references(study, both),
        "rejected": calibration.rejected(study, both),
        "blind": calibration.blind(study, both),
        "planar": any(layout.is_planar(study, name) for name in study["datasets"]),
        "diverged": diverged,
        "costs": environment.costs(study, records),
        "environment": environment.environment(study, records),
    }


def _experiment(study: Study, experiment: str, printed: dict[str, pd.DataFrame], failed: Failed) -> dict[str, Any]:
    own = {name: table[table["experiment"] == experiment] for name, table in printed.items()}
    tables = {
        name: [_table(study, rows, failed, layout.PRINTED[name][1]) for _, rows in table.groupby("dataset", sort=False)]
        for name, table in own.items()
    }
    return {
        "name": experiment,
        "recipes": recipes.recipes(study, experiment),
        "tables": tables,
        "figures": layout.figures(study, experiment),
        "headlines": headlines(study, experiment, printed, failed),
        "planar": [study["datasets"][name]["label"] for name in layout.planar(study, experiment)],
    }


def _table(study: Study, rows: pd.DataFrame, failed: Failed, reads: str) -> dict[str, Any]:
    """A printed table: a data set with its own measures of one kind and its rows."""
    name = rows["dataset"].iloc[0]
    return {
        "dataset": name,
        "label": study["datasets"][name]["label"],
        "modes": count(study["datasets"][name]["modes"]) if reads == COUNTS else None,
        "family": study["datasets"][name]["family"],
        "measures": [
            {"name": measure, "label": study["measures"][measure]["label"], "note": study["measures"][measure]["note"]}
            | {"published": _any_published(rows, measure), "failed": measure in failed.get(name, [])}
            for measure in layout.measures(study, [name], reads)
        ],
        "rows": rows.to_dict("records"),
    }


def _any_published(table: pd.DataFrame, measure: str) -> bool:
    column = f"{measure}_published"
    return column in table and bool((table[column] != layout.NONE).any())


def _datasets(study: Study) -> list[dict[str, str]]:
    return [
        {"dataset": name, "label": entry["label"], "modes": count(entry["modes"]), "samples": count(entry["samples"])}
        | {"shape": " × ".join(map(count, entry["shape"]))}
        for name, entry in study["datasets"].items()
    ]


def _numbers(study: Study, records: list[dict], diverged: int) -> dict[str, str]:
    """The numbers in the text by the id they leave as a trace."""
    seeds, cells = study["seeds"], len(study["cells"])
    return {
        "variants": count(len(study["variants"])),
        "datasets": count(len(study["datasets"])),
        "cells": count(cells),
        "seeds": count(len(seeds)),
        "first_seed": str(seeds[0]),
        "seed_list": seed_list(seeds),
        "runs": count(len(seeds) * cells),
        "diverged": count(diverged),
        "root_seed": str(study["root_seed"]),
        "wall": duration(sum(record["wall_seconds"] for record in records)),
        **calibration.numbers(len(seeds)),
        **poster.NUMBERS,
        **recipes.below(study),
    }


def _options(study: Study) -> list[dict[str, Any]]:
    return [
        {
            "variant": name,
            "label": entry["label"],
            "options": {key: str(value) for key, value in entry["options"].items()},
        }
        for name, entry in study["variants"].items()
        if entry["options"]
    ]

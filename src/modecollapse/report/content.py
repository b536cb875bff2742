"""Everything the template prints, as one JSON-able dictionary: it holds numbers, the template words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse.report import calibration, environment, layout
from modecollapse.report.layout import Study
from modecollapse.report.printed import count, duration, seed_list


def content(study: Study, tables: Path, records: list[dict]) -> dict[str, Any]:
    """The page: `numbers` (id -> printed string), `experiments` with their tables, and what else was run."""
    printed = {
        name: pd.read_csv(Path(tables) / f"{name}.csv", dtype=str, keep_default_na=False) for name in layout.PRINTED
    }
    both = pd.concat(printed.values()).fillna(layout.NONE)
    diverged = environment.diverged(study, records)
    return {
        "study": study["study"],
        "numbers": _numbers(study, records, len(diverged)),
        "variants": [entry["label"] for entry in study["variants"].values()],
        "datasets": [entry["label"] for entry in study["datasets"].values()],
        "options": _options(study),
        "experiments": [_experiment(study, name, printed) for name in layout.experiments(study)],
        "reach": calibration.reach(study),
        "above_ceiling": calibration.above_ceiling(study, both),
        "references": calibration.references(study, both),
        "blind": calibration.blind(both),
        "planar": any(layout.is_planar(study, name) for name in study["datasets"]),
        "diverged": diverged,
        "costs": environment.costs(study, records),
        "environment": environment.environment(study, records),
    }


def _experiment(study: Study, experiment: str, printed: dict[str, pd.DataFrame]) -> dict[str, Any]:
    own = {name: table[table["experiment"] == experiment] for name, table in printed.items()}
    groups = [rows for table in own.values() for _, rows in table.groupby("dataset", sort=False)]
    return {
        "name": experiment,
        "recipes": _recipes(study, experiment),
        "tables": {name: _table(study, table) for name, table in own.items()},
        "figures": layout.figures(study, experiment),
        "headlines": [_headline(study, rows) for rows in groups],
        "planar": [study["datasets"][name]["label"] for name in layout.planar(study, experiment)],
    }


def _headline(study: Study, rows: pd.DataFrame) -> dict[str, Any]:
    """One data set in one sentence: what each variant reached by the measure that comes first."""
    name = rows["dataset"].iloc[0]
    measure = layout.measures(study, [name])[0]
    beside = f"{measure}_published"
    return {
        "dataset": name,
        "label": study["datasets"][name]["label"],
        "modes": count(study["datasets"][name]["modes"]),
        "measure": measure,
        "measure_label": study["measures"][measure]["label"],
        "rows": [
            {"id": f"{row['experiment']}/{name}/{row['variant']}/{measure}", "variant": row["row"]}
            | {"value": row[measure], "published": row.get(beside, layout.NONE)}
            for row in rows.to_dict("records")
            if row["kind"] == "trained"
        ],
    }


def _table(study: Study, table: pd.DataFrame) -> dict[str, Any]:
    """A printed table: its measures, and its rows by data set."""
    names = list(dict.fromkeys(table["dataset"]))
    measures = [
        {
            "name": name,
            "label": study["measures"][name]["label"],
            "note": study["measures"][name]["note"],
            "published": _any_published(table, name),
        }
        for name in layout.measures(study, names)
    ]
    groups = [
        {"dataset": name, "label": rows["data_set"].iloc[0], "modes": count(study["datasets"][name]["modes"])}
        | {"family": study["datasets"][name]["family"], "rows": rows.to_dict("records")}
        for name, rows in table.groupby("dataset", sort=False)
    ]
    return {"measures": measures, "groups": groups}


def _any_published(table: pd.DataFrame, measure: str) -> bool:
    column = f"{measure}_published"
    return column in table and bool((table[column] != layout.NONE).any())


def _recipes(study: Study, experiment: str) -> list[dict[str, str]]:
    """One row for the cells of a data set that share a recipe."""
    shared: dict[tuple, list[str]] = {}
    for cell in study["cells"]:
        if cell["experiment"] == experiment:
            keys = ("dataset", "source", "latent", "batch", "steps", "reference_steps")
            label = study["variants"][cell["variant"]]["label"]
            shared.setdefault(tuple(cell[k] for k in keys), []).append(label)
    rows = []
    for (dataset, source, latent, batch, steps, published), labels in shared.items():
        entry = study["datasets"][dataset]
        everyone = len(labels) == len(layout.variants(study, experiment, dataset))
        rows.append(
            {
                "dataset": dataset,
                "data_set": entry["label"],
                "variants": "all" if everyone else ", ".join(labels),
                "source": source,
                "modes": count(entry["modes"]),
                "samples": count(entry["samples"]),
                "latent": count(latent),
                "batch": count(batch),
                "steps": count(steps),
                "reference_steps": layout.NONE if published is None else count(published),
            }
        )
    return rows


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

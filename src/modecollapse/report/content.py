"""Everything the template prints, as one JSON-able dictionary: it holds numbers, the template words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse.report import calibration, environment, layout, recipes
from modecollapse.report.layout import Study
from modecollapse.report.printed import count, duration, seed_list

COUNTED = [name for name, (_, reads) in layout.PRINTED.items() if reads == layout.COUNTS]
Failed = dict[str, list[str]]  # data set -> the measures that real data fail


def content(study: Study, tables: Path, records: list[dict]) -> dict[str, Any]:
    """The page: `numbers` (id -> printed string), `experiments` with their tables, and what else was run."""
    printed = {
        name: pd.read_csv(Path(tables) / f"{name}.csv", dtype=str, keep_default_na=False) for name in layout.PRINTED
    }
    both = pd.concat([printed[name] for name in COUNTED]).fillna(layout.NONE)
    failed = calibration.failed(study, both)
    diverged = environment.diverged(study, records)
    return {
        "study": study["study"],
        "numbers": _numbers(study, records, len(diverged)),
        "variants": [entry["label"] for entry in study["variants"].values()],
        "objectives": list(dict.fromkeys(entry["objective"] for entry in study["variants"].values())),
        "datasets": _datasets(study),
        "options": _options(study),
        "experiments": [_experiment(study, name, printed, failed) for name in layout.experiments(study)],
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
    groups = {name: [rows for _, rows in table.groupby("dataset", sort=False)] for name, table in own.items()}
    return {
        "name": experiment,
        "recipes": recipes.recipes(study, experiment),
        "tables": {
            name: [_table(study, rows, failed, layout.PRINTED[name][1]) for rows in tables]
            for name, tables in groups.items()
        },
        "figures": layout.figures(study, experiment),
        "headlines": [_headline(study, rows, failed) for name in COUNTED for rows in groups[name]],
        "planar": [study["datasets"][name]["label"] for name in layout.planar(study, experiment)],
    }


def _headline(study: Study, rows: pd.DataFrame, failed: Failed) -> dict[str, Any]:
    """One data set in one sentence: what the variants reached by the first measure that real data pass."""
    name = rows["dataset"].iloc[0]
    own = layout.measures(study, [name], layout.COUNTS)
    measure = next((measure for measure in own if measure not in failed.get(name, [])), own[0])
    beside = f"{measure}_published"
    shown = [
        {"id": f"{row['experiment']}/{name}/{row['variant']}/{measure}", "variant": row["row"]}
        | {"value": row[measure], "published": row.get(beside, layout.NONE)}
        for row in rows.to_dict("records")
        if row["kind"] == "trained"
    ]
    means = [float(row["value"].split()[0]) for row in shown]
    return {
        "dataset": name,
        "label": study["datasets"][name]["label"],
        "modes": count(study["datasets"][name]["modes"]),
        "measure": measure,
        "measure_label": study["measures"][measure]["label"],
        "rows": shown,
        # Of many variants only the ends are named, each with all that share it.
        "ends": [
            shown[means.index(end)]
            | {"variants": [row["variant"] for row, mean in zip(shown, means, strict=True) if mean == end]}
            for end in (min(means), max(means))
        ],
    }


def _table(study: Study, rows: pd.DataFrame, failed: Failed, reads: str) -> dict[str, Any]:
    """A printed table: a data set with its own measures of one kind and its rows."""
    name = rows["dataset"].iloc[0]
    return {
        "dataset": name,
        "label": study["datasets"][name]["label"],
        "modes": count(study["datasets"][name]["modes"]),
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

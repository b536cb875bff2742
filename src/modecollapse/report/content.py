"""Everything the template prints, as one JSON-able dictionary: it holds numbers, the template words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse.claims import Published
from modecollapse.report import layout
from modecollapse.report.layout import Study
from modecollapse.statistics import reach_of_perfect_runs

LEVEL = 0.95
CEILING = 100 * (1 - math.exp(-4.5))  # mass of a planar Gaussian within three standard deviations, in percent

NEARLY = 0.95  # of the oracle's modes: a null this close makes the count blind


def content(study: Study, tables: Path, records: list[dict], published: Published) -> dict[str, Any]:
    """The page: `numbers` (id -> printed string), `experiments` with their tables, and what else was run."""
    table1, digits = (pd.read_csv(tables / f, dtype=str, keep_default_na=False) for f in layout.TABLES[1:])
    statuses = _diverged(study, records)
    return {
        "study": study["study"],
        "numbers": _numbers(study, records, statuses, published),
        "variants": [entry["label"] for entry in _used(study, "variant")],
        "datasets": [entry["label"] for entry in _used(study, "dataset")],
        "options": _options(study),
        "experiments": [_experiment(study, name, table1, digits) for name in layout.experiments(study)],
        "diverged": statuses,
        "costs": _costs(study, records),
        "environment": _environment(study, records),
        "above_ceiling": _above_ceiling(study, table1),
        "reach": _reach(study),
        "blind": _blind(pd.concat([table1, digits])),
        "sources": [source.file for source in published.sources.values()],
    }


def _experiment(study: Study, name: str, table1: pd.DataFrame, digits: pd.DataFrame) -> dict[str, Any]:
    figures = [f for f in layout.figure_names(study) if f.removesuffix(".svg").split("-", 1)[1] == name]
    return {
        "name": name,
        "recipes": _recipes(study, name),
        "table1": _groups(study, table1[table1["experiment"] == name]),
        "digits": _groups(study, digits[digits["experiment"] == name]),
        "figures": {figure.split("-", 1)[0]: figure for figure in figures},
    }


def _groups(study: Study, table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a printed table by data set, in order."""
    return [
        {"dataset": d, "label": rows["data_set"].iloc[0], "modes": _count(study["datasets"][d]["modes"])}
        | {"rows": rows.to_dict("records")}
        for d, rows in table.groupby("dataset", sort=False)
    ]


def _recipes(study: Study, experiment: str) -> list[dict[str, str]]:
    """One row for the cells of a data set that share a recipe."""
    shared: dict[tuple, list[str]] = {}
    for cell in study["cells"]:
        if cell["experiment"] == experiment:
            keys = ("dataset", "source", "latent", "batch", "steps", "published_steps")
            shared.setdefault(tuple(cell[k] for k in keys), []).append(
                study["variants"][cell["variant"]]["label"]
            )
    rows = []
    for (dataset, source, latent, batch, steps, published), labels in shared.items():
        everyone = len(labels) == len(layout.variants(study, experiment, dataset))
        row = {"data_set": study["datasets"][dataset]["label"], "source": source, "latent": str(latent)}
        row |= {
            "modes": _count(study["datasets"][dataset]["modes"]),
            "batch": _count(batch),
            "steps": _count(steps),
        }
        row |= {"samples": _count(study["datasets"][dataset]["samples"])}
        row |= {"published_steps": "–" if published is None else _count(published)}
        rows.append(row | {"variants": "all" if everyone else ", ".join(labels)})
    return rows


def _numbers(study: Study, records: list[dict], diverged: list[dict], published: Published) -> dict[str, str]:
    n = len(study["seeds"])
    alpha = (1 - LEVEL) / 2
    seeds = study["seeds"]
    return {
        "variants": str(len(list(_used(study, "variant")))),
        "datasets": str(len(list(_used(study, "dataset")))),
        "cells": str(len(study["cells"])),
        "seeds": str(n),
        "first_seed": str(seeds[0]),
        "seed_list": f"{seeds[0]} to {seeds[-1]}" if seeds == list(range(seeds[0], seeds[-1] + 1)) and n > 1
        else ", ".join(map(str, seeds)),
        "runs": _count(n * len(study["cells"])),
        "diverged": str(len(diverged)),
        "root_seed": str(study["root_seed"]),
        "published": str(len(published.values)),
        "level": f"{100 * LEVEL:g}",
        "alpha": f"{alpha:g}",
        "reach_percent": f"{reach_of_perfect_runs(n, 100, LEVEL):.1f}",
        "runs_for_tenth": str(math.ceil(math.log(alpha) / math.log(0.9))),
        "ceiling": f"{CEILING:.1f}",
        "nearly": f"{100 * NEARLY:g}",
        "wall": _duration(sum(record["wall_seconds"] for record in records)),
    }  # fmt: skip


def _reach(study: Study) -> list[dict[str, str]]:
    """For each data set, how far below its K modes the interval of perfect runs still reaches."""
    n = len(study["seeds"])
    return [
        {
            "label": d["label"],
            "modes": _count(d["modes"]),
            "low": f"{d['modes'] - reach_of_perfect_runs(n, d['modes']):.2f}",
        }
        for d in _used(study, "dataset")
    ]


def _above_ceiling(study: Study, table1: pd.DataFrame) -> list[dict[str, str]]:
    """Published shares of high quality samples above what exact sampling of the data scores."""
    column = "high_quality_percent_published"
    rows = table1[pd.to_numeric(table1[column], errors="coerce") > CEILING] if len(table1) else table1
    kept = rows.drop_duplicates(["data_set", "published_method"])
    return [
        {"value": row[column], "method": row["published_method"], "data_set": row["data_set"]}
        for row in kept.to_dict("records")
    ]


def _blind(table: pd.DataFrame) -> list[dict[str, str]]:
    """The nulls that capture nearly as many modes as real data: there the count cannot tell them apart."""
    found = []
    for label, rows in table[table["modes"] != layout.NONE].groupby("data_set", sort=False):
        reached = dict(zip(rows["variant"], rows["modes"].str.split().str[0].astype(float), strict=False))
        nulls = [name for name in reached if name.startswith("null-")]
        blind = [name for name in nulls if reached[name] >= NEARLY * reached.get("oracle", float("inf"))]
        found += [{"label": label, "null": name} for name in blind]
    return found


def _diverged(study: Study, records: list[dict]) -> list[dict[str, str]]:
    return [
        _labels(study, record)
        | {
            "seed": str(run["seed"]),
            "status": run["status"],
            "step": "–" if run.get("step") is None else _count(run["step"]),
        }
        for record in _ordered(study, records)
        for run in record["status"]
        if run["status"] != "ok"
    ]


def _costs(study: Study, records: list[dict]) -> list[dict[str, str]]:
    """Wall time, speed and code of each cell; one of several blocks has the sum, the range and all codes."""
    by_cell: dict[tuple, list[dict]] = {}
    for record in _ordered(study, records):
        by_cell.setdefault((record["experiment"], record["dataset"], record["variant"]), []).append(record)
    rows = []
    for blocks in by_cell.values():
        speeds = sorted(block["seed_steps_per_second"] for block in blocks)
        speed = _count(round(speeds[0])) if len(blocks) == 1 else f"{speeds[0]:,.0f}–{speeds[-1]:,.0f}"
        wall = _duration(sum(block["wall_seconds"] for block in blocks))
        code = _distinct(block["code"][:8] for block in blocks)
        rows.append(_labels(study, blocks[0]) | {"wall": wall, "speed": speed, "code": code})
    return rows


def _environment(study: Study, records: list[dict]) -> list[list[str]]:
    """Rows of (what, value): every value that the runs have in common, or all of them."""
    dirty = " with uncommitted changes" if any(record.get("dirty") for record in records) else ""
    commits = _distinct(str(r["commit"])[:12] for r in records if r.get("commit"))
    libraries = sorted({name for record in records for name in record["versions"]})
    rows = [["Study", study["study"]], ["Root seed", str(study["root_seed"])]]
    rows += [[name, _distinct(record["versions"].get(name, "–") for record in records)] for name in libraries]
    rows += [
        ["Device", _distinct(record["device"] for record in records)],
        ["Processor", _distinct(record["cpu"] for record in records)],
        ["Threads a job", _distinct(record["threads"] for record in records)],
        ["Commit", commits + dirty if commits else "not recorded"],
    ]
    return rows


def _options(study: Study) -> list[dict[str, str]]:
    return [
        {
            "label": entry["label"],
            "text": ", ".join(f"{key} = {value}" for key, value in entry["options"].items()),
        }
        for entry in _used(study, "variant")
        if entry.get("options")
    ]


def _used(study: Study, kind: str) -> Iterable[dict]:
    """The entries of the variants or data sets that some cell uses, in printing order."""
    return [study[f"{kind}s"][name] for name in dict.fromkeys(cell[kind] for cell in study["cells"])]


def _ordered(study: Study, records: list[dict]) -> list[dict]:
    """The records of the study's cells, in the order of the cells and, within one, of the seeds."""
    keys = ("experiment", "dataset", "variant")
    places = {tuple(cell[k] for k in keys): i for i, cell in enumerate(study["cells"])}
    kept = [record for record in records if tuple(record[k] for k in keys) in places]
    return sorted(kept, key=lambda record: (places[tuple(record[k] for k in keys)], record["seeds"][0]))


def _labels(study: Study, record: dict) -> dict[str, str]:
    return {
        "experiment": record["experiment"],
        "data_set": study["datasets"][record["dataset"]]["label"],
        "variant": study["variants"][record["variant"]]["label"],
    }


def _distinct(values: Iterable[object]) -> str:
    return ", ".join(sorted({str(value) for value in values}))


def _count(number: int) -> str:
    return f"{number:,}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"

"""What the plan, the run records and the checks before the report say: configuration, costs, environment, the text."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from modecollapse import reading
from modecollapse.audit.bundle import CHECKED, Bundle
from modecollapse.audit.document import format as form
from modecollapse.audit.document.sources import Entries, Source
from modecollapse.audit.document.tables import as_printed
from modecollapse.files import sha256
from modecollapse.report import environment, layout, poster, recipes

CELL = ("experiment", "dataset", "variant")
LEVEL = 0.95  # of the intervals of means


def entries(bundle: Bundle) -> Entries:
    """Everything that comes neither from a measurement nor from a verdict."""
    facts = bundle.facts
    places = {tuple(cell[name] for name in CELL): i for i, cell in enumerate(facts["cells"])}
    kept = [r for r in bundle.records.values() if tuple(r.get(name) for name in CELL) in places]
    records = sorted(kept, key=lambda r: (places[tuple(r[name] for name in CELL)], r["seeds"][0]))
    yield from _numbers(facts, records)
    yield from _configuration(facts)
    yield from _costs(facts, records)
    yield from _poster(bundle)
    for what, value in environment.environment(facts, records):
        source = Source("runs", "run.json", what, "what the run records have in common, or all they have", value)
        yield f"environment/{what}", source
    for name in (*layout.TABLES, *layout.COMPARISONS, *layout.VERDICTS):
        source = Source(f"tables/{name}", "", "", "the first digits of the SHA-256 of the file", _digest(bundle, name))
        yield f"sha256/{name}", source
    yield from _checked(bundle)


def _digest(bundle: Bundle, name: str) -> str:
    path = bundle.folder / "tables" / name
    return sha256(path)[:16] if path.is_file() else ""


def _reach(runs: int) -> float:
    """How far below its best the interval of runs that all reach it begins, as a share of the span."""
    return 1 - ((1 - LEVEL) / 2) ** (1 / runs)


def _numbers(facts: dict[str, Any], records: list[dict]) -> Entries:
    """The numbers in the text."""
    seeds, cells = facts["seeds"], facts["cells"]
    row = len(seeds) > 1 and seeds == list(range(seeds[0], seeds[-1] + 1))
    alpha = (1 - LEVEL) / 2
    known = [c for c in cells if c["reference_steps"] is not None]
    fewer = sorted(
        (c for c in known if c["steps"] < c["reference_steps"]), key=lambda c: c["steps"] / c["reference_steps"]
    )
    ends = [form.share(c["steps"], c["reference_steps"]) for c in fewer]
    planned = {
        "variants": form.whole(len(facts["variants"])),
        "datasets": form.whole(len(facts["datasets"])),
        "cells": form.whole(len(cells)),
        "seeds": form.whole(len(seeds)),
        "first_seed": str(seeds[0]),
        "seed_list": f"{seeds[0]} to {seeds[-1]}" if row else ", ".join(map(str, seeds)),
        "runs": form.whole(len(seeds) * len(cells)),
        "root_seed": str(facts["root_seed"]),
        "budget_known": form.whole(len(known)),
        "budget_below": form.whole(len(fewer)),
        "budget_least": ends[0] if ends else form.NONE,
        "budget_most": ends[-1] if ends else form.NONE,
    }
    for name, text in planned.items():
        yield name, Source("study.json", name, "", "a count in the plan, or a key of it", text)
    computed = {
        "level": f"{100 * LEVEL:g}",
        "alpha": f"{alpha:g}",
        "reach_percent": form.fixed(100 * _reach(len(seeds)), 1),
        "runs_for_tenth": str(math.ceil(math.log(alpha) / math.log(0.9))),
        "ceiling": form.fixed(100 * (1 - math.exp(-4.5)), 1),
        "nearly": "95",
        **poster.NUMBERS,
    }
    for name, text in computed.items():
        yield (
            name,
            Source("study.json", name, "", "a constant, or computed from the number of runs", text),
        )
    bad = sum(run["status"] != "ok" for record in records for run in record["status"])
    yield "diverged", Source("runs", "run.json", "status", "runs whose status is not ok", form.whole(bad))
    wall = form.time(sum(record["wall_seconds"] for record in records))
    yield "wall", Source("runs", "run.json", "wall_seconds", "the sum over all blocks", wall)


def _configuration(facts: dict[str, Any]) -> Entries:
    seeds = len(facts["seeds"])
    for name, entry in facts["datasets"].items():
        shown = {
            "K": form.whole(entry["modes"]),
            "shape": " × ".join(map(form.whole, entry["shape"])),
            "samples": form.whole(entry["samples"]),
        }
        for field, text in shown.items():
            yield f"{name}/{field}", Source("study.json", name, field, "from the definition of the data set", text)
        low = form.fixed(entry["modes"] - entry["modes"] * _reach(seeds), 2)
        words = "where the interval of runs that find all K modes begins: K alpha^(1/n)"
        yield f"reach/{name}", Source("study.json", name, "modes", words, low)
    for name, entry in facts["variants"].items():
        for key, value in entry["options"].items():
            yield f"option/{name}/{key}", Source("study.json", name, key, "an option of the variant", str(value))
    for experiment in dict.fromkeys(cell["experiment"] for cell in facts["cells"]):
        for i, row in enumerate(recipes.recipes(facts, experiment)):
            for field, text in row.items():
                where = f"{experiment}/{row['data_sets']}/{row['variants']}"
                yield f"recipe/{experiment}/{i}/{field}", Source("study.json", where, field, "from the recipe", text)


def _costs(facts: dict[str, Any], records: list[dict]) -> Entries:
    """Of each cell; and the runs that did not end well."""
    for cell in facts["cells"]:
        key = tuple(cell[name] for name in CELL)
        blocks = [record for record in records if tuple(record[name] for name in CELL) == key]
        id, words = "/".join(key), "from the run records of the cell"
        shown = {"steps": form.whole(cell["steps"]), "budget": form.share(cell["steps"], cell["reference_steps"])}
        for field, text in shown.items():
            yield f"cost/{id}/{field}", Source("study.json", id, field, "from the recipe", text)
        if not blocks:
            continue
        speeds = sorted(block["seed_steps_per_second"] for block in blocks)
        ends = [form.whole(speeds[0]), form.whole(speeds[-1])]
        shown = {
            "wall": form.time(sum(block["wall_seconds"] for block in blocks)),
            "speed": ends[0] if ends[0] == ends[1] else "–".join(ends),
            "code": ", ".join(sorted({block["code"][:8] for block in blocks})),
        }
        for field, text in shown.items():
            yield f"cost/{id}/{field}", Source(f"runs/{id}", "run.json", field, words, text, key=key)
        for run in (run for block in blocks for run in block["status"] if run["status"] != "ok"):
            step = form.NONE if run.get("step") is None else form.whole(run["step"])
            for field, text in (("seed", str(run["seed"])), ("status", run["status"]), ("step", step)):
                source = Source(f"runs/{id}", "run.json", "status", "a run that did not end well", text, key=key)
                yield f"diverged/{id}/{run['seed']}/{field}", source


def _poster(bundle: Bundle) -> Entries:
    """The poster's Table 2: its headings, published numbers and notes, and means that stand in no other table."""
    file, table = "tables/poster_table2.csv", bundle.table("poster_table2.csv").to_dict("records")
    published = bundle.registry["values"]
    known = {(v["dataset"], v["measure"], v["method"]): as_printed(v) for v in published if v["place"] == poster.PLACE}
    for row in table:
        pair = f"{row['dataset']}/{row['measure']}"
        yield f"poster/{pair}", Source(file, pair, "column", "a heading of the poster", among=row["column"])
        where = f"{row['dataset']}/{row['method']}/{row['measure']}"
        text = known.get((row["dataset"], row["measure"], row["method"]), form.NONE)
        yield f"poster/{where}", Source("claims.yaml", where, "printed", "as published", text)
        key = (row["experiment"], row["of"], row["variant"], row["measure"])
        id = "/".join(key)
        yield (
            id,
            Source(file, id, "measured", "mean of the measure over the runs of the cell", row["measured"], key=key),
        )
    for mark, note in zip(poster.MARKS, _different(row["note"] for row in table), strict=False):
        yield f"poster/note/{mark}", Source(file, mark, "note", "a note", note)


def _different(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]


def _checked(bundle: Bundle) -> Entries:
    """What was checked before the report was made."""
    if not bundle.has(CHECKED):
        return
    told = reading.json_file(bundle.folder / CHECKED)
    yield "audit/files", Source(CHECKED, "files", "", "lines of the manifest", str(told["files"]))
    words = "the SHA-256 of MANIFEST.sha256"
    yield "audit/manifest", Source(CHECKED, "manifest_sha256", "", words, sha256(bundle.folder / "MANIFEST.sha256"))
    for name, version in told["made_with"].items():
        yield f"audit/{name}", Source(CHECKED, "made_with", name, "the version it was made with", version)
    for check in told["checks"]:
        for field in ("looked_at", "findings"):
            source = Source(CHECKED, check["title"], field, "what the check came to", str(check[field]))
            yield f"audit/{check['title']}/{field}", source

"""docs/speed.json, which `pytest tests/benchmarks --save` writes, and the part of docs/speed.md that is made of it.

Results are {part: {row: {column: value}}}. `how` names the machine, the versions and the rounds of them all.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from modecollapse import environment

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN, END = "<!-- made of speed.json: begin -->", "<!-- made of speed.json: end -->"
VERSIONS = ("python", "torch", "numpy", "scipy")
TITLES = {
    "training": "Training on the ring: the plain loop in seed-steps a second, products in GFLOP/s, all else as a ratio",
    "library": "A public library's trainer: the plain loop in seed-steps a second, all else as a ratio",
    "ivom": "IvOM: seconds to one error",
    "neighbours": "Precision, recall, density and coverage of 2,500 samples: processor seconds",
    "start-up": "Start-up: processor seconds",
    "dry run": "Dry runs of large studies: processor seconds and MB",
}
Results = dict[str, dict[str, dict[str, Any]]]


def how(rounds: int) -> dict[str, Any]:
    """What the numbers depend on besides the code: processor, cores, system, versions, rounds."""
    found = environment.describe()
    machine = {"cpu": found["cpu"], "cores": os.cpu_count(), "platform": found["platform"]}
    return machine | {"versions": {name: found["versions"][name] for name in VERSIONS}, "rounds": rounds}


def merged(old: dict[str, Any], how: dict[str, Any], results: Results) -> dict[str, Any]:
    """The file with new results: parts that were not measured stay, if `how` is the same."""
    kept = {part: rows for part, rows in old.items() if part != "how"} if old.get("how") == how else {}
    parts = {part: kept.get(part, {}) | results.get(part, {}) for part in TITLES}
    return {"how": how} | {part: rows for part, rows in parts.items() if rows}


def save(rounds: int, results: Results) -> None:
    """Write the results into docs/speed.json, and the tables into docs/speed.md."""
    file, page = DOCS / "speed.json", DOCS / "speed.md"
    old = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    content = merged(old, how(rounds), results)
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    page.write_text(with_tables(page.read_text(encoding="utf-8"), content), encoding="utf-8")


def with_tables(page: str, content: dict[str, Any]) -> str:
    """The page with the tables of `content` between its two marks."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{measured_on(content['how'])}\n\n{tables(content)}\n{END}{rest.split(END)[1]}"


def measured_on(how: dict[str, Any]) -> str:
    """A sentence that names the machine."""
    versions = ", ".join(f"{name} {version}" for name, version in how["versions"].items())
    machine = f"{how['cpu']}, {how['cores']} cores, {how['platform']}"
    return f"Measured on {machine}, with {versions}; rounds: {how['rounds']}."


def tables(results: Results) -> str:
    """A Markdown table for each part that has rows; a cell without a value shows a dash."""
    return "\n".join(_table(title, results[part]) for part, title in TITLES.items() if results.get(part))


def _table(title: str, rows: dict[str, dict[str, Any]]) -> str:
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    lines = [f"| {' | '.join(['', *columns])} |", f"|---|{'---:|' * len(columns)}"]
    lines += [
        f"| {' | '.join([name, *(_cell(row.get(column)) for column in columns)])} |" for name, row in rows.items()
    ]
    return f"**{title}**\n\n" + "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    """Three digits of a small number, all digits before the point of a large one."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 or isinstance(value, int) else f"{value:.3g}"

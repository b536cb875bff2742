"""A lineage on a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from modecollapse.audit.lineage.explain import Lineage
from modecollapse.audit.lineage.rows import TidyRow
from modecollapse.reading import printable

MOST = 60  # rows of a table


def render(lineage: Lineage) -> RenderableType:
    """All of it, from the printed value down to the files of the runs."""
    place = ": ".join(filter(None, [lineage.file, lineage.where, lineage.column]))
    parts: list[RenderableType] = [
        _text(lineage.id, style="bold"),
        _text(f"printed  {lineage.printed}"),
        _text(f"is       {lineage.formula}"),
        _text(f"from     {place}"),
    ]
    for file, row in lineage.table_rows:
        filled = ", ".join(f"{name} = {value}" for name, value in row.items() if value not in ("", "–"))
        parts.append(_text("", file, f"  {filled}"))
    if lineage.tidy:
        parts.append(_rows("tables/measures.parquet", lineage.tidy, "n"))
    if lineage.endpoints:
        parts.append(_rows("what each run counts with", lineage.endpoints, "evaluations"))
    for run in lineage.runs:
        parts.append(_text("", f"{run.folder}  seeds {', '.join(map(str, run.seeds))}"))
        parts.append(_text(f"  code {run.code}", f"  configuration {run.config_hash}", f"  commit {run.commit}"))
        for name, digest in run.files.items():
            withheld = "  (withheld)" if name in run.withheld else ""
            parts.append(_text(f"  {digest}  {name}{withheld}"))
    if lineage.again:
        parts.append(_again(lineage))
    return Group(*parts)


def _text(*lines: str, style: str = "") -> Text:
    """Lines with texts of the folder that is explained: no markup, and nothing that steers a terminal."""
    return Text("\n".join(map(printable, lines)), style)


def _rows(title: str, rows: list[TidyRow], n: str) -> Table:
    table = Table("variant", "measure", "seed", "step", "value", n, "status", title=title, title_justify="left")
    for row in rows[:MOST]:
        numbers = (str(row.seed), f"{row.step:,}", f"{row.value:.6g}", f"{row.n:,}")
        table.add_row(_text(row.variant), _text(row.measure), *numbers, _text(row.status))
    if len(rows) > MOST:
        table.caption = f"and {len(rows) - MOST} more"
    return table


def _again(lineage: Lineage) -> Table:
    table = Table("computed again", "comes to", "stands there", "", title="", title_justify="left")
    for one in lineage.again:
        table.add_row(_text(one.what), f"{one.value:.9g}", f"{one.stands:.9g}", "agrees" if one.agrees else "DIFFERS")
    return table

"""The outcomes of an audit as a table on the terminal, as the same table in HTML, and as JSON."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console, Group
from rich.table import Column, Table
from rich.text import Text

from modecollapse.audit.finding import Outcome
from modecollapse.reading import shown

MOST_LINES = 20  # of one check's findings on the terminal; audit.json has all
MOST_SHOWN = 600  # characters of a finding or a note there


def verdict(outcomes: Sequence[Outcome]) -> str:
    """One line: whether all checks hold."""
    failed = [outcome.title for outcome in outcomes if outcome.result.findings]
    if failed:
        count = sum(len(outcome.result.findings) for outcome in outcomes)
        return f"{count} finding{'s' * (count > 1)} in {', '.join(failed)}: this study is not as it says."
    left_open = sum(len(outcome.result.left_open) for outcome in outcomes)
    empty = [outcome.title for outcome in outcomes if outcome.compared_nothing]
    parts = [f"{sum(outcome.holds for outcome in outcomes)} of {len(outcomes)} checks hold"]
    parts += [f"{', '.join(empty)} could look at nothing"] * bool(empty)
    parts += [f"{left_open} {'points are' if left_open > 1 else 'point is'} NOT VERIFIED"] * bool(left_open)
    return f"{'; '.join(parts)}."


def render(title: str, outcomes: Sequence[Outcome]) -> Group:
    """The table of checks, then the findings, then the notes, then the verdict."""
    seconds = Column("seconds", justify="right")
    table = Table("check", "looked at", "answer", seconds, title=Text(shown(title), "italic"))
    lines, notes = [], []
    for outcome in outcomes:
        result = outcome.result
        answer = Text("holds", "green") if outcome.holds else Text("NOT VERIFIED", "yellow")
        answer = Text(f"{len(result.findings)} found", "bold red") if result.findings else answer
        table.add_row(outcome.title, f"{result.looked_at:,} {result.of}", answer, f"{outcome.seconds:.1f}")
        lines += _lines(outcome, result.findings, "red")
        lines += _lines(outcome, [f"NOT VERIFIED: {point}" for point in result.left_open], "yellow")
        notes += [_line(outcome, note, "dim") for note in result.notes]
    found = any(outcome.result.findings for outcome in outcomes)
    return Group(table, *lines, *notes, Text(verdict(outcomes), "bold red" if found else "bold green"))


def _lines(outcome: Outcome, points: Sequence[object], style: str) -> Iterable[Text]:
    """The first points, and how many more there are."""
    more = len(points) - MOST_LINES
    rest = [f"{more:,} more, all in audit.json"] if more > 0 else []
    return [_line(outcome, point, style) for point in (*points[:MOST_LINES], *rest)]


def _line(outcome: Outcome, content: object, style: str) -> Text:
    """Findings and notes hold texts of the audited folder: without markup, and nothing that steers a terminal."""
    return Text(shown(f"{outcome.title}: {content}", MOST_SHOWN), style)


def as_html(rendered: Group) -> str:
    """A page that needs no other file."""
    console = Console(record=True, width=140, file=io.StringIO())
    console.print(rendered)
    return console.export_html(inline_styles=True)


def as_json(study: str, level: str, manifest_sha256: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The outcomes as plain data."""
    return {
        "study": study,
        "level": level,
        "manifest_sha256": manifest_sha256,
        "holds": all(outcome.holds for outcome in outcomes),
        "checks": [
            {
                "check": outcome.name,
                "title": outcome.title,
                "holds": outcome.holds,
                **vars(outcome.result),
                "seconds": round(outcome.seconds, 3),
                "findings": [vars(finding) for finding in outcome.result.findings],
            }
            for outcome in outcomes
        ],
    }

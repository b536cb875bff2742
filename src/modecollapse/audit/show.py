"""What an audit came to: a table on the terminal, the same as a page of HTML, and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group
from rich.table import Column, Table
from rich.text import Text

from modecollapse.audit.levels import Outcome
from modecollapse.reading import shown

MOST_FINDINGS = 20  # of one check on the terminal; audit.json has all
MOST_SHOWN = 600  # characters of a finding or a note there


def verdict(outcomes: Sequence[Outcome]) -> str:
    """One line: whether all checks hold."""
    failed = [outcome.title for outcome in outcomes if outcome.result.findings]
    if failed:
        count = sum(len(outcome.result.findings) for outcome in outcomes)
        return (
            f"{count} {'finding' if count == 1 else 'findings'} in {', '.join(failed)}: this study is not as it says."
        )
    left_open = sum(len(outcome.result.left_open) for outcome in outcomes)
    untold = [outcome.title for outcome in outcomes if outcome.tells_nothing]
    held = f"{sum(outcome.holds for outcome in outcomes)} of {len(outcomes)} checks hold"
    parts = [f"{', '.join(untold)} could look at nothing"] * bool(untold)
    parts += [f"{left_open} {'points are' if left_open > 1 else 'point is'} NOT VERIFIED"] * bool(left_open)
    return "; ".join([held, *parts]) + "."


def render(title: str, outcomes: Sequence[Outcome]) -> Group:
    """The table of checks, then every finding, then the notes, then the verdict."""
    seconds = Column("seconds", justify="right")
    table = Table("check", "looked at", "answer", seconds, title=Text(shown(title), "italic"))
    for outcome in outcomes:
        found = len(outcome.result.findings)
        answer = Text("holds", "green") if outcome.holds else Text("NOT VERIFIED", "yellow")
        answer = Text(f"{found} found", "bold red") if found else answer
        looked_at = f"{outcome.result.looked_at:,} {outcome.result.of}"
        table.add_row(outcome.title, looked_at, answer, f"{outcome.seconds:.1f}")
    parts: list[Any] = [table]
    for outcome in outcomes:
        findings = outcome.result.findings
        parts += [_line(outcome, finding, "red") for finding in findings[:MOST_FINDINGS]]
        if len(findings) > MOST_FINDINGS:
            parts.append(Text(f"{outcome.title}: {len(findings) - MOST_FINDINGS:,} more, all in audit.json", "red"))
        parts += [_line(outcome, f"NOT VERIFIED: {point}", "yellow") for point in _few(outcome.result.left_open)]
    parts += [_line(outcome, note, "dim") for outcome in outcomes for note in outcome.result.notes]
    parts.append(Text(verdict(outcomes), "bold red" if "found" in verdict(outcomes) else "bold green"))
    return Group(*parts)


def _few(points: Sequence[str]) -> list[str]:
    """The first points, and how many more there are."""
    more = len(points) - MOST_FINDINGS
    return [*points[:MOST_FINDINGS], *([f"{more:,} more, all in audit.json"] if more > 0 else [])]


def _line(outcome: Outcome, told: object, style: str) -> Text:
    """Findings and notes hold texts of the folder that is audited: no markup, and nothing that steers a terminal."""
    return Text(shown(f"{outcome.title}: {told}", MOST_SHOWN), style)


def as_html(rendered: Group) -> str:
    """A page that stands alone."""
    console = Console(record=True, width=140, file=_Nowhere())
    console.print(rendered)
    return console.export_html(inline_styles=True)


def as_json(folder: str, level: str, root: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """All of it as plain data."""
    return {
        "study": folder,
        "level": level,
        "manifest_sha256": root,
        "holds": all(outcome.holds for outcome in outcomes),
        "checks": [
            {
                "check": outcome.name,
                "title": outcome.title,
                "holds": outcome.holds,
                "looked_at": outcome.result.looked_at,
                "of": outcome.result.of,
                "seconds": round(outcome.seconds, 3),
                "findings": [vars(finding) for finding in outcome.result.findings],
                "notes": outcome.result.notes,
                "left_open": outcome.result.left_open,
            }
            for outcome in outcomes
        ],
    }


class _Nowhere:
    """A file that keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        return None

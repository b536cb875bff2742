"""A score as tables of text, for a terminal or in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from math import nan

import pandas as pd
from rich.markup import escape
from rich.table import Column, Table

from modecollapse.report.layout import REFERENCE_ROWS
from modecollapse.report.printed import experiment_label, mean_text
from modecollapse.scoring.score import CALIBRATION, OWN, PUBLISHED, VARIANT, Score
from modecollapse.study import catalogue, show

Texts = tuple[str, list[list[str]]]  # a title; the heading and the rows


def print_tables(score: Score) -> None:
    """The tables and notes on the terminal."""
    terminal = show.console()
    for title, (heading, *rows) in _tables(score):
        looks = [{"justify": "left", "no_wrap": True}, {"no_wrap": True}, *({} for _ in heading[2:])]
        columns = [
            Column(escape(text), **{"justify": "right"} | look) for text, look in zip(heading, looks, strict=True)
        ]
        table = Table(*columns, title=escape(title), title_justify="left")
        for row in rows:
            table.add_row(*map(escape, row))
        terminal.print(table)
    for note in (*_published(score), *score.notes):
        terminal.print(escape(note))


def markdown(score: Score) -> str:
    """The tables and notes in Markdown."""
    parts = []
    for title, (heading, *rows) in _tables(score):
        lines = [[cell.replace("|", "\\|") for cell in line] for line in (heading, ["---"] * len(heading), *rows)]
        parts.append("\n".join([f"**{title}**", "", *(f"| {' | '.join(line)} |" for line in lines)]))
    return "\n\n".join([*parts, *_published(score), *score.notes])


def _tables(score: Score) -> Iterator[Texts]:
    """One's own measures beside calibration and published numbers; then, by experiment, ranks and chances."""
    own, by_measure = score.of(OWN), {measure: rows for measure, rows in score.table.groupby("measure")}
    name, runs = own["row"].iloc[0], int(own["runs"].iloc[0])
    calibration = list(score.of(CALIBRATION)["row"].unique())
    heading = ["", name, *(REFERENCE_ROWS[row] for row in calibration)]
    rows = [[_label(m), *(_value(by_measure[m], row) for row in (name, *calibration))] for m in own["measure"]]
    yield f"{score.data}: {runs} seed{'s' * (runs > 1)} of {score.n:,} samples", [heading, *rows]
    for experiment, cells in score.of(VARIANT).groupby("experiment", sort=False):
        ranked = [m for m in own["measure"] if m in set(cells.loc[cells["rank"].notna(), "measure"])]
        known = cells.set_index(["row", "measure"]).to_dict("index")
        others = [row for row in cells["row"].unique() if row != name]
        rows = [[other, *(_chance(known.get((other, m))) for m in ranked)] for other in others]
        count = {m: sum((row, m) in known for row in (name, *others)) for m in ranked}
        ranks = [_rank(known[name, m], count[m]) for m in ranked]
        title = f"{experiment_label(experiment)}: rank of {name}, and chance that a run of it beats one of each variant"
        yield title, [["", *map(_label, ranked)], [f"rank of {name}", *ranks], *rows]


def _label(measure: str) -> str:
    return catalogue.declared("measures", measure, "LABEL")


def _value(rows: pd.DataFrame, name: str) -> str:
    [row] = rows[(rows["row"] == name) & (rows["kind"].isin([OWN, CALIBRATION]))].to_dict("records")
    return mean_text(
        row | {"mean": row["value"], "last_step": nan}, catalogue.declared("measures", row["measure"], "DECIMALS")
    )


def _published(score: Score) -> list[str]:
    """A sentence for each measure with published numbers: `Published, Modes captured: GAN 1, VEEGAN 8.`"""
    found = []
    for measure, rows in score.of(PUBLISHED).groupby("measure", sort=False):
        numbers = [f"{method} {text}" for method, text in zip(rows["row"], rows["printed"], strict=True)]
        found.append(f"Published, {_label(str(measure))}: {', '.join(numbers)}.")
    return found


def _rank(row: dict[str, float], count: int) -> str:
    """`2 (1 to 4) of 6`."""
    return f"{row['rank']:g} ({row['rank_low']:.0f} to {row['rank_high']:.0f}) of {count}"


def _chance(row: dict[str, float] | None) -> str:
    """`0.82 (0.357)`, with p in parentheses."""
    return f"{row['chance']:.2f} ({row['p_holm']:.3f})" if row else ""

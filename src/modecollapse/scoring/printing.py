"""A score as tables of text, for a terminal or in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from math import nan
from typing import NamedTuple

import pandas as pd
from rich.markup import escape
from rich.table import Column, Table

from modecollapse.report.printed import experiment_label, mean_text
from modecollapse.scoring.score import OWN, PUBLISHED, Score
from modecollapse.study import catalogue, show

CALIBRATION = {"oracle": "oracle", "null-uniform": "uniform", "null-gaussian": "one Gaussian"}


class Text(NamedTuple):
    """A table of text: its title, its heading and its rows."""

    title: str
    heading: list[str]
    rows: list[list[str]]


def texts(score: Score) -> Iterator[Text]:
    """The measures beside oracle, nulls and published numbers; of each experiment ranks and chances to be better."""
    own = score.table[score.table["kind"] == OWN]
    runs, name = int(own["runs"].iloc[0]), own["row"].iloc[0]
    title = f"{score.data}: {runs} seed{'s' * (runs > 1)} of {score.n:,} samples"
    given = {measure: rows for measure, rows in score.table.groupby("measure")}
    rows = [
        [_label(m), *(_value(given[m], kind) for kind in (name, *CALIBRATION)), _printed(given[m])]
        for m in own["measure"]
    ]
    yield Text(title, ["", name, *CALIBRATION.values(), "published"], rows)
    ranked = score.table[score.table["rank"].notna()]
    for experiment, cells in ranked.groupby("experiment", sort=False):
        others = list(dict.fromkeys(cells.loc[cells["row"] != name, "row"]))
        rows = [
            _place(cells[cells["measure"] == m], m, name, others) for m in own["measure"] if m in set(cells["measure"])
        ]
        title = f"{experiment_label(experiment)}: rank, and chance that a run of {name} is better than one of"
        yield Text(title, ["", "rank", *others], rows)


def print_tables(score: Score) -> None:
    """The tables and notes on the terminal."""
    terminal = show.console()
    for title, heading, rows in texts(score):
        columns = [Column(escape(text), justify="left" if text in ("", "published") else "right") for text in heading]
        table = Table(*columns, title=escape(title), title_justify="left")
        for row in rows:
            table.add_row(*map(escape, row))
        terminal.print(table)
    for note in score.notes:
        terminal.print(escape(note))


def markdown(score: Score) -> str:
    """The tables and notes in Markdown."""
    parts = []
    for title, heading, rows in texts(score):
        lines = [heading, ["---"] * len(heading), *rows]
        cells = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
        parts.append("\n".join([f"**{title}**", "", *cells]))
    return "\n\n".join([*parts, *score.notes])


def _label(measure: str) -> str:
    return catalogue.declared("measures", measure, "LABEL")


def _value(rows: pd.DataFrame, name: str) -> str:
    [row] = rows[(rows["row"] == name) & (rows["experiment"] == "")].to_dict("records")
    places = catalogue.declared("measures", row["measure"], "DECIMALS")
    return mean_text({"mean": row["value"], "last_step": nan} | row, places)


def _printed(rows: pd.DataFrame) -> str:
    own = rows[rows["kind"] == PUBLISHED]
    return ", ".join(f"{method} {text}" for method, text in zip(own["row"], own["printed"], strict=True))


def _place(cells: pd.DataFrame, measure: str, name: str, others: list[str]) -> list[str]:
    """Ranks as `2 (1 to 4) of 6`, chances as `.82 (.51)`, with p in parentheses."""
    by_name = cells.set_index("row")
    own = by_name.loc[name]
    rank = f"{own['rank']:g} ({own['rank_low']:.0f} to {own['rank_high']:.0f}) of {len(cells)}"
    known = [by_name.loc[other] if other in by_name.index else None for other in others]
    chances = ["" if row is None else f"{row['chance']:.2f} ({row['p_holm']:.3f})" for row in known]
    return [_label(measure), rank, *chances]

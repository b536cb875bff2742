"""Scores as text for a terminal, JSON, CSV, Markdown and a figure."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich.box import SIMPLE
from rich.table import Table

from modecollapse.comparisons.pairs import ALPHA
from modecollapse.measures.measuring import CALIBRATORS
from modecollapse.scoring.place import BETTER, WORSE
from modecollapse.scoring.score import Scores
from modecollapse.study import catalogue

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PUBLISHED = "published: "


def as_json(scores: Scores) -> str:
    """All that was found; a number that does not exist is null."""
    rows = scores.table.astype(object).where(scores.table.notna(), None).to_dict("records")
    finite = [{key: None if value in (math.inf, -math.inf) else value for key, value in row.items()} for row in rows]
    about = {"dataset": scores.dataset, "modes": scores.modes, "samples_a_seed": scores.n, "notes": scores.notes}
    about |= {"compared_with": scores.compared_with or None}
    return json.dumps(about | {"scores": finite}, indent=2, allow_nan=False)


def as_markdown(scores: Scores) -> str:
    """The table of the terminal, with its notes below."""
    head, rows = cells(scores)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), "", *(f"- {note}" for note in sentences(scores))])


def as_table(scores: Scores) -> Table:
    """A table of rich."""
    head, rows = cells(scores)
    title = f"{scores.n:,} samples a seed of {scores.dataset}"
    table = Table(title=title, title_justify="left", box=SIMPLE, padding=(0, 0, 0, 1))
    for column in head:
        table.add_column(column, no_wrap=True, justify="left" if column == head[0] else "right")
    for row in rows:
        table.add_row(*row)
    return table


def cells(scores: Scores) -> tuple[list[str], list[list[str]]]:
    """The head and a line for each measure: the value with its interval, calibration, the place among the variants."""
    head = ["measure", scores.name, "oracle", "uniform", "normal", *(["rank"] if scores.compared_with else [])]
    lines: list[list[str]] = []
    for measure, rows in scores.table.groupby("measure", sort=False):
        of = rows.set_index("who")
        digits, own = catalogue.declarations("measures", measure)["DECIMALS"], of.loc[scores.name]
        interval = "" if math.isnan(own["lower"]) else f" [{own['lower']:.{digits}f}, {own['upper']:.{digits}f}]"
        line = [measure, f"{own['mean']:.{digits}f}{interval}"]
        line += [f"{of.loc[who, 'mean']:.{digits}f}" if who in of.index else "–" for who in CALIBRATORS]
        if scores.compared_with:
            ranks = dict.fromkeys((own["rank_low"], own["rank_high"]))
            line += ["–" if math.isnan(own["rank_low"]) else "–".join(f"{rank:.0f}" for rank in ranks)]
        lines.append(line)
    return head, lines


def sentences(scores: Scores) -> list[str]:
    """Of each measure, which variants the samples are better or worse than, and what is published; then the notes."""
    found = []
    for measure, rows in scores.table.groupby("measure", sort=False):
        told = {side: list(rows["who"][rows["told"] == side]) for side in (BETTER, WORSE)}
        parts = [f"{side} than {_listed(names)}" for side, names in told.items() if names]
        if rows["superiority"].notna().any():
            found.append(f"By {measure}, {scores.name} is {' and '.join(parts) or 'not told apart from any variant'}.")
        published = rows[rows["who"].str.startswith(PUBLISHED)]
        if len(published):
            numbers = [f"{row.who.removeprefix(PUBLISHED)} {row.mean:g}" for row in published.itertuples()]
            found.append(f"Published {measure}: {', '.join(numbers)}.")
    if scores.compared_with:
        among = int(scores.table[scores.table["superiority"].notna()]["who"].nunique())
        where = f"the {among} variants of {scores.compared_with} at their last step"
        found.append(f"Ranks are among {where} and {scores.name}; tests are corrected (Holm) at {ALPHA:g}.")
    return [*found, *scores.notes]


def figure(scores: Scores, path: Path) -> Path:
    """Draw the means with their intervals, the oracle, the nulls and the variants' means of each ranked measure."""
    from matplotlib.figure import Figure

    from modecollapse.report import style

    ranked = [m for m in scores.table["measure"].unique() if catalogue.declarations("measures", m).get("BETTER")]
    main = [m for m in ranked if catalogue.declarations("measures", m).get("MAIN")] or ranked
    with style.styled():
        drawn = Figure(figsize=(style.PAGE, 1.5 * math.ceil(len(main) / 3) + 0.3), layout="constrained")
        panels = drawn.subplots(math.ceil(len(main) / 3), min(3, len(main)), squeeze=False).ravel()
        for axes, measure in zip(panels, main, strict=False):
            _panel(axes, scores.table[scores.table["measure"] == measure], scores.name)
            axes.set_title(catalogue.declarations("measures", measure)["LABEL"])
        for axes in panels[len(main) :]:
            axes.set_axis_off()
        drawn.savefig(path)
    return path


def _panel(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    from modecollapse.report import style

    shown = rows[~rows["who"].str.startswith(PUBLISHED)].iloc[::-1].reset_index(drop=True)
    for place, row in shown.iterrows():
        own = row["who"] == name
        colour = style.COLOURS[1] if own else style.COLOURS[0] if row["who"] not in CALIBRATORS else style.MUTED
        axes.plot(row["mean"], place, marker="D" if own else "o", color=colour, markersize=4)
        axes.plot([row["lower"], row["upper"]], [place, place], color=colour, linewidth=1.2)
    axes.set_yticks(range(len(shown)), shown["who"])


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def to_terminal(scores: Scores) -> None:
    """Print the table and the sentences below it."""
    from rich.console import Console

    console = Console()
    console.print(as_table(scores))
    for sentence in sentences(scores):
        console.print(sentence, highlight=False, markup=False)

"""The figures of the report, one SVG each; `draw` makes all of a study."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from modecollapse import reading
from modecollapse.claims import Published
from modecollapse.comparisons.ranks import TYPES as RANK_TYPES
from modecollapse.report import layout, style
from modecollapse.report.figures import (
    balance,
    convergence,
    curves,
    density,
    final,
    forest,
    losses,
    nearest,
    ranks,
    sheet,
    visits,
)
from modecollapse.report.figures.measured import Measured
from modecollapse.report.samples import FirstSamples
from modecollapse.report.tables import SUMMARY_TYPES, check_complete
from modecollapse.study.summary import StudySummary

# Tables that figures are drawn from, and what their columns hold.
READ = {"summary.csv": SUMMARY_TYPES, "verdicts.csv": {}, "ranks.csv": RANK_TYPES}


@dataclass(frozen=True)
class Sources:
    """What figures are drawn from: tables and folders of a study.

    measures: the tidy table; summary: what `tables.summarise` made of it; judged: the verdicts as text; ranked: the
    ranks of the variants; published: all published numbers; runs: run folders; data: npz files by name; inversions: the
    folder with what the inversion of generators found, read where a study has measures of it.
    """

    measures: pd.DataFrame
    summary: pd.DataFrame
    judged: pd.DataFrame
    ranked: pd.DataFrame
    published: Published
    runs: list[Path]
    data: dict[str, Path]
    inversions: Path

    @classmethod
    def of(cls, results: Path, runs: list[Path], datasets: Iterable[str], published: Published) -> Sources:
        """Those in the results folder of a study."""
        tables = Path(results) / "tables"
        return cls(
            reading.parquet(tables / "measures.parquet"),
            *(reading.csv(tables / name, types) for name, types in READ.items()),
            published,
            runs,
            {name: Path(results) / "data" / f"{name}.npz" for name in datasets},
            Path(results) / "inversions",
        )


def draw(summary: StudySummary, sources: Sources, out: Path, without: Collection[str] = ()) -> list[Path]:
    """Draw the figures that `layout.figure_names(summary)` lists into the folder `out`; returns their paths.

    Those named in `without` are left out.
    The same input gives the same bytes.
    """
    with style.styled():
        chosen = {file: drawing for file, drawing in drawings(summary, sources).items() if file not in without}
        return [style.save(drawing(), Path(out) / file) for file, drawing in chosen.items()]


def drawings(summary: StudySummary, sources: Sources) -> dict[str, Callable[[], Figure]]:
    """For each file name what draws it, inside `style.styled()`, in the order of the report.

    Raises StudyError, as each drawing does, where a planned cell is missing.
    """
    check_complete(summary, sources.measures)
    names = layout.experiments(summary)
    first = {name: FirstSamples(sources.runs, summary.seeds_of(name)[0], name) for name in names}
    measured = Measured(sources.measures, sources.summary, sources.published.about(layout.as_published(summary)))
    of_losses = sources.measures[sources.measures["measure"].str.startswith(losses.LOSS)]
    data = sources.data

    def visited(experiment: str, name: str) -> Figure:
        shown = layout.variants(summary, experiment, name)
        return visits.draw(summary, experiment, name, {v: first[experiment].trace(experiment, name, v) for v in shown})

    drawers = {
        "density": lambda experiment, name: density.draw(summary, experiment, name, first[experiment], data[name]),
        "sheet": lambda experiment, name: sheet.draw(summary, experiment, name, first[experiment], data[name]),
        "nearest": lambda experiment, name: nearest.draw(
            summary, experiment, name, sources.inversions, first[experiment].block
        ),
        "final": lambda experiment, name: final.draw(summary, experiment, name, measured),
        "curves": lambda experiment, name: curves.draw(summary, experiment, name, measured),
        "convergence": lambda experiment, name: convergence.draw(summary, experiment, name, measured),
        "losses": lambda experiment, name: losses.draw(summary, experiment, name, of_losses),
        "visits": visited,
        "balance": lambda experiment, name: balance.draw(summary, experiment, name, measured),
        "ranks": lambda experiment, name: ranks.draw(summary, experiment, name, sources.ranked),
    }
    found: dict[str, Callable[[], Figure]] = {
        file: partial(forest.draw, summary, experiment, sources.judged)
        for experiment, file in layout.forests(summary).items()
    }
    for experiment in layout.experiments(summary):
        for figure, files in layout.figures(summary, experiment).items():
            found |= {file: partial(drawers[figure], experiment, name) for name, file in files.items()}
    return found

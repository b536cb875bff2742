"""The figures of the report, one SVG each; `draw` makes all of a study."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from modecollapse.claims import Published
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


def draw(
    study: layout.Study,
    measures: pd.DataFrame,
    summary: pd.DataFrame,
    judged: pd.DataFrame,
    ranked: pd.DataFrame,
    published: Published,
    runs: list[Path],
    data: dict[str, Path],
    inversions: Path,
    out: Path,
) -> list[Path]:
    """Draw the figures that `layout.figure_names(study)` lists into the folder `out`; returns their paths.

    measures: the tidy table; summary: what `tables.summarise` made of it; judged: the verdicts as text; ranked: the
    ranks of the variants; runs: run folders; data: npz files by name; inversions: the folder with what the inversion
    of generators found, read where a study has measures of it. The same input gives the same bytes.
    """
    samples = FirstSamples(runs, study["seeds"][0])
    measured = Measured(measures, summary, published.about(layout.as_published(study)))
    of_losses = measures[measures["measure"].str.startswith(losses.LOSS)]
    drawers = {
        "density": lambda experiment, name: density.draw(study, experiment, name, samples, Path(data[name])),
        "sheet": lambda experiment, name: sheet.draw(study, experiment, name, samples, Path(data[name])),
        "nearest": lambda experiment, name: nearest.draw(study, experiment, name, Path(inversions), samples.block),
        "final": lambda experiment, name: final.draw(study, experiment, name, measured),
        "curves": lambda experiment, name: curves.draw(study, experiment, name, measured),
        "convergence": lambda experiment, name: convergence.draw(study, experiment, name, measured),
        "losses": lambda experiment, name: losses.draw(study, experiment, name, of_losses),
        "visits": lambda experiment, name: visits.draw(
            study,
            experiment,
            name,
            {v: samples.trace(experiment, name, v) for v in layout.variants(study, experiment, name)},
        ),
        "balance": lambda experiment, name: balance.draw(study, experiment, name, measured),
        "ranks": lambda experiment, name: ranks.draw(study, experiment, name, ranked),
    }
    drawn = []
    with style.styled():
        for experiment, file in layout.forests(study).items():
            drawn.append(style.save(forest.draw(study, experiment, judged), Path(out) / file))
        for experiment in layout.experiments(study):
            for figure, files in layout.figures(study, experiment).items():
                for name, file in files.items():
                    drawn.append(style.save(drawers[figure](experiment, name), Path(out) / file))
    return drawn

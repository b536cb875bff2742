"""The figures of the report, one SVG each; `draw` makes all of a study."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from modecollapse.claims import Published
from modecollapse.report import layout, style
from modecollapse.report.figures import density, results, stacks
from modecollapse.report.samples import FirstSamples


def draw(
    study: layout.Study,
    measures: pd.DataFrame,
    summary: pd.DataFrame,
    published: Published,
    runs: list[Path],
    data: dict[str, Path],
    out: Path,
) -> list[Path]:
    """Draw the figures that `layout.figure_names(study)` lists into the folder `out`; returns their paths.

    measures: the tidy table; summary: what `tables.summarise` made of it; runs: run folders; data: npz files
    by name. The same input gives the same bytes.
    """
    samples = FirstSamples(runs, study["seeds"][0])
    drawn = []
    with style.styled():
        for name in layout.figure_names(study):
            kind, experiment = name.removesuffix(".svg").split("-", 1)
            if kind == "density":
                figure = density.draw(study, experiment, samples, data)
            elif kind == "stacks":
                figure = stacks.draw(study, experiment, samples, data)
            elif kind == "final":
                figure = results.final(study, experiment, measures, summary, published)
            else:
                figure = results.curves(study, experiment, measures, summary)
            drawn.append(style.save(figure, Path(out) / name))
    return drawn

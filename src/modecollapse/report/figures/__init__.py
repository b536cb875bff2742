"""The figures of the report, one SVG each; `draw` makes all of a study."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from modecollapse.errors import StudyError
from modecollapse.report import layout, style
from modecollapse.report.figures import (
    began_balance,
    claims,
    density_maps,
    gradients,
    images,
    intervals,
    mapped_latents,
    moved_points,
    profile,
    published,
    reconciliation,
    separability,
    strip,
)
from modecollapse.report.figures.sources import READ as READ
from modecollapse.report.figures.sources import VERDICTS as VERDICTS
from modecollapse.report.figures.sources import Sources
from modecollapse.report.result_tables import check_complete
from modecollapse.study.problems import unknown
from modecollapse.study.summary import StudySummary

# By the keys of `layout.study_figures` and `layout.figures`; the latter are drawn for an experiment and a data set.
STUDY_DRAWERS: dict[str, Callable[[StudySummary, Sources], Figure]] = {
    "published": published.draw,
    "profile": profile.draw,
    "claims": claims.draw,
    "mapped": mapped_latents.draw,
    "moved": moved_points.draw,
    "gradients": gradients.draw,
    "separability": separability.draw,
    "reconciliation": reconciliation.draw,
}
DRAWERS: dict[str, Callable[[StudySummary, str, str, Sources], Figure]] = {
    "density": density_maps.draw,
    "strip": strip.draw,
    "sheet": images.draw_sheet,
    "nearest": images.draw_nearest,
    "intervals": intervals.draw,
    "balance": began_balance.draw,
}


def draw(summary: StudySummary, sources: Sources, out: Path, only: Collection[str] | None = None) -> list[Path]:
    """Draw figures that `layout.figure_names(summary)` lists into the folder `out`; returns their paths.

    All are drawn, or those named in `only`. The same input gives the same bytes. Raises StudyError where there is no
    figure of a name.
    """
    with style.styled():
        made = drawings(summary, sources)
        for name in only or ():
            if name not in made:
                raise StudyError(f"figures: {unknown(name, made)}")
        return [style.save(made[name](), Path(out) / name) for name in made if only is None or name in only]


def drawings(summary: StudySummary, sources: Sources) -> dict[str, Callable[[], Figure]]:
    """For each file name what draws it, inside `style.styled()`, in the order of the report.

    Raises StudyError, as each drawing does, where a planned cell is missing.
    """
    check_complete(summary, sources.measures)
    found = {
        file: partial(STUDY_DRAWERS[figure], summary, sources) for figure, file in layout.study_figures(summary).items()
    }
    for experiment in layout.experiments(summary):
        for figure, files in layout.figures(summary, experiment).items():
            found |= {
                file: partial(DRAWERS[figure], summary, experiment, name, sources) for name, file in files.items()
            }
    return found

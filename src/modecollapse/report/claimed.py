"""Which cells the figures of the claims' experiments show. Light, for `layout` lists their files from it."""

from __future__ import annotations

from collections.abc import Iterable
from math import pi, sin

from modecollapse.study.summary import DatasetSummary, StudySummary

MAPPED, MOVED = "latent-map", "moved-points"  # objectives
CROSS_ENTROPY, LEAST_SQUARES = ("gan-nonsaturating", "gan-minimax"), ("lsgan",)
MOST_CONTRASTED = 6  # columns of a figure
COVERAGE = "coverage"  # by nearest neighbours, which means the same whatever the spread of a mode
FEWEST_GAPS = 3  # for a line over them
RECONCILED = "reconciliation"  # the experiment, and the table of it
SIZES, REFERENCE = "latent-", "matched"  # how the experiments begin that differ from `matched` in the latent size alone
SIZED = "gan-nonsaturating"  # whose modes are shown over them

Places = list[tuple[str, str]]  # experiment and data set


def variants(summary: StudySummary, experiment: str, dataset: str, objectives: tuple[str, ...]) -> list[str]:
    """The variants of an experiment on a data set that have one of the objectives."""
    own = (c.variant for c in summary.cells if (c.experiment, c.dataset) == (experiment, dataset))
    return [name for name in own if summary.variants[name].objective in objectives]


def mapped(summary: StudySummary) -> Places:
    """Where F alone is trained."""
    return [place for place in _places(summary) if variants(summary, *place, (MAPPED,))]


def moved(summary: StudySummary) -> Places:
    """Where points are moved by G's gradient."""
    return [place for place in _places(summary) if variants(summary, *place, (MOVED,))]


def contrasted(summary: StudySummary) -> Places:
    """Where a GAN is trained by cross-entropy and another by least squares: the first MOST_CONTRASTED such places."""
    both = CROSS_ENTROPY, LEAST_SQUARES
    found = [place for place in _places(summary) if all(variants(summary, *place, kind) for kind in both)]
    return found[:MOST_CONTRASTED]


def separated(summary: StudySummary) -> dict[str, dict[str, float]]:
    """By experiment its data sets that are rings with different gaps, and the gaps, from the widest on."""
    found: dict[str, dict[str, float]] = {}
    for experiment, name in _places(summary):
        entry = summary.datasets[name]
        if entry.family == "ring" and COVERAGE in entry.measures:
            found.setdefault(experiment, {})[name] = gap(entry)
    wide = {e: dict(sorted(own.items(), key=lambda item: -item[1])) for e, own in found.items()}
    return {experiment: own for experiment, own in wide.items() if len(set(own.values())) >= FEWEST_GAPS}


def trained_on_all(summary: StudySummary, experiment: str, datasets: Iterable[str]) -> list[str]:
    """The variants of an experiment that are trained on all of the data sets."""
    cells = {(cell.dataset, cell.variant) for cell in summary.cells if cell.experiment == experiment}
    return [name for name in summary.variants if all((dataset, name) in cells for dataset in datasets)]


def gap(ring: DatasetSummary) -> float:
    """The distance between neighbouring centres of a ring, in standard deviations of a mode."""
    return 2 * ring.options["radius"] * sin(pi / ring.modes) / ring.options["sd"]


def is_circle(ring: DatasetSummary) -> bool:
    """Whether a ring has no gaps."""
    return ring.options["angles"] == "circle"


def sized(summary: StudySummary) -> dict[str, dict[int, str]]:
    """By data set the latent sizes that SIZED is trained with, each with its experiment; of several sizes alone."""
    found: dict[str, dict[int, str]] = {}
    for cell in summary.cells:
        if cell.variant == SIZED and (cell.experiment == REFERENCE or cell.experiment.startswith(SIZES)):
            found.setdefault(cell.dataset, {}).setdefault(cell.latent, cell.experiment)
    return {name: dict(sorted(own.items())) for name, own in found.items() if len(own) > 1}


def reconciled(summary: StudySummary) -> bool:
    """Whether the study has the factorial between two sources."""
    return any(cell.experiment == RECONCILED for cell in summary.cells)


def _places(summary: StudySummary) -> Places:
    return list(dict.fromkeys((cell.experiment, cell.dataset) for cell in summary.cells))

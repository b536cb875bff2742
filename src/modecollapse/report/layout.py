"""What a report consists of: its tables and figures, and their file names. Light enough for a Snakefile."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

from modecollapse.files import RUN_OUTPUTS, WEIGHTS
from modecollapse.report import claimed
from modecollapse.study import plan
from modecollapse.study.config import Study
from modecollapse.study.summary import StudySummary, summary_of

CALIBRATION = "calibration"
UNTRAINED, PCA = "untrained", "pca"
REFERENCE_ROWS = {
    "oracle": "Oracle (real data)",
    UNTRAINED: "Untrained generators",
    "mean-image": "Mean training image",
    PCA: "PCA",
    "nearest-training": "Nearest of 10,000 training images",
    "null-gaussian": "Null: one Gaussian",
    "null-uniform": "Null: uniform",
}
NONE = "–"  # in a printed table: there is no such number
POINTS, IMAGES = "points", "images"
READS = COUNTS, SAMPLES, INVERSIONS = "counts", "samples", "inversions"  # what a measure reads
PRINTED = {"table1": POINTS, "table2": IMAGES}  # the tables of results, and the kind of data set in each
COLLAPSE = "collapse"  # which runs collapsed, and whether a signal of the training shows it
TIDY = ("measures.parquet", "cells.parquet")
TABLES = ("summary.csv", *(f"{table}.csv" for table in (*PRINTED, COLLAPSE)))
# What `compare` and `judge` write. The report prints nothing of MORE_COMPARISONS, which `tables: all` asks for.
COMPARISONS = ("pairs.csv", "baseline.csv", "ranks.csv")
MORE_COMPARISONS = ("stability.csv", "disagreements.csv", "coverage_times.csv")
VERDICTS = ("verdicts.csv", "claims.csv", "verdict_counts.csv", "flips.csv", "published_audit.csv")
RECONCILIATION = "reconciliation"  # the experiment, and the table of it that `judge` writes
MAIN = ("matched", "latent-2", "published")  # the experiments of the main text, besides those that decide single claims
# The files of a run that belong to a study. Weights are large, few stages read them, and run.json has their SHA-256.
RUN = ("run.json", *(name for name in RUN_OUTPUTS if name != WEIGHTS))
# Groups of figures; no names of data sets, for these have no underscore.
WHOLE_STUDY, WITH_VERDICTS = "whole_study", "with_verdicts"
JUDGED = ("published", "claims", "separability", RECONCILIATION)  # figures of the study that wait for the verdicts
COMPARED = 3  # objectives: an experiment with fewer is about a single claim
CLASSES = "covered_modes"  # of images, whose course over the training every experiment shows that counts them
MOST_DATASETS, MOST_MEASURES = 4, 4  # that figures of an experiment show
MOST_SHOWN = {"density": 2, "sheet": 2, "strip": 2}  # figures of a kind, a data set each; of others one


def released_comparisons(study: Study) -> tuple[str, ...]:
    """The files that `compare` writes for a study."""
    return COMPARISONS + (MORE_COMPARISONS if study.tables == "all" else ())


def released_verdicts(study: Study) -> tuple[str, ...]:
    """The files that `judge` writes for a study."""
    return VERDICTS + ((f"{RECONCILIATION}.csv",) if RECONCILIATION in study.experiments else ())


def kind(summary: StudySummary, dataset: str) -> str:
    """Items of shape (channels, height, width) are images, all others points."""
    return IMAGES if len(summary.datasets[dataset].shape) == 3 else POINTS


def measures(summary: StudySummary, names: Iterable[str], reads: str | None = None) -> list[str]:
    """The measures that some of these data sets are printed with, in the study's order; that read so, if given."""
    wanted = {measure for name in names for measure in summary.datasets[name].measures}
    return [m for m, entry in summary.measures.items() if m in wanted and reads in (None, entry.reads)]


def row_name(summary: StudySummary, experiment: str, dataset: str, variant: str) -> tuple[str, str]:
    """A printed row's name in the tidy table and its label; a PCA has as many components as the widest latents."""
    if variant != PCA:
        return variant, REFERENCE_ROWS.get(variant) or summary.variants[variant].label
    latents = max(c.latent for c in summary.cells if (c.experiment, c.dataset) == (experiment, dataset))
    return f"{PCA}-{latents}", f"{REFERENCE_ROWS[PCA]}, {latents} components"


def as_published(summary: StudySummary) -> list[str]:
    """The data sets whose definition is the published one, so that published numbers may stand beside theirs."""
    return [name for name, entry in summary.datasets.items() if entry.as_published]


def experiments(summary: StudySummary) -> list[str]:
    """The experiments in printing order."""
    return list(dict.fromkeys(cell.experiment for cell in summary.cells))


def datasets(summary: StudySummary, experiment: str, of_kind: str | None = None) -> list[str]:
    """The data sets of an experiment in printing order, of one kind if given."""
    names = dict.fromkeys(c.dataset for c in summary.cells if c.experiment == experiment)
    return [name for name in names if of_kind in (None, kind(summary, name))]


def held(summary: StudySummary, experiment: str, dataset: str) -> list[str]:
    """The variants of an experiment on a data set that BEGAN's balance holds, as their options tell."""
    own = variants(summary, experiment, dataset)
    return [name for name in own if {"gamma", "lambda_k"} <= summary.variants[name].options.keys()]


def by_last_rule(summary: StudySummary, dataset: str, reads: str | None = None) -> list[str]:
    """The measures of a data set, but of several rules for the same only by the last, which real data pass."""
    own = measures(summary, [dataset], reads)
    return [name for name in own if not any(other.startswith(f"{name}_") for other in own)]


def ranked(summary: StudySummary, dataset: str) -> list[str]:
    """The measures that the variants are compared by in print: up to MOST_MEASURES, of each kind in turn."""
    kinds = (by_last_rule(summary, dataset, reads) for reads in READS)
    own = [[name for name in names if summary.measures[name].better] for names in kinds]
    in_turn = [name for row in zip_longest(*own) for name in row if name]
    return [name for name in measures(summary, [dataset]) if name in in_turn[:MOST_MEASURES]]


def modes_measure(summary: StudySummary, dataset: str) -> str | None:
    """The measure that counts a data set's modes; None where none does."""
    own = by_last_rule(summary, dataset, COUNTS)
    return next((name for name in own if name.split("_")[0] == "modes"), None)


def variants(summary: StudySummary, experiment: str, dataset: str | None = None) -> list[str]:
    """The variants of an experiment (on one data set, if given) in printing order."""
    cells = (c for c in summary.cells if c.experiment == experiment)
    return list(dict.fromkeys(c.variant for c in cells if dataset in (None, c.dataset)))


def compared(summary: StudySummary) -> dict[str, list[str]]:
    """The experiments that compare COMPARED objectives, and the first in any case, and up to MOST_DATASETS of each.

    Of many data sets those as published come first.
    """
    found = {}
    for experiment in experiments(summary):
        objectives = {summary.variants[name].objective for name in variants(summary, experiment)}
        if not found or len(objectives) >= COMPARED:
            names = datasets(summary, experiment)
            first = sorted(names, key=lambda name: not summary.datasets[name].as_published)[:MOST_DATASETS]
            found[experiment] = [name for name in names if name in first]
    return found


def figures(summary: StudySummary, experiment: str) -> dict[str, dict[str, str]]:
    """The figures of an experiment: what it shows -> data set -> file name; one data set a figure.

    The first experiment of the main text has all of them, on as many data sets as MOST_SHOWN says, the others their
    samples, and one about a single claim the course of the first images whose classes it counts.
    """
    shown = compared(summary)
    first = next((name for name in shown if name in MAIN), next(iter(shown)))
    names = shown.get(experiment, []) if experiment in (first, *MAIN) else []
    whole = names if experiment == first else []
    images = [name for name in names if kind(summary, name) == IMAGES]
    classes = [d for d in datasets(summary, experiment, IMAGES) if CLASSES in summary.datasets[d].measures]
    moving = whole if names else classes
    plane = [name for name in names if list(summary.datasets[name].shape) == [2]]
    shown = {
        "density": plane,
        "strip": [
            d for own in (plane, datasets(summary, experiment, IMAGES)) for d in [d for d in moving if d in own][:1]
        ],
        "sheet": images,
        "nearest": [name for name in images if measures(summary, [name], INVERSIONS)],
        "intervals": [name for name in whole if ranked(summary, name)],
        "balance": [name for name in whole if held(summary, experiment, name)],
    }
    # Names have hyphens but no underscores, so no two files have the same name.
    return {
        figure: {name: f"{figure}_{experiment}_{name}.svg" for name in chosen[: MOST_SHOWN.get(figure, 1)]}
        for figure, chosen in shown.items()
        if chosen
    }


def study_figures(summary: StudySummary) -> dict[str, str]:
    """The figures of the whole study: what it shows -> file name."""
    counted = [name for own in compared(summary).values() for name in own if modes_measure(summary, name)]
    shown = {
        "published": as_published(summary),
        "profile": counted,
        "claims": True,
        "mapped": claimed.mapped(summary),
        "moved": claimed.moved(summary),
        "gradients": claimed.contrasted(summary),
        "separability": claimed.separated(summary),
        RECONCILIATION: claimed.reconciled(summary) or claimed.sized(summary),
    }
    return {figure: f"{figure}.svg" for figure, there_is in shown.items() if there_is}


def figure_names(summary: StudySummary) -> list[str]:
    """The files that `figures.draw` writes for a study, in the order of the report."""
    shown = (files for experiment in experiments(summary) for files in figures(summary, experiment).values())
    return [*study_figures(summary).values(), *(name for files in shown for name in files.values())]


def figure_groups(summary: StudySummary) -> dict[str, list[str]]:
    """The files of `figure_names` by what is drawn in one go.

    The figures of a data set, under WHOLE_STUDY those of the study, and under WITH_VERDICTS those that JUDGED lists.
    """
    groups: dict[str, list[str]] = {name: [] for name in (*summary.datasets, WHOLE_STUDY, WITH_VERDICTS)}
    for experiment in experiments(summary):
        for files in figures(summary, experiment).values():
            for name, file in files.items():
                groups[name].append(file)
    for figure, file in study_figures(summary).items():
        groups[WITH_VERDICTS if figure in JUDGED else WHOLE_STUDY].append(file)
    return {name: files for name, files in groups.items() if files}


def planned_files(study: Study) -> list[str]:
    """Every file of a finished study by its path below results/<study>/, sorted; the manifest lists them."""
    summary = summary_of(study)
    places = [f"calibration/{name}" for name in summary.datasets]
    places += [f"{place}/{part}" for place in plan.measured_folders(study) for part in ("runs", "cells")]
    inverted = plan.inversions(study)
    paths = ["study.json", "claims.yaml", "environment.json", *(f"data/{name}.npz" for name in summary.datasets)]
    paths += [f"runs/{block}/{name}" for block in plan.block_paths(study) for name in RUN]
    paths += [f"measures/{part}.parquet" for part in places]
    paths += [f"inversions/{part}.parquet" for part in inverted]
    paths += [f"inversions/{part}.npz" for part in inverted if not part.startswith(f"{CALIBRATION}/")]
    paths += [f"tables/{name}" for name in (*TIDY, *TABLES, *released_comparisons(study), *released_verdicts(study))]
    paths += [f"figures/{name}" for name in figure_names(summary)]
    return sorted(paths)


def balanced(items: list, most: int) -> list[list]:
    """The items in order, in as few parts as it takes for none to hold more than `most`, of about equal size."""
    parts = max(1, -(-len(items) // most))
    size, larger = divmod(len(items), parts)
    ends = [size * i + min(i, larger) for i in range(parts + 1)]
    return [items[start:end] for start, end in zip(ends, ends[1:], strict=False)]

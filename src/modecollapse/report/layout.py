"""What a report consists of: its tables and figures, and their file names. Light enough for a Snakefile."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

from modecollapse.files import RUN_OUTPUTS, WEIGHTS
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
PUBLISHED_NUMBERS = "published_numbers"  # no name of a data set, for that has no underscore
FEW_MODES = 25  # so many can be told apart in a picture
MOST_DATASETS, MOST_MEASURES = 4, 4  # that the comparisons of an experiment are printed for


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


def ranked(summary: StudySummary, dataset: str) -> list[str]:
    """The measures that the variants are ranked by in print: up to MOST_MEASURES, of each kind in turn."""
    kinds = (measures(summary, [dataset], reads) for reads in READS)
    own = [[name for name in names if summary.measures[name].better] for names in kinds]
    in_turn = [name for row in zip_longest(*own) for name in row if name]
    return [name for name in measures(summary, [dataset]) if name in in_turn[:MOST_MEASURES]]


def compared(summary: StudySummary, experiment: str) -> list[str]:
    """The data sets of an experiment whose comparisons are printed: up to MOST_DATASETS, those as published first."""
    names = [
        d for d in datasets(summary, experiment) if ranked(summary, d) and len(variants(summary, experiment, d)) > 1
    ]
    if len(summary.seeds_of(experiment)) < 2:  # a single run says nothing of spread
        return []
    first = sorted(names, key=lambda name: not summary.datasets[name].as_published)[:MOST_DATASETS]
    return [name for name in names if name in first]


def variants(summary: StudySummary, experiment: str, dataset: str | None = None) -> list[str]:
    """The variants of an experiment (on one data set, if given) in printing order."""
    cells = (c for c in summary.cells if c.experiment == experiment)
    return list(dict.fromkeys(c.variant for c in cells if dataset in (None, c.dataset)))


def figures(summary: StudySummary, experiment: str) -> dict[str, dict[str, str]]:
    """The figures of an experiment: what it shows -> data set -> file name; one data set a figure."""
    names = datasets(summary, experiment)
    images = datasets(summary, experiment, IMAGES)
    counted = [name for name in names if measures(summary, [name], COUNTS)]
    shown = {
        "density": [name for name in names if list(summary.datasets[name].shape) == [2]],  # points of the plane
        "sheet": images,
        "nearest": [name for name in images if measures(summary, [name], INVERSIONS)],
        "final": counted,
        "curves": counted,
        "losses": names,
        "visits": [name for name in counted if summary.datasets[name].modes <= FEW_MODES],
        "balance": [name for name in names if held(summary, experiment, name)],
        "ranks": compared(summary, experiment),
    }
    # Names have hyphens but no underscores, so no two files have the same name.
    return {
        figure: {name: f"{figure}_{experiment}_{name}.svg" for name in chosen}
        for figure, chosen in shown.items()
        if chosen
    }


def forests(summary: StudySummary) -> dict[str, str]:
    """The figures of published numbers beside measured ones: experiment -> file name."""
    return {
        experiment: f"forest_{experiment}.svg"
        for experiment in experiments(summary)
        if set(datasets(summary, experiment)) & set(as_published(summary))
    }


def study_figures(summary: StudySummary) -> dict[str, str]:
    """The figures of a study as a whole: what it shows -> file name."""
    names = [experiment for experiment in experiments(summary) if experiment in forests(summary)]
    return {"published": forests(summary)[names[0]]} if names else {}


def figure_names(summary: StudySummary) -> list[str]:
    """The files that `figures.draw` writes for a study, in the order of the report."""
    shown = (files for experiment in experiments(summary) for files in figures(summary, experiment).values())
    return [*forests(summary).values(), *(name for files in shown for name in files.values())]


def figure_groups(summary: StudySummary) -> dict[str, list[str]]:
    """The files of `figure_names` by what is drawn in one go: by data set, and under PUBLISHED_NUMBERS the forests."""
    of_datasets: dict[str, list[str]] = {name: [] for name in summary.datasets}
    for experiment in experiments(summary):
        for files in figures(summary, experiment).values():
            for name, file in files.items():
                of_datasets[name].append(file)
    groups = of_datasets | {PUBLISHED_NUMBERS: list(forests(summary).values())}
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

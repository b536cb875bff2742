"""The tidy table -> summary.csv (numbers), and the tables of results as the strings that the report prints."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from modecollapse.claims import Published
from modecollapse.comparisons.endpoints import Support, checked_rows
from modecollapse.comparisons.families import NUMBER, TEXT, WHOLE, frame
from modecollapse.errors import StudyError
from modecollapse.files import write_text
from modecollapse.measures import is_share_of_samples
from modecollapse.report import collapse_table, layout
from modecollapse.report.layout import CALIBRATION, NONE, UNTRAINED
from modecollapse.report.printed import mean_text
from modecollapse.statistics import describe
from modecollapse.statistics.intervals import clopper_pearson
from modecollapse.study.evaluations import in_last_tenth
from modecollapse.study.summary import StudySummary

CELL = ["experiment", "dataset", "variant"]
SUMMARY_TYPES = {
    **dict.fromkeys((*CELL, "measure"), TEXT),
    **dict.fromkeys(("step", "n", "n_diverged", "n_undefined"), WHOLE),
    **dict.fromkeys(("mean", "lower", "upper", "sd", "min", "max", "last_step"), NUMBER),
}


def write(
    summary: StudySummary,
    measures: pd.DataFrame,
    cells: pd.DataFrame,
    published: Published,
    support: Support,
    out: Path,
) -> list[Path]:
    """Write the tables into the folder `out` and return their paths.

    cells: what all seeds of a cell show together; published: all published numbers, of which those about data sets
    that are defined otherwise stand beside no result.
    Raises StudyError naming the cell on a NaN, out-of-support, duplicated or missing value.
    """
    check_complete(summary, measures)
    summarised = summarise(summary, measures, support)
    comparable = published.about(layout.as_published(summary))
    frames = [summarised, *(printed(summary, summarised, comparable, name) for name in layout.PRINTED)]
    frames.append(collapse_table.table(summary, measures, cells))
    paths = [Path(out) / name for name in layout.TABLES]
    for path, table in zip(paths, frames, strict=True):
        write_text(path, table.to_csv(index=False, lineterminator="\n"))
    return paths


def summarise(summary: StudySummary, measures: pd.DataFrame, support: Support) -> pd.DataFrame:
    """One row for each (experiment, data set, variant, measure); columns SUMMARY_TYPES.

    The measures are those of the study; losses and other unbounded numbers have no interval. That of a mean is Gaffke's
    over its runs; an oracle or null has independent samples, so there a share of samples has the exact binomial one.

    Trained runs come with their endpoints, the means over the last tenth of the steps, and `last_step` is the mean over
    runs at the last step; calibration rows come at step 0, and `untrained` pools the step-0 rows of all variants of an
    experiment and data set. The order of the rows of `measures` changes nothing.
    """
    rows = checked_rows(measures, list(summary.measures), support)
    real, trained = rows[rows["experiment"] == CALIBRATION], rows[rows["experiment"] != CALIBRATION]
    untrained = trained[trained["step"] == 0].assign(variant=UNTRAINED)
    groups = pd.concat([real, untrained, of_runs(trained)]).groupby([*CELL, "measure"], sort=True)
    return frame([_described(key, group, support) for key, group in groups], SUMMARY_TYPES)


def of_runs(trained: pd.DataFrame) -> pd.DataFrame:
    """A row for each run and measure in the tidy table: that of its last step, whose value is in `at_last_step`, with
    the endpoint as its value."""
    steps = trained.groupby(CELL)["step"].transform("max")
    late = trained[in_last_tenth(trained["step"], steps)].sort_values("step")
    runs = late.groupby([*CELL, "measure", "seed"])
    means = runs["value"].mean().clip(runs["value"].min(), runs["value"].max()).rename("endpoint")
    last = runs.tail(1).join(means, on=means.index.names)
    return last.assign(at_last_step=last["value"], value=last["endpoint"])


def check_complete(summary: StudySummary, measures: pd.DataFrame) -> None:
    """StudyError unless every cell has every seed's printed measures at its last step, and none later."""
    final = {key: set(group) for key, group in measures.groupby([*CELL, "measure", "step"])["seed"]}
    last = measures.groupby(CELL)["step"].max().to_dict()
    for cell in summary.cells:
        key = cell.key
        for measure in [*layout.measures(summary, [cell.dataset]), collapse_table.BLOWUP]:
            missing = set(cell.seeds) - final.get((*key, measure, cell.steps), set())
            if missing:
                where = f"measures: {'/'.join(key)}, {measure}, step {cell.steps}"
                raise StudyError(f"{where}: no value for seed {min(missing)}")
        if last.get(key, 0) > cell.steps:
            raise StudyError(f"measures: {'/'.join(key)}: step {last[key]} is after the last step {cell.steps}")


def printed(summary: StudySummary, summarised: pd.DataFrame, published: Published, table: str) -> pd.DataFrame:
    """One of layout.PRINTED, as strings; beside a measure with published values stands their column.

    The rows of an experiment and data set are those of the variants, then those of layout.REFERENCE_ROWS.
    """
    known = {tuple(row[name] for name in [*CELL, "measure"]): row for row in summarised.to_dict("records")}
    rows, shown = [], []
    for experiment in layout.experiments(summary):
        for dataset in layout.datasets(summary, experiment, layout.PRINTED[table]):
            shown.append(dataset)
            for variant in [*layout.variants(summary, experiment, dataset), *layout.REFERENCE_ROWS]:
                row = _row(summary, known, published, (experiment, dataset, variant))
                rows += [row] if row else []
    measures = layout.measures(summary, shown)
    given = [f"{m}_published" for m in measures if any(f"{m}_published" in row for row in rows)]
    columns = [*CELL, "data_set", "kind", "row", "n", "n_diverged", *measures, *given]
    return pd.DataFrame([{column: row.get(column, NONE) for column in columns} for row in rows], columns=columns)


def _row(
    summary: StudySummary, known: dict[tuple, dict], published: Published, cell: tuple[str, str, str]
) -> dict[str, str] | None:
    """A row of a printed table; None where the summary has nothing of it."""
    experiment, dataset, variant = cell
    is_trained = variant not in layout.REFERENCE_ROWS
    source = experiment if is_trained or variant == UNTRAINED else CALIBRATION
    name, label = layout.row_name(summary, experiment, dataset, variant)
    key = (source, dataset, name)
    measures = layout.measures(summary, [dataset])
    found = {m: known[*key, m] for m in measures if (*key, m) in known}
    if not found:
        return None
    first = next(iter(found.values()))
    values = {m: value for m in measures if (value := published.beside(dataset, variant, m))}
    return {
        **dict(zip(CELL, cell, strict=True)),
        "kind": "trained" if is_trained else "reference",
        "row": label,
        "data_set": summary.datasets[dataset].label,
        "n": str(first["n"]),
        "n_diverged": str(first["n_diverged"]) if is_trained else NONE,
        **{m: mean_text(summed, summary.measures[m].decimals) for m, summed in found.items()},
        **{f"{m}_published": value.text for m, value in values.items()},
    }


def _described(key: tuple, group: pd.DataFrame, support: Support) -> dict:
    experiment, dataset, variant, measure = key
    what = describe(group["value"].to_numpy(), support(dataset, measure))
    lower, upper = what.lower, what.upper
    if experiment == CALIBRATION and is_share_of_samples(measure):
        hits = round((group["value"] * group["n"]).sum() / 100)
        lower, upper = (100 * end for end in clopper_pearson(hits, int(group["n"].sum())))
    return {
        **dict(zip([*CELL, "measure"], key, strict=True)),
        "step": int(group["step"].iloc[0]),
        "n": what.n,
        "n_diverged": int(group["diverged"].sum()),
        "n_undefined": int((group["status"] == "undefined").sum()),
        "mean": what.mean,
        "lower": lower,
        "upper": upper,
        "sd": what.sd,
        "min": what.minimum,
        "max": what.maximum,
        "last_step": group["at_last_step"].mean(),
    }

"""The tidy table -> summary.csv (numbers) -> table1.csv and digits.csv (the strings the report prints)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from modecollapse.claims import Published
from modecollapse.errors import StudyError
from modecollapse.files import write_text
from modecollapse.report import layout
from modecollapse.report.layout import CALIBRATION, UNTRAINED, Study
from modecollapse.statistics import describe

Support = Callable[[str, str], tuple[float, float]]

CELL = ["experiment", "dataset", "variant"]
KEY = [*CELL, "seed", "step", "measure"]
SUMMARY_COLUMNS = [*CELL, "measure", "step", "n", "n_diverged", "n_undefined"]
SUMMARY_COLUMNS += ["mean", "lower", "upper", "sd", "min", "max"]
NONE = layout.NONE


def write(
    study: Study, measures: pd.DataFrame, published: Published, support: Support, out: Path
) -> list[Path]:
    """Write the three tables into the folder `out` and return their paths.

    Raises StudyError naming the cell on a NaN, out-of-support, duplicated or missing value.
    """
    check_complete(study, measures)
    summary = summarise(measures, support)
    frames = (summary, table1(study, summary, published), digits(study, summary))
    paths = [Path(out) / name for name in layout.TABLES]
    for path, frame in zip(paths, frames, strict=True):
        write_text(path, frame.to_csv(index=False, lineterminator="\n"))
    return paths


def summarise(measures: pd.DataFrame, support: Support) -> pd.DataFrame:
    """One row for each (experiment, data set, variant, measure) at its final step; columns SUMMARY_COLUMNS.

    Trained variants come at the last step, calibration rows at step 0, and `untrained` pools the step-0 rows
    of all variants of an experiment and data set. The order of the rows of `measures` changes nothing.
    """
    rows = bounded_rows(measures, support)
    last = rows.groupby([*CELL, "measure"])["step"].transform("max")
    untrained = rows[(rows["step"] == 0) & (rows["experiment"] != CALIBRATION)].assign(variant=UNTRAINED)
    groups = pd.concat([rows[rows["step"] == last], untrained]).groupby([*CELL, "measure"], sort=True)
    return pd.DataFrame([_described(key, group, support) for key, group in groups], columns=SUMMARY_COLUMNS)


def bounded_rows(measures: pd.DataFrame, support: Support) -> pd.DataFrame:
    """The rows of the bounded measures, checked, sorted, with a column `diverged` (bool, by run and step)."""
    repeated = measures[measures.duplicated(KEY)]
    if len(repeated):
        raise StudyError(f"measures: {_name(repeated.iloc[0])}: more than one value")
    diverged = (measures["status"] == "diverged").groupby([measures[k] for k in KEY[:-1]]).transform("any")
    rows = measures.assign(diverged=diverged)
    rows = rows[rows["measure"].isin(layout.MEASURES)].sort_values(KEY, ignore_index=True)
    values = rows["value"].to_numpy(dtype=np.float64, copy=True)
    for (dataset, measure), index in rows.groupby(["dataset", "measure"]).indices.items():
        low, high = support(dataset, measure)
        slack = 1e-9 * (high - low)  # ln K written as a sum may miss the bound by a rounding error
        inside = (values[index] >= low - slack) & (values[index] <= high + slack)
        if not inside.all():
            wrong = rows.iloc[index[~inside][0]]
            raise StudyError(f"measures: {_name(wrong)}: {wrong['value']} is not within {low:g} and {high:g}")
        values[index] = values[index].clip(low, high)
    return rows.assign(value=values)


def check_complete(study: Study, measures: pd.DataFrame) -> None:
    """StudyError unless every cell has every seed's printed measures at its last step, and none later.

    The study's `measures` say which were asked for; without that key, those that the table knows anywhere.
    """
    asked = set(study.get("measures") or measures["measure"])
    final = {key: set(group) for key, group in measures.groupby([*CELL, "measure", "step"])["seed"]}
    last = measures.groupby(CELL)["step"].max().to_dict()
    for cell in study["cells"]:
        key = tuple(cell[name] for name in CELL)
        for measure in layout.printed_measures(layout.is_stacked(study, cell["dataset"])):
            if measure not in asked:
                continue
            missing = set(study["seeds"]) - final.get((*key, measure, cell["steps"]), set())
            if missing:
                where = f"measures: {'/'.join(key)}, {measure}, step {cell['steps']}"
                raise StudyError(f"{where}: no value for seed {min(missing)}")
        if last.get(key, 0) > cell["steps"]:
            raise StudyError(
                f"measures: {'/'.join(key)}: step {last[key]} is after the last step {cell['steps']}"
            )


def table1(study: Study, summary: pd.DataFrame, published: Published) -> pd.DataFrame:
    """The reproduction of the poster's Table 1, as strings, with the published value of each measure."""
    return _printed(study, summary, stacked=False, published=published)


def digits(study: Study, summary: pd.DataFrame) -> pd.DataFrame:
    """The table of the stacked data sets, as strings. No published number stands beside them."""
    return _printed(study, summary, stacked=True, published=None)


def cell_text(row: pd.Series, places: int) -> str:
    """How a bounded mean is printed: `7.40 [5.12, 7.96]`."""
    mean, lower, upper = (f"{row[name]:.{places}f}" for name in ("mean", "lower", "upper"))
    return f"{mean} [{lower}, {upper}]"


def _printed(study: Study, summary: pd.DataFrame, stacked: bool, published: Published | None) -> pd.DataFrame:
    measures = layout.printed_measures(stacked)
    columns = [*CELL, "data_set", "kind", "row", "n", "n_diverged", *measures]
    if published is not None:
        columns += ["published_method", *(f"{measure}_published" for measure in measures)]
    known = summary.set_index([*CELL, "measure"], drop=False).sort_index()
    rows = []
    for experiment, dataset, variant, kind, source in _row_plan(study, stacked):
        found = {
            m: known.loc[source, dataset, variant, m]
            for m in measures
            if (source, dataset, variant, m) in known.index
        }
        if not found:
            continue
        label = layout.REFERENCE_ROWS.get(variant) or study["variants"][variant]["label"]
        first = next(iter(found.values()))
        row = {"experiment": experiment, "dataset": dataset, "variant": variant, "kind": kind, "row": label}
        row |= {"data_set": study["datasets"][dataset]["label"], "n": str(first["n"])}
        row["n_diverged"] = str(first["n_diverged"]) if kind == "trained" else NONE
        row |= dict.fromkeys(measures, NONE)
        row |= {m: cell_text(summed, layout.decimals(stacked, m)) for m, summed in found.items()}
        if published is not None:
            values = {measure: published.beside(dataset, variant, measure) for measure in measures}
            row["published_method"] = next((v.method for v in values.values() if v), NONE)
            row |= {f"{measure}_published": v.printed if v else NONE for measure, v in values.items()}
        rows.append(row)
    return pd.DataFrame(rows, columns=columns, dtype=str)


def _row_plan(study: Study, stacked: bool) -> Iterator[tuple[str, str, str, str, str]]:
    """(experiment, data set, variant, kind, experiment in the summary) of each printed row, in order."""
    for experiment in layout.experiments(study):
        for dataset in layout.datasets(study, experiment, stacked):
            for variant in layout.variants(study, experiment, dataset):
                yield experiment, dataset, variant, "trained", experiment
            for variant in layout.REFERENCE_ROWS:
                yield (
                    experiment,
                    dataset,
                    variant,
                    "reference",
                    experiment if variant == UNTRAINED else CALIBRATION,
                )


def _described(key: tuple, group: pd.DataFrame, support: Support) -> dict:
    experiment, dataset, variant, measure = key
    what = describe(group["value"].to_numpy(), support(dataset, measure), rng_for(*key))
    return {
        **dict(zip([*CELL, "measure"], key, strict=True)),
        "step": int(group["step"].iloc[0]),
        "n": what.n,
        "n_diverged": int(group["diverged"].sum()),
        "n_undefined": int((group["status"] == "undefined").sum()),
        "mean": what.mean,
        "lower": what.lower,
        "upper": what.upper,
        "sd": what.sd,
        "min": what.minimum,
        "max": what.maximum,
    }


def rng_for(*key: str) -> np.random.Generator:
    """A generator that depends on the key alone, not on what was computed before."""
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def _name(row: pd.Series) -> str:
    return "{experiment}/{dataset}/{variant}, seed {seed}, step {step}, {measure}".format(**row)

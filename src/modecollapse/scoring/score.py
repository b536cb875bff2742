"""The score of somebody's samples: every measure beside oracle, nulls and published numbers, and its place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.audit.bundle import Bundle
from modecollapse.comparisons.families import NUMBER, TEXT, frame
from modecollapse.datasets import finite_rows
from modecollapse.errors import StudyError
from modecollapse.measures import STATUS_UNDEFINED
from modecollapse.measures.measuring import calibrate, rows_of_samples
from modecollapse.measures.sampled import POINTS
from modecollapse.measures.samples_check import doubts
from modecollapse.measures.table import tidy
from modecollapse.scoring import samples as sources
from modecollapse.scoring.place import CHANCES, placed
from modecollapse.scoring.sampling import intervals
from modecollapse.scoring.target import Target, described, load_study, target
from modecollapse.study.config import RESERVED
from modecollapse.training import arithmetic

OWN, CALIBRATION, PUBLISHED, VARIANT = "yours", "calibration", "published", "variant"
TYPES = {
    **dict.fromkeys(("measure", "kind", "experiment", "row"), TEXT),
    **dict.fromkeys(("runs", "value", "lower", "upper", "sd"), NUMBER),
    **dict.fromkeys((*CHANCES, "p", "p_holm", "rank", "rank_low", "rank_high"), NUMBER),
    **dict.fromkeys(("printed", "source"), TEXT),
}
FEWER = "Of each seed {n:,} samples were drawn, because all that is compared has as many."
UNDEFINED = "In some seed there is no value, which counts as the worst one: {names}."
ONE_RUN = "One seed: the intervals are of its samples alone and say nothing about other seeds."
NO_PLACE = "A single run has no place among variants; allowed: two seeds or more."
PLACES = (
    "Runs are compared at their last step, on {n:,} samples each. In parentheses: p after Holm over the variants; the "
    "ranks are those that the tests of all pairs leave possible, for all variants at once."
)
NONE_APART = "The tests of all pairs separate no two, so they exclude no rank; more seeds may."


@dataclass(frozen=True)
class Score:
    """What samples of a data set score, `n` of each seed.

    table: a row for each measure and what has it, columns TYPES. kind: OWN; CALIBRATION; PUBLISHED; VARIANT of an
    experiment of a study, where one's own row is repeated with its rank. runs: the value of each seed, as rows of the
    tidy table. notes: sentences that a reader of the numbers must know.
    """

    data: str
    n: int
    table: pd.DataFrame
    runs: pd.DataFrame
    notes: list[str]

    def of(self, kind: str) -> pd.DataFrame:
        """The rows of a kind."""
        return self.table[self.table["kind"] == kind]

    def json(self) -> str:
        """All of it as JSON; a number that does not exist is null."""
        tables = {"table": self.table, "runs": self.runs[["seed", "measure", "value", "status"]]}
        rows = {name: json.loads(t.to_json(orient="records", double_precision=15)) for name, t in tables.items()}
        return json.dumps({"data": self.data, "n": self.n} | rows | {"notes": self.notes}, indent=1, allow_nan=False)


def score(
    samples: sources.Source | Sequence[sources.Source],
    data: str,
    *,
    measures: Sequence[str] = (),
    configfiles: Sequence[Path] = (),
    against: Bundle | Path | str | None = None,
    n: int | None = None,
    seeds: int = 5,
    name: str = OWN,
) -> Score:
    """The measures of samples that imitate the data set `data`.

    samples: an array (n, *shape) or (seeds, n, *shape), a file of one (.npy, .npz, .csv, .pt), a folder of images, a
    function (n, seed) -> (n, *shape) or its name `package.module:function`; or a list of these, one a seed.
    configfiles: define the data set, each merged on top of those before it. against: a finished study, which defines
    the data set itself, and among whose variants the samples get a place called `name`. n, seeds: what a function is
    asked for, by default as many samples as the study's runs are measured on. Torch is set to one thread and to
    deterministic algorithms, as for all numbers of the study. Raises StudyError for whatever cannot be scored.
    """
    study = load_study(against) if isinstance(against, str | Path) else against
    if not name.isprintable() or name in ("", *RESERVED, *(study.summary.variants if study else ())):
        raise StudyError(f"--name: {name!r} names another row, or is not printable; allowed: any other name")
    goal = target(data, measures, configfiles, study)
    named = sources.read(samples, goal.spec.shape, goal.reference.dataset, goal.spec.samples if n is None else n, seeds)
    arithmetic.configure()
    notes = [doubt for where, run in named for doubt in _doubts(where, run, goal)]
    size = min([len(run) for _, run in named] + ([goal.spec.samples] if study else []))
    kept = sources.equal([run for _, run in named], size, POINTS)
    key = {"experiment": "", "dataset": data, "variant": name, "step": 0, "n": size, "config_hash": ""}
    of_seeds = (rows_of_samples(key | {"seed": i}, run, goal.reference, goal.chosen) for i, run in enumerate(kept))
    runs = tidy([row for rows in of_seeds for row in rows])
    undefined = sorted(runs.loc[runs["status"] == STATUS_UNDEFINED, "measure"].unique())
    rows = [*_own(goal, runs, kept[0], name), *_calibration(goal, size), *_published(goal)]
    places = placed(goal, runs, name) if study and len(kept) > 1 else None
    if places is not None:
        rows += places.rename(columns={"variant": "row"}).assign(kind=VARIANT).to_dict("records")
    sentences = {
        FEWER.format(n=size): any(len(run) > size for _, run in named),
        UNDEFINED.format(names=", ".join(undefined)): undefined,
        ONE_RUN: len(kept) == 1,
        NO_PLACE: study and len(kept) == 1,
        PLACES.format(n=size): places is not None,
        NONE_APART: places is not None and places["rank_low"].max() == 1,
    }
    notes += [sentence for sentence, is_true in sentences.items() if is_true]
    texts = dict.fromkeys((column for column, kind in TYPES.items() if kind == TEXT), "")
    return Score(data, size, frame([texts | row for row in rows], TYPES), runs, notes)


def _doubts(where: str, run: np.ndarray, goal: Target) -> list[str]:
    lost = int(np.count_nonzero(~finite_rows(run)))
    found = (
        [f"{where}: {lost:,} of {len(run):,} samples are not finite, or beyond float32; they count as bad ones"]
        if lost
        else []
    )
    return found + doubts(where, run, goal.reference.dataset)


def _own(goal: Target, runs: pd.DataFrame, first: np.ndarray, name: str) -> list[dict[str, Any]]:
    """One's own rows: with the exact interval of the mean over seeds or, of one seed, that of its samples `first`."""
    values = {measure: own["value"].to_numpy() for measure, own in runs.groupby("measure")}
    rows = described(goal, goal.chosen, [values[measure] for measure in goal.chosen]).to_dict("records")
    if runs["seed"].nunique() == 1:
        ends = intervals(first, {measure: values[measure][0] for measure in goal.chosen}, goal.reference)
        for measure, row in zip(goal.chosen, rows, strict=True):
            row["lower"], row["upper"] = ends.get(measure, (None, None))
    keys = ({"measure": measure, "row": name, "kind": OWN} for measure in goal.chosen)
    return [key | row for key, row in zip(keys, rows, strict=True)]


def _calibration(goal: Target, n: int) -> list[dict[str, Any]]:
    """The rows of the oracle and the nulls: means over independent draws of `n` samples."""
    rows = calibrate(goal.spec, goal.reference.dataset, goal.chosen, goal.replicates, n)
    groups = rows[rows["measure"].isin(goal.chosen)].groupby(["measure", "variant"], sort=False)["value"]
    means = groups.agg(runs="size", value="mean").reset_index()
    return means.rename(columns={"variant": "row"}).assign(kind=CALIBRATION).to_dict("records")


def _published(goal: Target) -> list[dict[str, Any]]:
    """The published numbers about the data set, as they were printed."""
    values = [value for value in goal.published if value.measure in goal.chosen]
    columns = ({"row": v.method, "value": v.value, "printed": v.text, "source": v.source} for v in values)
    return [{"measure": v.measure, "kind": PUBLISHED} | row for v, row in zip(values, columns, strict=True)]

"""The score of somebody's samples: every measure beside oracle, nulls and published numbers, and its place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
from modecollapse.scoring.target import Target, load_study, target
from modecollapse.statistics import describe

OWN, PUBLISHED = "yours", "published"
TYPES = {
    **dict.fromkeys(("measure", "kind", "experiment", "row"), TEXT),
    **dict.fromkeys(("runs", "value", "lower", "upper", "sd"), NUMBER),
    **dict.fromkeys((*CHANCES, "p", "p_holm", "rank", "rank_low", "rank_high"), NUMBER),
    **dict.fromkeys(("printed", "source"), TEXT),
}
ONE_RUN = "One seed: the intervals are of its samples alone and say nothing about other seeds."
PLACES = (
    "Runs are compared at their last step, on {n:,} samples each. In parentheses: p after Holm over the variants; the "
    "ranks are those that the tests of all pairs leave possible, for all variants at once."
)

NONE_APART = "The tests of all pairs separate no two, so they exclude no rank; more seeds may."


@dataclass(frozen=True)
class Score:
    """What samples score.

    table: a row for each measure and what has it, columns TYPES; kind: yours, calibration, published, variant (of a
    study, whose experiment is named; one's own row is among them again, with its rank). runs: the value of each seed,
    as rows of the tidy table. notes: sentences that a reader of the numbers must know.
    """

    data: str
    n: int
    table: pd.DataFrame
    runs: pd.DataFrame
    notes: list[str]

    def json(self) -> str:
        """All of it as JSON; a number that does not exist is null."""
        tables = {"table": self.table, "runs": self.runs[["seed", "measure", "value", "status"]]}
        rows = {name: table.to_json(orient="records", double_precision=15) for name, table in tables.items()}
        content = {"data": self.data, "n": self.n, **{name: json.loads(text) for name, text in rows.items()}}
        return json.dumps(content | {"notes": self.notes}, indent=1, allow_nan=False)


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
    asked for, by default as many samples as the study's runs are measured on.
    Raises StudyError in one line for whatever cannot be scored.
    """
    from modecollapse.training import arithmetic

    study = load_study(against) if isinstance(against, str | Path) else against
    if study and name in study.summary.variants:
        raise StudyError(f"--name: {name} is a variant of {study.folder}; allowed: another name")
    goal = target(data, measures, configfiles, study)
    named = sources.read(samples, goal.spec.shape, goal.reference.dataset, n or goal.spec.samples, seeds)
    arithmetic.configure()
    notes = [doubt for where, run in named for doubt in _doubts(where, run, goal)]
    least = min(len(run) for _, run in named)
    size = min(least, goal.spec.samples) if study else least
    if any(len(run) > size for _, run in named):
        notes.append(f"Of each seed {size:,} samples were drawn, since all that is compared has as many.")
    kept = sources.equal([run for _, run in named], size, POINTS)
    key = {"experiment": "", "dataset": data, "variant": name, "step": 0, "n": size, "config_hash": ""}
    rows = [rows_of_samples(key | {"seed": i}, run, goal.reference, goal.chosen) for i, run in enumerate(kept)]
    runs = tidy([row for own in rows for row in own])
    parts = [_own(goal, runs, kept[0], name), _calibration(goal, size), _published(goal)]
    undefined = sorted(runs.loc[runs["status"] == STATUS_UNDEFINED, "measure"].unique())
    if undefined:
        notes.append(f"No value, so the worst one, in some seed: {', '.join(undefined)}.")
    if len(kept) == 1:
        notes.append(ONE_RUN)
        notes += ["A single run has no place among variants; allowed: two seeds or more."] if study else []
    elif study:
        parts.append(placed(goal, runs, name).rename(columns={"variant": "row"}).assign(kind="variant"))
        notes += [PLACES.format(n=size), *([NONE_APART] if (parts[-1]["rank_low"].max() == 1) else [])]
    table = frame(pd.concat(parts, ignore_index=True).to_dict("records"), TYPES)
    return Score(
        data, size, table.fillna(dict.fromkeys((c for c, kind in TYPES.items() if kind == TEXT), "")), runs, notes
    )


def _doubts(where: str, run: np.ndarray, goal: Target) -> list[str]:
    lost = int(np.count_nonzero(~finite_rows(run)))
    found = [f"{where}: {lost:,} of {len(run):,} samples are not finite; they count as bad ones"] if lost else []
    return found + doubts(where, run, goal.reference.dataset)


def _own(goal: Target, runs: pd.DataFrame, first: np.ndarray, name: str) -> pd.DataFrame:
    """The rows of one's own samples: the exact interval of the mean over seeds or, of one seed, that of its samples."""
    values = {measure: own["value"].to_numpy() for measure, own in runs.groupby("measure") if measure in goal.chosen}
    is_one = runs["seed"].nunique() == 1
    of_samples = intervals(first, {m: own[0] for m, own in values.items()}, goal.reference) if is_one else {}
    found = []
    for measure in goal.chosen:
        what = describe(values[measure], goal.support("", measure))
        lower, upper = of_samples.get(measure, (None, None)) if is_one else (what.lower, what.upper)
        row = {"runs": what.n, "value": what.mean, "lower": lower, "upper": upper, "sd": what.sd}
        found.append({"measure": measure, "row": name, "kind": OWN} | row)
    return pd.DataFrame(found)


def _calibration(goal: Target, n: int) -> pd.DataFrame:
    """The rows of the oracle and the nulls: means over independent draws of `n` samples."""
    rows = calibrate(goal.spec, goal.reference.dataset, goal.chosen, goal.replicates, n)
    groups = rows[rows["measure"].isin(goal.chosen)].groupby(["measure", "variant"], sort=False)["value"]
    means = groups.agg(runs="size", value="mean").reset_index()
    return means.rename(columns={"variant": "row"}).assign(kind="calibration")


def _published(goal: Target) -> pd.DataFrame:
    """The rows of the published numbers about the data set, as they were printed."""
    values = [value for value in goal.published if value.measure in goal.chosen]
    rows = [
        {"measure": v.measure, "row": v.method, "value": v.value, "printed": v.text, "source": v.source} for v in values
    ]
    return pd.DataFrame(rows).assign(kind=PUBLISHED)

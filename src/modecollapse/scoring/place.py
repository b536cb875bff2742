"""The place of somebody's samples among the variants of a finished study, seed by seed, as the study compares."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from modecollapse import measures as measuring
from modecollapse import reading
from modecollapse.comparisons import pairs
from modecollapse.comparisons.endpoints import COLUMNS, FINAL, endpoints
from modecollapse.errors import StudyError
from modecollapse.study.config import Study
from modecollapse.study.summary import summary_of

CHANCE = ["superiority", "superiority_lower", "superiority_upper"]
COMPARED = [*CHANCE, "p_holm", "told"]
BETTER, WORSE = "better", "worse"


def experiment_of(study: Study, dataset: str, wanted: str | None) -> str:
    """The experiment whose variants are compared with: the wanted one, else the first on the data set."""
    found = list(dict.fromkeys(cell.experiment for cell in summary_of(study).cells if cell.dataset == dataset))
    if not found or wanted not in (None, *found):
        raise StudyError(f"--experiment {wanted}: allowed on {dataset}: {', '.join(found) or 'none, it has no runs'}")
    return wanted or found[0]


def place(folder: Path, study: Study, experiment: str, dataset: str, own: pd.DataFrame, name: str) -> pd.DataFrame:
    """A row for each measure and variant: who, seeds, mean, and the chance that a run of `name` is the better one.

    own: one row a seed and measure, columns measure, seed, value. The variants' runs are taken at their last step, with
    as many samples each. p_holm is corrected over the variants that `name` is compared with by a measure; told: BETTER
    or WORSE, where that is at most ALPHA. Raises StudyError as `endpoints` does.
    """
    summary = summary_of(study)
    support = measuring.supports(summary)
    rows = reading.parquet(folder / "tables" / "measures.parquet")
    rows = rows[(rows["experiment"] == experiment) & (rows["dataset"] == dataset)]
    better = {m: summary.measures[m].better for m in own["measure"].unique() if m in summary.measures}
    ends = endpoints(rows, support, better)
    keys = {"experiment": experiment, "dataset": dataset, "variant": name, "endpoint": FINAL, "failed": False}
    runs = own[own["measure"].isin(better)].assign(**keys)
    table = pd.concat([ends[ends["endpoint"] == FINAL], runs[COLUMNS]], ignore_index=True)
    found = pairs.against(pairs.pairs(table, better, support, root=summary.root_seed), name)
    chance, low, high = CHANCE
    told = found["better"].map(lambda who: "" if not who else BETTER if who == name else WORSE)
    found = found.assign(**{chance: 1 - found[chance], low: 1 - found[high], high: 1 - found[low], "told": told})
    return found.rename(columns={"variant": "who", "n": "seeds"})[["measure", "who", "seeds", "mean", *COMPARED]]


def ranks(placed: pd.DataFrame) -> pd.DataFrame:
    """The first and the last rank that the tests leave possible, by measure: columns rank_low, rank_high."""
    groups = placed.groupby("measure")["told"]
    worse, better = groups.apply(lambda told: (told == WORSE).sum()), groups.apply(lambda told: (told == BETTER).sum())
    return pd.DataFrame({"rank_low": 1 + worse, "rank_high": 1 + groups.size() - better})

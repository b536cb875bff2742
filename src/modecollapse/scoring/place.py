"""The place of somebody's runs among the variants of a finished study, by the study's own comparisons."""

from __future__ import annotations

import pandas as pd

from modecollapse import reading
from modecollapse.audit.bundle import Bundle
from modecollapse.claims import load
from modecollapse.comparisons import pairs, rankings
from modecollapse.comparisons.endpoints import COLUMNS, FINAL, endpoints
from modecollapse.errors import StudyError
from modecollapse.measures.measuring import rows_of_samples
from modecollapse.measures.table import STATUS_DIVERGED, diverged_steps, tidy
from modecollapse.scoring.samples import equal
from modecollapse.scoring.target import Target, described
from modecollapse.study import catalogue

CHANCES = ["chance", "chance_lower", "chance_upper"]
KEY = ["experiment", "measure", "variant"]


def placed(goal: Target, own: pd.DataFrame, name: str) -> pd.DataFrame:
    """A row for each experiment, measure and variant, `name` among them, with its mean and its rank.

    own: rows of the tidy table. Runs are compared at the last step of the study's, all measured on as many samples as
    one's own. chance: that a run of one's own is better than one of the variant, with p after Holm's correction over
    the variants; rank_low to rank_high: the ranks that the tests of all pairs leave possible, for all variants at once.
    """
    study = goal.study
    better = {m: catalogue.declarations("measures", m).get("BETTER") for m in goal.chosen}
    runs = endpoints(_rows(goal, int(own["n"].iloc[0])), goal.support, better)
    runs = runs[runs["endpoint"] == FINAL]
    mine = own[own["measure"].isin(goal.chosen)].assign(variant=name, endpoint=FINAL, failed=False)
    both = pd.concat([runs, *(mine.assign(experiment=each)[COLUMNS] for each in runs["experiment"].unique())])
    settings = load(study.claims).settings
    root = study.study.root_seed
    compared = pairs.pairs(both, better, goal.support, settings.draws, settings.alpha, root)
    ranks = rankings.ranks(both, compared, better, root)[[*KEY, "rank", "rank_low", "rank_high"]]
    against = pairs.against(compared, name, settings.alpha, settings.draws)[[*KEY, *pairs.SUPERIORITY, "p", "p_holm"]]
    against[CHANCES] = 1 - against[[pairs.SUPERIORITY[0], *pairs.SUPERIORITY[:0:-1]]]  # of the other side
    cells = both.groupby(KEY, sort=False)["value"].apply(list).rename("values").reset_index()
    cells = cells.join(described(goal, cells["measure"], cells.pop("values")))
    return cells.merge(against[[*KEY, *CHANCES, "p", "p_holm"]], how="left").merge(ranks, how="left")


def _rows(goal: Target, n: int) -> pd.DataFrame:
    """The rows of the study's runs on the data set, of `n` samples each: its own, or of its stored samples."""
    rows = goal.study.measures
    rows = rows[(rows["dataset"] == goal.spec.name) & (rows["step"] > 0)]
    if n == goal.spec.samples and set(goal.chosen) <= set(rows["measure"]):
        return rows
    blocks = [path for path, block in goal.study.blocks.items() if block.cell.dataset.name == goal.spec.name]
    return pd.concat([_of_block(goal, goal.study, path, n) for path in blocks], ignore_index=True)


def _of_block(goal: Target, study: Bundle, path: str, n: int) -> pd.DataFrame:
    """The rows of the stored samples of a block, measured on `n` of each seed."""
    folder = study.folder / "runs" / path
    if not (folder / "samples.npy").is_file():
        allowed = f"{goal.spec.samples:,} samples a seed and the measures of its tables"
        raise StudyError(f"--against: the samples of {path} are withheld; allowed: {allowed}")
    run, samples = reading.json_file(folder / "run.json"), reading.npy(folder / "samples.npy")
    rows = []
    for (seed, diverged), own in zip(diverged_steps(run).items(), samples, strict=True):
        key = {name: run[name] for name in ("experiment", "dataset", "variant", "config_hash")}
        key |= {"seed": seed, "step": run["steps"], "n": n}
        status = None if diverged is None else STATUS_DIVERGED
        [kept] = equal([own], n, len(own))
        rows += rows_of_samples(key, kept, goal.reference, goal.chosen, status)
    return tidy(rows, run["device"])

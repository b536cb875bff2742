"""How soon runs cover the modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.comparisons.endpoints import CALIBRATION, FAMILY
from modecollapse.comparisons.families import FEWEST, NUMBER, TEXT, WHOLE, check_nan, frame, permutations_of
from modecollapse.statistics.multiplicity import holm
from modecollapse.statistics.permutation import DRAWS, Permutations
from modecollapse.statistics.survival import median_time, restricted_mean, restricted_mean_difference

TIMES = ("coverage_time:1", "coverage_time:0.9", "coverage_time:0.5")
DIVERGED = "diverged"
NOT_REACHED = ("censored", DIVERGED)
TIME_TYPES = {
    **dict.fromkeys((*FAMILY, "variant"), TEXT),
    **dict.fromkeys(("n", "reached"), WHOLE),
    **dict.fromkeys(("budget", "median", "restricted_mean", "shared_budget", "difference", "p", "p_holm"), NUMBER),
}

CensoredTimes = tuple[np.ndarray, np.ndarray, float]  # the times of n runs, whether each was reached, the budget


def coverage_times(rows: pd.DataFrame, baseline: str, draws: int = DRAWS, root: int = 0) -> pd.DataFrame:
    """Times to coverage, in steps, of each cell and each of TIMES in the tidy table; sorted, columns TIME_TYPES.

    A run that did not get there is censored at its budget, the last step; so is one that diverged, whenever it did.
    median: of Kaplan and Meier, empty where fewer than half of the runs got there. restricted_mean: up to the budget.
    difference: the restricted mean less that of the baseline, both up to the smaller of the two budgets
    (`shared_budget`), with its permutation p and Holm's correction over the variants; empty for the baseline and where
    either has fewer than two runs. Raises StudyError on NaN.
    """
    chosen = rows[rows["measure"].isin(TIMES) & (rows["experiment"] != CALIBRATION)]
    check_nan(chosen)
    divisions = permutations_of(root, draws)
    found: list[dict[str, Any]] = []
    for family, runs in chosen.groupby(FAMILY):
        cells = {variant: _times(group) for variant, group in runs.groupby("variant")}
        compared = _against(cells, baseline, divisions)
        for variant, (times, events, budget) in cells.items():
            found.append(
                dict(zip(FAMILY, family, strict=True))
                | {"variant": variant, "n": times.size, "reached": int(events.sum()), "budget": budget}
                | {"median": median_time(times, events), "restricted_mean": restricted_mean(times, events, budget)}
                | compared.get(variant, {})
            )
    return frame(found, TIME_TYPES)


def _times(runs: pd.DataFrame) -> CensoredTimes:
    """The times of a cell's runs: a run that did not get there, or diverged, is censored at its budget."""
    budgets = runs["step"].to_numpy(dtype=np.float64)
    events = ~runs["status"].isin(NOT_REACHED).to_numpy(dtype=bool)
    return np.where(events, runs["value"].to_numpy(dtype=np.float64), budgets), events, float(budgets.max())


def _against(
    cells: dict[str, CensoredTimes], baseline: str, divisions: Callable[[int, int], Permutations]
) -> dict[str, dict[str, float]]:
    """By variant, the comparison of its restricted mean with that of the baseline."""
    found: dict[str, dict[str, float]] = {}
    for variant, (times, events, budget) in cells.items():
        base_times, base_events, base_budget = cells.get(baseline, (times[:0], events[:0], budget))
        if variant != baseline and min(times.size, base_times.size) >= FEWEST:
            shared, parts = min(budget, base_budget), divisions(times.size, base_times.size)
            apart, p = restricted_mean_difference(times, events, base_times, base_events, shared, parts)
            found[variant] = {"shared_budget": shared, "difference": apart, "p": p}
    adjusted = holm([row["p"] for row in found.values()])
    return {variant: row | {"p_holm": float(p)} for (variant, row), p in zip(found.items(), adjusted, strict=True)}

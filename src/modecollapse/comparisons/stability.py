"""Whether the ranking of variants is the same on other data sets. The data sets are these few, no sample of all."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.comparisons.families import families, score
from modecollapse.comparisons.frames import NUMBER, TEXT, WHOLE, frame
from modecollapse.comparisons.keyed import generator
from modecollapse.statistics.permutation import DRAWS
from modecollapse.statistics.rank_bootstrap import tau_interval
from modecollapse.statistics.ranks import concordance, kendall_tau, largest_change

ALL = "all"
TAU, CONCORDANCE, LEFT_OUT = "tau_b", "kendall_w", "left_out"
OK, ALL_TIED, INFINITE, FEW_VARIANTS = "ok", "all tied", "infinite values", "few variants"
TYPES = {
    **dict.fromkeys(("experiment", "measure", "statistic", "dataset", "second_dataset"), TEXT),
    "variants": WHOLE,
    **dict.fromkeys(("value", "lower", "upper", "p"), NUMBER),
    **dict.fromkeys(("status", "variant"), TEXT),
}

Cells = dict[str, np.ndarray]  # values by variant


def stability(table: pd.DataFrame, better: dict[str, str | None], draws: int = DRAWS, root: int = 0) -> pd.DataFrame:
    """For each experiment and measure that is on several data sets; by the primary endpoints, columns TYPES.

    statistic `tau_b`: Kendall's tau-b of the rankings by mean on two data sets, with the 95 % interval that drawing
    seeds again gives (nominal; no interval where a value is infinite). `kendall_w`: the concordance of all data sets,
    with its p among rankings that are independent. `left_out`: the largest change, `value`, that leaving out one data
    set makes to the mean rank of one `variant`. Each is of the variants that all its data sets have; where these are
    fewer than two, or a ranking is all ties, the value is empty and the status says so.
    """
    grouped: dict[tuple[str, str], dict[str, Cells]] = {}
    for (experiment, dataset, measure), cells in families(table, better).items():
        grouped.setdefault((experiment, measure), {})[dataset] = cells
    rows: list[dict[str, Any]] = []
    for (experiment, measure), by_dataset in sorted(grouped.items()):
        key = {"experiment": experiment, "measure": measure}
        for first, second in combinations(by_dataset, 2):
            rng = generator(root, "tau", experiment, measure, first, second)
            found = _tau(by_dataset[first], by_dataset[second], rng)
            rows.append(key | {"statistic": TAU, "dataset": first, "second_dataset": second} | found)
        if len(by_dataset) > 1:
            rng = generator(root, "concordance", experiment, measure)
            rows += [key | row for row in _together(by_dataset, better[measure], rng, draws)]
    return frame(rows, TYPES)


def _tau(first: Cells, second: Cells, rng: np.random.Generator) -> dict[str, Any]:
    """The tau-b of two data sets."""
    shared = [variant for variant in first if variant in second]
    found: dict[str, Any] = {"variants": len(shared), "status": OK, "variant": ""}
    if len(shared) < 2:
        return found | {"status": FEW_VARIANTS}
    runs = [[cells[variant] for variant in shared] for cells in (first, second)]
    if not all(np.isfinite(values).all() for cells in runs for values in cells):
        value = kendall_tau(*([score(values) for values in cells] for cells in runs))
        return found | {"value": value, "status": ALL_TIED if value is None else INFINITE}
    tau = tau_interval(*runs, rng)
    if tau.value is None:
        return found | {"status": ALL_TIED}
    return found | {"value": tau.value, "lower": tau.lower, "upper": tau.upper}


def _together(
    by_dataset: dict[str, Cells], direction: str, rng: np.random.Generator, draws: int
) -> list[dict[str, Any]]:
    """The concordance of all data sets, and the largest change when one is left out."""
    datasets = list(by_dataset)
    shared = sorted(set.intersection(*(set(cells) for cells in by_dataset.values())))
    of_all = {"second_dataset": ALL, "variants": len(shared), "status": OK, "variant": ""}
    if len(shared) < 2:
        few = of_all | {"dataset": ALL, "status": FEW_VARIANTS}
        return [few | {"statistic": CONCORDANCE}, few | {"statistic": LEFT_OUT}]
    scores = [[score(cells[variant]) for variant in shared] for cells in by_dataset.values()]
    value, p = concordance(scores, rng, draws)
    agreement = {"statistic": CONCORDANCE, "dataset": ALL, "value": value, "p": p}
    change = largest_change(scores, direction)
    moved = {"statistic": LEFT_OUT, "dataset": datasets[change.data_set], "value": change.after - change.before}
    return [
        of_all | agreement | {"status": ALL_TIED if value is None else OK},
        of_all | moved | {"variant": shared[change.variant]},
    ]

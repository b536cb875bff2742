"""Whether rankings of the variants agree: on other data sets, and by other measures.

The data sets are these few, no sample of all. Measures are shown beside each other, never mixed into one.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.comparisons.endpoints import Better
from modecollapse.comparisons.families import NUMBER, TEXT, WHOLE, families, frame, generator, score
from modecollapse.statistics.permutation import DRAWS
from modecollapse.statistics.ranks import concordance, kendall_tau, largest_change, tau_interval

ALL = "all"
TAU, CONCORDANCE, LEFT_OUT, FLIP = "tau_b", "kendall_w", "left_out", "flip"
OK, ALL_TIED, INFINITE, FEW_VARIANTS = "ok", "all tied", "infinite values", "few variants"
STABILITY_TYPES = {
    **dict.fromkeys(("experiment", "measure", "statistic", "dataset", "second_dataset"), TEXT),
    "variants": WHOLE,
    **dict.fromkeys(("value", "lower", "upper", "p"), NUMBER),
    **dict.fromkeys(("status", "variant"), TEXT),
}
PAIR_OF_MEASURES = ("experiment", "dataset", "kind", "measure", "second_measure", "variant", "second_variant")
DISAGREEMENT_TYPES = {
    **dict.fromkeys(PAIR_OF_MEASURES, TEXT),
    **dict.fromkeys(("superiority", "second_superiority", "value"), NUMBER),
    "status": TEXT,
}

Cells = dict[str, np.ndarray]  # values by variant


def stability(table: pd.DataFrame, better: Better, draws: int = DRAWS, root: int = 0) -> pd.DataFrame:
    """For each experiment and measure that is on several data sets; by the primary endpoints, columns STABILITY_TYPES.

    statistic `tau_b`: Kendall's tau-b of the rankings by mean on two data sets, with the 95 % interval that
    resampling the seeds gives (nominal; none where a value is infinite). `kendall_w`: the concordance of all data sets,
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
    return frame(rows, STABILITY_TYPES)


def disagreements(pairs_table: pd.DataFrame, table: pd.DataFrame, better: Better) -> pd.DataFrame:
    """For each experiment, data set and two measures with a direction; columns DISAGREEMENT_TYPES.

    kind `tau_b`: `value` is Kendall's tau-b of the two rankings by mean, of the variants that have both measures, best
    with best; empty, with a status, where one is all ties. kind `flip`: two variants of which `variant` is
    significantly better by `measure` and `second_variant` by `second_measure`, after Holm within each measure; with
    the chance that a run of `variant` is better than one of the other, by either measure.
    """
    found = frame([*_rankings(table, better), *_flips(pairs_table)], DISAGREEMENT_TYPES)
    ascending = [column != "kind" for column in PAIR_OF_MEASURES]
    return found.sort_values(list(PAIR_OF_MEASURES), ascending=ascending, ignore_index=True)


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
    value, lower, upper = tau_interval(*runs, rng)
    if value is None:
        return found | {"status": ALL_TIED}
    return found | {"value": value, "lower": lower, "upper": upper}


def _together(
    by_dataset: dict[str, Cells], direction: str, rng: np.random.Generator, draws: int
) -> list[dict[str, Any]]:
    """The concordance of all data sets, and the largest change when one is left out."""
    shared = sorted(set.intersection(*(set(cells) for cells in by_dataset.values())))
    of_all = {"second_dataset": ALL, "variants": len(shared), "status": OK, "variant": ""}
    if len(shared) < 2:
        few = of_all | {"dataset": ALL, "status": FEW_VARIANTS}
        return [few | {"statistic": CONCORDANCE}, few | {"statistic": LEFT_OUT}]
    scores = [[score(cells[variant]) for variant in shared] for cells in by_dataset.values()]
    value, p = concordance(scores, rng, draws)
    agreement = {"statistic": CONCORDANCE, "dataset": ALL, "value": value, "p": p}
    dataset, variant, change = largest_change(scores, direction)
    moved = {"statistic": LEFT_OUT, "dataset": list(by_dataset)[dataset], "value": change, "variant": shared[variant]}
    return [of_all | agreement | {"status": ALL_TIED if value is None else OK}, of_all | moved]


def _rankings(table: pd.DataFrame, better: Better) -> list[dict[str, Any]]:
    grouped: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for (experiment, dataset, measure), cells in families(table, better).items():
        scores = {variant: score(values, better[measure]) for variant, values in cells.items()}
        grouped.setdefault((experiment, dataset), {})[measure] = scores
    rows = []
    for (experiment, dataset), by_measure in grouped.items():
        for first, second in combinations(by_measure, 2):
            shared = [variant for variant in by_measure[first] if variant in by_measure[second]]
            names = {"kind": TAU, "measure": first, "second_measure": second, "variant": "", "second_variant": ""}
            found: dict[str, Any] = {"status": FEW_VARIANTS}
            if len(shared) > 1:
                scores = ([by_measure[measure][variant] for variant in shared] for measure in (first, second))
                tau = kendall_tau(*scores)
                found = {"value": tau, "status": ALL_TIED if tau is None else OK}
            rows.append({"experiment": experiment, "dataset": dataset} | names | found)
    return rows


def _flips(pairs_table: pd.DataFrame) -> list[dict[str, Any]]:
    decided = pairs_table[pairs_table["better"] != ""]
    pair = ["experiment", "dataset", "first", "second"]
    both = decided.merge(decided, on=pair, suffixes=("", "_2"))
    flipped = both[(both["measure"] < both["measure_2"]) & (both["better"] != both["better_2"])].copy()
    is_second = flipped["better"] == flipped["second"]
    for chance in ("superiority", "superiority_2"):
        flipped[chance] = flipped[chance].where(~is_second, 1 - flipped[chance])
    names = {"measure_2": "second_measure", "better": "variant", "better_2": "second_variant"}
    names["superiority_2"] = "second_superiority"
    return flipped.rename(columns=names).assign(kind=FLIP, status=OK).to_dict("records")

"""Where two measures say different things of the same runs. They are shown beside each other, never mixed into one."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.comparisons.families import families, score
from modecollapse.comparisons.frames import NUMBER, TEXT, frame
from modecollapse.comparisons.stability import ALL_TIED, FEW_VARIANTS, OK, TAU
from modecollapse.statistics.ranks import kendall_tau

FLIP = "flip"
TYPES = {
    **dict.fromkeys(("experiment", "dataset", "kind", "measure", "second_measure", "variant", "second_variant"), TEXT),
    **dict.fromkeys(("superiority", "second_superiority", "value"), NUMBER),
    "status": TEXT,
}


def disagreements(pairs_table: pd.DataFrame, table: pd.DataFrame, better: dict[str, str | None]) -> pd.DataFrame:
    """For each experiment, data set and two measures with a direction; columns TYPES.

    kind `tau_b`: `value` is Kendall's tau-b of the two rankings by mean, of the variants that have both measures, best
    with best; empty, with a status, where one is all ties. kind `flip`: two variants of which `variant` is
    significantly better by `measure` and `second_variant` by `second_measure`, after Holm within each measure; with
    the chance that a run of `variant` is better than one of the other, by either measure.
    """
    return frame([*_rankings(table, better), *_flips(pairs_table)], TYPES).sort_values(
        ["experiment", "dataset", "kind", "measure", "second_measure", "variant", "second_variant"],
        ascending=[True, True, False, True, True, True, True],
        ignore_index=True,
    )


def _rankings(table: pd.DataFrame, better: dict[str, str | None]) -> list[dict[str, Any]]:
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
                tau = kendall_tau(
                    *([by_measure[measure][variant] for variant in shared] for measure in (first, second))
                )
                found = {"value": tau, "status": ALL_TIED if tau is None else OK}
            rows.append({"experiment": experiment, "dataset": dataset} | names | found)
    return rows


def _flips(pairs_table: pd.DataFrame) -> list[dict[str, Any]]:
    decided = pairs_table[pairs_table["better"] != ""]
    pair = ["experiment", "dataset", "first", "second"]
    both = decided.merge(decided, on=pair, suffixes=("", "_2"))
    flipped = both[(both["measure"] < both["measure_2"]) & (both["better"] != both["better_2"])]
    rows = []
    for row in flipped.to_dict("records"):
        chances = np.array([row["superiority"], row["superiority_2"]])
        if row["better"] == row["second"]:
            chances = 1 - chances
        rows.append(
            {"experiment": row["experiment"], "dataset": row["dataset"], "kind": FLIP, "status": OK}
            | {"measure": row["measure"], "second_measure": row["measure_2"]}
            | {"variant": row["better"], "second_variant": row["better_2"]}
            | {"superiority": chances[0], "second_superiority": chances[1]}
        )
    return rows

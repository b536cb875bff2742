"""Each variant against the baseline: fewer comparisons than all pairs, so that smaller differences are significant."""

from __future__ import annotations

from typing import Any

import pandas as pd

from modecollapse.comparisons.corrected import corrected
from modecollapse.comparisons.families import FAMILY
from modecollapse.comparisons.frames import frame
from modecollapse.comparisons.pairs import ALPHA, DIFFERENCE, SUPERIORITY
from modecollapse.comparisons.pairs import TYPES as PAIR
from modecollapse.statistics.permutation import DRAWS

NAMES = {"first": "variant", "second": "baseline", "n_first": "n", "n_second": "n_baseline"}
NAMES |= {"mean_first": "mean", "mean_second": "mean_baseline"}
TYPES = {NAMES.get(column, column): kind for column, kind in PAIR.items() if column != "p_bh"}


def against(pairs_table: pd.DataFrame, baseline: str, alpha: float = ALPHA, draws: int = DRAWS) -> pd.DataFrame:
    """The pairs with the baseline, seen from the other variant; columns TYPES, sorted.

    The columns are those of `pairs`, with Holm's correction over the variants of a family: `difference` is the
    variant's mean less the baseline's, `superiority` the chance that the variant is better. `draws` are those of
    `pairs_table`. Families without the baseline have no rows.
    """
    with_it = pairs_table[(pairs_table["first"] == baseline) | (pairs_table["second"] == baseline)]
    rows: list[dict[str, Any]] = []
    for _, family in with_it.groupby(FAMILY):
        seen = [row if row["second"] == baseline else _turned(row) for row in family.to_dict("records")]
        rows += corrected(seen, alpha, draws)
    return frame([{NAMES.get(column, column): value for column, value in row.items()} for row in rows], TYPES)


def _turned(row: dict[str, Any]) -> dict[str, Any]:
    """A pair seen from its second variant."""
    (value, low, high), (chance, least, most) = DIFFERENCE, SUPERIORITY
    turned = {"first": row["second"], "second": row["first"]}
    turned |= {f"{column}_first": row[f"{column}_second"] for column in ("n", "mean")}
    turned |= {f"{column}_second": row[f"{column}_first"] for column in ("n", "mean")}
    turned |= {value: 0.0 - row[value], low: 0.0 - row[high], high: 0.0 - row[low]}  # 0.0 - 0.0 is not -0.0
    return row | turned | {chance: 1 - row[chance], least: 1 - row[most], most: 1 - row[least]}

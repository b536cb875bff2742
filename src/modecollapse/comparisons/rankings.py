"""Where each variant ranks in its family, which ranks the tests leave open, and how often it comes out best."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from modecollapse.comparisons.endpoints import Better
from modecollapse.comparisons.families import FAMILY, NUMBER, TEXT, WHOLE, families, frame, generator, mean_of, score
from modecollapse.statistics.ranks import first_places, rank_sets

TYPES = {
    **dict.fromkeys((*FAMILY, "variant"), TEXT),
    "n": WHOLE,
    **dict.fromkeys(("mean", "rank"), NUMBER),
    **dict.fromkeys(("rank_low", "rank_high"), WHOLE),
    **dict.fromkeys(("best_share", "best_three_share"), NUMBER),
}


def ranks(table: pd.DataFrame, pairs_table: pd.DataFrame, better: Better, root: int = 0) -> pd.DataFrame:
    """The variants of each family, by the primary endpoints of `table`; sorted, columns TYPES.

    rank: by mean, 1 is best, equal means share theirs. rank_low to rank_high: the ranks that the Holm-adjusted
    `pairs_table` leaves possible, for all variants of the family at once. best_share, best_three_share: how often the
    variant has the best mean, or one of the best three, when seeds are resampled; a description, whose Monte Carlo
    error is at most .011 (one standard error at 2000 draws). They are empty where a value of the family is infinite.
    """
    tests = {family: group.to_dict("records") for family, group in pairs_table.groupby(FAMILY)}
    rows: list[dict[str, Any]] = []
    for family, cells in families(table, better).items():
        direction = better[family[2]]
        places = pd.Series([score(values, direction) for values in cells.values()]).rank(ascending=False)
        sets = rank_sets(_wins(list(cells), tests[family]))
        shares = np.full((len(cells), 2), np.nan)
        if all(np.isfinite(values).all() for values in cells.values()):
            shares = first_places(list(cells.values()), generator(root, "places", *family), better=direction)
        for index, (variant, values) in enumerate(cells.items()):
            rows.append(
                dict(zip(FAMILY, family, strict=True))
                | {"variant": variant, "n": values.size, "mean": mean_of(values), "rank": places[index]}
                | {"rank_low": sets[index, 0], "rank_high": sets[index, 1]}
                | {"best_share": shares[index, 0], "best_three_share": shares[index, 1]}
            )
    return frame(rows, TYPES)


def _wins(variants: list[str], tests: list[dict[str, Any]]) -> np.ndarray:
    """bool (K, K): whether the variant of the row is significantly better than that of the column."""
    wins = np.zeros((len(variants), len(variants)), dtype=bool)
    for test in tests:
        first, second = variants.index(test["first"]), variants.index(test["second"])
        wins[first, second], wins[second, first] = (test["better"] == test[side] for side in ("first", "second"))
    return wins

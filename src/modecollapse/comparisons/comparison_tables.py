"""All comparison tables of a study by file name."""

from __future__ import annotations

import pandas as pd

from modecollapse.comparisons import agreement, pairs, rankings, trajectories
from modecollapse.comparisons.endpoints import Better, Support
from modecollapse.statistics.permutation import DRAWS

TYPES = {  # of the columns of each table
    "pairs.csv": pairs.TYPES,
    "baseline.csv": pairs.BASELINE_TYPES,
    "ranks.csv": rankings.TYPES,
    "stability.csv": agreement.STABILITY_TYPES,
    "disagreements.csv": agreement.DISAGREEMENT_TYPES,
    "coverage_times.csv": trajectories.TIME_TYPES,
}
NAMES = tuple(TYPES)
BASELINE = "gan-nonsaturating"


def tables(
    rows: pd.DataFrame,
    table: pd.DataFrame,
    better: Better,
    support: Support,
    *,
    alpha: float = pairs.ALPHA,
    draws: int = DRAWS,
    root: int = 0,
) -> dict[str, pd.DataFrame]:
    """The tables NAMES, in that order; an empty cell of a table is a number that does not exist.

    rows: the tidy table; table: the endpoints; better: measure -> "more", "less" or None (not compared); draws: of the
    permutation tests; root: the study's root seed. Neither the order of `rows` nor that of `table` matters.
    Raises StudyError on NaN and on values outside of their support.
    """
    compared = pairs.pairs(table, better, support, draws, alpha, root)
    found = (
        compared,
        pairs.against(compared, BASELINE, alpha, draws),
        rankings.ranks(table, compared, better, root=root),
        agreement.stability(table, better, draws, root),
        agreement.disagreements(compared, table, better),
        trajectories.coverage_times(rows, BASELINE, draws, root),
    )
    return dict(zip(NAMES, found, strict=True))

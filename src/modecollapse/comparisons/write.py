"""All comparison tables of a study by file name."""

from __future__ import annotations

import pandas as pd

from modecollapse.comparisons.baseline import against
from modecollapse.comparisons.checked import Support
from modecollapse.comparisons.courses import coverage_times, signal_agreement
from modecollapse.comparisons.disagreements import disagreements
from modecollapse.comparisons.pairs import ALPHA, pairs
from modecollapse.comparisons.ranks import ranks
from modecollapse.comparisons.stability import stability
from modecollapse.statistics.permutation import DRAWS

NAMES = (
    "pairs.csv",
    "baseline.csv",
    "ranks.csv",
    "stability.csv",
    "disagreements.csv",
    "coverage_times.csv",
    "signals.csv",
)
BASELINE = "gan-nonsaturating"


def tables(
    rows: pd.DataFrame,
    table: pd.DataFrame,
    better: dict[str, str | None],
    support: Support,
    *,
    baseline: str = BASELINE,
    alpha: float = ALPHA,
    draws: int = DRAWS,
    root: int = 0,
) -> dict[str, pd.DataFrame]:
    """The tables NAMES, in that order; an empty cell of a table is a number that does not exist.

    rows: the tidy table; table: the endpoints; better: measure -> "more", "less" or None (not compared); draws: of the
    permutation tests; root: the study's root seed. Neither the order of `rows` nor that of `table` matters.
    Raises StudyError on NaN and on values outside of their support.
    """
    compared = pairs(table, better, support, draws, alpha, root)
    found = (
        compared,
        against(compared, baseline, alpha, draws),
        ranks(table, compared, better, root=root),
        stability(table, better, draws, root),
        disagreements(compared, table, better),
        coverage_times(rows, baseline, draws, root),
        signal_agreement(rows, draws, root),
    )
    return dict(zip(NAMES, found, strict=True))

"""Effects in a two-level factorial of groups of runs, as contrasts of the groups' means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import t

from modecollapse.statistics.intervals import Estimate


def effect(groups: Sequence[np.ndarray], signs: Sequence[int], level: float = 0.95) -> Estimate | None:
    """The mean of the groups with sign 1 minus the mean of those with sign -1, every group weighing the same.

    groups: the values of each, (n_i,), n_i of at least 2; signs: 1 or -1 each, both of them there. The interval is
    Welch and Satterthwaite's: the groups may differ in variance and size. None where no group varies, since values that
    are all equal say nothing of how far others would lie apart. Raises ValueError for other signs and small groups.
    """
    weights = np.asarray(signs, dtype=np.float64)
    if set(weights) != {1.0, -1.0} or len(groups) != len(weights) or min(map(len, groups)) < 2:
        raise ValueError(f"{len(groups)} groups with the signs {list(signs)}: allowed: two values a group, both signs")
    weights = np.where(weights > 0, 1 / np.sum(weights > 0), -1 / np.sum(weights < 0))
    value = float(weights @ [np.mean(group) for group in groups])
    parts = np.array([w**2 * np.var(group, ddof=1) / len(group) for w, group in zip(weights, groups, strict=True)])
    if not parts.sum():
        return None
    freedom = parts.sum() ** 2 / np.sum(parts**2 / [len(group) - 1 for group in groups])
    reach = float(t.ppf((1 + level) / 2, freedom) * np.sqrt(parts.sum()))
    return Estimate(value, value - reach, value + reach)

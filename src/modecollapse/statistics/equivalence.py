"""Whether two groups are shown to be about equally good, which is more than finding no difference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modecollapse.statistics.superiority import superiority

SLACK = 1e-9  # an interval that ends on the margin but for rounding lies within it


def tie(
    x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray, margin: float = 0.15, level: float = 0.90
) -> bool:
    """Whether the whole confidence interval of A12 lies within 1/2 +- margin.

    At level .90 that is two one-sided tests at .05. With margin .15 no data of fewer than 28 runs a group can pass.
    Raises ValueError as `superiority` does, and unless 0 < margin < 1/2.
    Source: Schuirmann 1987 (two one-sided tests).
    """
    if not 0 < margin < 0.5:
        raise ValueError(f"margin {margin} must lie in (0, 1/2)")
    _, lower, upper = superiority(x, y, level)
    return lower >= 0.5 - margin - SLACK and upper <= 0.5 + margin + SLACK

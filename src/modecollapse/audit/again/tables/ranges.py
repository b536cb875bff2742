"""The ranges of the measures, told again: Gaffke's interval depends on them."""

from __future__ import annotations

import math
from collections.abc import Callable

Range = tuple[float, float]
Ranges = Callable[[str, str], Range]  # (data set, measure) -> its lowest and its highest value

COMPARED = 2500  # points of either side that distances are taken between
FEWEST = 6  # points that they are taken from at least
PERCENT = ("high_quality_percent", "high_quality_percent_shell", "bags_percent", "clothes_percent", "shoes_percent")
SHARES = ("coverage", "different_bins", "precision", "recall", "total_variation")
OF_MODES = ("covered_modes", "effective_modes", "modes", "modes_shell")
UNBOUNDED = ("density", "ivom_test", "ivom_train", "kl_data", "sliced_wasserstein")
ALWAYS: dict[str, Range] = {
    **dict.fromkeys(PERCENT, (0.0, 100.0)),
    **dict.fromkeys(SHARES, (0.0, 1.0)),
    **dict.fromkeys(UNBOUNDED, (0.0, math.inf)),
    "birthday_batch": (2.0, float(COMPARED)),
    "mmd": (-1 / COMPARED - 1 / FEWEST, 2.0),
}


def range_of(measure: str, modes: int) -> Range | None:
    """The lowest and the highest value of a measure where there are `modes` modes; None of one that is not known here.

    KL to the uniform distribution over K modes is at most ln K, that of samples in one mode alone.
    """
    if measure in OF_MODES:
        return 0.0, float(modes)
    return (0.0, math.log(modes)) if measure == "reverse_kl" else ALWAYS.get(measure)

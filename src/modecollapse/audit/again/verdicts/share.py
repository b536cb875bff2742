"""Whether more than a share of the runs shows an event, and whether a mean lies within bounds, computed again."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import beta

from modecollapse.audit.again.verdicts.interval import ExactEnd, gaffke, student_ends
from modecollapse.audit.again.verdicts.words import (
    ABOVE,
    BELOW,
    INCONCLUSIVE,
    NOT_REPRODUCED,
    REPRODUCED,
    Found,
    Verdict,
    every,
    settled,
)

MOST_SEEDS, SIZES = 10_000, 79  # sizes of a study, each a tenth larger than the one before


def clopper_pearson(events: int, n: int, alpha: float) -> tuple[float, float]:
    """The interval for a share, each end missed with the chance `alpha`: quantiles of two beta distributions."""
    low = beta.ppf(alpha, events, n - events + 1) if events else 0.0
    return float(low), float(beta.isf(alpha, events + 1, n - events) if events < n else 1.0)


def share(events: int, n: int, above: float, settings: dict[str, Any]) -> Found:
    """More than the share `above` of n runs shows the event."""
    alpha, detail = settings["alpha"], f"{events} of {n} runs"
    if n < settings["fewest_runs"]:
        return Found(Verdict(INCONCLUSIVE, "too_few_runs", settings["fewest_runs"]), detail=detail)
    low, high = clopper_pearson(events, n, alpha)
    told = {"estimate": events / n, "lower": ExactEnd(low), "upper": ExactEnd(high), "detail": detail}
    if low > above:
        return Found(Verdict(REPRODUCED), **told)
    if high < above:
        return Found(Verdict(NOT_REPRODUCED, BELOW), **told)
    larger = (int(np.ceil(n * 1.1**power)) for power in range(1, SIZES + 1))
    seeds = (k for k in dict.fromkeys(larger) if k <= MOST_SEEDS and _decides(round(events / n * k), k, above, alpha))
    return Found(Verdict(INCONCLUSIVE, "ci_straddles_margin", next(seeds, None)), **told)


def _decides(events: int, n: int, above: float, alpha: float) -> bool:
    low, high = clopper_pearson(events, n, alpha)
    return low > above or high < above


def bound(
    points: np.ndarray,
    bounds: tuple[float, float],
    support: tuple[float, float] | None,
    settings: dict[str, Any],
    written: str,
) -> Found:
    """The mean lies within `bounds`: Gaffke's interval within a support, else Student's."""
    alpha, fewest = settings["alpha"], settings["fewest_runs"]
    detail = f"claimed: {bounds[0]:g} to {bounds[1]:g}" + ("" if support else "; nominal interval, no bounds are known")
    if len(points) < fewest:
        return Found(Verdict(INCONCLUSIVE, "too_few_runs", fewest), detail=detail)
    points = np.sort(points)
    ends = gaffke(points, support, alpha) if support else student_ends(points, alpha)
    if ends is None:
        floor = Verdict(INCONCLUSIVE, "n_below_resolution_floor")
        return Found(floor, estimate=float(np.mean(points)), detail=detail)
    possible = []
    for from_low, past_high, above, past_low in every(
        ends[0].above(bounds[0]), ends[1].above(bounds[1]), ends[0].above(bounds[1]), ends[1].above(bounds[0])
    ):
        if from_low and not past_high:
            possible.append(Verdict(REPRODUCED))
        elif above or not past_low:
            possible.append(Verdict(NOT_REPRODUCED, ABOVE if above else BELOW))
        else:
            possible.append(Verdict(INCONCLUSIVE, "ci_straddles_margin"))
    chosen, close = settled(possible, written)
    return Found(chosen, close, float(np.mean(points)), ends[0], ends[1], detail)

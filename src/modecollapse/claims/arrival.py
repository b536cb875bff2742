"""Whether the runs of a part have been trained for long enough to decide it: their work, and whether they have arrived.

Work is G's learning rate times the steps. A cell that did less than a quarter of the source's work, or whose runs still
move, decides nothing; nor does one that is compared with a published number behind which nobody knows the work.
"""

from __future__ import annotations

from math import inf
from typing import Any, NamedTuple

from modecollapse.claims.parts import Part, Scope
from modecollapse.claims.published import Value
from modecollapse.claims.results import Results
from modecollapse.statistics.plateau import Plateau, plateau, quarter_means
from modecollapse.statistics.verdicts import NO_REFERENCE, STILL_MOVING
from modecollapse.study.summary import CellSummary

LEAST = 0.25  # of the source's work
MODES, QUALITY, KL = "modes", "high_quality_percent", "reverse_kl"
BLOWUP = "loss_blowup"  # a run that has diverged does not move any more
RESOLUTION = 0.05  # half of the last digit that sources print, so that a zone around 0 has a width


class Limit(NamedTuple):
    """Why a part stays open, and the numbers of it."""

    reason: str
    numbers: dict[str, Any]


class Drift(NamedTuple):
    """Whether runs have arrived, half of the margin, within which they must stay, and the mean of their last quarter
    (None without a curve)."""

    plateau: Plateau
    bound: float
    last: float | None


def work_limit(part: Part, scope: Scope) -> Limit | None:
    """Whether a part's cells did too little of its source's work, or nobody knows that of a published number."""
    work, known = scope.least_work(part)
    if known is None:
        return Limit(NO_REFERENCE, {}) if part.published else None
    return Limit(STILL_MOVING, {"work": work, "of": known}) if work < LEAST * known * (1 - 1e-9) else None


def drift_limit(part: Part, results: Results) -> Limit | None:
    """The cell and measure that moves most for its margin, of those that have not arrived."""
    found = [one for cell in results.scope.cells(part) for one in _moving(part, cell, results)]
    return Limit(STILL_MOVING, max(found, key=lambda one: one[0])[1]) if found else None


def _moving(part: Part, cell: CellSummary, results: Results) -> list[tuple[float, dict[str, Any]]]:
    """What of a cell has not arrived: the drift in units of its bound, and the numbers.

    Where a measure of the part has no curve or no margin, others must have arrived in its place.
    """
    if BLOWUP in part.measures and results.survivors(*cell.key).size < 2:  # a last one changes no share of blow-ups
        return []
    held = [name for name in part.measures if has_curve(name, cell, results)]
    if len(held) < len(part.measures):
        known = [name for name in (MODES, QUALITY, KL, *results.settings.margins) if has_curve(name, cell, results)]
        held += [name for name in (MODES, QUALITY) if name in known] or known[:1]
    moving, about = [], {"cell": "/".join(cell.key)}
    for measure in dict.fromkeys(held):
        found, bound, _ = drift_of(part.published, cell, measure, results)
        if not found.arrived:
            size = abs(found.drift) / bound if found.interval else inf
            moving.append((size, about | {"measure": measure} | _numbers(found, bound)))
    return moving if held else [(inf, about)]


def has_curve(measure: str, cell: CellSummary, results: Results) -> bool:
    """Whether a measure of a cell has a margin and is known at more than one step."""
    family = results.scope.summary.datasets[cell.dataset].family
    return bool(results.settings.margin(family, measure)) and results.trajectories(*cell.key, measure)[0].size > 0


def drift_of(published: Value | None, cell: CellSummary, measure: str, results: Results) -> Drift:
    """Whether the runs of a cell have arrived in a measure.

    The margin is that of the published number, if it is of this measure, otherwise that of the runs' own mean.
    """
    steps, (values,) = results.trajectories(*cell.key, measure)
    quarters = quarter_means(steps, values)
    last = float(quarters[:, -1].mean()) if len(quarters) else None
    own = published if published and published.measure == measure else None
    margin = results.scope.margin(cell.dataset, measure, own.value if own else last or 0.0)
    bound = margin.half_at(last or 0.0, own.rounding if own else RESOLUTION)
    return Drift(plateau(quarters, bound), bound, last)


def _numbers(found: Plateau, bound: float) -> dict[str, Any]:
    """The numbers of a plateau that has not been reached, rounded."""
    lower, upper = found.interval or (None, None)
    numbers = {"drift": found.drift, "lower": lower, "upper": upper, "bound": bound, "more_steps": found.more_steps}
    rounded = {name: number if number is None else float(f"{number:.4g}") for name, number in numbers.items()}
    return rounded | ({"more_seeds": found.more_seeds} if found.more_seeds else {})

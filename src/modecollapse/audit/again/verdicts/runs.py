"""The runs' values as verdicts read them, taken from the tidy table run by run.

The primary endpoint is the mean over the last evaluations (`window` of them, at most half), the other one the last
step. A run that had failed by its last step has the worst value of the measure.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from modecollapse.audit.again.verdicts.limits import limits, worst

CALIBRATION = "calibration"
RUN = ["experiment", "dataset", "variant", "seed"]
CELL = ["experiment", "dataset", "variant", "measure"]
ROUNDING = 1e-9  # of the range: so far may a value miss it

Cell = tuple[str, str, str, str]


class View(NamedTuple):
    """How a verdict looks at runs: over the window or at the last step, with failed ones or without."""

    window: bool = True
    failures: bool = True


class Run(NamedTuple):
    """A run's values of one measure, the worst one where it failed; window is None with a single evaluation."""

    seed: int
    window: float | None
    final: float
    failed: bool


class Runs:
    """The trained runs of a study by cell and measure."""

    def __init__(self, rows: pd.DataFrame, facts: dict[str, Any], window: int) -> None:
        """rows: the tidy table; facts: what the bundle says of the study."""
        self.facts, self.window = facts, window
        self.places: dict[Cell, np.ndarray] = rows.groupby(CELL).indices
        self.seeds, self.steps = (rows[name].to_numpy(dtype=np.int64) for name in ("seed", "step"))
        self.numbers = rows["value"].to_numpy(dtype=np.float64)
        failed = rows.loc[rows["status"] == "diverged", [*RUN, "step"]].drop_duplicates()
        self.failed = set(failed.itertuples(index=False, name=None))
        self._read: dict[Cell, list[Run]] = {}

    def of(self, cell: Cell) -> list[Run]:
        """The runs that have the measure, by ascending seed. ValueError on values that are none of the measure's."""
        if cell not in self._read:
            series = self._series(cell, after=0)
            self._read[cell] = [self._run(cell, seed, own) for seed, own in sorted(series.items())]
        return self._read[cell]

    def values(self, cell: Cell, view: View) -> np.ndarray:
        """Their values by ascending seed, shape (n,): of the last step where no run has a window."""
        return np.array([value for _, value in self.by_seed(cell, view)], dtype=float)

    def by_seed(self, cell: Cell, view: View) -> list[tuple[int, float]]:
        """(seed, value) of each run."""
        runs = self.of(cell)
        windowed = view.window and any(run.window is not None for run in runs)
        pairs = [(run, run.window if windowed else run.final) for run in runs]
        return [(run.seed, value) for run, value in pairs if value is not None and (view.failures or not run.failed)]

    def oracle(self, dataset: str, measure: str) -> float | None:
        """What real data score on average, if measured."""
        places = self.places.get((CALIBRATION, dataset, "oracle", measure))
        return None if places is None else float(np.mean(self.numbers[places]))

    def curves(self, cell: Cell, quality: str) -> tuple[np.ndarray, np.ndarray]:
        """The cell's measure and another one where all runs have both, (S, T) each, of runs that never failed."""
        first, second = self._series(cell), self._series((*cell[:3], quality))
        bad = {seed for *place, seed, _ in self.failed if tuple(place) == cell[:3]}
        steps = {seed: first[seed].keys() & second[seed].keys() for seed in sorted(first.keys() & second.keys() - bad)}
        steps = {seed: own for seed, own in steps.items() if own}
        common = sorted(set.intersection(*steps.values())) if steps else []
        told = [[[series[seed][step] for step in common] for seed in steps] for series in (first, second)]
        return tuple(np.array(curves, dtype=float).reshape(len(steps), len(common)) for curves in told)

    def _series(self, cell: Cell, after: int = -1) -> dict[int, dict[int, float]]:
        """By seed and ascending step, the values after a step. ValueError where one is there twice."""
        places = self.places.get(cell, np.array([], dtype=int))
        found: dict[int, dict[int, float]] = {}
        for place in places[np.argsort(self.steps[places], kind="stable")]:
            own, step = found.setdefault(int(self.seeds[place]), {}), int(self.steps[place])
            if step in own:
                raise ValueError(f"{'/'.join(cell)}, seed {self.seeds[place]}, step {step}: more than one value")
            own[step] = float(self.numbers[place])
        kept = {seed: {step: value for step, value in own.items() if step > after} for seed, own in found.items()}
        return {seed: own for seed, own in kept.items() if own}

    def _run(self, cell: Cell, seed: int, own: dict[int, float]) -> Run:
        """The endpoints of one run, `own` being its values by step."""
        experiment, dataset, variant, measure = cell
        low, high = limits(self.facts, dataset, measure)
        values, last = np.array(list(own.values())), list(own)[-1]
        slack = ROUNDING * (high - low) if np.isfinite(high - low) else 0.0
        if not ((values >= low - slack) & (values <= high + slack)).all():
            raise ValueError(f"{'/'.join(cell)}, seed {seed}: a value that is not within {low:g} and {high:g}")
        values = np.clip(values, low, high)
        failed = (experiment, dataset, variant, seed, last) in self.failed
        bad = worst(self.facts, dataset, measure) if failed else None
        if bad is not None:
            return Run(seed, bad if len(values) > 1 else None, bad, failed)
        late = values[-max(1, min(self.window, len(values) // 2)) :]
        return Run(seed, mean(late) if len(values) > 1 else None, float(values[-1]), failed)


def mean(values: np.ndarray) -> float:
    """The mean, which rounding never carries past the least or largest value."""
    return float(min(max(np.mean(values), np.min(values)), np.max(values)))

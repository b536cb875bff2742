"""The results of a study as the judge reads them: values by cell, endpoint and treatment of failed runs."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from modecollapse.claims.registry import MarginEntry, Settings
from modecollapse.claims.rules import Condition, Share
from modecollapse.comparisons.checked import Support
from modecollapse.comparisons.endpoints import CALIBRATION, FINAL, WINDOW, endpoints
from modecollapse.statistics.margin import Interval, Margin
from modecollapse.statistics.ordering_verdict import SplitsOf
from modecollapse.statistics.permutation import splits
from modecollapse.study.streams import stream_seed
from modecollapse.study.summary import StudySummary

# Supports of what every trained run has of its course; the others are unbounded.
SUPPORTS = {
    "diverged": (0.0, 1.0),
    "rank_correlation:": (-1.0, 1.0),
    "given_time:": (-1.0, 1.0),
    "full_coverage_share": (0.0, 1.0),
    "hopping_rate": (0.0, 1.0),
    "peak_share:": (0.0, 1.0),
    "began_k_at_": (0.0, 1.0),
    "began_fake_is_easier": (0.0, 1.0),
}


def limits_of(summary: StudySummary, dataset: str, measure: str, support: Support) -> Interval:
    """The lowest and the highest value, infinite ones included, of a measure of the study or of a run's course."""
    if measure in summary.measures:
        return support(dataset, measure)
    known = (limits for start, limits in SUPPORTS.items() if measure.startswith(start))
    return next(known, (-np.inf, np.inf))


def finite(limits: Interval) -> Interval | None:
    """The limits as the support of an interval: None where one is infinite."""
    return limits if np.isfinite(limits).all() else None


def margin_of(entry: MarginEntry, published: float, limits: Interval) -> Margin:
    """A margin of the registry in the measure's unit; `limits` are the measure's."""
    if entry.factor is not None:
        return Margin(entry.factor, is_factor=True)
    if entry.relative is not None:
        return Margin(entry.relative * published)
    if entry.share is not None:
        return Margin(entry.share * (limits[1] - limits[0]))
    return Margin(entry.absolute)


# What of its course a failed run has the worst of: it diverged, never covered the modes, and is not stable.
FAILED_COURSES = {"diverged": "less", "full_coverage_share": "more", "coverage_time:": "less", "within_sd:": "less"}


class View(NamedTuple):
    """How a verdict looks at the runs: at which endpoint, and whether failed runs count (with the worst value)."""

    endpoint: str = WINDOW
    failures: bool = True


class Results:
    """The endpoints of the runs of a study, which `summary` describes."""

    def __init__(
        self, summary: StudySummary, rows: pd.DataFrame, names: list[str], settings: Settings, support: Support
    ) -> None:
        better = {name: entry.better for name, entry in summary.measures.items()}
        self.summary, self.better, self.settings, self.rows = summary, better, settings, rows
        self._support = support
        worst = better | {
            name: way for name in names for start, way in FAILED_COURSES.items() if name.startswith(start)
        }
        self.table = endpoints(rows, settings.window, self.limits, worst, sorted({*better, *names}))
        columns = ["experiment", "dataset", "variant", "measure"]
        self._cells = {
            (endpoint, *key): group.sort_values("seed")
            for endpoint, own in self.table.groupby("endpoint")
            for key, group in own.groupby(columns)
        }
        self.splits_of: SplitsOf = cache(self._splits)

    def limits(self, dataset: str, measure: str) -> Interval:
        """The lowest and the highest value, infinite ones included, of a measure on a data set."""
        return limits_of(self.summary, dataset, measure, self._support)

    def runs(self, view: View, experiment: str, dataset: str, variant: str, measure: str) -> pd.DataFrame:
        """The rows (seed, value, failed) of a cell, of the last step where the measure has no other; may be empty."""
        key = (experiment, dataset, variant, measure)
        found = self._cells.get((view.endpoint, *key), self._cells.get((FINAL, *key), self.table.iloc[:0]))
        return found if view.failures else found[~found["failed"]]

    def values(self, view: View, experiment: str, dataset: str, variant: str, measure: str) -> np.ndarray:
        """The values of a cell by ascending seed, shape (n,)."""
        return self.runs(view, experiment, dataset, variant, measure)["value"].to_numpy(dtype=np.float64)

    def events(self, view: View, experiment: str, dataset: str, variant: str, test: Share) -> np.ndarray:
        """Which runs of a cell show the event of a share, (n,) bool by ascending seed.

        A run without a value of a condition, which a failed one may lack, does not show it.
        """
        key = (view, experiment, dataset, variant)
        shown = [self._shown(*key, condition) for condition in test.conditions]
        together = pd.concat(shown, axis=1).astype("boolean").fillna(False)
        seeds = self.summary.seeds_of(experiment) if view.failures else sorted(together.index)
        together = together.reindex(seeds, fill_value=False)
        return (together.any(axis=1) if test.any_of else together.all(axis=1)).to_numpy(dtype=bool)

    def _shown(self, view: View, experiment: str, dataset: str, variant: str, condition: Condition) -> pd.Series:
        """By seed, whether a run's value lies in the range of a condition."""
        runs = self.runs(view, experiment, dataset, variant, condition.measure).set_index("seed")["value"]
        low = -np.inf if condition.at_least is None else condition.at_least
        high = np.inf if condition.at_most is None else condition.at_most
        return (runs >= low) & (runs <= high)

    def oracle(self, dataset: str, measure: str) -> float | None:
        """What real data score on average, if measured."""
        rows = self.rows
        own = rows[(rows["experiment"] == CALIBRATION) & (rows["variant"] == "oracle")]
        own = own[(own["dataset"] == dataset) & (own["measure"] == measure)]["value"]
        return float(own.mean()) if len(own) else None

    def courses(
        self, experiment: str, dataset: str, variant: str, signal: str, quality: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """Two measures at all evaluations that have both, each (S, T) by ascending seed; runs that failed left out."""
        rows = self.rows
        own = rows[(rows["experiment"] == experiment) & (rows["dataset"] == dataset) & (rows["variant"] == variant)]
        failed = own.loc[own["status"] == "diverged", "seed"].unique()
        own = own[own["measure"].isin([signal, quality]) & ~own["seed"].isin(failed)]
        wide = own.pivot(index=["seed", "step"], columns="measure", values="value").reindex(columns=[signal, quality])
        wide = wide.dropna()
        return tuple(wide[name].unstack("step").dropna(axis=1).to_numpy() for name in (signal, quality))

    def _splits(self, n: int, m: int) -> Any:
        rng = np.random.default_rng(stream_seed(self.summary.root_seed, "splits", n, m))
        return splits(n, m, rng, self.settings.draws)

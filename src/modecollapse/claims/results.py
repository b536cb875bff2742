"""The results of a study as rules read them: values by cell, endpoint and treatment of failed runs."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from modecollapse.claims.name_checks import of_training
from modecollapse.claims.parts import Part, Scope
from modecollapse.comparisons.endpoints import CALIBRATION, FINAL, LAST_TENTH, endpoints
from modecollapse.statistics.ordering_verdict import PermutationsOf
from modecollapse.statistics.permutation import permutations
from modecollapse.study.streams import stream_seed


class View(NamedTuple):
    """How a verdict looks at the runs: at which endpoint, and whether failed runs count (with the worst value)."""

    endpoint: str = LAST_TENTH
    failures: bool = True


class Results:
    """The endpoints of the runs of a study. `rows`: the tidy table; `names`: measures of the training to read."""

    def __init__(self, scope: Scope, rows: pd.DataFrame, names: Collection[str]) -> None:
        self.scope, self.rows, self.settings = scope, rows, scope.registry.settings
        better = {name: entry.better for name, entry in scope.summary.measures.items()}
        worst = better | {name: known.better for name in names if (known := of_training(name))}
        self.table = endpoints(rows, scope.limits, worst, sorted({*better, *names}))
        columns = ["endpoint", "experiment", "dataset", "variant", "measure"]
        self._cells = {key: group.sort_values("seed") for key, group in self.table.groupby(columns)}
        self._places = rows.groupby(["experiment", "dataset", "variant"]).indices
        self.permutations_of: PermutationsOf = cache(self._permutations)
        self.trajectories = cache(self._trajectories)  # whether a cell has arrived is asked for every part

    def runs(self, view: View, experiment: str, dataset: str, variant: str, measure: str) -> pd.DataFrame:
        """The rows (seed, value, failed) of a cell, of the last step where the measure has no other; may be empty."""
        key = (experiment, dataset, variant, measure)
        found = self._cells.get((view.endpoint, *key), self._cells.get((FINAL, *key), self.table.iloc[:0]))
        return found if view.failures else found[~found["failed"]]

    def values(self, view: View, experiment: str, dataset: str, variant: str, measure: str) -> np.ndarray:
        """The values of a cell by ascending seed, shape (n,)."""
        return self.runs(view, experiment, dataset, variant, measure)["value"].to_numpy(dtype=np.float64)

    def of_variants(self, part: Part, view: View, measure: str) -> list[np.ndarray]:
        """The values of each cell of a part, data set by data set and variant by variant."""
        return [self.values(view, part.experiment, d, v, measure) for d in part.datasets for v in part.variants]

    def oracle(self, dataset: str, measure: str) -> float | None:
        """What real data score on average, if measured."""
        rows = self.rows
        own = rows[(rows["experiment"] == CALIBRATION) & (rows["variant"] == "oracle")]
        own = own[(own["dataset"] == dataset) & (own["measure"] == measure)]["value"]
        return float(own.mean()) if len(own) else None

    def _trajectories(
        self, experiment: str, dataset: str, variant: str, *measures: str
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """The steps (T,) at which every run has all of the measures, and each of these, (S, T), by ascending seed.

        Step 0 and runs that failed are left out. A measure of the last step alone has no curve: S and T are 0.
        """
        own, kept = self._of_cell(experiment, dataset, variant), self.survivors(experiment, dataset, variant)
        own = own[own["measure"].isin(measures) & own["seed"].isin(kept) & (own["step"] > 0)]
        wide = own.pivot(index="seed", columns=["measure", "step"], values="value")
        known = [wide.get(name, wide.iloc[:, :0]).dropna(axis=1) for name in measures]
        steps = sorted(set.intersection(*(set(curve.columns) for curve in known)))
        if len(steps) < 2:
            return np.empty(0), tuple(np.empty((0, 0)) for _ in measures)
        return np.array(steps), tuple(curve[steps].to_numpy(dtype=np.float64) for curve in known)

    def survivors(self, experiment: str, dataset: str, variant: str) -> np.ndarray:
        """The seeds of a cell that did not fail, shape (n,)."""
        own = self._of_cell(experiment, dataset, variant)
        return np.setdiff1d(own["seed"], own.loc[own["status"] == "diverged", "seed"])

    def _of_cell(self, *cell: str) -> pd.DataFrame:
        return self.rows.iloc[self._places.get(cell, [])]

    def rng(self, part: Part, *more: str) -> np.random.Generator:
        """Random numbers keyed by the names of a part, so that neither order nor company changes a verdict."""
        root = self.scope.summary.root_seed
        return np.random.default_rng(stream_seed(root, "verdict", "/".join(part.names), *more))

    def _permutations(self, n: int, m: int) -> Any:
        rng = np.random.default_rng(stream_seed(self.scope.summary.root_seed, "splits", n, m))
        return permutations(n, m, rng, self.settings.draws)

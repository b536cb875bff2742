"""The samples of a finished run beside training data, as points: what the measures of samples read.

Points are the data set's features: the coordinates or, for images, what their classifier sees in them. Samples that are
not finite are no points; the measure n_nonfinite counts them.

Most measures are functions of distances, which cost more than all that is made of them: they are computed once a run,
and those within the training data once for all runs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from scipy.spatial.distance import cdist, pdist, squareform

from modecollapse import datasets
from modecollapse.datasets import finite_rows
from modecollapse.datasets.random_numbers import RandomNumbers
from modecollapse.measures.neighbours import Balls, balls

POINTS = 2500  # of either side: distances between all of them fit in memory
NEIGHBOURS = 5  # k of precision, recall, density and coverage
LEAST = NEIGHBOURS + 1

T = TypeVar("T")


class Points:
    """(m, d) float64 points, and what is made of the distances between them."""

    points: np.ndarray

    @cached_property
    def apart(self) -> np.ndarray:
        """(m (m - 1) / 2,) distances between the points, each pair once."""
        return pdist(self.points)

    @cached_property
    def balls(self) -> Balls:
        """Around each point, to its fifth neighbour."""
        return balls(squareform(self.apart), NEIGHBOURS)


class Reference(Points):
    """Training data, drawn once for all runs on a data set; what is derived from it is computed once too."""

    def __init__(self, dataset: datasets.Dataset, seed: int) -> None:
        self.dataset, self.seed = dataset, seed
        self._derived: dict[Any, Any] = {}

    @cached_property
    def items(self) -> np.ndarray:
        """(m, *SHAPE) float32; some may be the same, for a fixed training set is drawn from with replacement."""
        return self._sample(self.seed)

    @cached_property
    def points(self) -> np.ndarray:
        """(m, d) float64."""
        return datasets.features(self.items, self.dataset)

    @property
    def mode_weights(self) -> np.ndarray:
        """(K,) the share of each mode in the data, summing to 1: what the data set says, else all the same."""
        modes = self.dataset.modes
        return getattr(self.dataset, "mode_weights", np.full(modes, 1 / modes))

    def drawn(self, use: str) -> np.ndarray:
        """(m, d) float64: training points of another draw, for one use."""
        seed = int(self.rng(use).integers(2**63))
        return datasets.features(self._sample(seed), self.dataset)

    def once(self, derive: Callable[[Reference], T]) -> T:
        """What a measure derives from the training data: made for the first run that asks, kept for the others."""
        if derive not in self._derived:
            self._derived[derive] = derive(self)
        return self._derived[derive]

    def rng(self, use: str) -> np.random.Generator:
        """Random numbers for one use, the same for every run."""
        return np.random.default_rng([self.seed, *use.encode()])

    def _sample(self, seed: int) -> np.ndarray:
        return self.dataset.sample(POINTS, RandomNumbers((seed,), POINTS)).numpy()


class Sampled(Points):
    """The samples of one run."""

    def __init__(self, samples: np.ndarray, reference: Reference, counts: np.ndarray) -> None:
        """`samples` are (n, *shape), finite or not; points are made of the first ones.

        `counts` (K,) are all high-quality samples in each mode, by the default rule.
        """
        self.samples, self.reference, self.counts = samples, reference, counts

    @property
    def usable(self) -> bool:
        """Whether enough samples are finite for every measure."""
        return np.count_nonzero(finite_rows(self.samples[:POINTS])) >= LEAST

    @cached_property
    def points(self) -> np.ndarray:
        """(m, d) float64: the finite ones among the first samples."""
        first = self.samples[:POINTS]
        return datasets.features(first[finite_rows(first)], self.reference.dataset)

    @cached_property
    def across(self) -> np.ndarray:
        """(n, m) distances from the n training points to these."""
        return cdist(self.reference.points, self.points)

    @cached_property
    def inside(self) -> np.ndarray:
        """(n, m) bool: whether these points are in the training points' balls."""
        return self.across <= self.reference.balls.radii[:, None]

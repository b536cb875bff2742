"""The samples of a finished run beside training data, as points: what the measures of samples read.

Points are the data set's features: the coordinates or, for images, what their classifier sees in them. Samples that are
not finite have no place among points; how many there were is a measure of its own (n_nonfinite).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch

from modecollapse import datasets
from modecollapse.datasets import finite_rows
from modecollapse.measures.neighbours import NeighbourScores, neighbour_scores

POINTS = 2500  # of either side: distances between all of them fit in memory
NEIGHBOURS = 5  # k of precision, recall, density and coverage
LEAST = NEIGHBOURS + 1


class Reference:
    """Training data, drawn once for all runs on a data set; what is derived from it is computed once too."""

    def __init__(self, dataset: datasets.Dataset, seed: int) -> None:
        self.dataset, self.seed = dataset, seed

    @cached_property
    def points(self) -> np.ndarray:
        """(m, d) float64."""
        drawn = self.dataset.sample(POINTS, torch.Generator().manual_seed(self.seed))
        return datasets.features(drawn.numpy(), self.dataset)

    def rng(self, use: str) -> np.random.Generator:
        """Random numbers for one use, the same for every run."""
        return np.random.default_rng([self.seed, *use.encode()])


class Sampled:
    """The samples of one run."""

    def __init__(self, samples: np.ndarray, reference: Reference) -> None:
        """`samples` is (n, *shape), finite or not; `counts` are made of all of them, points of the first ones."""
        self.samples, self.reference = samples, reference

    @property
    def usable(self) -> bool:
        """Whether enough samples are finite for every measure."""
        return len(self.points) >= LEAST

    @cached_property
    def points(self) -> np.ndarray:
        """(m, d) float64: the finite ones among the first samples."""
        first = self.samples[:POINTS]
        return datasets.features(first[finite_rows(first)], self.reference.dataset)

    @cached_property
    def neighbours(self) -> NeighbourScores:
        """Precision, recall, density and coverage."""
        return neighbour_scores(self.reference.points, self.points, NEIGHBOURS)

"""A standard normal law in any dimension: data whose law is known, for tests of two samples and for likelihoods."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy.stats import chi

from modecollapse.datasets import finite_rows
from modecollapse.datasets.random_numbers import RandomNumbers

LABEL = "Normal"
SHAPE = ("dimension",)
MODES = 1
SAMPLES = 500
STORED_AS = "float32"
UNINFORMATIVE = ("reverse_kl", "effective_modes", "covered_modes", "total_variation", "kl_data")  # with one mode
OPTIONS = {"dimension": {"default": 2, "least": 1, "most": 4096}}
SHELL = 0.99  # of the data lie at the distances from the origin that count as high quality, in the middle of all
HALF_WIDTH = 3.0  # of the box of the uniform null


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, np.ndarray]:
    """The dimension alone: every batch is fresh."""
    return {"dimension": np.int64(options["dimension"])}


class Dataset:
    """N(0, I), drawn fresh for every batch."""

    modes = MODES

    def __init__(self, dimension: np.ndarray) -> None:
        self.dimension = int(dimension)

    def to(self, device: str) -> Dataset:
        """There is nothing to move."""
        return self

    def sample(self, n: int, random: RandomNumbers) -> torch.Tensor:
        """(n, d) float32: fresh draws."""
        return random.normal(n, self.dimension)

    def oracle(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, d) float32: fresh draws, which training cannot have used."""
        return rng.standard_normal((n, self.dimension), dtype=np.float32)

    def null_uniform(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, d) float32: every coordinate uniform within three standard deviations."""
        return rng.uniform(-HALF_WIDTH, HALF_WIDTH, (n, self.dimension)).astype(np.float32)

    def null_gaussian(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, d) float32: the law itself, which is the Gaussian with the data's mean and covariance."""
        return self.oracle(n, rng)

    def assign(self, samples: np.ndarray) -> np.ndarray:
        """(n,) int64: 0 for (n, d) samples as far from the origin as the middle 99 % of the data, else -1."""
        low, high = chi(self.dimension).interval(SHELL)
        with np.errstate(over="ignore", invalid="ignore"):
            distance = np.linalg.norm(samples.astype(np.float64), axis=1)
        return np.where(finite_rows(samples) & (low <= distance) & (distance <= high), 0, -1)

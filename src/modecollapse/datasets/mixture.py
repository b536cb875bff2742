"""Mixtures of isotropic Gaussians in the plane, of which `ring` and `grid` are made."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from modecollapse.datasets import finite_rows, points_rng
from modecollapse.datasets.random_numbers import RandomNumbers

HIGH_QUALITY_SDS = 3.0  # VEEGAN, "Synthetic Dataset": within three standard deviations of the nearest mode
BOX_MARGIN_SDS = 10.0


def mixture_arrays(
    family: str, means: np.ndarray, components: np.ndarray, options: dict[str, Any], root_seed: int
) -> dict[str, np.ndarray]:
    """The arrays of a mixture's data file, as `Mixture` takes them.

    `means` (K, 2) are the modes. `components` (C,) is the mode of each of the C equally likely Gaussians, so a mode
    named twice has twice the weight. Options: `sd`; `nominal_sd`, or 0 for `sd`; `points`, the size of a fixed training
    set with equal numbers of every component, or 0 for fresh batches.
    """
    arrays = {
        "means": means.astype(np.float32),
        "components": components.astype(np.int64),
        "sd": np.float64(options["sd"]),
        "nominal_sd": np.float64(options["nominal_sd"] or options["sd"]),
    }
    if rng := points_rng(family, options["points"], len(components), root_seed):
        centres = arrays["means"][np.resize(components, options["points"])]
        arrays["points"] = (centres + options["sd"] * rng.standard_normal(centres.shape)).astype(np.float32)
    return arrays


class Mixture:
    """C equally likely Gaussians N(m, sd^2 I) around the K means, drawn fresh for every batch or from a fixed set."""

    def __init__(
        self, means: np.ndarray, components: np.ndarray, sd: float, nominal_sd: float, points: np.ndarray | None = None
    ) -> None:
        """The arrays of `mixture_arrays`. Lengths are in the units of the means; `points` (N, 2) float32."""
        self.means, self.points = means, points
        self.sd = float(sd)
        self.reach = HIGH_QUALITY_SDS * float(nominal_sd)
        self.modes = len(means)
        self.mode_weights = np.bincount(components, minlength=len(means)) / len(components)
        self._centres = means[components]
        self._training = torch.from_numpy(self._centres if points is None else points)

    def to(self, device: str) -> Mixture:
        """Move what `sample` reads."""
        self._training = self._training.to(device)
        return self

    def sample(self, n: int, random: RandomNumbers) -> torch.Tensor:
        """(n, 2) float32: fresh draws, or points of the fixed set with replacement."""
        chosen = random.rows(self._training, n)
        if self.points is not None:
            return chosen
        return chosen + self.sd * random.normal(n, 2)

    def oracle(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, 2) float32: fresh draws, which training cannot have used."""
        centres = self._centres[rng.integers(len(self._centres), size=n)]
        return (centres + self.sd * rng.standard_normal((n, 2))).astype(np.float32)

    def null_uniform(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, 2) float32: uniform on the means' bounding square, ten standard deviations wider on each side."""
        half = np.abs(self.means).max() + BOX_MARGIN_SDS * self.sd
        return rng.uniform(-half, half, (n, 2)).astype(np.float32)

    def null_gaussian(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, 2) float32: one Gaussian with the mixture's mean and covariance."""
        covariance = np.cov(self._centres.T, bias=True) + self.sd**2 * np.eye(2)
        return rng.multivariate_normal(self._centres.mean(axis=0), covariance, n).astype(np.float32)

    def assign(self, samples: np.ndarray) -> np.ndarray:
        """(n,) int64: the nearest mode (Euclidean) if within three nominal sd, else -1, also for non-finite samples."""
        finite = finite_rows(samples)
        points = np.where(finite[:, None], samples, 0.0).astype(np.float64)
        with np.errstate(over="ignore"):  # a square that overflows is an infinite distance
            distance = np.linalg.norm(points[:, None, :] - self.means[None].astype(np.float64), axis=2)
        nearest = distance.argmin(axis=1)
        close = finite & (distance.min(axis=1) <= self.reach)
        return np.where(close, nearest, -1)

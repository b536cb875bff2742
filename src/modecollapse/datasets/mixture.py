"""Mixtures of K equal isotropic Gaussians in the plane: what `ring` and `grid` share."""

from __future__ import annotations

import numpy as np
import torch

from modecollapse.datasets import finite_rows

HIGH_QUALITY_SDS = 3.0  # VEEGAN, "Synthetic Dataset": within three standard deviations of the nearest mode
BOX_MARGIN_SDS = 10.0


class Mixture:
    """K equally likely Gaussians N(means[k], sd^2 I), drawn fresh for every batch as VEEGAN's authors did."""

    def __init__(self, means: np.ndarray, sd: np.ndarray) -> None:
        """`means` (K, 2) float32; `sd` a positive scalar, in the units of the means."""
        self.means = means
        self.sd = float(sd)
        self.modes = len(means)
        self._centres = torch.from_numpy(means)

    def to(self, device: str) -> Mixture:
        """Move the centres that `sample` reads."""
        self._centres = self._centres.to(device)
        return self

    def sample(self, n: int, generator: torch.Generator) -> torch.Tensor:
        """(n, 2) float32 draws."""
        device = generator.device
        component = torch.randint(self.modes, (n,), generator=generator, device=device)
        return self._centres[component] + self.sd * torch.randn(n, 2, generator=generator, device=device)

    def oracle(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, 2) float32: fresh draws, which are as unseen as a held-out set."""
        centres = self.means[rng.integers(self.modes, size=n)]
        return (centres + self.sd * rng.standard_normal((n, 2))).astype(np.float32)

    def null_uniform(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, 2) float32: uniform on the means' bounding square, ten standard deviations wider on each side."""
        half = np.abs(self.means).max() + BOX_MARGIN_SDS * self.sd
        return rng.uniform(-half, half, (n, 2)).astype(np.float32)

    def null_gaussian(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, 2) float32: one Gaussian with the mixture's mean and covariance."""
        covariance = np.cov(self.means.T, bias=True) + self.sd**2 * np.eye(2)
        return rng.multivariate_normal(self.means.mean(axis=0), covariance, n).astype(np.float32)

    def assign(self, samples: np.ndarray) -> np.ndarray:
        """(n,) int64: the nearest mode (Euclidean) where it is within three sd, else -1; non-finite samples too."""
        finite = finite_rows(samples)
        points = np.where(finite[:, None], samples, 0.0).astype(np.float64)
        with np.errstate(over="ignore"):  # the square of a huge but finite number is as far away as infinity
            distance = np.linalg.norm(points[:, None, :] - self.means[None].astype(np.float64), axis=2)
        nearest = distance.argmin(axis=1)
        close = finite & (distance.min(axis=1) <= HIGH_QUALITY_SDS * self.sd)
        return np.where(close, nearest, -1)

"""1200D Synthetic: ten 700-dimensional Gaussians in 1200 dimensions (VEEGAN poster, Table 1).

VEEGAN released no code for it; this is the class VEEGAN1200DPackingMixture of PacGAN's repository. A sample is standard
normal in its first 700 coordinates and 0 in the other 500; then its mode's shift is added to all 1200.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy.stats import chi

from modecollapse.datasets import points_rng
from modecollapse.datasets.random_numbers import RandomNumbers

LABEL = "1200D Synthetic"
SHAPE = (1200,)
MODES = 10
SAMPLES = 2500
STORED_AS = "float16"  # exact for the shifts; elsewhere its rounding adds less than 1e-5 to a variance of 1
# These measures are of samples that pass the published rule, and no real data pass it.
UNINFORMATIVE = ("reverse_kl", "effective_modes", "covered_modes", "total_variation", "kl_data")
RULES = ("shell",)
OPTIONS = {
    # Root mean square on the 500 coordinates without noise, in sd of the others. Centres are 0.25 apart in each
    # coordinate, so from 0.125 on these coordinates may belong to another mode; 0.1 stays below that, and adds less
    # than a hundredth to a sample's squared distance (500 x 0.1^2 to 700).
    "off_tolerance": {"default": 0.1, "above": 0, "most": 1e6},
    "points": {"default": 0, "least": 0, "most": 100_000},  # of a fixed training set; 0: fresh batches
}
PRESETS = {"veegan": {}, "pacgan": {"points": 100_000}}

SHIFTS = (-1.0, -0.5, 0.0, 0.5, -2.0, -2.5, 10.0, 0.25, -13.0, -5.5)
NOISY, SILENT = 700, 500  # coordinates
REACH = 10.0  # VEEGAN, "Synthetic Dataset": ten standard deviations
SHELL = chi(NOISY).interval(0.99)  # 24.6 to 28.3: the distances from the centre of 99 % of the samples
FAR = 1e6
BOX_MARGIN = 3.0  # in sd


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, np.ndarray]:
    """The shifts, the tolerance and, if there is one, the fixed training set, with equal numbers of each mode."""
    made = {"shifts": np.array(SHIFTS, dtype=np.float32), "off_tolerance": np.float64(options["off_tolerance"])}
    if rng := points_rng("gaussians-1200d", options["points"], MODES, root_seed):
        made["points"] = _around(np.resize(made["shifts"], options["points"]), rng)
    return made


def _around(shift: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n, 1200) float32: a draw around each of (n,) float32 shifts."""
    noise = rng.standard_normal((len(shift), NOISY), dtype=np.float32)
    return np.pad(noise, ((0, 0), (0, SILENT))) + shift[:, None]


class Dataset:
    """Ten equally likely modes, drawn fresh for every batch or from a fixed set."""

    modes = MODES
    rules = RULES

    def __init__(self, shifts: np.ndarray, off_tolerance: np.ndarray, points: np.ndarray | None = None) -> None:
        """`shifts` (10,) float32, `off_tolerance` a positive scalar, `points` (N, 1200) float32."""
        self.shifts, self.points = shifts, points
        self.off_tolerance = float(off_tolerance)
        self._training = torch.from_numpy(shifts if points is None else points)

    def to(self, device: str) -> Dataset:
        """Move what `sample` reads."""
        self._training = self._training.to(device)
        return self

    def sample(self, n: int, random: RandomNumbers) -> torch.Tensor:
        """(n, 1200) float32: fresh draws, or points of the fixed set with replacement."""
        chosen = random.rows(self._training, n)
        if self.points is not None:
            return chosen
        noise = random.normal(n, NOISY)
        return torch.nn.functional.pad(noise, (0, SILENT)) + chosen[:, None]

    def oracle(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, 1200) float32: fresh draws, which training cannot have used."""
        return _around(rng.choice(self.shifts, n), rng)

    def null_uniform(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, 1200) float32: every coordinate uniform from the lowest to the highest shift, 3 wider on each side."""
        low, high = self.shifts.min() - BOX_MARGIN, self.shifts.max() + BOX_MARGIN
        return rng.uniform(low, high, (n, *SHAPE)).astype(np.float32)

    def null_gaussian(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, 1200) float32: one Gaussian with the mixture's mean and covariance.

        The covariance is the noise's plus the variance of the shifts, which all coordinates share: a normal shift.
        """
        shift = rng.normal(self.shifts.mean(), self.shifts.std(), n).astype(np.float32)
        return _around(shift, rng)

    def assign(self, samples: np.ndarray, rule: str | None = None) -> np.ndarray:
        """(n,) int64: the nearest mode (Euclidean) of each of (n, 1200) samples that the rule accepts, else -1.

        The published rule (None) accepts samples within ten standard deviations of the centre. No sample of the data is
        so near, because its distance from the centre is about the square root of 700. The rule `shell` accepts samples
        as far away as the middle 99 % of the data on the first 700 coordinates, and within the tolerance on the others.
        """
        deviation = samples.astype(np.float64)
        # A value beyond FAR is in no mode; clipping keeps its square finite. A NaN fails every comparison.
        np.clip(deviation, -FAR, FAR, out=deviation)
        # A centre has the same value in all coordinates: nearest to x is that nearest to the mean of x.
        nearest = np.abs(deviation.mean(axis=1, keepdims=True) - self.shifts).argmin(axis=1)
        deviation -= self.shifts[nearest, None]
        squares = np.square(deviation, out=deviation)
        noisy, silent = squares[:, :NOISY].sum(axis=1), squares[:, NOISY:].sum(axis=1)
        low, high = np.square(SHELL)
        accepted = {
            None: np.sqrt(noisy + silent) <= REACH,
            "shell": (low <= noisy) & (noisy <= high) & (np.sqrt(silent / SILENT) <= self.off_tolerance),
        }
        return np.where(accepted[rule], nearest, -1)

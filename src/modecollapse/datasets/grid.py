"""2D Grid: 25 Gaussians on a 5 x 5 lattice (VEEGAN poster, Table 1 and Figure 2), in the definitions of papers."""

from __future__ import annotations

from typing import Any

import numpy as np

from modecollapse.datasets.mixture import Mixture, mixture_arrays

LABEL = "2D Grid"
SHAPE = (2,)
MODES = 25
SAMPLES = 2500
STORED_AS = "float32"
UNINFORMATIVE = ()
OPTIONS = {
    "spacing": {"default": 2.0, "above": 0, "most": 1e6},
    "sd": {"default": 0.05, "above": 0, "most": 1e6},
    "nominal_sd": {"default": 0.0, "least": 0, "most": 1e6},  # a mode's radius is three of these; 0: as `sd`
    "points": {"default": 0, "least": 0, "most": 1_000_000},  # of a fixed training set; 0: fresh batches
}
PRESETS = {
    "veegan": {"spacing": 2.0, "sd": 0.05},  # VEEGAN's notebook
    "pacgan": {"points": 100_000},  # PacGAN; ALI's toy experiment before it
    "bures": {"points": 10_000},  # BuresGAN, lib/data.py
    "bourgan": {"sd": 0.1, "points": 1250},  # BourGAN: 50 points a mode, of covariance 0.01
    "wgan-gp": {"spacing": 0.7072136, "sd": 0.01768034, "points": 100_000},  # gan_toy.py divides all by 2.828
}

Dataset = Mixture


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, np.ndarray]:
    """Centres at {-2, -1, 0, 1, 2} spacings in both coordinates, row by row, with equal weights."""
    line = options["spacing"] * np.arange(-2, 3)
    means = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(MODES, 2)
    return mixture_arrays("grid", means, np.arange(MODES), options, root_seed)

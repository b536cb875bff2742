"""2D Ring: eight Gaussians on a circle (VEEGAN poster, Table 1 and Figure 2)."""

from __future__ import annotations

from typing import Any

import numpy as np

from modecollapse.datasets.mixture import Mixture

LABEL = "2D Ring"
SHAPE = (2,)
MODES = 8
SAMPLES = 2500
STORED_AS = "float32"
UNINFORMATIVE = ()
OPTIONS = {
    "radius": {"default": 1.0, "above": 0, "most": 1e6},
    "sd": {"default": 0.01, "above": 0, "most": 1e6},
}

Dataset = Mixture


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, np.ndarray]:
    """Eight distinct centres at multiples of 45 degrees. (A closed `linspace(0, 2 pi, 8)` gives only seven.)"""
    angle = 2 * np.pi * np.arange(MODES) / MODES
    means = options["radius"] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return {"means": means.astype(np.float32), "sd": np.float64(options["sd"])}

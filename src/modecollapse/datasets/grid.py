"""2D Grid: 25 Gaussians on a 5 x 5 lattice (VEEGAN poster, Table 1 and Figure 2)."""

from __future__ import annotations

from typing import Any

import numpy as np

from modecollapse.datasets.mixture import Mixture

LABEL = "2D Grid"
SHAPE = (2,)
MODES = 25
SAMPLES = 2500
STORED_AS = "float32"
UNINFORMATIVE = ()
OPTIONS = {
    "spacing": {"default": 2.0, "above": 0, "most": 1e6},
    "sd": {"default": 0.05, "above": 0, "most": 1e6},
}

Dataset = Mixture


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, np.ndarray]:
    """Centres at {-2, -1, 0, 1, 2} spacings in both coordinates, row by row."""
    line = options["spacing"] * np.arange(-2, 3)
    means = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(MODES, 2)
    return {"means": means.astype(np.float32), "sd": np.float64(options["sd"])}

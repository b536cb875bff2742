"""2D Ring: Gaussians on a circle (VEEGAN poster, Table 1 and Figure 2), in the definitions that papers used.

Published code that takes eight or nine angles from 0 to 2 pi, both included, has the first centre twice: the ring then
has one mode less than angles, and that mode has twice the weight. The angle of a definition's first centre is not kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from modecollapse.datasets.mixture import Mixture, mixture_arrays

LABEL = "2D Ring"
SHAPE = (2,)
MODES = {"angles": {"eight": 8, "eight-closed": 7, "nine-closed": 8, "circle": 256}}
SAMPLES = 2500
STORED_AS = "float32"
UNINFORMATIVE = ()
OPTIONS = {
    "radius": {"default": 1.0, "above": 0, "most": 1e6},
    "sd": {"default": 0.01, "above": 0, "most": 1e6},
    "nominal_sd": {"default": 0.0, "least": 0, "most": 1e6},  # a mode's radius is three of these; 0: as `sd`
    # closed: from 0 to 2 pi, both included; circle: 256, which with an sd of .05 are a ring without gaps
    "angles": ["eight", "eight-closed", "nine-closed", "circle"],
    "points": {"default": 0, "least": 0, "most": 1_000_000},  # of a fixed training set; 0: fresh batches
}
PRESETS = {
    "veegan": {"radius": 1.0, "sd": 0.01},  # the poster's figure and the stated sd
    "gist": {"sd": 1e-4, "nominal_sd": 0.01},  # VEEGAN's author's GAN_RING.py hands sd^2 to TensorFlow as the sd
    "seven-mode": {"angles": "eight-closed"},  # demo of Unrolled GAN; GDPP
    "lsgan": {"angles": "nine-closed"},  # xudonmao/LSGAN, mixture_gaussian
    "metz": {"radius": 2.0, "sd": 0.02},  # paper of Unrolled GAN
    "bures": {"radius": 2.5, "points": 10_000},  # BuresGAN, lib/data.py
    "pacgan": {"points": 100_000},  # PacGAN, 2DRing_*/config.py
    "wgan-gp": {"radius": 1.414427, "sd": 0.01414427},  # gan_toy.py: radius 2, sd 0.02, all divided by 1.414
}

Dataset = Mixture


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, np.ndarray]:
    """K distinct centres at multiples of 360 / K degrees; closed angles draw from the first one twice."""
    modes = MODES["angles"][options["angles"]]
    angle = 2 * np.pi * np.arange(modes) / modes
    means = options["radius"] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    closed = options["angles"].endswith("closed")
    components = np.arange(modes + closed) % modes
    return mixture_arrays("ring", means, components, options, root_seed)

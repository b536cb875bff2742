"""The study's named streams of random numbers: the first 63 bits of the SHA-256 of the name, as JSON."""

from __future__ import annotations

import json
from hashlib import sha256

import numpy as np


def seed(root: int, *name: str | int) -> int:
    """The seed of a stream, such as (7, "convergence", 3, "visits") below a root."""
    text = json.dumps([root, *name], separators=(",", ":")).encode()
    return int(sha256(text).hexdigest()[:16], 16) // 2


def rng_of(*name: str | int) -> np.random.Generator:
    """The generator of a stream that does not depend on the study's root seed, as those of measures do not."""
    return np.random.default_rng(seed(0, *name))

"""How far two sets of points are apart: the kernel of MMD (Gretton et al. 2012), sliced Wasserstein distance."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from modecollapse.measures.two_sample import checked_pair

SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)  # widths of the kernels, in median distances


def gaussians(squared: np.ndarray, bandwidth: float) -> np.ndarray:
    """The mean of Gaussian kernels exp(-d^2 / (2 (s m)^2)) over `SCALES` s, of squared distances d^2 of any shape.

    m is the bandwidth, in the units of the points, and above 0. The kernel is from 0 to 1.
    """
    return sum(np.exp(squared * (-0.5 / (scale * bandwidth) ** 2)) for scale in SCALES) / len(SCALES)


def median_apart(apart: np.ndarray) -> float:
    """The median of those distances that are not 0, of any shape; 1 if all are."""
    apart = apart[apart > 0]
    return float(np.median(apart)) if len(apart) else 1.0


def sliced_wasserstein(real: np.ndarray, fake: np.ndarray, rng: np.random.Generator, projections: int = 500) -> float:
    """The sliced Wasserstein-2 distance, in the units of the points: root mean square over random directions.

    A shift by v makes |v| / sqrt(d) of it. Never 0 for two finite samples; compare it with real against real.
    """
    import ot  # its 1.3 seconds and its presence are asked of this measure alone

    real, fake = checked_pair(real, fake)
    seed = int(rng.integers(2**32))
    with threadpool_limits(limits=1):  # projections are sums, which several threads may add up in another order
        return float(ot.sliced_wasserstein_distance(real, fake, n_projections=projections, p=2, seed=seed))

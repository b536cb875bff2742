"""How far two sets of points are apart: kernel MMD, energy distance, sliced Wasserstein distance.

MMD^2 (Gretton et al. 2012) and the energy distance (Szekely and Rizzo) are the unbiased estimates, which average 0 for
a perfect sampler and may be negative. Both come with the p-value of a permutation test that the sets are of one
distribution, exact where rows are independent; it is at least 1 / (permutations + 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import pdist
from threadpoolctl import threadpool_limits

from modecollapse.measures.two_sample import checked_pair, distances

SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)  # bandwidths of the mixture, in median distances
MEDIAN_OF = 2000  # points that the median distance is taken of
ROUNDING = 1e-12  # permutations closer to the statistic than this count as equal to it


class TwoSampleTest(NamedTuple):
    """A statistic, larger for sets further apart, and its permutation p-value."""

    statistic: float
    p_value: float


def mmd(
    real: np.ndarray,
    fake: np.ndarray,
    rng: np.random.Generator,
    permutations: int = 499,
    scales: Sequence[float] = SCALES,
) -> TwoSampleTest:
    """MMD^2 with the mean of Gaussian kernels exp(-|x - y|^2 / (2 (s m)^2)) over `scales` s; m the median distance.

    The median is over pairs of different points of both sets. Without units; (n, d) and (m, d) with n and m at least 2.
    """
    real, fake = checked_pair(real, fake, least=2)
    bandwidth = median_distance(np.concatenate([real, fake]), rng)

    def kernel(squared: np.ndarray) -> np.ndarray:
        return gaussians(squared, bandwidth, scales)

    return _permuted(real, fake, kernel, "sqeuclidean", rng, permutations)


def gaussians(squared: np.ndarray, bandwidth: float, scales: Sequence[float] = SCALES) -> np.ndarray:
    """The mean of Gaussian kernels of widths `scales` times `bandwidth`, 0 to 1, of squared distances of any shape."""
    return sum(np.exp(squared * (-0.5 / (scale * bandwidth) ** 2)) for scale in scales) / len(scales)


def energy(real: np.ndarray, fake: np.ndarray, rng: np.random.Generator, permutations: int = 499) -> TwoSampleTest:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'|, in the units of the points; sizes as for `mmd`."""
    real, fake = checked_pair(real, fake, least=2)
    return _permuted(real, fake, np.negative, "euclidean", rng, permutations)


def sliced_wasserstein(real: np.ndarray, fake: np.ndarray, rng: np.random.Generator, projections: int = 500) -> float:
    """The sliced Wasserstein-2 distance, in the units of the points: root mean square over random directions.

    A shift by v makes |v| / sqrt(d) of it. Never 0 for two finite samples; compare it with real against real.
    """
    import ot  # its 1.3 seconds and its presence are asked of this measure alone

    real, fake = checked_pair(real, fake)
    seed = int(rng.integers(2**32))
    with threadpool_limits(limits=1):  # projections are sums, which several threads may add up in another order
        return float(ot.sliced_wasserstein_distance(real, fake, n_projections=projections, p=2, seed=seed))


def median_distance(points: np.ndarray, rng: np.random.Generator) -> float:
    """`median_apart` of (n, d) points, of a random 2000 of them where there are more."""
    if len(points) > MEDIAN_OF:
        points = points[rng.choice(len(points), MEDIAN_OF, replace=False)]
    return median_apart(pdist(points))


def median_apart(apart: np.ndarray) -> float:
    """The median of those distances that are not 0, of any shape; 1 if all are."""
    apart = apart[apart > 0]
    return float(np.median(apart)) if len(apart) else 1.0


def _permuted(
    real: np.ndarray,
    fake: np.ndarray,
    kernel: Callable[[np.ndarray], np.ndarray],
    metric: str,
    rng: np.random.Generator,
    permutations: int,
) -> TwoSampleTest:
    """Mean kernel within either set minus twice that between them, and how often random labels give as much.

    `kernel` is a function of distances. All permutations are done in one pass over the kernel matrix.
    """
    n, m = len(real), len(fake)
    pooled = np.concatenate([real, fake])
    first = np.zeros((n + m, permutations + 1))  # who is in the first set; column 0 is as it was
    first[:n] = 1
    first[:, 1:] = rng.permuted(first[:, 1:], axis=0)
    within, touching, total, size = np.zeros(permutations + 1), np.zeros(permutations + 1), 0.0, 0.0
    for rows, band in distances(pooled, pooled, metric):
        values = kernel(band)
        values[np.arange(len(rows)), rows] = 0  # no point with itself
        sums = values.sum(axis=1)
        within += (first[rows] * (values @ first)).sum(axis=0)
        touching += sums @ first[rows]
        total, size = total + sums.sum(), size + np.abs(values).sum()
    between = touching - within
    others = total - within - 2 * between
    statistics = within / (n * (n - 1)) + others / (m * (m - 1)) - 2 * between / (n * m)
    limit = statistics[0] - ROUNDING * size / len(pooled) ** 2
    p_value = np.count_nonzero(statistics >= limit) / (permutations + 1)
    return TwoSampleTest(float(statistics[0]), float(p_value))

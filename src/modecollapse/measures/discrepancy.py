"""How far samples are from training data: kernel discrepancy (Gretton et al. 2012) and sliced Wasserstein distance.

- mmd: the squared kernel maximum mean discrepancy, unbiased. The kernels are Gaussians of several widths, multiples of
  the median distance of training points: one kernel for all runs, whose values compare. A perfect sampler scores 0 on
  average, so sometimes less.
- sliced_wasserstein: the Wasserstein-2 distance, root mean square over random directions, in the units of the points. A
  shift by v makes |v| / sqrt(d) of it. The same directions serve all runs. It is never 0 for finitely many samples;
  compare it with the oracle's.
"""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from modecollapse.measures.sampled import Reference, Sampled

READS = "samples"
BETTER = "less"
MEASURES = {
    "mmd": {
        "LABEL": "MMD²",
        "DECIMALS": 4,
        # -1 / n - 1 / m for the fewest points (6) and the most (2500): with the pairs of a point with itself, it would
        # be a squared norm
        "RANGE": (-0.16706666666666667, 2),
        "NOTE": "squared kernel discrepancy of samples and training data, about 0 for the oracle; less is better",
        "MAIN": True,
    },
    "sliced_wasserstein": {
        "LABEL": "Sliced Wasserstein",
        "DECIMALS": 3,
        "RANGE": (0, None),
        "NOTE": "distance of samples from training data over 500 random directions; less is better down to the oracle",
        "MAIN": True,
    },
}
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)  # widths of the kernels, in median distances
PROJECTIONS = 500


def mmd(sampled: Sampled) -> float:
    """Mean kernel between samples and between training points, minus twice that of one with the other."""
    bandwidth, training = sampled.reference.once(_training_kernel)
    within = gaussians(sampled.apart**2, bandwidth).mean()
    between = gaussians(sampled.across**2, bandwidth).mean()
    return float(training + within - 2 * between)


def sliced_wasserstein(sampled: Sampled) -> float:
    """From 0 upwards."""
    reference = sampled.reference
    return sliced_distance(reference.points, sampled.points, reference.rng("sliced_wasserstein"))


def gaussians(squared: np.ndarray, bandwidth: float) -> np.ndarray:
    """The mean of Gaussian kernels exp(-d^2 / (2 (s m)^2)) over `SCALES` s, of squared distances d^2 of any shape.

    m is the bandwidth, in the units of the points, and above 0. The kernel is from 0 to 1.
    """
    return sum(np.exp(squared * (-0.5 / (scale * bandwidth) ** 2)) for scale in SCALES) / len(SCALES)


def median_apart(apart: np.ndarray) -> float:
    """The median of those distances that are not 0, of any shape; 1 if all are."""
    apart = apart[apart > 0]
    return float(np.median(apart)) if len(apart) else 1.0


def sliced_distance(
    real: np.ndarray, fake: np.ndarray, rng: np.random.Generator, projections: int = PROJECTIONS
) -> float:
    """The sliced Wasserstein-2 distance of (n, d) and (m, d) points."""
    import ot  # only this measure needs POT, which takes 1.3 seconds to import

    seed = int(rng.integers(2**32))
    with threadpool_limits(limits=1):  # projections are sums, which several threads may add up in another order
        return float(ot.sliced_wasserstein_distance(real, fake, n_projections=projections, p=2, seed=seed))


def _training_kernel(reference: Reference) -> tuple[float, float]:
    """The kernel's bandwidth and its mean over pairs of training points."""
    bandwidth = median_apart(reference.apart)
    return bandwidth, float(np.mean(gaussians(reference.apart**2, bandwidth)))

"""The likelihood of unseen data under the density that the samples show (a Parzen window estimate).

The density is a mean of Gaussian kernels around the samples. Their width is the one under which half of the samples is
likeliest for the other half: so it follows the model, and a model that repeats its training points gets narrow kernels
around them. It is a density of points as the measures see them, and no estimate for the pixels of images.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures.sampled import Sampled

READS = "samples"
MEASURES = {
    "test_log_likelihood": {
        "LABEL": "Log-likelihood",
        "DECIMALS": 2,
        "RANGE": (None, None),
        "BETTER": "more",
        "NOTE": "mean log density, in nats, of unseen data under kernels around the samples; more is better",
    },
}
WIDTHS = np.geomspace(1e-3, 1, 19)  # in root mean square standard deviations of the data
MOST = 1000  # points of either side


def test_log_likelihood(sampled: Sampled) -> float:
    """In nats a point; the order of the samples changes nothing."""
    from sklearn.neighbors import KernelDensity  # takes a second, and only this measure needs it

    reference, points = sampled.reference, sampled.points[np.lexsort(sampled.points.T)]
    points = points[reference.rng("likelihood").permutation(len(points))[:MOST]]
    unseen = reference.drawn("likelihood")[:MOST]
    scale = float(np.sqrt(unseen.var(axis=0).mean())) or 1.0
    fits = [KernelDensity(bandwidth=scale * width).fit(points[::2]) for width in WIDTHS]
    best = max(fits, key=lambda fit: fit.score(points[1::2])).bandwidth
    return float(KernelDensity(bandwidth=best).fit(points).score(unseen)) / len(unseen)

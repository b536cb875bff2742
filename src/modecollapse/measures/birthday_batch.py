"""Birthday batch (Arora and Zhang 2017): the number of samples among which there is a duplicate half of the time.

A sampler of N equally likely points has about 1.18 sqrt(N). Duplicates are samples no further apart than the nearest
one per cent of different training points are from their neighbours; at that threshold the data themselves have about
590, so larger supports are not told apart. Where no two samples are duplicates, the value is the number of samples: a
lower limit of the batch.

The order of samples does not count. Other random numbers move the value by 1.6 per cent (standard deviation). Other
samples of the same sampler move it by 10 to 20 per cent where its support is the data's and so has a dozen duplicates.
"""

from __future__ import annotations

from scipy.spatial.distance import squareform

from modecollapse.measures.birthday import birthday, duplicate_threshold, sorted_rows
from modecollapse.measures.sampled import POINTS, Reference, Sampled

LABEL = "Birthday batch"
DECIMALS = 0
NOTE = (
    "number of samples with a near-duplicate among them half of the time, or all samples where no two are; "
    "more is better up to the oracle"
)
READS = "samples"
BETTER = "more"


def value(sampled: Sampled) -> float:
    """2 to the number of finite samples, which also stands for no duplicate at all."""
    threshold = sampled.reference.once(_threshold)
    rng, order = sampled.reference.rng("birthday_batch"), sorted_rows(sampled.points)
    batch = birthday(squareform(sampled.apart), threshold, rng, order)
    return min(batch, float(len(sampled.points)))


def support(modes: int) -> tuple[float, float]:
    """2 to the number of points."""
    return 2.0, float(POINTS)


def _threshold(reference: Reference) -> float:
    """0 where all training data are the same: then only equal samples are duplicates."""
    different = list({item.tobytes(): row for row, item in enumerate(reference.items)}.values())
    if len(different) < 2:
        return 0.0
    return duplicate_threshold(squareform(reference.apart)[different][:, different])

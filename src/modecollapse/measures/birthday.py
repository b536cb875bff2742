"""Birthday batch (Arora and Zhang 2017): the number of samples among which there is a duplicate half of the time.

A sampler of N equally likely points has about sqrt(2 N ln 2). Two samples are duplicates where they are no further
apart than the nearest one per cent of different training points are from their neighbours. The data themselves then
seem to have about 100 n different points, a batch of about 590, so larger supports are not told apart. Where no two
samples are duplicates, the value is the number of samples: a lower limit of the batch.

Other random numbers move the value by 1.6 per cent (standard deviation), other samples of the same sampler by 10 to 20
per cent where its support is the data's and so has a dozen duplicates.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial.distance import squareform

from modecollapse.measures.sampled import Reference, Sampled

MEASURES = {
    "birthday_batch": {
        "LABEL": "Birthday batch",
        "DECIMALS": 0,
        "RANGE": (2, 2500),  # points
        "BETTER": "more",
        "NOTE": "number of samples with a near-duplicate among them half of the time, or all samples where no two are; "
        "more is better up to the oracle",
        "READS": "samples",
    }
}
ORDERS = 2000  # random orders of the samples
SHARE = 0.01  # of the training points are within the threshold of another one


def birthday_batch(sampled: Sampled) -> float:
    """From 2 to the number of finite samples, which also stands for no duplicate at all."""
    threshold = sampled.reference.once(_threshold)
    order = np.lexsort(sampled.points.T)  # whatever order they are in
    batch = birthday(squareform(sampled.apart), threshold, sampled.reference.rng("birthday_batch"), order)
    return min(batch, float(len(sampled.points)))


def birthday(apart: np.ndarray, threshold: float, rng: np.random.Generator, order: np.ndarray) -> float:
    """The batch size at which half of the batches of samples hold a duplicate, from their (n, n) distances.

    The batches are the beginnings of random orders of all samples. `order` (n,) are the rows sorted by something of the
    samples: the result then does not depend on how they came. Infinite where no two are duplicates.
    """
    twins = apart <= threshold
    np.fill_diagonal(twins, False)
    if not twins.any():
        return math.inf
    positions = rng.permuted(np.tile(np.arange(len(apart)), (ORDERS, 1)), axis=1).T
    return float(_half_found(twins, order[positions]))


def duplicate_threshold(apart: np.ndarray, share: float = SHARE) -> float:
    """The distance that this share of n real points has to its nearest other point at most, from (n, n) distances.

    The points are different ones: of data that are drawn with replacement some come twice, at distance 0.
    """
    closest = np.partition(apart, 1, axis=1)[:, 1]  # the nearest of all is the point itself
    return float(np.quantile(closest, share, method="lower"))


def _half_found(twins: np.ndarray, drawn: np.ndarray) -> int:
    """How many of (n, ORDERS) rows, drawn one after the other, until half of the orders hold two `twins`, (n, n)."""
    of_row = np.packbits(twins, axis=1, bitorder="little")  # eight rows a byte, for speed
    near = np.zeros((drawn.shape[1], of_row.shape[1]), np.uint8)  # of each order, the twins of what was drawn
    found, orders = np.zeros(len(near), bool), np.arange(len(near))
    for size, rows in enumerate(drawn, start=1):
        found |= near[orders, rows >> 3] >> (rows & 7) & 1 == 1
        if 2 * np.count_nonzero(found) >= len(found):
            return size
        near |= of_row[rows]
    raise AssertionError("some rows are twins, so all of them hold two")


def _threshold(reference: Reference) -> float:
    """0 where all training data are the same: then only equal samples are duplicates."""
    different = list({item.tobytes(): row for row, item in enumerate(reference.items)}.values())
    if len(different) < 2:
        return 0.0
    return duplicate_threshold(squareform(reference.apart)[different][:, different])

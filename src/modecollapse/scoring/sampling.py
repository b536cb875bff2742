"""How far the measures of one set of samples may be off because its samples are finitely many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import scipy

from modecollapse import measures
from modecollapse.measures.measuring import rows_of_samples
from modecollapse.measures.sampled import Reference
from modecollapse.statistics.intervals import Interval, clopper_pearson

HALVES, LEVEL = 20, 0.95


def intervals(samples: np.ndarray, values: Mapping[str, float], reference: Reference) -> dict[str, Interval]:
    """The 95 % interval of each measure of (n, *shape) independent samples, by name; `values` are the measures.

    A share of samples has the exact binomial one. Another measure lies within 1.96 standard errors, nominally: the
    standard error is the spread of the measure among random halves of the samples, whose variance is that of the whole
    (a delete-half jackknife; Shao and Wu 1989). Bootstrap samples would not do, since they hold duplicates. A measure
    that is the same in all halves has no interval, because they do not show how it varies.
    """
    shares = [name for name in values if measures.is_share_of_samples(name)]
    others = [name for name in values if name not in shares]
    spread = _spread(samples, others, reference) if others and len(samples) > 1 else {}
    found = {}
    for name, value in values.items():
        low, high = measures.support(name, reference.dataset.modes)
        if name in shares:
            hits = round(value * len(samples) / 100)
            found[name] = tuple(100 * end for end in clopper_pearson(hits, len(samples), LEVEL))
        elif name in spread:
            reach = scipy.stats.norm.isf((1 - LEVEL) / 2) * spread[name]
            found[name] = max(low, value - reach), min(high, value + reach)
    return found


def _spread(samples: np.ndarray, chosen: Sequence[str], reference: Reference) -> dict[str, float]:
    """The standard deviation of each measure among HALVES random halves; none where half of them have no value."""
    rng, half = reference.rng("halves"), len(samples) // 2
    rows = []
    for _ in range(HALVES):
        own = samples[np.sort(rng.permutation(len(samples))[:half])]
        rows += rows_of_samples({"n": half}, own, reference, chosen)
    table = pd.DataFrame(rows)
    usable = table[(table["status"] == measures.STATUS_OK) & np.isfinite(table["value"])].groupby("measure")["value"]
    found = {name: float(own.std()) for name, own in usable if name in chosen and len(own) > HALVES / 2}
    return {name: spread for name, spread in found.items() if spread > 0}

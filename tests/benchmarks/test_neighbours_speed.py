"""The four measures of nearest neighbours beside the package `prdc` (`pytest tests/benchmarks`).

Both start from points, so the distances between them are part of it. `prdc` gets these by matrix products, which are
fast in many dimensions and round more; ours must be the same to the last bit within a set and across two.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import process_time

import numpy as np
import pytest
from blocks import make_dataset
from contenders import in_turns, medians

from modecollapse.measures import neighbours
from modecollapse.measures.sampled import NEIGHBOURS, POINTS, Reference, Sampled
from modecollapse.training import arithmetic

NAMES = ("precision", "recall", "density", "coverage")
Scores = dict[str, float]


@pytest.mark.parametrize("dataset", ["ring", "gaussians-1200d"])
def test_neighbours(dataset: str, record: Callable[..., None], rounds: int) -> None:
    """Processor seconds of all threads, of 2,500 samples and as many training points."""
    prdc = pytest.importorskip("prdc")
    arithmetic.configure()
    data = make_dataset(dataset)
    samples = data.oracle(POINTS, np.random.default_rng(1))
    scores: dict[str, Scores] = {}

    def ours() -> Scores:
        sampled = Sampled(samples, Reference(data, seed=2), np.ones(1))
        return {name: getattr(neighbours, name)(sampled) for name in NAMES}

    def package() -> Scores:
        return prdc.compute_prdc(Reference(data, seed=2).points, samples.astype(np.float64), NEIGHBOURS)

    def seconds(compute: Callable[[], Scores]) -> float:
        begun = process_time()
        scores[compute.__name__] = compute()
        return process_time() - begun

    laps = in_turns({"ours": partial(seconds, ours), "prdc": partial(seconds, package)}, rounds)
    assert scores["ours"] == pytest.approx(scores["package"], abs=2 / POINTS)
    record("neighbours", dataset, **medians(laps), ratio=medians(laps, "ours")["prdc"])

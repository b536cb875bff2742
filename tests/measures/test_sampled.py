"""What the measures of samples share: training data once, finite samples only, the data's mode weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist, squareform

from modecollapse.measures import sampled as module
from modecollapse.measures.sampled import LEAST, POINTS, Reference, Sampled


class Line:
    """A fixed training set of 400 numbers. It counts how often it is drawn from."""

    modes = 4

    def __init__(self) -> None:
        self.training = torch.from_numpy(np.random.default_rng(0).uniform(0, 4, (400, 1)).astype(np.float32))
        self.drawn = 0

    def sample(self, n: int, generator: torch.Generator) -> torch.Tensor:
        self.drawn += 1
        return self.training[torch.randint(400, (n,), generator=generator)]


def uniform(n: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 4, (n, 1)).astype(np.float32)


COUNTS = np.ones(4, dtype=int)


def test_training_data_are_drawn_once_and_by_the_seed() -> None:
    line = Line()
    reference = Reference(line, 3)
    first, second = (Sampled(uniform(50, seed), reference, COUNTS).inside for seed in (1, 2))
    assert (line.drawn, reference.points.shape, np.array_equal(first, second)) == (1, (POINTS, 1), False)
    assert np.isin(reference.items, line.training.numpy()).all()
    assert np.array_equal(Reference(line, 3).points, reference.points)
    assert not np.array_equal(Reference(line, 4).points, reference.points)


def test_another_draw_is_another_and_the_same_for_each_use() -> None:
    reference = Reference(Line(), 3)
    first = reference.drawn("a")
    assert np.array_equal(first, Reference(Line(), 3).drawn("a"))
    for other in (reference.points, reference.drawn("b"), Reference(Line(), 4).drawn("a")):
        assert other.shape == first.shape
        assert not np.array_equal(other, first)


def test_what_a_measure_derives_is_made_once_for_all_runs() -> None:
    reference, made = Reference(Line(), 3), []

    def low(given: Reference) -> float:
        made.append(given)
        return float(given.points.min())

    def high(given: Reference) -> float:
        return float(given.points.max())

    assert reference.once(low) == reference.once(low) < reference.once(high)
    assert made == [reference]


def test_points_are_the_finite_ones_of_the_first_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POINTS", 10)
    samples = np.arange(20, dtype=np.float32)[:, None]
    samples[1], samples[4] = np.nan, np.inf
    run = Sampled(samples, Reference(Line(), 3), COUNTS)
    assert run.points[:, 0].tolist() == [0, 2, 3, 5, 6, 7, 8, 9]
    assert run.points.dtype == np.float64
    assert np.array_equal(squareform(run.apart), cdist(run.points, run.points))
    assert np.array_equal(run.across, cdist(run.reference.points, run.points))
    assert np.array_equal(squareform(run.reference.apart), cdist(run.reference.points, run.reference.points))


@pytest.mark.parametrize(("finite", "usable"), [(0, False), (LEAST - 1, False), (LEAST, True), (LEAST + 1, True)])
def test_it_takes_as_many_finite_samples_as_a_ball_needs(finite: int, usable: bool) -> None:
    samples = np.full((30, 1), np.nan, dtype=np.float32)
    samples[:finite] = uniform(finite)
    run = Sampled(samples, Reference(Line(), 3), COUNTS)
    assert run.usable == usable
    if usable:
        assert run.inside.shape == (POINTS, finite)

"""The measures of samples: known answers on the ring, what must not change them, and the points that they share."""

from __future__ import annotations

import io
import math
from math import comb
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, squareform

from modecollapse import datasets, measures
from modecollapse.datasets.random_numbers import RandomNumbers
from modecollapse.measures import birthday, discrepancy
from modecollapse.measures import sampled as module
from modecollapse.measures.birthday import birthday_batch
from modecollapse.measures.different_bins import different_bins
from modecollapse.measures.discrepancy import SCALES
from modecollapse.measures.sampled import POINTS, Reference, Sampled
from modecollapse.study import catalogue
from modecollapse.study.catalogue import options_model

MEASURES = measures.of_samples(catalogue.names("measures"))
WORST = {
    "precision": 0, "recall": 0, "density": 0, "coverage": 0, "birthday_batch": 2,
    "mmd": 2, "sliced_wasserstein": math.inf, "different_bins": 1, "kl_data": math.inf,
    "moments_differ": 1, "classifier_differs": 1, "test_log_likelihood": -math.inf,
}  # fmt: skip
DATA_S_BATCH = math.sqrt(2 * math.log(2) * POINTS / 0.01)  # 589: one pair of POINTS / 0.01 is within the threshold
N = 2500


def load(name: str, **options: Any) -> datasets.Dataset:
    complete = options_model("datasets", name)(**options).model_dump()
    return datasets.load(name, io.BytesIO(datasets.to_bytes(datasets.create(name, complete, 0))))


RING = load("ring")
RING_REFERENCE = Reference(RING, 7)


def sampled(samples: np.ndarray, reference: Reference = RING_REFERENCE) -> Sampled:
    return Sampled(samples, reference, datasets.count_modes(samples, reference.dataset)[None])


def all_of(samples: np.ndarray, reference: Reference = RING_REFERENCE) -> dict[str, tuple[float, str]]:
    run = sampled(samples, reference)
    return {name: measures.value_of_samples(name, run, reference.dataset.modes) for name in MEASURES}


def values_of(samples: np.ndarray, reference: Reference = RING_REFERENCE) -> dict[str, float]:
    scored = all_of(samples, reference)
    assert {status for _, status in scored.values()} == {"ok"}
    return {name: value for name, (value, _) in scored.items()}


def one_mode(n: int = N) -> np.ndarray:
    points = RING.oracle(40 * n, np.random.default_rng(2))
    return points[RING.assign(points) == 3][:n]


def near(value: float, off: float = 1e-9) -> tuple[float, float]:
    return value - off, value + off


ANY, EIGHTH, LOG_8 = (-math.inf, math.inf), near(1 / 8, 0.02), near(math.log(8), 1e-6)
SOURCES = {
    "oracle": RING.oracle(N, np.random.default_rng(0)),
    "uniform null": RING.null_uniform(N, np.random.default_rng(1)),
    "one mode": one_mode(),
    "one point": np.tile(RING.means[3], (N, 1)),
    "training points": RING_REFERENCE.items,
    "no mode": np.zeros((N, 2), np.float32),
}
# The lowest and the highest value of each measure, for the sources in their order
KNOWN = {
    # sparse samples have balls that reach everything: the known weakness of recall
    "recall": [(0.98, 1), (0.9, 1), EIGHTH, (0, 0), (1, 1), (0, 0)],
    "precision": [(0.98, 1), (0, 0.03), (0.98, 1), (1, 1), (1, 1), (0, 0)],
    # training points: balls of five others and oneself
    "density": [near(1, 0.03), (0, 0.03), (0.9, 1.1), ANY, near(6 / 5), (0, 0)],
    # the oracle's is expected by Naeem et al. 2020
    "coverage": [near(1 - comb(POINTS - 1, 5) / comb(POINTS + N - 1, 5), 0.012), (0, 0.1), EIGHTH, (0, 0.01), (1, 1)]
    + [(0, 0)],
    "different_bins": [(0, 0.12), (0.5, 1), (0.95, 1), (0.95, 1), (0, 0.12), (0.95, 1)],
    "kl_data": [near(7 / (2 * N), 0.0015), (0.03, LOG_8[1]), LOG_8, LOG_8, (0, 0.003), (math.inf, math.inf)],
    "mmd": [near(0, 5e-4), (0.01, 0.3), (0.3, 0.5), (0.3, 0.5), (-0.001, 0), (0.3, 0.5)],
    # of a ring of radius 1; of one mode |x - c|^2 averages 2, over d = 2 coordinates
    "sliced_wasserstein": [(0.05, 0.12), (0.18, 0.3), near(1, 0.1), near(1, 0.1), (0, 1e-7), near(0.5**0.5, 0.01)],
    # the null has more different points, and none of them good
    "birthday_batch": [near(DATA_S_BATCH, 180), (2000, 2500), near(DATA_S_BATCH / 8**0.5, 75), (2, 2)]
    + [near(DATA_S_BATCH, 180), (2, 2)],
    "moments_differ": [(0, 0), (1, 1), (1, 1), (1, 1), (0, 0), (1, 1)],
    "classifier_differs": [(0, 1), (1, 1), (1, 1), (1, 1), (0, 0), (1, 1)],
    # of the data -log 8 - log(2 pi e sd^2), less what kernels around so few points lose
    "test_log_likelihood": [near(4.1, 0.3), (-2, 0), (-math.inf, -100), (-math.inf, -1000), near(4.1, 0.3)]
    + [(-math.inf, -1000)],
}


@pytest.mark.parametrize("source", SOURCES)
def test_known_answers_on_the_ring(source: str) -> None:
    found = all_of(SOURCES[source])
    assert found.keys() == KNOWN.keys()
    for name, (value, status) in found.items():
        low, high = KNOWN[name][[*SOURCES].index(source)]
        assert low <= value <= high, (name, value)
        assert status == ("ok" if math.isfinite(value) else "undefined"), name


def test_without_finite_samples_all_are_undefined_with_the_worst_value() -> None:
    assert set(MEASURES) == set(WORST)
    assert all_of(np.full((N, 2), np.nan, np.float32)) == {name: (worst, "undefined") for name, worst in WORST.items()}
    few = np.full((N, 2), np.inf, np.float32)
    few[-5:] = 1
    assert {status for _, status in all_of(few).values()} == {"undefined"}


def test_samples_that_are_not_finite_are_as_if_they_were_not_there() -> None:
    spoiled = SOURCES["oracle"].copy()
    spoiled[::2, 1] = np.nan
    assert values_of(spoiled) == values_of(SOURCES["oracle"][1::2])


def test_the_order_of_samples_changes_nothing() -> None:
    samples = SOURCES["one mode"]
    assert values_of(samples[::-1]) == pytest.approx(values_of(samples), abs=1e-9)


def test_mmd_is_its_definition_with_the_training_data_s_bandwidth() -> None:
    run = sampled(one_mode(40))
    real, fake = RING_REFERENCE.points, run.points
    apart = cdist(real, real)
    median = np.median(apart[apart > 0])

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.mean([np.exp(-(cdist(a, b) ** 2) / (2 * (s * median) ** 2)) for s in SCALES], axis=0)

    within = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (kernel(real, real), kernel(fake, fake))]
    assert discrepancy.mmd(run) == pytest.approx(sum(within) - 2 * kernel(real, fake).mean(), abs=1e-12)


def test_no_duplicate_is_the_number_of_samples() -> None:
    apart = np.stack(np.meshgrid(np.arange(20.0), np.arange(20.0)), axis=-1).reshape(-1, 2).astype(np.float32)
    assert birthday_batch(sampled(apart)) == 400
    apart[7] = apart[300]
    assert 2 < birthday_batch(sampled(apart)) < 400


def test_training_data_that_are_drawn_twice_are_no_measure_of_duplicates() -> None:
    """A hundredth of 2500 draws of 20,000 points coincides with another, which would make the threshold 0."""
    fixed = Reference(load("ring", points=20_000), 7)
    assert len(np.unique(fixed.items, axis=0)) < 0.97 * POINTS
    threshold = fixed.once(birthday._threshold)
    assert threshold == pytest.approx(RING_REFERENCE.once(birthday._threshold), rel=0.5)


def test_bins_are_counted_on_other_points_than_they_were_fitted_on() -> None:
    """In 1200 dimensions fitted points are nearer to their centres, and two thirds of the oracle's bins differed."""
    data = load("gaussians-1200d")
    run = sampled(data.oracle(N, np.random.default_rng(0)), Reference(data, 7))
    assert different_bins(run) < 0.15


class Points:
    """A data set of points that counts its draws; a mode is the first coordinate's whole part."""

    modes, drawn = 5, 0

    def __init__(self, points: np.ndarray) -> None:
        self.points = torch.from_numpy(points.astype(np.float32))

    def sample(self, n: int, random: RandomNumbers) -> torch.Tensor:
        self.drawn += 1
        return random.rows(self.points, n)

    def assign(self, samples: np.ndarray) -> np.ndarray:
        return samples[:, 0].astype(int)


@pytest.fixture
def few_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POINTS", 40)


LATTICE = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=6, max_size=40).map(
    lambda rows: np.array(rows, dtype=np.float32)
)


@pytest.mark.usefixtures("few_points")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(training=LATTICE, samples=LATTICE, far=st.sampled_from([0, 1, 1e30]))
def test_values_are_in_their_support_whatever_coincides(training: np.ndarray, samples: np.ndarray, far: float) -> None:
    samples[0, 1] += far
    scores = values_of(samples, Reference(Points(training), 0))
    for name, value in scores.items():
        if name == "mmd":
            assert -1 / 40 - 1 / 6 - 1e-9 <= value <= 2
            continue
        low, high = measures.support(name, Points.modes)
        slack = 1e-9 if np.isfinite(high - low) else 0
        assert low - slack <= value <= high + slack


@pytest.mark.usefixtures("few_points")
def test_data_without_spread_are_measured_too() -> None:
    same = np.ones((6, 2), np.float32)
    scores = values_of(same, Reference(Points(same), 0))
    expected = {"precision": 1, "recall": 1, "coverage": 1, "different_bins": 0, "birthday_batch": 2, "mmd": 0}
    assert {name: scores[name] for name in expected} == expected
    apart = values_of(same + np.arange(6, dtype=np.float32)[:, None] % 4, Reference(Points(same), 0))
    assert apart["birthday_batch"] > 2  # only equal ones are duplicates where training data have no distances


@pytest.mark.parametrize(
    ("weights", "counts", "expected"),
    [
        ([0.5, 0.25, 0.25, 0, 0], [20, 10, 10, 0, 0], 0),
        ([0.5, 0.25, 0.25, 0, 0], [0, 40, 0, 0, 0], math.log(4)),
        ([0.5, 0.25, 0.25, 0, 0], [30, 9, 0, 1, 0], math.inf),  # a mode that the data do not have
        (None, [8, 8, 8, 8, 8], 0),
        (None, [40, 0, 0, 0, 0], math.log(5)),
        (None, [0, 0, 0, 0, 0], math.inf),
    ],
)
def test_kl_to_the_data_s_own_weights(weights: list[float] | None, counts: list[int], expected: float) -> None:
    data = Points(np.ones((6, 2)))
    if weights:
        data.mode_weights = np.array(weights)
    run = Sampled(np.ones((40, 2), np.float32), Reference(data, 0), np.array(counts))
    found = measures.value_of_samples("kl_data", run, 5)
    assert found == (pytest.approx(expected, abs=1e-12), "ok" if math.isfinite(expected) else "undefined")


def line() -> Points:
    return Points(np.random.default_rng(0).uniform(0, 4, (400, 1)))


def test_training_data_are_drawn_once_by_the_seed_and_differ_for_each_use() -> None:
    data = line()
    reference = Reference(data, 3)
    parts = data.points.numpy()[:9], data.points.numpy()[9:18]
    first, second = (Sampled(samples, reference, np.ones(4, dtype=int)) for samples in parts)
    assert not np.array_equal(first.inside, second.inside)
    assert (data.drawn, reference.points.shape) == (1, (POINTS, 1))
    assert np.isin(reference.items, data.points.numpy()).all()
    same, other = Reference(data, 3), Reference(data, 4)
    assert np.array_equal(same.points, reference.points)
    assert np.array_equal(same.drawn("a"), reference.drawn("a"))
    drawn = [reference.points, other.points, reference.drawn("a"), reference.drawn("b"), other.drawn("a")]
    assert {points.shape for points in drawn} == {(POINTS, 1)}
    assert len({points.tobytes() for points in drawn}) == 5


def test_what_a_measure_derives_is_made_once_for_all_runs() -> None:
    reference, made = Reference(line(), 3), []

    def low(given: Reference) -> float:
        made.append(given)
        return float(given.points.min())

    assert reference.once(low) == reference.once(low) < reference.once(lambda given: float(given.points.max()))
    assert made == [reference]


def test_points_are_the_finite_ones_of_the_first_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POINTS", 10)
    samples = np.arange(20, dtype=np.float32)[:, None]
    samples[1], samples[4] = np.nan, np.inf
    run = Sampled(samples, Reference(line(), 3), np.ones(4, dtype=int))
    assert run.points[:, 0].tolist() == [0, 2, 3, 5, 6, 7, 8, 9]
    assert run.points.dtype == np.float64
    assert np.array_equal(squareform(run.apart), cdist(run.points, run.points))
    assert np.array_equal(run.across, cdist(run.reference.points, run.points))
    assert np.array_equal(squareform(run.reference.apart), cdist(run.reference.points, run.reference.points))

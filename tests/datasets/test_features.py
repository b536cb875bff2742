"""What stands for an image among points: what its classifier decides on, or principal components; and mode weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from modecollapse import datasets
from modecollapse.datasets import Dataset, classifier, images, stacked_mnist
from modecollapse.datasets.images import Images

COUNT, TRAINING, HELD_OUT, CLASSES = 300, 200, 100, 4
SHAPE = {"mnist": (1, 28, 28), "stacked-mnist": (3, 28, 28), "cifar10": (3, 32, 32)}


def pictures(shape: tuple[int, ...]) -> np.ndarray:
    """(COUNT, *shape) uint8: noise on a few smooth patterns, so that some directions matter more than others."""
    rng = np.random.default_rng(0)
    patterns = rng.standard_normal((100, *shape)) * 0.99 ** np.arange(100)[:, None, None, None]
    levels = 128 + np.tensordot(rng.standard_normal((COUNT, 100)), patterns, 1) * 8
    return levels.clip(0, 255).astype(np.uint8)


def make(name: str, pixels: tuple[float, float] = (-1.0, 1.0)) -> Dataset:
    """A data set of `pictures`, with a classifier that nobody has trained except for CIFAR-10."""
    stacked = name == "stacked-mnist"
    stored, classes = pictures((1, 28, 28) if stacked else SHAPE[name]), 10 if stacked else CLASSES
    labels = (np.arange(COUNT) % 7 % classes).astype(np.uint8)
    labels[TRAINING:] = 0
    weights = {}
    if name != "cifar10":
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            weights = classifier.to_arrays(classifier.build(stored.shape[1:], classes))
    facts = {"training": TRAINING, "held_out": HELD_OUT, "classes": classes, "pixels": pixels, "sources": "{}"}
    arrays = {key: np.array(value) for key, value in facts.items()}
    return (stacked_mnist.Dataset if stacked else Images)(images=stored, labels=labels, **arrays, **weights)


def oracle(dataset: Dataset, n: int = 50) -> np.ndarray:
    return dataset.oracle(n, np.random.default_rng(1))


def test_the_last_layer_reads_the_class_from_the_features(digits: Dataset) -> None:
    made = make("mnist")
    last = made._classifier[-1]
    last.bias.data = -torch.from_numpy(made.features(oracle(made))).mean(dim=0) @ last.weight.data.T  # classes differ
    for dataset, each in ((made, [1]), (digits, [100, 10, 1])):
        samples, last = oracle(dataset, 200), dataset._classifier[-1]
        points = datasets.features(samples, dataset).reshape(len(samples), len(each), -1)
        logits = points @ last.weight.detach().numpy().T + last.bias.detach().numpy()
        assert (logits.argmax(axis=2) @ each).tolist() == dataset.assign(samples).tolist()
        assert len(set(dataset.assign(samples))) >= CLASSES


def test_channels_of_a_stack_come_one_after_the_other() -> None:
    stacked, single = make("stacked-mnist"), make("mnist")
    single._classifier = stacked._classifier
    samples = oracle(stacked)
    each = [single.features(samples[:, [channel]]) for channel in range(3)]
    np.testing.assert_allclose(stacked.features(samples), np.concatenate(each, axis=1), atol=1e-5)


@pytest.mark.parametrize(("name", "width"), [("mnist", 64), ("stacked-mnist", 192), ("cifar10", 64)])
def test_features_are_of_grey_levels_whatever_the_range_the_precision_and_the_other_rows(
    name: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    symmetric, unit = make(name), make(name, (0.0, 1.0))
    samples = oracle(symmetric)
    points = datasets.features(samples, symmetric)
    assert (points.shape, points.dtype) == ((50, width), np.float64)
    assert np.isfinite(points).all()
    assert len(np.unique(points, axis=0)) > 20

    def off(dataset: Dataset, changed: np.ndarray) -> float:
        return np.abs(datasets.features(changed, dataset) - points).max() / points.std()

    assert off(symmetric, samples) == 0
    assert off(unit, oracle(unit)) < 1e-4
    assert off(symmetric, samples.astype(np.float16)) < 0.05
    cut = (3 * samples).clip(-1, 1)
    np.testing.assert_array_equal(datasets.features(3 * samples, symmetric), datasets.features(cut, symmetric))
    monkeypatch.setattr(images, "CHUNK", 7)
    np.testing.assert_allclose(datasets.features(samples[::-1], symmetric)[::-1], points, atol=1e-4 * points.std())


def test_components_hold_as_much_variance_as_any_64() -> None:
    made = make("cifar10")
    training = made.images[:TRAINING].reshape(TRAINING, -1) / 255
    centred = training - training.mean(axis=0)
    best = (np.linalg.svd(centred, compute_uv=False)[:64] ** 2).sum()
    points = made.features(2 * made.images[:TRAINING].astype(np.float32) / 255 - 1)
    assert (points.astype(np.float64) ** 2).sum() == pytest.approx(best, rel=1e-3)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-5)
    assert best < 0.95 * (centred**2).sum()


@pytest.mark.parametrize(("most", "taken"), [(200, 200), (199, 100), (60, 50)])
def test_components_are_of_images_spread_evenly(most: int, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "COMPONENTS_OF", most)
    made = make("cifar10")
    assert made._components.n_samples_ == taken
    assert made.features(oracle(made)).shape == (50, min(64, taken))
    expected = made.images[: TRAINING : TRAINING // taken].reshape(taken, -1).mean(axis=0) / 255
    np.testing.assert_allclose(made._components.mean_, expected, atol=1e-6)


def test_a_stack_weighs_the_product_of_its_digits(digits: Dataset) -> None:
    stacked, share = make("stacked-mnist"), np.bincount(np.arange(TRAINING) % 7, minlength=10) / TRAINING
    expected = np.bincount(np.arange(TRAINING) % 7 % CLASSES) / TRAINING
    for name in ("mnist", "cifar10"):
        np.testing.assert_allclose(make(name).mode_weights, expected)
    of_digits = np.bincount(digits.labels[digits.train]) / digits.train.sum()
    for dataset, each in ((stacked, share), (digits, of_digits)):
        expected = each[:, None, None] * each[:, None] * each  # hundreds, tens, ones
        np.testing.assert_allclose(dataset.mode_weights, expected.ravel())

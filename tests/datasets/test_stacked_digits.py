"""Stacked digits: real images, a split that nothing crosses, and a classifier that can be trusted."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from modecollapse import datasets
from modecollapse.datasets import Dataset, stacked_digits
from modecollapse.errors import StudyError


def stacks(dataset: Dataset, train: bool, n: int) -> tuple[np.ndarray, np.ndarray]:
    """n random stacks of training or held-out digits, and the numbers they show."""
    chosen = np.random.default_rng(0).choice(np.flatnonzero(dataset.train == train), size=(n, 3))
    return dataset.digits[chosen], dataset.labels[chosen] @ np.array([100, 10, 1])


def items(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in images.reshape(-1, 64).astype(np.float32)}


def test_the_digits_are_all_of_the_bundled_images_scaled_to_one(digit_arrays: dict[str, np.ndarray]) -> None:
    bundled = load_digits()
    np.testing.assert_array_equal((digit_arrays["digits"] + 1) * 8, bundled.images)
    np.testing.assert_array_equal(digit_arrays["labels"], bundled.target)
    assert digit_arrays["digits"].dtype == np.float32
    assert (digit_arrays["digits"].min(), digit_arrays["digits"].max()) == (-1, 1)
    stored = digit_arrays["digits"].astype(stacked_digits.STORED_AS)
    np.testing.assert_array_equal(stored, digit_arrays["digits"])  # every grey level
    labels, train = digit_arrays["labels"], digit_arrays["train"]
    np.testing.assert_allclose(np.bincount(labels[~train]) / np.bincount(labels), 0.25, atol=0.01)


def test_training_batches_and_oracle_share_no_image(digits: Dataset) -> None:
    batch = digits.sample(3000, torch.Generator().manual_seed(0)).numpy()
    oracle = digits.oracle(3000, np.random.default_rng(0))
    assert (batch.shape, batch.dtype) == ((3000, 3, 8, 8), np.float32)
    assert (oracle.shape, oracle.dtype) == ((3000, 3, 8, 8), np.float32)
    assert items(batch) <= items(digits.digits[digits.train])
    assert items(oracle) <= items(digits.digits[~digits.train])
    assert not items(batch) & items(oracle)
    same, other = (digits.sample(3000, torch.Generator().manual_seed(seed)).numpy() for seed in (0, 1))
    assert np.array_equal(batch, same)
    assert not np.array_equal(batch, other)


def test_assign_reads_real_stacks_that_are_finite(digits: Dataset) -> None:
    for train in (True, False):
        images, shown = stacks(digits, train, 4000)
        assert np.mean(digits.assign(images) == shown) >= 0.9
        assert np.mean(digits.assign(images.astype(np.float16)) == shown) >= 0.9
    whole = digits.assign(images[:5])
    images[1, 0, 3, 3], images[3, 2, 0, 0] = np.nan, np.inf
    assert digits.assign(images[:5]).tolist() == [whole[0], -1, whole[2], -1, whole[4]]


def test_the_recorded_accuracy_is_that_of_the_held_out_digits(digits: Dataset) -> None:
    read = digits.assign(np.repeat(digits.digits[~digits.train][:, None], 3, axis=1)) // 100
    assert digits.accuracy == pytest.approx(np.mean(read == digits.labels[~digits.train]))
    assert digits.accuracy >= stacked_digits.REQUIRED_ACCURACY


def test_the_gate_is_at_the_classifier_that_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacked_digits, "EPOCHS", 1)
    with pytest.raises(StudyError, match=r"^stacked-digits: the classifier reads 0\.\d{4} of the held-out images"):
        datasets.create("stacked-digits", {}, 1)
    for accuracy in (0.0, 0.9699, float("nan")):
        with pytest.raises(StudyError, match=rf"reads {accuracy:.4f} of .*; allowed: at least 0.97"):
            stacked_digits.require("any", accuracy, 0.97)


def test_the_data_file_is_the_same_bytes_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacked_digits, "EPOCHS", 2)
    monkeypatch.setattr(stacked_digits, "require", lambda *_: None)
    files = []
    for noise in range(2):
        torch.manual_seed(noise)
        before = torch.random.get_rng_state()
        files.append(datasets.to_bytes(datasets.create("stacked-digits", {}, 1)))
        assert torch.equal(torch.random.get_rng_state(), before)
    assert files[0] == files[1]
    assert files[0] != datasets.to_bytes(datasets.create("stacked-digits", {}, 2))


def test_the_nulls_stay_in_the_images_range(digits: Dataset) -> None:
    for draw in (digits.null_uniform, digits.null_gaussian):
        images = draw(200, np.random.default_rng(0))
        assert (images.shape, images.dtype) == ((200, 3, 8, 8), np.float32)
        assert np.abs(images).max() <= 1
    gaussian = digits.null_gaussian(3000, np.random.default_rng(0)).reshape(-1, 64)
    training = digits.digits[digits.train].reshape(-1, 64)
    # cutting to the range moves the means a little
    np.testing.assert_allclose(gaussian.mean(axis=0), training.mean(axis=0), atol=0.12)

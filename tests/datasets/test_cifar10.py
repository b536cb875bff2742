"""CIFAR-10: records and planes in their places, the split, and no count where nothing can count."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from modecollapse import datasets
from modecollapse.datasets import Dataset, cifar10, cifar_binary
from modecollapse.errors import StudyError
from modecollapse.study.catalogue import options_model, preset

FILE = "test_batch.bin"
GIVEN = Path(os.environ.get("MODECOLLAPSE_DATA") or "nowhere") / "cifar-10"
needs_files = pytest.mark.skipif(not GIVEN.is_dir(), reason="MODECOLLAPSE_DATA names no folder with cifar-10/")


def record(label: int, image: np.ndarray) -> bytes:
    """A record by its description: the label, then the red, the green and the blue plane, row by row."""
    planes = [[int(image[y, x, channel]) for y in range(32) for x in range(32)] for channel in range(3)]
    return bytes([label, *planes[0], *planes[1], *planes[2]])


def test_records_are_labels_and_planes() -> None:
    pictures = np.random.default_rng(0).integers(256, size=(2, 32, 32, 3))
    content = record(3, pictures[0]) + record(9, pictures[1])
    images, labels = cifar_binary.parse(content, FILE, 2)
    np.testing.assert_array_equal(images, pictures.transpose(0, 3, 1, 2))
    assert (labels.tolist(), images.dtype) == ([3, 9], np.uint8)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has 0 bytes; allowed: 2 records of 3073 bytes"),
        (bytes(2 * 3073 - 1), "has 6145 bytes"),
        (bytes(2 * 3073 + 1), "has 6147 bytes"),
        (bytes(3073), "has 3073 bytes"),
        (bytes(3073) + b"\x0a" + bytes(3072), "has the label 10; allowed: 0 to 9$"),
    ],
    ids=["empty", "truncated", "extra bytes", "a record short", "label out of range"],
)
def test_a_damaged_file_is_refused_with_what_was_found(content: bytes, message: str) -> None:
    with pytest.raises(StudyError, match=f"^{FILE}: {message}"):
        cifar_binary.parse(content, FILE, 2)


def make(**options: str) -> Dataset:
    """Through the data file, as a study has it."""
    complete = options_model("datasets", "cifar10")(**options).model_dump()
    return datasets.load("cifar10", io.BytesIO(datasets.to_bytes(datasets.create("cifar10", complete, 0))))


@pytest.fixture(scope="module")
def real() -> Dataset:
    return make()


@needs_files
def test_the_images_have_the_published_moments_and_classes(real: Dataset) -> None:
    training = real.images[:50_000]
    mean = training.mean(axis=(0, 2, 3)) / 255
    deviation = np.sqrt((training.astype(np.float32) ** 2).mean(axis=(0, 2, 3)) / 255**2 - mean**2)
    np.testing.assert_allclose(mean, [0.4914, 0.4822, 0.4465], atol=1e-4)
    np.testing.assert_allclose(deviation, [0.2470, 0.2435, 0.2616], atol=1e-4)
    assert np.bincount(real.labels[:50_000]).tolist() == [5000] * 10
    assert np.bincount(real.labels[50_000:]).tolist() == [1000] * 10


@needs_files
def test_training_and_oracle_are_the_two_parts(real: Dataset) -> None:
    parts = [{image.tobytes() for image in part} for part in (real.images[:50_000], real.images[50_000:])]
    batch = real.sample(200, torch.Generator().manual_seed(0)).numpy()
    oracle = real.oracle(200, np.random.default_rng(0))
    for drawn, part in ((batch, parts[0]), (oracle, parts[1])):
        assert (drawn.shape, drawn.dtype) == ((200, 3, 32, 32), np.float32)
        assert np.abs(drawn).max() <= 1
        assert {image.tobytes() for image in np.rint((drawn + 1) * 127.5).astype(np.uint8)} <= part


@needs_files
def test_no_sample_is_counted_for_nothing_can_tell_its_class(real: Dataset) -> None:
    assert real.assign(real.oracle(5, np.random.default_rng(0))).tolist() == [-1] * 5
    assert real.accuracy is None
    assert {"modes", "high_quality_percent", "reverse_kl"} <= set(cifar10.UNINFORMATIVE)


def test_valkov_trains_on_the_test_images_too() -> None:
    assert preset("datasets", "cifar10", "valkov") == {"images": "all"}


def test_without_the_files_they_are_named_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODECOLLAPSE_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(StudyError) as caught:
        make()
    message = str(caught.value)
    assert all(f"data_batch_{number}.bin" in message for number in range(1, 6))
    assert "test_batch.bin" in message
    assert "no address is listed" in message
    assert f"in {tmp_path}/cifar-10" in message
    assert len(message.splitlines()) == 1

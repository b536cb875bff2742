"""Images with a classifier: MNIST and its kin, on small files of stripes and the official ones; the bundled digits.

IDX, the format of their files, is read back, and every damaged file is refused with what was found.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from same_batches import assert_same_batches
from sklearn.datasets import load_digits

from modecollapse import datasets
from modecollapse.datasets import Dataset, classifier, mnist, stacked_digits, stacked_mnist
from modecollapse.datasets.random_numbers import RandomNumbers
from modecollapse.errors import StudyError
from modecollapse.measures import value
from modecollapse.study import catalogue
from modecollapse.study.catalogue import declarations, options_model, preset

SINGLE = ["mnist", "fashion-mnist"]
NAMES = [*SINGLE, "stacked-mnist"]
TRAIN, TEST = 600, 100
REAL = Path(os.environ.get("MODECOLLAPSE_DATA") or "nowhere")
ACCURACY = {"mnist": 0.99, "fashion-mnist": 0.9, "stacked-mnist": 0.99}


def stripes(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(count, 28, 28) noise with one bright stripe, and which of the ten; both ends of the grey levels appear."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(count) % 10).astype(np.uint8)
    images = rng.integers(0, 60, size=(count, 28, 28), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label + 4 : 2 * label + 6] = 255
    images[:, 0, 0] = 0
    return images, labels


def encoded(values: np.ndarray, shape: tuple[int, ...] | None = None, kind: int = 8) -> bytes:
    """An IDX file by its description: two zeros, the type, the number of dimensions, the sizes, the bytes."""
    sizes = values.shape if shape is None else shape
    return bytes([0, 0, kind, len(sizes)]) + b"".join(struct.pack(">i", size) for size in sizes) + values.tobytes()


def write_files(folder: Path, dataset: str, parts: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, Any]:
    """The four IDX files, one of them packed, and what the list says of them."""
    entries = {}
    for part, arrays in parts.items():
        for kind, array in zip(("images-idx3", "labels-idx1"), arrays, strict=True):
            content, name = encoded(array), f"{part}-{kind}-ubyte"
            entries[name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            path = folder / dataset / (name + ".gz" * (kind == "images-idx3"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(content) if path.suffix else content)
    return entries


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small official files of both data sets, on which the classifier needs no time."""
    parts = {"train": stripes(TRAIN, 0), "t10k": stripes(TEST, 1)}
    listed = {name: write_files(tmp_path, name, parts) for name in SINGLE}
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump(listed))
    monkeypatch.setattr(catalogue, "SOURCES", tmp_path / "sources.yaml")
    monkeypatch.setattr(mnist, "PARTS", {"train": TRAIN, "t10k": TEST})
    monkeypatch.setenv("MODECOLLAPSE_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    torch.set_num_threads(1)
    return tmp_path


def file_of(name: str, root_seed: int = 0, chosen: str | None = None, **options: Any) -> bytes:
    complete = options_model("datasets", name)(**preset("datasets", name, chosen) | options).model_dump()
    return datasets.to_bytes(datasets.create(name, complete, root_seed))


def make(name: str, *which: Any, **options: Any) -> Dataset:
    return datasets.load(name, io.BytesIO(file_of(name, *which, **options)))


def batch(dataset: Dataset, n: int, seed: int = 0) -> np.ndarray:
    return dataset.sample(n, RandomNumbers((seed,), n)).numpy()


def levels(drawn: np.ndarray, dataset: Dataset) -> np.ndarray:
    """(n, h, w) uint8: the grey levels of every channel of a draw; the bundled digits have 16."""
    low, high = dataset.range
    white = 16 if hasattr(dataset, "digits") else 255
    grey = np.rint((drawn.astype(np.float64) - low) * white / (high - low))
    return grey.astype(np.uint8).reshape(-1, *drawn.shape[-2:])


def items(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in images}


def test_the_digits_are_all_of_the_bundled_images_scaled_to_one(digit_arrays: dict[str, np.ndarray]) -> None:
    bundled, digits, train = load_digits(), digit_arrays["digits"], digit_arrays["train"]
    np.testing.assert_array_equal((digits + 1) * 8, bundled.images)
    np.testing.assert_array_equal(digit_arrays["labels"], bundled.target)
    assert (digits.dtype, digits.min(), digits.max()) == (np.float32, -1, 1)
    np.testing.assert_array_equal(digits.astype(stacked_digits.STORED_AS), digits)  # every grey level
    held_out = np.bincount(bundled.target[~train]) / np.bincount(bundled.target)
    np.testing.assert_allclose(held_out, 0.25, atol=0.01)


def test_small_digits_are_all_of_the_bundled_images_held_out_by_class_and_read_well() -> None:
    made, bundled = make("digits", 1), load_digits()
    assert sorted(map(bytes, made.images)) == sorted(map(bytes, np.round(bundled.images * 255 / 16).astype(np.uint8)))
    assert np.bincount(made.labels).tolist() == np.bincount(bundled.target).tolist()
    first = {bytes(image): label for image, label in zip(made.images, made.labels, strict=True)}
    assert [first[bytes(np.round(i * 255 / 16).astype(np.uint8))] for i in bundled.images] == bundled.target.tolist()
    held_out = made.labels[made.held_out]
    assert len(held_out) == 450
    assert np.ptp(np.bincount(held_out)) <= 3
    oracle = made.oracle(450, np.random.default_rng(0))
    assert (oracle.shape, oracle.min(), oracle.max()) == ((450, 1, 8, 8), -1, 1)
    assert made.accuracy >= 0.95


@pytest.mark.parametrize("name", NAMES)
def test_the_data_file_holds_all_images_and_where_they_are_from(name: str, small: Path) -> None:
    made = make(name)
    images, labels = (np.concatenate(both) for both in zip(stripes(TRAIN, 0), stripes(TEST, 1), strict=True))
    np.testing.assert_array_equal(made.images[:, 0], images)
    np.testing.assert_array_equal(made.labels, labels)
    assert made.images.dtype == np.uint8
    assert len(yaml.safe_load(made.sources)) == 4
    assert hashlib.sha256((small / "mnist/t10k-labels-idx1-ubyte").read_bytes()).hexdigest() in made.sources
    assert made.accuracy >= ACCURACY[name]


@pytest.mark.parametrize("name", [*NAMES, "stacked-digits", "digits"])
def test_the_data_file_is_the_same_bytes_every_time(name: str, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacked_digits, "EPOCHS", 2)
    monkeypatch.setattr(stacked_digits, "require", lambda *_: None)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first = file_of(name, 1)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(6)
    assert first == file_of(name, 1) != file_of(name, 2)


@pytest.mark.parametrize(
    ("name", "chosen"), [*((name, ends) for name in NAMES for ends in ("symmetric", "unit")), ("stacked-digits", None)]
)
def test_training_batches_and_oracle_are_the_two_parts_in_the_range(
    name: str, chosen: str | None, small: Path, request: pytest.FixtureRequest
) -> None:
    if name in NAMES:
        made = make(name, range=chosen, **({"digits": "train"} if name == "stacked-mnist" else {}))
        parts = stripes(TRAIN, 0)[0], stripes(TEST, 1)[0]
    else:
        made = request.getfixturevalue("digits")
        parts = tuple(levels(made.digits[side], made) for side in (made.train, ~made.train))
    assert_same_batches(made, 50)
    drawn, oracle = batch(made, 1000), made.oracle(100, np.random.default_rng(0))
    for images, part in ((drawn, parts[0]), (oracle, parts[1])):
        assert (images.shape[1:], images.dtype) == (declarations("datasets", name)["SHAPE"], np.float32)
        assert (images.min(), images.max()) == ((0, 1) if chosen == "unit" else (-1, 1))
        assert items(levels(images, made)) <= items(part)
        np.testing.assert_array_equal(levels(images.astype(np.float16), made), levels(images, made))
    np.testing.assert_array_equal(drawn, batch(made, 1000))
    assert not np.array_equal(drawn, batch(made, 1000, 1))


@pytest.mark.parametrize("name", NAMES)
def test_assign_reads_images_that_are_finite_and_the_first_channel_is_the_hundreds(name: str, small: Path) -> None:
    made, channels = make(name), 1 if name in SINGLE else 3
    images, labels = stripes(60, 3)
    chosen = np.random.default_rng(0).integers(60, size=(200, channels))
    shown = labels[chosen].astype(int) @ np.array([1] if name in SINGLE else [100, 10, 1])
    samples = (images[chosen] / 127.5 - 1).astype(np.float16)
    assert made.assign(samples).tolist() == shown.tolist()
    assert made.assign(samples[:0]).tolist() == []
    samples[1, 0, 3, 3], samples[2, channels - 1, 9, 9] = np.nan, -np.inf
    assert made.assign(samples)[:4].tolist() == [shown[0], -1, -1, shown[3]]
    for low, data in ((-1.0, made), (0.0, make(name, range="unit"))):  # pixels are cut to the range before
        far = np.where(images[chosen] == 255, 3e38, low - images[chosen].astype(np.float64) / 200)
        assert data.assign(far).tolist() == data.assign(far.astype(np.float32)).tolist() == shown.tolist()


def test_assign_reads_real_digits_that_are_finite_as_well_as_recorded(digits: Dataset) -> None:
    held_out, shown = digits.digits[~digits.train], digits.labels[~digits.train]
    read = digits.assign(np.repeat(held_out[:, None], 3, axis=1))
    assert digits.accuracy == pytest.approx(np.mean(read // 100 == shown))
    assert digits.accuracy >= stacked_digits.REQUIRED_ACCURACY
    chosen = np.random.default_rng(0).integers(len(held_out), size=(4000, 3))
    stacks, numbers = held_out[chosen], shown[chosen] @ np.array([100, 10, 1])
    for samples in (stacks, stacks.astype(np.float16)):
        assert np.mean(digits.assign(samples) == numbers) >= 0.9
    whole = digits.assign(stacks[:5])
    stacks[1, 0, 3, 3], stacks[3, 2, 0, 0] = np.nan, np.inf
    assert digits.assign(stacks[:5]).tolist() == [whole[0], -1, whole[2], -1, whole[4]]


@pytest.mark.parametrize("name", [*NAMES, "stacked-digits"])
def test_the_nulls_have_the_range_and_the_moments_of_the_pixels(
    name: str, small: Path, request: pytest.FixtureRequest
) -> None:
    made = make(name, range="unit") if name in NAMES else request.getfixturevalue("digits")
    rng, (low, high) = np.random.default_rng(0), made.range
    uniform, gaussian = made.null_uniform(200, rng), made.null_gaussian(3000 if name in SINGLE else 1000, rng)
    for null in (uniform, gaussian):
        assert (null.shape[1:], null.dtype) == (declarations("datasets", name)["SHAPE"], np.float32)
        assert low <= null.min() < null.max() <= high
    assert uniform.std() == pytest.approx((high - low) / np.sqrt(12), abs=0.01)
    if name not in NAMES:  # cutting to the range moves the means a little
        means = [images.reshape(-1, 64).mean(axis=0) for images in (gaussian, made.digits[made.train])]
        np.testing.assert_allclose(*means, atol=0.12)
        return
    training = made.images[: TRAIN if name in SINGLE else TRAIN + TEST, 0].reshape(-1, 784) / 255
    root = made._moments[1].double().numpy()
    expected = 255**2 * np.cov(training.T, bias=True) + 0.01 * np.eye(784)
    np.testing.assert_allclose(root @ root.T, expected, atol=0.02)
    of_null, of_data = (of.reshape(-1, 784)[:, 24 * 28 + 2 : 24 * 28 + 6] for of in (gaussian, training))
    np.testing.assert_allclose(of_null.mean(axis=0), of_data.mean(axis=0), atol=0.01)  # no stripe there, little is cut
    np.testing.assert_allclose(np.cov(of_null.T), np.cov(of_data.T), atol=1e-3)


# preset, fixed stacks, digits to train on, range: from the papers' code
PRESETS = [
    ("valkov", 50_000, TRAIN + TEST, (-1, 1)),
    ("pacgan", 128_000, TRAIN + TEST, (0, 1)),
    ("pacgan-unrolled", 0, TRAIN, (-1, 1)),
    ("meg", 128_000, TRAIN, (-1, 1)),
]


@pytest.mark.parametrize(("name", "triples", "digits", "ends"), PRESETS)
def test_presets_are_the_published_definitions(
    name: str, triples: int, digits: int, ends: tuple[int, int], small: Path
) -> None:
    made = make("stacked-mnist", 0, name)
    assert (0 if made.triples is None else len(made.triples), made.range, made.modes) == (triples, ends, 1000)
    assert [row[0] for row in PRESETS] == list(declarations("datasets", "stacked-mnist")["PRESETS"])
    assert preset("datasets", "stacked-mnist", "valkov") == {}  # the default
    shown = items(levels(batch(made, 3000), made))
    test = items(stripes(TEST, 1)[0])
    assert bool(shown & test) == (digits == TRAIN + TEST)
    assert len(shown) > 0.99 * digits
    if triples:
        assert (made.triples.shape, made.triples.min(), made.triples.max()) == ((triples, 3), 0, digits - 1)
        few = make("stacked-mnist", 0, name, triples=40)  # all that is drawn from
        assert items(levels(batch(few, 2000), few).reshape(-1, 3, 28, 28)) == items(few.images[few.triples, 0])
    else:
        assert len(items(batch(made, 2000))) == 2000


@pytest.mark.parametrize("name", [*NAMES, "stacked-digits", "digits"])
def test_the_gate_is_at_the_classifier_that_is_written(name: str, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "LEARNING_RATE", 1e-12)
    monkeypatch.setattr(stacked_digits, "EPOCHS", 1)
    with pytest.raises(
        StudyError, match=r"the classifier reads 0\.\d{4} of the held-out images; allowed: at least 0.9"
    ):
        file_of(name)
    for accuracy in (0.0, 0.9699, float("nan")):
        with pytest.raises(StudyError, match=rf"^any: .* reads {accuracy:.4f} of .*; allowed: at least 0.97"):
            classifier.require("any", accuracy, 0.97)


@pytest.mark.parametrize(("readings", "cycles"), [([0.995], 1), ([0.1, 0.995], 2), ([0.1, 0.2, 0.3], 3)])
def test_training_goes_on_until_the_validation_split_is_read(
    readings: list[float], cycles: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, labels = stripes(130, 0)
    sizes, trained = [], []
    monkeypatch.setattr(classifier, "accuracy", lambda _, x, y: sizes.append(len(x)) or readings[len(sizes) - 1])
    monkeypatch.setattr(classifier, "train_cycle", lambda net, seen, *_: trained.extend(len(y) for _, y in seen))
    classifier.train(images[:, None], labels, 10, 0.99, 0)
    assert sizes == [11] * cycles
    assert trained == [130 - 11] * classifier.EPOCHS * cycles


def need(name: str) -> None:
    if not (REAL / name.removeprefix("stacked-")).is_dir():
        pytest.skip(f"MODECOLLAPSE_DATA names no folder with {name.removeprefix('stacked-')}/")


# Mean and standard deviation of the pixels, and the images of each class
OFFICIAL = {
    "mnist": (0.1307, 0.3081, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]),
    "fashion-mnist": (0.2860, 0.3530, [6000] * 10),
}


@pytest.mark.parametrize("name", OFFICIAL)
def test_the_official_images_have_the_published_moments_and_classes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a classifier that has seen a tenth of the images, for it is not what is tested."""
    need(name)
    train, (mean, deviation, counts) = classifier.train, OFFICIAL[name]
    monkeypatch.setattr(classifier, "train", lambda x, y, *rest: train(x[:6000], y[:6000], *rest))
    monkeypatch.setattr(classifier, "CYCLES", 1)
    monkeypatch.setattr(classifier, "require", lambda *_: None)
    made = make(name)
    training = made.images[:60_000].astype(np.float32) / 255
    assert (training.mean(), training.std()) == (pytest.approx(mean, abs=1e-4), pytest.approx(deviation, abs=1e-4))
    assert np.bincount(made.labels[:60_000]).tolist() == counts
    assert (len(made.labels), made.images.shape) == (70_000, (70_000, 1, 28, 28))
    samples, labels = made.images[made.held_out] / np.float16(127.5) - 1, made.labels[made.held_out]
    assert np.mean(made.assign(samples) == labels) == pytest.approx(made.accuracy, abs=2e-3)


@pytest.mark.skipif("MODECOLLAPSE_SLOW" not in os.environ, reason="trains at full size; set MODECOLLAPSE_SLOW to run")
@pytest.mark.parametrize("name", NAMES)
def test_the_classifier_reads_the_official_test_images(name: str) -> None:
    need(name)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # as `modecollapse data` does
    made = make(name)
    assert made.accuracy >= ACCURACY[name]
    if name == "stacked-mnist":
        counts = datasets.count_modes(made.oracle(stacked_mnist.SAMPLES, np.random.default_rng(0)), made)[None]
        assert value("modes", counts, stacked_mnist.SAMPLES)[0] == 1000
        # 0.019 of finite samples, 0.004 of the digits' unequal frequencies, the rest misread digits
        assert value("reverse_kl", counts, stacked_mnist.SAMPLES)[0] == pytest.approx(0.024, abs=0.006)


# The files

FILE = "train-images"
IDX_SHAPE = (3, 2, 4)
VALUES = np.arange(24, dtype=np.uint8)


@given(values=hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5)))
def test_a_file_is_read_back(values: np.ndarray) -> None:
    found = mnist.parse_idx(encoded(values), FILE, values.shape)
    np.testing.assert_array_equal(found, values)
    assert found.dtype == np.uint8


GOOD = encoded(VALUES.reshape(IDX_SHAPE))
BAD = {
    "empty": (b"", "has 0 bytes; allowed: an IDX header of 16"),
    "half a header": (GOOD[:10], "has 10 bytes; allowed: an IDX header of 16"),
    "truncated": (GOOD[:-1], "has 23 values; allowed: 24"),
    "extra bytes": (GOOD + b"\0", "has 25 values; allowed: 24"),
    "a page": (b"<!DOCTYPE html><html></html>", "begins with 0x3c21444f; allowed: 0x00000803"),
    "labels for images": (encoded(VALUES), "begins with 0x00000801; allowed: 0x00000803"),
    "floats": (encoded(VALUES.reshape(IDX_SHAPE), kind=0x0D), "begins with 0x00000d03"),
    "little endian": (struct.pack("<4I", 0x803, *IDX_SHAPE) + bytes(24), "begins with 0x03080000"),
    "other dimensions": (encoded(VALUES.reshape(3, 4, 2)), r"is of shape \(3, 4, 2\); allowed: \(3, 2, 4\)"),
    "more images than listed": (encoded(VALUES, (6, 2, 2)), r"is of shape \(6, 2, 2\)"),
    "a negative size": (encoded(VALUES, (3, 2, -4)), r"is of shape \(3, 2, 4294967292\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_damaged_file_is_refused_with_what_was_found(case: str) -> None:
    content, message = BAD[case]
    with pytest.raises(StudyError, match=f"^{FILE}: {message}") as caught:
        mnist.parse_idx(content, FILE, IDX_SHAPE)
    assert len(str(caught.value).splitlines()) == 1


@given(content=st.binary(max_size=60))
def test_any_other_bytes_are_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(StudyError) as caught:
        mnist.parse_idx(content, FILE, IDX_SHAPE)
    assert len(str(caught.value).splitlines()) == 1


def test_labels_beyond_the_classes_and_missing_files_are_one_line(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, labels = stripes(TRAIN, 0)
    entries = write_files(small, "mnist", {"train": (images, labels + 1), "t10k": stripes(TEST, 1)})
    (small / "sources.yaml").write_text(yaml.safe_dump({"mnist": entries}))
    with pytest.raises(StudyError, match=rf"{small}/mnist/train-labels.*: has the label 10; allowed: 0 to 9"):
        file_of("mnist")
    monkeypatch.setenv("MODECOLLAPSE_DATA", str(small / "empty"))
    with pytest.raises(StudyError) as caught:
        file_of("mnist")
    assert len(str(caught.value).splitlines()) == 1
    files = [f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
    assert all(file in str(caught.value) for file in files)

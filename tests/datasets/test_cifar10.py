"""CIFAR-10: records and planes in their places, the split, and no count where nothing can count."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from modecollapse import datasets
from modecollapse.datasets import cifar10
from modecollapse.datasets.random_numbers import RandomNumbers
from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.catalogue import options_model, preset

FILE = "test_batch.bin"
GIVEN = Path(os.environ.get("MODECOLLAPSE_DATA") or "nowhere") / "cifar-10"


def test_records_are_labels_and_planes() -> None:
    """By the description: the label, then the red, the green and the blue plane, row by row."""
    pictures, content = np.random.default_rng(0).integers(256, size=(2, 32, 32, 3)), b""
    for label, image in zip((3, 9), pictures, strict=True):
        content += bytes([label, *(int(image[y, x, c]) for c in range(3) for y in range(32) for x in range(32))])
    records = cifar10.parse(content, FILE)
    np.testing.assert_array_equal(records[:, 1:].reshape(-1, 3, 32, 32), pictures.transpose(0, 3, 1, 2))
    assert (records[:, 0].tolist(), records.dtype) == ([3, 9], np.uint8)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has 0 bytes; allowed: whole records of 3073 bytes"),
        (bytes(2 * 3073 - 1), "has 6145 bytes"),
        (bytes(2 * 3073 + 1), "has 6147 bytes"),
        (bytes(3073) + b"\x0a" + bytes(3072), "has the label 10; allowed: 0 to 9$"),
    ],
    ids=["empty", "truncated", "extra bytes", "wrong label"],
)
def test_a_damaged_file_is_refused_with_what_was_found(content: bytes, message: str) -> None:
    with pytest.raises(StudyError, match=f"^{FILE}: {message}"):
        cifar10.parse(content, FILE)


EACH = 4  # records in a file of the small copy
NAMES = [*(f"data_batch_{number}.bin" for number in range(1, 6)), FILE]


def sha256_of_sorted(records: list[bytes]) -> str:
    """As config/sources.yaml describes it."""
    return hashlib.sha256(b"".join(sorted(records, key=lambda record: hashlib.sha256(record).digest()))).hexdigest()


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The records of a small copy that is listed as the official one: 20 to train on, 4 to test."""
    rng = np.random.default_rng(0)
    made = [bytes([rng.integers(10), *rng.integers(256, size=3072)]) for _ in range(EACH * len(NAMES))]
    parts = {"training": sha256_of_sorted(made[:-EACH]), "test": sha256_of_sorted(made[-EACH:])}
    entries = {name: {"size": EACH * 3073, "part": "test" if name == FILE else "training"} for name in NAMES}
    monkeypatch.setattr(catalogue, "SOURCES", tmp_path / "sources.yaml")
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump({"cifar-10": {"parts": parts, **entries}}))
    monkeypatch.setenv("MODECOLLAPSE_DATA", str(tmp_path))
    (tmp_path / "cifar-10").mkdir()
    return made


def data_file(folder: Path, records: list[bytes]) -> bytes:
    """What is made of the records, written in that order."""
    for number, name in enumerate(NAMES):
        (folder / "cifar-10" / name).write_bytes(b"".join(records[number * EACH : (number + 1) * EACH]))
    return datasets.to_bytes(datasets.create("cifar10", {"images": "train", "range": "symmetric"}, 0))


def test_the_data_file_is_the_same_bytes_whatever_the_order_of_the_records(
    tmp_path: Path, records: list[bytes]
) -> None:
    rng = np.random.default_rng(1)
    shuffled = [records[row] for row in (*rng.permutation(len(records) - EACH), *range(20, 24))]
    assert shuffled[:EACH] != records[:EACH]
    content = data_file(tmp_path, records)
    assert data_file(tmp_path, shuffled) == data_file(tmp_path, records[:20] + records[:19:-1]) == content
    made = datasets.load("cifar10", io.BytesIO(content))
    kept = [bytes([label]) + image.tobytes() for label, image in zip(made.labels, made.images, strict=True)]
    assert (sorted(kept[:20]), sorted(kept[20:])) == (sorted(records[:20]), sorted(records[20:]))
    parts = {"training": sha256_of_sorted(kept[:20]), "test": sha256_of_sorted(kept[20:])}
    assert json.loads(made.sources) == parts
    options = {"range": "unit"} | preset("datasets", "cifar10", "valkov")  # all images to train on
    assert datasets.create("cifar10", options, 0)["training"] == len(records)


def flipped(record: bytes, byte: int) -> bytes:
    return record[:byte] + bytes([record[byte] ^ 1]) + record[byte + 1 :]


@pytest.mark.parametrize(
    ("part", "changed"),
    [
        ("training", lambda r: [*r[:7], flipped(r[7], 1234), *r[8:]]),
        ("training", lambda r: [flipped(r[0], 0), *r[1:]]),
        ("test", lambda r: [*r[:-1], flipped(r[-1], 3072)]),
        ("training", lambda r: [r[-1], *r[1:-1], r[0]]),
        ("training", lambda r: [r[1], *r[1:]]),
        ("test", lambda r: [*r[:-1], r[-2]]),
    ],
    ids=["pixel", "label", "test pixel", "moved to the other part", "duplicate", "test duplicate"],
)
def test_other_records_are_refused(
    part: str, changed: Callable[[list[bytes]], list[bytes]], tmp_path: Path, records: list[bytes]
) -> None:
    other = changed(records)
    actual, expected = (sha256_of_sorted(of[-EACH:] if part == "test" else of[:-EACH]) for of in (other, records))
    with pytest.raises(StudyError) as caught:
        data_file(tmp_path, other)
    message = str(caught.value)
    assert message.startswith(f"cifar-10: {part}: the sorted records of {tmp_path}/cifar-10/")
    assert message.endswith(f"are of SHA-256 {actual[:16]}…; allowed: {expected[:16]}…, in any order")
    assert (FILE in message, NAMES[0] in message, len(message.splitlines())) == (part == "test", part != "test", 1)


@pytest.mark.skipif(not GIVEN.is_dir(), reason="MODECOLLAPSE_DATA names no folder with cifar-10/")
def test_the_official_images_have_the_published_moments_and_classes_and_are_drawn_by_part() -> None:
    complete = options_model("datasets", "cifar10")().model_dump()
    real = datasets.load("cifar10", io.BytesIO(datasets.to_bytes(datasets.create("cifar10", complete, 0))))
    training = real.images[:50_000]
    mean = training.mean(axis=(0, 2, 3)) / 255
    deviation = np.sqrt((training.astype(np.float32) ** 2).mean(axis=(0, 2, 3)) / 255**2 - mean**2)
    np.testing.assert_allclose(mean, [0.4914, 0.4822, 0.4465], atol=1e-4)
    np.testing.assert_allclose(deviation, [0.2470, 0.2435, 0.2616], atol=1e-4)
    assert np.bincount(real.labels[:50_000]).tolist() == [5000] * 10
    assert np.bincount(real.labels[50_000:]).tolist() == [1000] * 10
    batch = real.sample(200, RandomNumbers((0,), 200)).numpy()
    oracle = real.oracle(200, np.random.default_rng(0))
    assert real.assign(oracle[:5]).tolist() == [-1] * 5  # nothing can tell its class
    assert real.accuracy is None
    for drawn, part in ((batch, training), (oracle, real.images[50_000:])):
        assert (drawn.shape, drawn.dtype) == ((200, 3, 32, 32), np.float32)
        assert np.abs(drawn).max() <= 1
        levels = np.rint((drawn + 1) * 127.5).astype(np.uint8)
        assert {image.tobytes() for image in levels} <= {image.tobytes() for image in part}

"""Where samples come from: arrays, files, folders of images, functions; whatever else they are is one line."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from blocks import make_dataset
from PIL import Image

from modecollapse.datasets import Dataset
from modecollapse.errors import StudyError
from modecollapse.scoring.samples import equal, read

RING = make_dataset("ring")
MODULE = """
import numpy as np

def good(n, seed):
    return np.full((n, 2), seed)

def list_of(n, seed):
    return [[0.0, 1.0]] * n

def raises(n, seed):
    raise KeyError("weights\\n\\x1b[31m of no epoch")

def leaves(n, seed):
    raise SystemExit(3)

def prints(n, seed):
    print("epoch 3 of 7")
    return np.zeros((n, 2))

def short(n, seed):
    return np.zeros((n - 1, 2))

def text(n, seed):
    return np.full((n, 2), "a")

def ragged(n, seed):
    return [[0.0], [0.0, 1.0]]

constant = 3
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the module `mine_for_tests`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "mine_for_tests", raising=False)
    (tmp_path / "mine_for_tests.py").write_text(MODULE)
    return tmp_path


def ring(source: object, n: int = 6, seeds: int = 3) -> list[tuple[str, np.ndarray]]:
    return read(source, (2,), RING, n, seeds)


def test_what_a_function_prints_is_not_among_the_scores(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(ring("mine_for_tests:prints", seeds=1)) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "epoch 3 of 7\n")


def test_an_array_a_list_and_a_file_are_one_seed_or_several(tmp_path: Path) -> None:
    points = np.arange(24.0).reshape(2, 6, 2)
    np.save(tmp_path / "both.npy", points)
    np.save(tmp_path / "one.npy", points[1])
    for source in (points, list(points), tmp_path / "both.npy", [points[0], str(tmp_path / "one.npy")]):
        assert np.array_equal([run for _, run in ring(source)], points)
    assert np.array_equal(ring(torch.tensor(points[0]))[0][1], points[0])
    assert [name for name, _ in ring(tmp_path / "both.npy")] == [f"{tmp_path}/both.npy, seed {i}" for i in (0, 1)]


def test_a_function_or_its_name_is_called_once_a_seed(here: Path) -> None:
    for source in ("mine_for_tests:good", lambda n, seed: np.full((n, 2), seed)):
        found = ring(source)
        assert np.array_equal([run for _, run in found], [np.full((6, 2), seed) for seed in range(3)])
    assert [name for name, _ in ring("mine_for_tests:good", seeds=2)] == [
        f"mine_for_tests:good, seed {i}" for i in (0, 1)
    ]
    assert len(ring("mine_for_tests:list_of")[0][1]) == 6


def test_no_seed_and_no_sample_are_refused(here: Path) -> None:
    with pytest.raises(StudyError, match="samples: there are none; allowed: a source a seed, or a function and one"):
        ring("mine_for_tests:good", seeds=0)
    with pytest.raises(StudyError, match=r"has shape \(0, 2\); allowed: \(n, 2\) numbers, n > 0"):
        ring("mine_for_tests:good", n=0)


def test_numbers_beyond_float32_are_infinite() -> None:
    [(_, run)] = ring(np.array([[1e39, 0.0], [1e38, -1e300]]))
    assert np.array_equal(run, [[np.inf, 0], [1e38, np.inf]])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "mine_for_tests:raises",
            r"mine_for_tests:raises: seed 0: KeyError: .*weights.*; allowed: a function of .n, s",
        ),
        ("mine_for_tests:leaves", "leaves: seed 0: SystemExit: 3; allowed: a function of"),
        ("mine_for_tests:short", r"short: seed 0: has shape \(5, 2\); allowed: \(n, 2\) numbers, n > 0, here n = 6"),
        ("mine_for_tests:text", "text: seed 0: holds <U1; allowed: "),
        ("mine_for_tests:ragged", "ragged: seed 0: ValueError: .*; allowed: a function of"),
        ([], "samples: there are none; allowed: a source a seed"),
        ("mine_for_tests:constant", "mine_for_tests:constant: is no function; allowed: "),
        ("mine_for_tests:none", "mine_for_tests:none: AttributeError: .*; allowed: package.module:function, or a file"),
        ("no_such_module:draw", "no_such_module:draw: ModuleNotFoundError: "),
        ("none.npy", "none.npy: cannot be read"),
        ("empty", "empty: is a folder; allowed: "),
        ("pipe.npy", "pipe.npy: is a named pipe"),
        (np.zeros((6, 3)), r"samples: has shape \(6, 3\); allowed: \(n, 2\) numbers, n > 0"),
        (np.zeros((0, 6, 2)), r"samples: has shape \(0, 6, 2\)"),
        (np.array([["a", "b"]]), "samples: holds <U1"),
        (torch.zeros(6, 2, requires_grad=True), "samples: .*detach"),
    ],
)
def test_what_gives_no_samples_is_one_line(here: Path, source: object, message: str) -> None:
    os.mkfifo("pipe.npy")
    Path("empty").mkdir()
    with pytest.raises(StudyError, match=message) as caught:
        ring(source)
    assert str(caught.value).isprintable()


def test_a_folder_of_images_is_read_in_the_order_of_names_on_the_scale_of_the_data(
    tmp_path: Path, digits: Dataset
) -> None:
    levels = np.random.default_rng(0).integers(256, size=(3, 8, 8, 3), dtype=np.uint8)
    for name, image in zip(("b.png", "a.png", "c.PNG"), levels, strict=True):
        Image.fromarray(image).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("not an image")
    [(_, found)] = read(tmp_path, (3, 8, 8), digits, 9, 9)
    expected = levels[[1, 0, 2]].transpose(0, 3, 1, 2) / 127.5 - 1
    assert found == pytest.approx(expected, abs=1e-6)
    grey = Image.fromarray(levels[0, :, :, 0])
    grey.save(tmp_path / "a.png")
    assert read(tmp_path, (3, 8, 8), digits, 9, 9)[0][1][0, 1] == pytest.approx(
        levels[0, :, :, 0] / 127.5 - 1, abs=1e-6
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("large.png", "large.png: is 9 x 8 pixels in mode RGB; allowed: 8 x 8, grey or RGB, opaque"),
        ("clear.png", "clear.png: is 8 x 8 pixels in mode RGBA; allowed"),
        ("text.png", "text.png: cannot be read .*; allowed: PNG, JPEG"),
        ("pipe.png", "pipe.png: is a named pipe"),
        ("folder.png", "folder.png: is a folder"),
        ("none.txt", "holds 0 images; allowed: "),
    ],
)
def test_a_folder_with_anything_else_is_one_line(tmp_path: Path, digits: Dataset, name: str, message: str) -> None:
    for image, size in (("large.png", (9, 8)), ("clear.png", (8, 8))):
        if name == image:
            Image.new("RGBA" if name == "clear.png" else "RGB", size).save(tmp_path / name)
    if name.startswith(("text", "none")):
        (tmp_path / name).write_bytes(b"\x89PNG and no more")
    if name == "pipe.png":
        os.mkfifo(tmp_path / name)
    if name == "folder.png":
        (tmp_path / name).mkdir()
    with pytest.raises(StudyError, match=message):
        read(tmp_path, (3, 8, 8), digits, 9, 9)


def test_a_draw_is_of_different_samples_and_the_same_each_time() -> None:
    runs = [np.arange(50.0)[:, None], np.arange(30.0)[:, None]]
    first, again = equal(runs, 30, 100), equal(runs, 30, 100)
    assert np.array_equal(first, again)
    assert len(np.unique(first[0])) == 30
    assert first[0].max() >= 30  # not the first ones alone
    assert np.array_equal(first[1], runs[1])  # left as it is
    [mixed] = equal(runs[1:], 30, 20)
    assert not np.array_equal(mixed, runs[1])
    assert np.array_equal(np.sort(mixed, axis=0), runs[1])

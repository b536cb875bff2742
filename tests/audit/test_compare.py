"""Comparing a file with the one made again: bytes here, numbers within tolerances elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modecollapse.audit.compare import difference

HERE, PROCESSOR, VERSION = (True, True), (False, True), (False, False)  # same machine, same versions


def texts(folder: Path, name: str, was: str, now: str) -> tuple[Path, Path]:
    paths = folder / f"was_{name}", folder / f"now_{name}"
    for path, text in zip(paths, (was, now), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def told(folder: Path, name: str, was: str, now: str, machine: tuple[bool, bool]) -> str | None:
    return difference(*texts(folder, name, was, now), *machine)


@pytest.mark.parametrize("machine", [HERE, PROCESSOR, VERSION])
@pytest.mark.parametrize("name", ["a.csv", "a.svg", "a.pdf", "a.npz", "a.json"])
def test_the_same_bytes_are_the_same_everywhere(tmp_path: Path, name: str, machine: tuple[bool, bool]) -> None:
    assert told(tmp_path, name, "a\n1\n", "a\n1\n", machine) is None


@pytest.mark.parametrize(
    ("column", "was", "now", "differs"),
    [
        ("mean", "1.0", "1.0000001", False),
        ("mean", "1.0", "1.001", True),
        ("p", "0.030", "0.039", False),
        ("p", "0.030", "0.041", True),
        ("value", "40.0", "40.1", False),
        ("value", "40.0", "41.0", True),
        ("outcome", "REPRODUCED", "NOT_RUN", True),
        ("modes", '"3.40 [1.75, 5.47]"', '"3.41 [1.75, 5.46]"', False),
        ("modes", '"3.40 [1.75, 5.47]"', '"3.42 [1.75, 5.47]"', True),
        ("numbers", "largest error 3e-12 of 500", "largest error 7e-16 of 500", False),
        ("numbers", "largest error 3e-12 of 500", "largest error 3e-12 of 600", True),
    ],
)
def test_numbers_of_a_csv(tmp_path: Path, column: str, was: str, now: str, differs: bool) -> None:
    pair = (f"name,{column}\nveegan,{was}\n", f"name,{column}\nveegan,{now}\n")
    assert (told(tmp_path, "a.csv", *pair, PROCESSOR) is not None) == differs
    found = told(tmp_path, "a.csv", *pair, HERE)
    assert found
    assert found.startswith("line 2 has ")


def test_a_row_that_is_gone_is_named(tmp_path: Path) -> None:
    table = pd.DataFrame({"variant": ["gan", "veegan"], "seed": [0, 1], "measure": "modes", "value": [1.0, 2.0]})
    table.to_parquet(tmp_path / "now.parquet")
    table.iloc[:1].to_parquet(tmp_path / "was.parquet")
    found = difference(tmp_path / "was.parquet", tmp_path / "now.parquet", True)
    assert found == "has 1 rows, executed again 2; the first apart: row 2 (veegan, 1, modes, 2.0)"


def test_a_changed_value_of_a_table_names_its_row_in_plain_numbers(tmp_path: Path) -> None:
    table = pd.DataFrame({"variant": ["gan", "veegan"], "seed": [0, 1], "value": [np.nan, 2.0]})
    table.to_parquet(tmp_path / "now.parquet")
    table.assign(value=[np.nan, 8.0]).iloc[::-1].to_parquet(tmp_path / "was.parquet")
    found = difference(tmp_path / "was.parquet", tmp_path / "now.parquet", True)
    assert found == "value of row 2 (veegan, 1, 8.0) is 8.0, executed again 2.0"


def test_the_order_and_compression_of_a_table_do_not_matter(tmp_path: Path) -> None:
    table = pd.DataFrame({"variant": ["a", "b"], "value": [np.nan, 2.0]})
    table.to_parquet(tmp_path / "was.parquet", compression="gzip")
    table.iloc[::-1].to_parquet(tmp_path / "now.parquet")
    assert difference(tmp_path / "was.parquet", tmp_path / "now.parquet", True) is None


SVG = '<path style="fill: #ff0000" d="M {} 36.5"/><text>Table 2</text>'


def test_a_picture_of_the_same_versions_may_move_by_a_hundredth_of_a_point(tmp_path: Path) -> None:
    for moved, differs in ((227.209, False), (227.3, True)):
        pair = SVG.format(227.2), SVG.format(moved)
        assert bool(told(tmp_path, "a.svg", *pair, PROCESSOR)) == differs
        assert told(tmp_path, "a.svg", *pair, HERE)
    for change in (("ff0000", "00ff00"), ("Table 2", "Table 8"), ("Table", "Figure"), ("fill: ", "fill:  ")):
        assert told(tmp_path, "a.svg", SVG.format(1), SVG.format(1).replace(*change), PROCESSOR), change


def test_of_other_versions_nothing_is_told_of_a_picture(tmp_path: Path) -> None:
    for name in ("a.svg", "a.pdf"):
        with pytest.raises(NotImplementedError):
            told(tmp_path, name, "1", "2", VERSION)
    assert told(tmp_path, "a.pdf", "1", "2", PROCESSOR) == "has other bytes"


def test_arrays_of_another_machine(tmp_path: Path) -> None:
    arrays = {"x": np.float32([1.0, 2.0]), "labels": np.array([1, 2])}
    np.savez(tmp_path / "was.npz", **arrays)
    for change, differs in (
        ({"x": np.float32([1.0, 2.0001])}, False),
        ({"x": np.float32([1.0, 2.1])}, True),
        ({"labels": np.array([1, 3])}, True),
        ({"more": np.array([1])}, True),
    ):
        np.savez(tmp_path / "now.npz", **(arrays | change))
        assert bool(difference(tmp_path / "was.npz", tmp_path / "now.npz", *PROCESSOR)) == differs

"""Comparing a file with the one made again: bytes here, numbers within tolerances elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modecollapse.audit.compare import difference

HERE, PROCESSOR, VERSION = (True, True), (False, True), (False, False)  # same machine, same versions
SVG = '<path style="fill: #ff0000" d="M {} 36.5"/><text>Table 2</text>'


def compared(folder: Path, name: str, was: str, now: str, machine: tuple[bool, bool]) -> str | None:
    """What differs between two texts under a name."""
    for prefix, text in (("was", was), ("now", now)):
        (folder / f"{prefix}_{name}").write_text(text, encoding="utf-8")
    return difference(folder / f"was_{name}", folder / f"now_{name}", *machine)


@pytest.mark.parametrize("name", ["a.csv", "a.svg", "a.pdf", "a.npz", "a.json"])
def test_the_same_bytes_are_the_same_everywhere(tmp_path: Path, name: str) -> None:
    for machine in (HERE, PROCESSOR, VERSION):
        assert compared(tmp_path, name, "a\n1\n", "a\n1\n", machine) is None
    assert compared(tmp_path, name, "a\n1\n", "a\n2\n", HERE)


@pytest.mark.parametrize(
    ("column", "was", "same", "other"),
    [
        ("mean", "1.0", "1.0000001", "1.001"),
        ("p", "0.030", "0.039", "0.041"),
        ("value", "40.0", "40.1", "41.0"),
        ("outcome", "REPRODUCED", "REPRODUCED", "NOT_RUN"),
        ("modes", '"3.40 [1.75, 5.47]"', '"3.41 [1.75, 5.46]"', '"3.42 [1.75, 5.47]"'),
        ("numbers", "largest error 3e-12 of 500", "largest error 7e-16 of 500", "largest error 3e-12 of 600"),
    ],
)
def test_numbers_of_a_csv(tmp_path: Path, column: str, was: str, same: str, other: str) -> None:
    texts = [f"name,{column}\nveegan,{value}\n" for value in (was, same, other)]
    named = f"{column} of row 1 (veegan, "
    assert compared(tmp_path, "a.csv", texts[0], texts[1], PROCESSOR) is None
    assert same == was or str(compared(tmp_path, "a.csv", texts[0], texts[1], HERE)).startswith(named)
    for machine in (HERE, PROCESSOR):
        assert str(compared(tmp_path, "a.csv", texts[0], texts[2], machine)).startswith(named)


def test_a_csv_whose_values_alone_are_the_same_has_other_bytes(tmp_path: Path) -> None:
    assert compared(tmp_path, "a.csv", "a,b\n1,2\n", 'a,b\n"1",2\n', HERE) == "has other bytes"
    assert compared(tmp_path, "a.csv", "a,b\n1,2\n", 'a,b\n"1",2\n', PROCESSOR) is None
    assert "has columns a, b" in str(compared(tmp_path, "a.csv", "a,b\n1,2\n", "a,c\n1,2\n", HERE))


TABLE = pd.DataFrame({"variant": ["gan", "veegan"], "seed": [0, 1], "value": [np.nan, 2.0]})


@pytest.mark.parametrize(
    ("was", "found"),
    [
        (TABLE.iloc[::-1], None),
        (TABLE.iloc[:1], "has 1 rows, executed again 2; the first apart: row 2 (veegan, 1, 2.0)"),
        (TABLE.assign(value=[np.nan, 8.0]).iloc[::-1], "value of row 2 (veegan, 1, 8.0) is 8.0, executed again 2.0"),
    ],
)
def test_a_difference_of_tables_is_named_whatever_their_order(tmp_path: Path, was: pd.DataFrame, found: str) -> None:
    was.to_parquet(tmp_path / "was.parquet", compression="gzip")
    TABLE.to_parquet(tmp_path / "now.parquet")
    assert difference(tmp_path / "was.parquet", tmp_path / "now.parquet", True) == found


def test_a_picture_of_the_same_versions_may_move_by_a_hundredth_of_a_point(tmp_path: Path) -> None:
    for moved, differs in ((227.209, False), (227.3, True)):
        pair = SVG.format(227.2), SVG.format(moved)
        assert bool(compared(tmp_path, "a.svg", *pair, PROCESSOR)) == differs
        assert compared(tmp_path, "a.svg", *pair, HERE)
    for change in (("ff0000", "00ff00"), ("Table 2", "Table 8"), ("Table", "Figure"), ("fill: ", "fill:  ")):
        assert compared(tmp_path, "a.svg", SVG.format(1), SVG.format(1).replace(*change), PROCESSOR), change
    for name in ("a.svg", "a.pdf"):
        with pytest.raises(NotImplementedError):
            compared(tmp_path, name, "1", "2", VERSION)
    assert compared(tmp_path, "a.pdf", "1", "2", PROCESSOR) == "has other bytes"


def test_arrays_of_another_machine(tmp_path: Path) -> None:
    arrays = {"x": np.float32([1.0, 2.0]), "labels": np.array([1, 2])}
    changes = [{"x": np.float32([1.0, 2.0001])}]  # the one that another processor explains
    changes += [{"x": np.float32([1.0, 2.1])}, {"x": np.float32([1.0])}, {"labels": np.array([1, 3])}]
    np.savez(tmp_path / "was.npz", **arrays)
    for change in (*changes, {"more": np.array([1])}):
        np.savez(tmp_path / "now.npz", **(arrays | change))
        found = difference(tmp_path / "was.npz", tmp_path / "now.npz", *PROCESSOR)
        assert bool(found) == (change is not changes[0]), change
        assert difference(tmp_path / "was.npz", tmp_path / "now.npz", *HERE)

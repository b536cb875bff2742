"""Comparing a file with the one made again, bytes here and tolerances elsewhere, and what makes the machines differ."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modecollapse import environment as described
from modecollapse.audit.checks import environment
from modecollapse.audit.checks.environment import MachineDifferences, fits, machine_differences, pins
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


MACHINE = described.describe()
VERSIONS = MACHINE["versions"]


def other(name: str, was: str) -> list[str]:
    return [f"{name} is {VERSIONS.get(name) or MACHINE[name]} here and was {was}"]


TORCH, PYTHON = VERSIONS["torch"].partition("+")[0], VERSIONS["python"].rpartition(".")[0]
# Versions that a study claims, what is pinned (None: what is here), other keys, and what that explains, or is false.
CASES: list[tuple[dict[str, str], dict[str, str] | None, dict[str, str], dict[str, list[str]], list[str]]] = [
    ({}, None, {}, {}, []),
    ({}, None, {"cpu": "Intel Xeon"}, {"processor": other("cpu", "Intel Xeon")}, []),
    ({"matplotlib": "3.9.0"}, None, {}, {}, ["versions.matplotlib"]),
    ({"matplotlib": f"{VERSIONS['matplotlib']}+mine"}, None, {}, {}, ["versions.matplotlib"]),
    ({"matplotlib": "3.9.0"}, {"matplotlib": "3.9.0"}, {}, {"versions": other("matplotlib", "3.9.0")}, []),
    # another build of torch or patch of Python is as another processor
    ({"torch": f"{TORCH}+other"}, {"torch": TORCH}, {}, {"processor": other("torch", f"{TORCH}+other")}, []),
    ({"python": f"{PYTHON}.99"}, {"python": PYTHON}, {}, {"processor": other("python", f"{PYTHON}.99")}, []),
]


@pytest.mark.parametrize(("versions", "pinned", "changes", "explained", "false"), CASES)
def test_what_differs_is_a_reason_or_a_false_claim(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    versions: Any,
    pinned: Any,
    changes: Any,
    explained: Any,
    false: Any,
) -> None:
    ours = {name.lower(): version.partition("+")[0] for name, version in VERSIONS.items()}
    monkeypatch.setattr(environment, "pins", lambda path: ours if pinned is None else pinned)
    content = MACHINE | {"versions": VERSIONS | versions} | changes
    (tmp_path / "environment.json").write_text(json.dumps(content))
    found = machine_differences(SimpleNamespace(folder=tmp_path))  # type: ignore[arg-type]
    assert [(claim.file, claim.where) for claim in found.false_claims] == [("environment.json", one) for one in false]
    assert replace(found, false_claims=[]) == MachineDifferences(len(VERSIONS) + 3, **explained)
    assert found.all == [reason for reasons in explained.values() for reason in reasons]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"versions": 1}', '{"versions": {}, "versions": {}}'])
def test_a_damaged_file_is_a_finding_and_excuses_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "environment.json").write_text(text)
    found = machine_differences(SimpleNamespace(folder=tmp_path))  # type: ignore[arg-type]
    assert not found.all
    assert [claim.file for claim in found.false_claims] == ["environment.json"]


@pytest.mark.parametrize(
    ("version", "pin", "expected"),
    [("2.13.0+cpu", "2.13.0", True), ("3.11.7", "3.11", True), ("3.1.1", "3.11", False), ("2.13.01", "2.13.0", False)],
)
def test_what_fits_a_pin(version: str, pin: str, expected: bool) -> None:
    assert fits(version, pin) == expected


def test_pins_of_conda_and_of_pip(tmp_path: Path) -> None:
    path = tmp_path / "environment.yml"
    path.write_text("dependencies: [python=3.11, pip, {pip: [torch==2.13.0, POT==0.9]}]", encoding="utf-8")
    assert pins(path) == {"python": "3.11", "torch": "2.13.0", "pot": "0.9"}
    for text in ("", "[", "dependencies: 1", "dependencies: [{conda: []}]"):
        path.write_text(text, encoding="utf-8")
        assert pins(path) == {}
    assert pins(tmp_path / "none.yml") == {}

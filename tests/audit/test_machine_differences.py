"""What environment.json claims: another processor is a reason, a version that explains nothing is a finding."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from modecollapse import environment as described
from modecollapse.audit.checks import environment
from modecollapse.audit.checks.environment import MachineDifferences, fits, machine_differences, pins

HERE = described.describe()
VERSIONS = HERE["versions"]


def other(name: str, was: str) -> list[str]:
    return [f"{name} is {VERSIONS.get(name) or HERE[name]} here and was {was}"]


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
    content = HERE | {"versions": VERSIONS | versions} | changes
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

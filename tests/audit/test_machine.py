"""What environment.json claims: another processor is a reason, a version that explains nothing is a finding."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from modecollapse import environment
from modecollapse.audit import machine
from modecollapse.audit.machine import Machines

HERE = environment.describe()


@pytest.fixture
def differences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The differences of a study whose environment.json is this machine's, but for changes."""
    pinned = {name.lower(): version.partition("+")[0] for name, version in HERE["versions"].items()}
    monkeypatch.setattr(machine, "pins", lambda path: pinned)

    def of(versions: dict[str, str] | None = None, **changes: str) -> Machines:
        told = HERE | {"versions": HERE["versions"] | (versions or {})} | changes
        (tmp_path / "environment.json").write_text(json.dumps(told))
        return machine.differences(SimpleNamespace(folder=tmp_path))  # type: ignore[arg-type]

    return of


def test_this_machine_differs_in_nothing(differences: Any) -> None:
    assert differences() == Machines()


def test_another_processor_is_a_reason(differences: Any) -> None:
    found = differences(cpu="Intel Xeon")
    assert found.processor == [f"cpu is {HERE['cpu']} here and was Intel Xeon"]
    assert not found.versions
    assert not found.false_claims
    assert found.all == found.processor


def test_a_version_other_than_the_pinned_one_which_is_here_is_a_false_claim(differences: Any) -> None:
    found = differences({"matplotlib": "3.9.0"})
    assert not found.all
    assert [(claim.file, claim.where) for claim in found.false_claims] == [("environment.json", "versions.matplotlib")]


@pytest.mark.parametrize(("name", "was", "pin"), [("torch", "+other", ""), ("python", ".99", "minor")])
def test_another_build_of_torch_or_patch_of_python_is_as_another_processor(
    differences: Any, monkeypatch: pytest.MonkeyPatch, name: str, was: str, pin: str
) -> None:
    here = HERE["versions"][name]
    pinned = here.rpartition(".")[0] if pin else here.partition("+")[0]
    monkeypatch.setattr(machine, "pins", lambda path: {name: pinned})
    found = differences({name: pinned + was})
    assert found.processor == [f"{name} is {here} here and was {pinned + was}"]
    assert not found.versions
    assert not found.false_claims


def test_another_build_of_a_drawing_library_excuses_nothing(differences: Any) -> None:
    found = differences({"matplotlib": f"{HERE['versions']['matplotlib']}+mine"})
    assert not found.all
    assert len(found.false_claims) == 1


def test_a_version_that_is_pinned_otherwise_is_a_reason(differences: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "pins", lambda path: {"matplotlib": "3.9.0"})
    assert differences({"matplotlib": "3.9.0"}).versions == [
        f"matplotlib is {HERE['versions']['matplotlib']} here and was 3.9.0"
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"versions": 1}', '{"versions": {}, "versions": {}}'])
def test_a_damaged_file_is_a_finding_and_excuses_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "environment.json").write_text(text)
    found = machine.differences(SimpleNamespace(folder=tmp_path))  # type: ignore[arg-type]
    assert not found.all
    assert [claim.file for claim in found.false_claims] == ["environment.json"]

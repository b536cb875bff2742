"""What environment.json claims: another processor is a reason, a version that explains nothing is a finding."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from modecollapse import environment as described
from modecollapse.audit.checks import environment
from modecollapse.audit.checks.environment import MachineDifferences, fits, machine_differences, pins

HERE = described.describe()
VERSIONS = HERE["versions"]


@pytest.fixture
def differences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The differences of a study whose environment.json is this machine's, but for changes."""

    def of(versions: dict[str, str] | None = None, pinned: dict[str, str] | None = None, **changes: str) -> Any:
        ours = {name.lower(): version.partition("+")[0] for name, version in VERSIONS.items()}
        monkeypatch.setattr(environment, "pins", lambda path: ours if pinned is None else pinned)
        content = HERE | {"versions": VERSIONS | (versions or {})} | changes
        (tmp_path / "environment.json").write_text(json.dumps(content))
        return machine_differences(SimpleNamespace(folder=tmp_path))

    return of


def test_this_machine_differs_in_nothing_and_another_processor_is_a_reason(differences: Any) -> None:
    compared = len(VERSIONS) + 3
    assert differences() == MachineDifferences(compared)
    reasons = [f"cpu is {HERE['cpu']} here and was Intel Xeon"]
    found = differences(cpu="Intel Xeon")
    assert (found.processor, found.versions, found.false_claims, found.all) == (reasons, [], [], reasons)


@pytest.mark.parametrize("version", ["3.9.0", f"{VERSIONS['matplotlib']}+mine"])
def test_a_version_other_than_the_pinned_one_which_is_here_is_a_false_claim(differences: Any, version: str) -> None:
    found = differences({"matplotlib": version})
    assert not found.all
    assert [(claim.file, claim.where) for claim in found.false_claims] == [("environment.json", "versions.matplotlib")]


def test_a_version_that_is_pinned_otherwise_is_a_reason(differences: Any) -> None:
    reasons = [f"matplotlib is {VERSIONS['matplotlib']} here and was 3.9.0"]
    assert differences({"matplotlib": "3.9.0"}, {"matplotlib": "3.9.0"}).versions == reasons


@pytest.mark.parametrize(
    ("name", "was", "pin"),
    [
        ("torch", f"{VERSIONS['torch'].partition('+')[0]}+other", VERSIONS["torch"].partition("+")[0]),
        ("python", f"{VERSIONS['python'].rpartition('.')[0]}.99", VERSIONS["python"].rpartition(".")[0]),
    ],
)
def test_another_build_of_torch_or_patch_of_python_is_as_another_processor(
    differences: Any, name: str, was: str, pin: str
) -> None:
    found = differences({name: was}, {name: pin})
    assert found == MachineDifferences(len(VERSIONS) + 3, processor=[f"{name} is {VERSIONS[name]} here and was {was}"])


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

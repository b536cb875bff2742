"""Environment: facts are notes; only records that do not say what they were made with are findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from audited_study import RECORD, edit_json, findings

from modecollapse.audit import machine
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import environment
from modecollapse.audit.checks.environment import check


def test_a_good_study_has_notes_and_no_findings(audited: Path) -> None:
    result = check(Bundle(audited))
    assert not result.findings
    assert result.looked_at == 4 * 3
    assert "device of the 4 jobs: cpu (4)" in result.notes
    assert "0 of 4 jobs were interrupted" in result.notes
    assert any(note.startswith("training took ") for note in result.notes)


@pytest.mark.parametrize("name", ["python", "torch", "numpy"])
def test_a_record_without_a_version(folder: Path, name: str) -> None:
    edit_json(folder / RECORD, lambda run: run["versions"].pop(name))
    assert findings(check, folder) == [(RECORD, f"versions.{name}")]


@pytest.mark.parametrize("versions", [None, [], "2.13.0"])
def test_a_record_without_versions(folder: Path, versions: Any) -> None:
    edit_json(folder / RECORD, lambda run: run.update(versions=versions))
    assert findings(check, folder) == [(RECORD, f"versions.{name}") for name in environment.RECORDED]


def test_another_version_than_asked_for_leaves_the_bits_open(folder: Path) -> None:
    edit_json(folder / RECORD, lambda run: run["versions"].update(torch="1.0"))
    result = check(Bundle(folder))
    assert not result.findings
    asked = machine.pins(machine.PINS)["torch"]
    assert len(result.left_open) == 1
    assert result.left_open[0].startswith(f"torch: environment.yml asks for {asked}, runs were made with 1.0, so ")


def test_another_python_is_a_note(folder: Path) -> None:
    edit_json(folder / RECORD, lambda run: run["versions"].update(python="3.9.1"))
    result = check(Bundle(folder))
    assert not result.findings
    assert not result.left_open
    assert any(note.startswith("python: environment.yml asks for ") and "3.9.1" in note for note in result.notes)


@pytest.mark.parametrize(
    ("version", "pin", "fits"),
    [("2.13.0+cpu", "2.13.0", True), ("3.11.7", "3.11", True), ("3.1.1", "3.11", False), ("2.13.01", "2.13.0", False)],
)
def test_what_fits_a_pin(version: str, pin: str, fits: bool) -> None:
    assert machine.fits(version, pin) == fits


def test_pins_of_conda_and_of_pip(tmp_path: Path) -> None:
    path = tmp_path / "environment.yml"
    path.write_text("dependencies: [python=3.11, pip, {pip: [torch==2.13.0, POT==0.9]}]", encoding="utf-8")
    assert machine.pins(path) == {"python": "3.11", "torch": "2.13.0", "pot": "0.9"}
    for text in ("", "[", "dependencies: 1", "dependencies: [{conda: []}]"):
        path.write_text(text, encoding="utf-8")
        assert machine.pins(path) == {}
    assert machine.pins(tmp_path / "none.yml") == {}


def test_what_is_not_installed_is_told() -> None:
    [note] = environment._installed({"no-such-package": "1.0"})
    assert note.endswith("but for no-such-package nothing for 1.0")

"""A study's folder as the audit reads it, whole and damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from modecollapse.audit.bundle import Bundle
from modecollapse.errors import StudyError
from modecollapse.study.load import load_study


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "study.json").write_text(load_study(["config/config.yaml"]).model_dump_json())
    (tmp_path / "claims.yaml").write_text("settings: {}\n")
    (tmp_path / "MANIFEST.sha256").write_text("")
    return tmp_path


@pytest.mark.parametrize("name", ["study.json", "claims.yaml", "MANIFEST.sha256"])
def test_a_folder_of_no_finished_study_cannot_be_audited(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(StudyError, match=f"{name}: missing"):
        Bundle(folder)


def test_a_damaged_configuration_is_told_in_one_line(folder: Path) -> None:
    (folder / "study.json").write_text("{")
    with pytest.raises(StudyError, match=r"study\.json"):
        Bundle(folder)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "[]", "3"])
def test_a_record_that_is_no_object_is_left_out(folder: Path, text: str) -> None:
    for name, content in (("good", '{"seeds": [0]}'), ("bad", text)):
        (folder / "runs" / name).mkdir(parents=True)
        (folder / "runs" / name / "run.json").write_text(content)
    (folder / "runs" / "odd" / "run.json").mkdir(parents=True)
    assert Bundle(folder).records == {"good": {"seeds": [0]}}


@pytest.mark.parametrize("text", ["{", "[]", "3", "[" * 100_000])
def test_what_is_not_readable_withholds_nothing(folder: Path, text: str) -> None:
    (folder / "withheld.json").write_text(text)
    assert Bundle(folder).withheld == {}


def test_the_plan_names_the_run_folders(folder: Path) -> None:
    assert "matched/ring/veegan/seeds-0-2" in Bundle(folder).blocks

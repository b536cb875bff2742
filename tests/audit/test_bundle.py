"""A study's folder as the audit reads it, whole and damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from modecollapse.audit.bundle import Bundle
from modecollapse.errors import StudyError
from modecollapse.study.load import load_study

NO_OBJECTS = ["{", "[" * 100_000, "[]", "3"]


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
    (folder / "study.json").write_text("{")
    with pytest.raises(StudyError):
        Bundle(folder)


@pytest.mark.parametrize("text", NO_OBJECTS)
def test_a_record_that_is_no_object_is_left_out_and_withholds_nothing(folder: Path, text: str) -> None:
    for path, content in (("runs/good", '{"seeds": [0]}'), ("runs/bad", text)):
        (folder / path).mkdir(parents=True)
        (folder / path / "run.json").write_text(content)
    (folder / "runs" / "odd" / "run.json").mkdir(parents=True)
    (folder / "withheld.json").write_text(text)
    bundle = Bundle(folder)
    assert (bundle.records, bundle.withheld) == ({"good": {"seeds": [0]}}, {})
    assert "matched/ring/veegan/seeds-0-2" in bundle.blocks
    (link := folder.with_name(f"{folder.name}-link")).symlink_to(folder)  # the folder itself may be a link
    assert not Bundle(link).special

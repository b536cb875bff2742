"""Releasing a study: what is withheld, what is refused, and that an earlier release survives a failure."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from modecollapse.audit.publish import choose_withheld, publish
from modecollapse.audit.run import audit
from modecollapse.errors import StudyError

SAMPLES, WEIGHTS, TABLE = "runs/a/samples.npy", "runs/a/weights.safetensors", "tables/measures.parquet"


def test_the_largest_are_withheld_until_the_rest_fits() -> None:
    sizes = {SAMPLES: 30, WEIGHTS: 50, TABLE: 100, "report.pdf": 5}
    assert choose_withheld(sizes, 185) == {}
    assert list(choose_withheld(sizes, 184)) == [WEIGHTS]
    assert list(choose_withheld(sizes, 105)) == [WEIGHTS, SAMPLES]


def test_of_equal_ones_the_first_by_name_is_withheld() -> None:
    assert list(choose_withheld({"runs/b/samples.npy": 5, "runs/a/samples.npy": 5}, 5)) == ["runs/a/samples.npy"]


def test_tables_and_records_are_never_withheld() -> None:
    with pytest.raises(StudyError, match=r"--megabytes: 0\.0001 is not enough; allowed: 0\.0 or more"):
        choose_withheld({SAMPLES: 30, TABLE: 100, "runs/a/run.json": 5}, 100)


def test_a_released_copy_passes_and_lacks_what_is_large(honest_study: Path, tmp_path: Path) -> None:
    study, released = Path(shutil.copytree(honest_study, tmp_path / "small")), tmp_path / "reported"
    bytes_of_all = sum(path.stat().st_size for path in study.rglob("*") if path.is_file())
    withheld = publish(study, released, megabytes=bytes_of_all / 1e6 - 1)
    assert withheld
    assert set(json.loads((released / "withheld.json").read_text())) == set(withheld)
    assert not any((released / path).exists() for path in withheld)
    assert (released / "report.pdf").read_bytes() == (study / "report.pdf").read_bytes()
    assert audit(released, "recompute", 0, write=False) == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_study_that_fails_is_refused_and_the_release_before_it_stays(honest_study: Path, tmp_path: Path) -> None:
    study, released = Path(shutil.copytree(honest_study, tmp_path / "small")), tmp_path / "reported"
    (released / "tables").mkdir(parents=True)
    (released / "tables" / "before.csv").write_text("kept")
    (study / "tables" / "summary.csv").write_text("mean\n8\n")
    with pytest.raises(StudyError, match="fails the audit"):
        publish(study, released, megabytes=60)
    assert [path.name for path in released.rglob("*.*")] == ["before.csv"]


def test_a_release_is_replaced_whole(honest_study: Path, tmp_path: Path) -> None:
    study, released = Path(shutil.copytree(honest_study, tmp_path / "small")), tmp_path / "reported"
    released.mkdir()
    (released / "before.csv").write_text("gone")
    publish(study, released, megabytes=60)
    assert not (released / "before.csv").exists()

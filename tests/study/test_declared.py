"""Hashes of what is declared before a run."""

from __future__ import annotations

import json
from pathlib import Path

from modecollapse import files
from modecollapse.study.declared import claims_digest, declared_hashes, plan_text
from modecollapse.study.load import load_study

CLAIMS = Path("config/claims.yaml")


def test_only_the_part_that_was_changed_has_another_hash(tmp_path: Path) -> None:
    text = CLAIMS.read_text(encoding="utf-8")
    changed = text.replace("modes: {share: 0.1} ", "modes: {share: 0.2} ")
    assert changed != text
    (tmp_path / "claims.yaml").write_text(changed, encoding="utf-8")
    before, after = declared_hashes(CLAIMS), declared_hashes(tmp_path / "claims.yaml")
    assert {part for part in before if before[part] != after[part]} == {"settings"}
    assert set(before) == {"settings", "sources", "methods", "datasets", "values", "differences", "claims"}


def test_comments_line_endings_and_the_order_of_keys_do_not_count(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("settings: {alpha: 0.05, window: 20}  # why\n")
    second.write_text("settings:\n  window: 20\n  alpha: 0.05\n")
    assert declared_hashes(first) == declared_hashes(second)
    converted = tmp_path / "claims.yaml"
    converted.write_bytes(CLAIMS.read_bytes().replace(b"\n", b"\r\n"))
    assert claims_digest(converted) == claims_digest(CLAIMS) == files.sha256(CLAIMS) != files.sha256(converted)


def test_the_plan_names_configuration_files_as_a_commit_does(tmp_path: Path) -> None:
    """Snakemake makes the paths of --configfile absolute, and no commit knows where it was checked out."""
    study = load_study(["config/config.yaml"], {})
    given = ["config/config.yaml", f"{Path.cwd()}/docs/../config/plane.yaml", str(tmp_path / "own.yaml")]
    named = json.loads(plan_text(study, given, {}))["files"]
    assert named == ["config/config.yaml", "config/plane.yaml", str(tmp_path / "own.yaml")]

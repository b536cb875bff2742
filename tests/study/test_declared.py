"""Hashes of what is declared before a run."""

from __future__ import annotations

from pathlib import Path

from modecollapse import files
from modecollapse.study.declared import claims_digest, declared_hashes

CLAIMS = Path("config/claims.yaml")


def test_only_the_part_that_was_changed_has_another_hash(tmp_path: Path) -> None:
    text = CLAIMS.read_text(encoding="utf-8")
    changed = text.replace("modes: {share: 0.1} ", "modes: {share: 0.2} ")
    assert changed != text
    (tmp_path / "claims.yaml").write_text(changed, encoding="utf-8")
    before, after = declared_hashes(CLAIMS), declared_hashes(tmp_path / "claims.yaml")
    assert {part for part in before if before[part] != after[part]} == {"settings"}
    assert set(before) == {"settings", "sources", "methods", "values", "claims"}


def test_comments_and_the_order_of_keys_do_not_count(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("settings: {alpha: 0.05, window: 20}  # why\n")
    second.write_text("settings:\n  window: 20\n  alpha: 0.05\n")
    assert declared_hashes(first) == declared_hashes(second)


def test_line_endings_do_not_count(tmp_path: Path) -> None:
    converted = tmp_path / "claims.yaml"
    converted.write_bytes(CLAIMS.read_bytes().replace(b"\n", b"\r\n"))
    assert declared_hashes(converted) == declared_hashes(CLAIMS)
    assert claims_digest(converted) == claims_digest(CLAIMS) == files.sha256(CLAIMS) != files.sha256(converted)

"""The released study in this repository passes its own audit, and is small enough to be cloned."""

from __future__ import annotations

from pathlib import Path

from modecollapse.audit import levels
from modecollapse.audit.bundle import Bundle

REPORTED = Path(__file__).resolve().parents[2] / "results" / "reported"


def test_it_passes() -> None:
    outcomes = list(levels.run(Bundle(REPORTED), levels.checks_of("recompute")))
    assert {o.name: list(map(str, o.result.findings))[:5] for o in outcomes if not o.holds} == {}


def test_it_is_small_and_has_the_rows_of_the_first_table() -> None:
    assert sum(path.stat().st_size for path in REPORTED.rglob("*") if path.is_file()) < 25_000_000
    names = {(cell.dataset.name, cell.variant.objective) for cell in Bundle(REPORTED).cells}
    assert {("ring", "veegan"), ("grid", "veegan"), ("ring", "gan-nonsaturating"), ("grid", "unrolled")} <= names

"""The released study in this repository passes its own audit, and is small enough to be cloned."""

from __future__ import annotations

from pathlib import Path

import pytest

from modecollapse.audit import levels
from modecollapse.audit.bundle import Bundle

REPORTED = Path(__file__).resolve().parents[2] / "results" / "reported"


@pytest.mark.parametrize("level", list(levels.LEVELS)[:2])
def test_it_passes(level: str) -> None:
    outcomes = list(levels.run(Bundle(REPORTED), levels.LEVELS[level]))
    assert {o.name: list(map(str, o.result.findings))[:5] for o in outcomes if not o.holds} == {}
    assert all(outcome.result.looked_at for outcome in outcomes)


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in REPORTED.rglob("*") if path.is_file()) < 60_000_000


def test_every_variant_has_ten_seeds_on_four_data_sets() -> None:
    bundle = Bundle(REPORTED)
    assert len(bundle.cells) == 52
    assert len(bundle.study.seed_list) >= 10

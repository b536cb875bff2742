"""Nobody chooses the blocks that are trained again."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest
from scipy import stats

from modecollapse.audit.choice import chosen

BLOCKS = [f"matched/ring/variant-{i}/seeds-0-4" for i in range(8)]


def roots(count: int) -> list[str]:
    return [hashlib.sha256(str(i).encode()).hexdigest() for i in range(count)]


def test_the_rule_is_the_documented_one() -> None:
    root = roots(1)[0]
    ranked = sorted(BLOCKS, key=lambda block: hashlib.sha256(f"{root} {block}".encode()).hexdigest())
    assert chosen(root, reversed(BLOCKS), 3) == ranked[:3]


def test_another_root_chooses_other_blocks() -> None:
    assert len({tuple(chosen(root, BLOCKS, 2)) for root in roots(50)}) > 20


def test_every_block_has_the_same_chance() -> None:
    counts = Counter(block for root in roots(2000) for block in chosen(root, BLOCKS, 2))
    assert set(counts) == set(BLOCKS)
    assert stats.chisquare(list(counts.values())).pvalue > 1e-3


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (-1, 0), (3, 3), (8, 8), (100, 8)])
def test_no_more_than_there_are(count: int, expected: int) -> None:
    assert len(set(chosen(roots(1)[0], BLOCKS, count))) == expected

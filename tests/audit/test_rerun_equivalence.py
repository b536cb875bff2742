"""Runs of another machine are compared with the stored ones by a test that is declared and can fail."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from blocks import make_block

from modecollapse.audit.rerun_equivalence import (
    ALPHA,
    Comparison,
    outcomes,
    permutation_p,
    reasons_to_differ,
    with_p_values,
)

RECORD = {
    "code": "ab" * 32, "data": "cd" * 32, "versions": {"torch": "2.13.0"}, "platform": "Linux x86_64",
    "cpu": "Example CPU", "flags": {"cpu_capability": "AVX2"}, "device": "cpu", "gpu": None, "threads": 1,
    "deterministic": True, "matmul_precision": "highest", "incidents": [],
}  # fmt: skip


def pair(retrained: list[float], block: list[float], cell: list[float] | None = None) -> Comparison:
    return Comparison("block", "modes", *map(np.array, (retrained, block, block if cell is None else cell)))


def trace(block, counts: dict[int, list[int]]) -> pd.DataFrame:
    """Counts of 100 samples at the last step, and none at step 0."""
    rows = [{"seed": s, "step": 0, "n": 100, "mode_counts": [0] * len(c)} for s, c in counts.items()]
    last = block.cell.training.steps
    return pd.DataFrame(rows + [{"seed": s, "step": last, "n": 100, "mode_counts": c} for s, c in counts.items()])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"versions": {"torch": "2.12.0"}}, "versions.torch"),
        ({"code": "ef" * 32}, "code"),
        ({"cpu": "Another CPU"}, "cpu"),
        ({"flags": {"cpu_capability": "AVX512"}}, "flags.cpu_capability"),
        ({"device": "NVIDIA H200", "gpu": {"cuda": "13.0"}}, "gpu.cuda"),
        ({"threads": 2}, "threads"),
        ({"flags": None}, "flags.cpu_capability was None"),
        ({"incidents": ["resumed at step 7, on One CPU after Another CPU"]}, "on One CPU after Another CPU"),
        ({"threads": 2, "data": "00" * 32}, "its data, made again, are other ones"),
        ({}, None),
        ({"incidents": ["stopped by SIGTERM at step 7", "resumed at step 7"]}, None),
        ({"data": "00" * 32}, None),
    ],
)
def test_a_reason_for_other_bits_is_named_and_one_machine_has_none(change: dict, reason: str | None) -> None:
    found = reasons_to_differ(RECORD | change, RECORD)
    assert any(reason in one for one in found) if reason else found == []


def test_outcomes_are_those_of_the_last_evaluation_by_every_rule_of_the_trace() -> None:
    block = make_block(seeds=(3, 1))
    table = trace(block, {1: [10, 0, 40], 3: [0, 0, 5]}).assign(mode_counts_shell=[[1, 2, 0]] * 4)
    found = outcomes(table, block, [{"seed": 3, "status": "diverged"}, {"seed": 1, "status": "ok"}])
    assert {name: list(values) for name, values in found.items()} == {
        "modes": [1, 2], "high_quality_percent": [5, 50], "modes_shell": [2, 2],
        "high_quality_percent_shell": [3, 3], "diverged": [1, 0],
    }  # fmt: skip


@pytest.mark.parametrize(
    "damage",
    [
        lambda t: t.drop(columns="n"),
        lambda t: t.assign(n="many"),
        lambda t: t.assign(n=0),
        lambda t: t[t["seed"] == 0],
        lambda t: t[t["step"] == 0],
        lambda t: pd.concat([t, t]),
        lambda t: t.assign(mode_counts=None),
        lambda t: t.assign(mode_counts=[[1], [1, 2], [1], [1, 2]]),
        lambda t: t.assign(mode_counts=[["x"]] * 4),
    ],
)
def test_a_damaged_trace_is_refused(damage) -> None:
    block = make_block(seeds=(0, 1))
    status = [{"seed": seed, "status": "ok"} for seed in (0, 1)]
    with pytest.raises((ValueError, KeyError, TypeError)):
        outcomes(damage(trace(block, {0: [1, 2], 1: [3, 4]})), block, status)


def test_p_is_the_share_of_divisions_as_extreme() -> None:
    first, second = np.array([1.0, 5.0, 2.0]), np.array([7.0, 8.0, 4.0, 9.0])
    pooled = np.concatenate([first, second])
    chosen = [list(of) for of in combinations(range(7), 3)]
    apart = np.array([abs(pooled[of].mean() - np.delete(pooled, of).mean()) for of in chosen])
    expected = np.mean(apart >= abs(first.mean() - second.mean()) - 1e-12)
    assert permutation_p(first, second) == pytest.approx(expected)
    assert permutation_p(np.zeros(5), np.zeros(10)) == 1


def test_another_distribution_is_rejected_and_the_same_is_not() -> None:
    [one] = with_p_values([pair([1, 2, 1, 2, 1, 2], [7, 8, 8, 7, 8, 7])])
    assert one.rejected
    assert "1.5 in 6 seeds trained again, 7.5 in 6 stored" in str(one)
    [one] = with_p_values([pair([1, 2, 7, 8, 1, 6], [7, 1, 2, 7, 8, 2])])
    assert (one.testable, one.rejected) == (True, False)


def test_too_few_seeds_of_a_block_are_compared_with_the_cell() -> None:
    retrained, block, rest = [0.0] * 5, [8.0] * 5, [7.0, 8.0] * 5
    [one] = with_p_values([pair(retrained, block, block + rest)])
    assert one.stored.size == 5  # one test: five against five can be rejected at 2 / 252
    one, *_ = with_p_values([pair(retrained, block, block + rest)] * 2)
    assert (one.stored.size, one.rejected) == (15, True)
    [one] = with_p_values([pair([0.0, 0.0], [8.0, 8.0])])
    assert (one.testable, one.rejected) == (False, False)


def test_holm_bounds_false_findings_of_a_family() -> None:
    rng = np.random.default_rng(3)
    found = 0
    for _ in range(40):
        values = rng.integers(0, 9, size=(4, 12)).astype(float)
        found += any(one.rejected for one in with_p_values([pair(row[:6], row[6:]) for row in values]))
    assert found <= 3  # 0.4 are expected; more than 3 has a chance below 1e-3


def test_many_seeds_are_tested_on_random_divisions() -> None:
    rng = np.random.default_rng(4)
    retrained, block = rng.normal(size=12), rng.normal(size=12)
    assert permutation_p(retrained, block) == permutation_p(retrained, block)  # random, and yet the same
    [one] = with_p_values([pair(retrained, retrained + 3)])
    assert 0 < one.p < ALPHA

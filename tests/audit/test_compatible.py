"""Runs of another machine are held against the stored ones by a test that is declared and can fail."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from blocks import make_block

from modecollapse.audit.compatible import ALPHA, Pair, compare, differing, outcomes, permutation_p

RECORD = {
    "code": "ab" * 32,
    "data": "cd" * 32,
    "versions": {"torch": "2.13.0"},
    "platform": "Linux x86_64",
    "cpu": "Example CPU",
    "flags": {"cpu_capability": "AVX2"},
    "device": "cpu",
    "gpu": None,
    "threads": 1,
    "deterministic": True,
    "matmul_precision": "highest",
    "incidents": [],
}


def pair(again: list[float], own: list[float], cell: list[float] | None = None, measure: str = "modes") -> Pair:
    return Pair("block", measure, *map(np.array, (again, own, own if cell is None else cell)))


def trace(block, counts: dict[int, list[int]], n: int = 100) -> pd.DataFrame:
    steps = block.cell.training.steps
    rows = [{"seed": s, "step": 0, "n": n, "mode_counts": [0] * len(c)} for s, c in counts.items()]
    rows += [{"seed": s, "step": steps, "n": n, "mode_counts": c} for s, c in counts.items()]
    return pd.DataFrame(rows)


def test_same_machine_same_bits() -> None:
    assert differing(RECORD, dict(RECORD)) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"versions": {"torch": "2.12.0"}}, "versions.torch"),
        ({"code": "ef" * 32}, "code"),
        ({"cpu": "Another CPU"}, "cpu"),
        ({"flags": {"cpu_capability": "AVX512"}}, "flags.cpu_capability"),
        ({"device": "NVIDIA H200", "gpu": {"cuda": "13.0"}}, "gpu.cuda"),
        ({"threads": 2}, "threads"),
        ({"flags": None}, "flags.cpu_capability was None"),
        ({"incidents": ["resumed at step 7, on One CPU after Another CPU"]}, "on One CPU after Another CPU"),
    ],
)
def test_what_lets_bits_differ_is_told(change: dict, told: str) -> None:
    assert any(told in reason for reason in differing(RECORD | change, RECORD))


def test_interruptions_on_one_machine_change_no_bits() -> None:
    assert differing(RECORD | {"incidents": ["stopped by SIGTERM at step 7", "resumed at step 7"]}, RECORD) == []


def test_other_data_alone_let_no_bits_differ() -> None:
    assert differing(RECORD | {"data": "00" * 32}, RECORD) == []


def test_outcomes_are_those_of_the_last_evaluation() -> None:
    block = make_block(seeds=(3, 1))
    status = [{"seed": 3, "status": "diverged"}, {"seed": 1, "status": "ok"}]
    found = outcomes(trace(block, {1: [10, 0, 40], 3: [0, 0, 5]}), block, status)
    assert {name: list(values) for name, values in found.items()} == {
        "modes": [1, 2],
        "high_quality_percent": [5, 50],
        "diverged": [1, 0],
    }


def test_every_rule_of_the_trace_is_a_measure() -> None:
    block = make_block(seeds=(0,))
    table = trace(block, {0: [0, 0]}).assign(mode_counts_shell=[[1, 2]] * 2)
    found = outcomes(table, block, [{"seed": 0, "status": "ok"}])
    assert found["modes"] == [0]
    assert found["modes_shell"] == [2]
    assert found["high_quality_percent_shell"] == [3]


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
    apart = [
        abs(pooled[list(chosen)].mean() - np.delete(pooled, list(chosen)).mean())
        for chosen in combinations(range(7), 3)
    ]
    expected = np.mean(np.array(apart) >= abs(first.mean() - second.mean()) - 1e-12)
    assert permutation_p(first, second) == pytest.approx(expected)


def test_equal_values_give_one() -> None:
    assert permutation_p(np.zeros(5), np.zeros(10)) == 1


def test_another_distribution_is_rejected() -> None:
    [tested] = compare([pair([1, 2, 1, 2, 1, 2], [7, 8, 8, 7, 8, 7])])
    assert tested.rejected
    assert "1.5 in 6 seeds trained again, 7.5 in 6 stored" in str(tested)


def test_the_same_distribution_is_not() -> None:
    [tested] = compare([pair([1, 2, 7, 8, 1, 6], [7, 1, 2, 7, 8, 2])])
    assert tested.able
    assert not tested.rejected


def test_too_few_seeds_of_a_block_are_held_against_the_cell() -> None:
    again, own, rest = [0.0] * 5, [8.0] * 5, [7.0, 8.0] * 5
    [tested] = compare([pair(again, own, own + rest)])
    assert tested.stored.size == 5  # one test: five against five can be rejected at 2 / 252
    tested, *_ = compare([pair(again, own, own + rest)] * 2)
    assert tested.stored.size == 15
    assert tested.rejected


def test_too_few_seeds_reject_nothing_and_say_so() -> None:
    [tested] = compare([pair([0.0, 0.0], [8.0, 8.0])])
    assert not tested.able
    assert not tested.rejected


def test_holm_bounds_false_findings_of_a_family() -> None:
    rng = np.random.default_rng(3)
    found = 0
    for _ in range(40):
        values = rng.integers(0, 9, size=(4, 12)).astype(float)
        found += any(tested.rejected for tested in compare([pair(row[:6], row[6:]) for row in values]))
    assert found <= 3  # 0.4 are expected; more than 3 has a chance below 1e-3


def test_many_seeds_are_tested_on_random_divisions() -> None:
    rng = np.random.default_rng(4)
    again, own = rng.normal(size=12), rng.normal(size=12)
    assert permutation_p(again, own) == permutation_p(again, own)  # by chance, and yet the same
    [tested] = compare([pair(again, again + 3)])
    assert 0 < tested.p < ALPHA

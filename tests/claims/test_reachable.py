"""The verdicts that a plan can reach are known before it is run, and the judge gives no other."""

from __future__ import annotations

import numpy as np
import pytest
from made_up_claims import registry, rows, summary, support, text
from rich.console import Console

from modecollapse.claims.judge import judge
from modecollapse.claims.reachable import print_reachable, reachable_verdicts

TESTS = [
    {"rule": "values", "place": "Table 1"},
    {"rule": "ordering", "first": "VEEGAN", "others": ["GAN", "ALI"], "datasets": ["ring"],
     "measures": {"modes": "more"}},
    {"rule": "equivalence", "first": "VEEGAN", "second": "GAN", "datasets": ["ring"], "measures": ["modes"]},
    {"rule": "share", "method": "GAN", "datasets": ["ring"], "above": 0.5,
     "any_of": [{"measure": "modes", "at_most": 1.0}]},
    {"rule": "bound", "method": "GAN", "datasets": ["ring"], "measure": "modes", "low": 3.0, "high": 5.0},
    {"rule": "association", "method": "GAN", "datasets": ["ring"], "signal": "loss_G", "quality": "modes",
     "sign": "positive"},
]  # fmt: skip


def test_rows_are_printed_by_claim_and_reason(capsys: pytest.CaptureFixture[str]) -> None:
    tests = [{"rule": "not-run", "needs": "a grid"}, {"rule": "not-testable", "why": "so"}]
    tests += [{"rule": "identity", "check": "veegan-bound"}, TESTS[0]]
    found = reachable_verdicts(summary(("gan",)), registry(tests), support)
    assert [(row["reachable"], row["needs"]) for row in found[:4]] == [
        ("NOT_RUN", "a grid"), ("NOT_TESTABLE", ""), ("REPRODUCED, NOT_REPRODUCED", ""),
        ("NOT_RUN", "no variant that stands for VEEGAN is run on ring"),
    ]  # fmt: skip
    print_reachable([], Console())
    print_reachable(found, Console(width=200))
    assert "a grid" in capsys.readouterr().out


def test_few_seeds_and_short_budgets_reach_nothing_and_say_what_it_would_take() -> None:
    few = reachable_verdicts(summary(seeds=3), registry(TESTS), support)
    assert {row["reachable"] for row in few} == {"INCONCLUSIVE"}
    assert {row["needs"] for row in few} == {"5 seeds instead of 3"}
    short = reachable_verdicts(summary(reference=100_000), registry(TESTS), support)
    assert {row["needs"] for row in short} == {"100,000 steps instead of 800"}
    unknown = reachable_verdicts(summary(reference=None), registry(TESTS), support)
    assert {row["reachable"] for row in unknown} == {"INCONCLUSIVE"}
    assert {row["needs"] for row in unknown} == {"reference_steps in the recipe"}


def test_ten_seeds_can_refute_but_neither_reproduce_eight_modes_nor_show_a_tie() -> None:
    found = reachable_verdicts(summary(seeds=10), registry(TESTS), support)
    veegan = next(row for row in found if row["part"] == "V1/matched/ring/veegan/modes/VEEGAN/0")
    assert veegan["reachable"] == "NOT_REPRODUCED(below)"
    assert veegan["needs"] == "17 seeds to reproduce"  # 8 is printed without decimals: the zone begins at 6.7
    order = next(row for row in found if row["part"].endswith("/1"))
    assert "tie" not in order["reachable"]
    assert order["needs"] == "28 seeds to show a tie"


@pytest.mark.parametrize("seeds", [5, 10, 30])
def test_the_judge_stays_within_reach(seeds: int) -> None:
    rng = np.random.default_rng(seeds)
    found = reachable_verdicts(summary(seeds=seeds), registry(TESTS), support)
    allowed = {row["part"]: set(row["reachable"].split(", ")) for row in found}
    for low, high in ((0, 8), (7.5, 8), (0, 0.5), (8, 8), (3.5, 4.5)):
        table = rows({name: rng.uniform(low, high, seeds) for name in ("veegan", "gan", "ali")})
        for row in judge(summary(seeds=seeds), table, registry(TESTS), "f", support).to_dict("records"):
            if row["outcome"] not in ("INCONCLUSIVE", "PARTIALLY"):
                reach = allowed[row["part"]]
                assert text(row) in reach or row["outcome"] in reach, row["part"]

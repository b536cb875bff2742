"""Verdicts on whole claims, their counts, and where a choice reverses one."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest
from made_up_claims import registry, rows, summary, support

from modecollapse.claims import claim_verdicts, judge, reversals
from modecollapse.claims.judge import BESIDE, COLUMNS
from modecollapse.claims.rules.share import OCCURRENCE
from modecollapse.statistics.verdicts import OUTCOMES

VALUES = [{"rule": "values", "place": "Table 1"}]
R, N, I = "REPRODUCED", "NOT_REPRODUCED", "INCONCLUSIVE"  # noqa: E741


def parts(*verdicts: str, **columns) -> pd.DataFrame:
    """Judged parts of V1 with these verdicts, `OUTCOME` or `OUTCOME reason`; everything else as given, or nothing."""
    usual = {
        "claim": "V1",
        "part": "V1/modes/0",
        "experiment": "matched",
        "rule": "values",
        "published": "",
        "published_spread": "",
    }
    usual |= {"dataset": "ring", "variant": "gan", "against": "", "measure": "modes", "decided_by": "runs"}
    usual |= {"role": "primary", "p": 1e-4}
    table = pd.DataFrame([dict.fromkeys(COLUMNS) | usual for _ in verdicts])
    for view in ("", *(f"{name}_" for name in BESIDE)):
        for i, field in enumerate(("outcome", "reason")):
            table[f"{view}{field}"] = [verdict.partition(" ")[2 * i] for verdict in verdicts]
    return table.assign(**columns)


def claimed(table: pd.DataFrame, holds: str = "all") -> pd.Series:
    return claim_verdicts.claim_verdicts(table, registry(VALUES, holds=holds)).iloc[0]


@pytest.mark.parametrize(
    ("verdicts", "rule", "outcome"),
    [
        ((R, R), "values", R),
        ((R, f"{N} above"), "values", "PARTIALLY"),
        ((f"{N} above", I), "values", N),
        ((R, I), "share", "PARTIALLY"),
        ((R, I), OCCURRENCE, R),  # what occurs once occurs
        ((I, I), OCCURRENCE, I),
    ],
)
def test_a_claim_is_its_parts(verdicts: tuple[str, ...], rule: str, outcome: str) -> None:
    table = claim_verdicts.claim_verdicts(parts(*verdicts, rule=rule), registry(VALUES))
    assert list(table.columns) == claim_verdicts.COLUMNS
    assert table.loc[0, ["experiment", "outcome", "parts", "decided_by"]].tolist() == ["matched", outcome, 2, "runs"]


@pytest.mark.parametrize(
    ("verdicts", "ps", "holds", "outcome"),
    [
        ((R, R), (0.04, 0.04), "all", R),  # all of them hold, which takes no correction
        ((R, N), (0.04, 0.04), "all", I),  # .08 after Holm: neither is evidence
        ((R, N), (0.01, 0.04), "all", "PARTIALLY"),
        ((N, I, I, I), (0.012, None, None, None), "all", N),  # .048: any of the four could have been the one
        ((N, I, I, I), (0.013, None, None, None), "all", I),
        ((N, N, R), (0.02, 0.04, 0.06), "all", I),
        ((R, N, N, N), (0.01, 0.01, 0.01, 0.01), "any", R),
        ((R, N, N, N), (0.02, 0.01, 0.01, 0.01), "any", R),
        ((R, I, I, R), (0.04, None, None, 0.03), "any", I),
        ((N, N), (0.04, 0.04), "any", N),  # each of them is refuted, which takes no correction
        ((N, I), (0.001, None), "any", I),
        ((R, N), (float("nan"), 0.01), "all", N),  # a part that states no p is no evidence
    ],
)
def test_a_union_of_parts_is_corrected(verdicts: tuple, ps: tuple, holds: str, outcome: str) -> None:
    assert claimed(parts(*verdicts, p=list(ps)), holds)["outcome"] == outcome


def test_what_another_stand_in_gives_does_not_count() -> None:
    found = claimed(parts(R, f"{N} above", role=["primary", "sensitivity"]))
    assert (found["outcome"], found["parts"], json.loads(found["numbers"])) == (R, 1, {R: 1})


def test_what_computation_and_what_runs_decide_are_counted_apart() -> None:
    """A claim with parts of both kinds is in neither of the two rows."""
    claims = pd.DataFrame({"outcome": [R, R, N, R], "decided_by": ["computation", "runs", "runs", "computation, runs"]})
    found = claim_verdicts.counts(claims.assign(source="poster", experiment="matched")).set_index("decided_by")
    assert list(found.columns) == ["source", "experiment", *OUTCOMES]
    assert found[[R, N]].T.to_dict("list") == {"computation": [1, 0], "computation, runs": [1, 0], "runs": [1, 1]}


def test_parts_that_no_experiment_has_count_in_each() -> None:
    table = parts(R, R, "NOT_RUN", experiment=["matched", "published", ""])
    found = claim_verdicts.claim_verdicts(table, registry(VALUES))
    assert found["experiment"].tolist() == ["matched", "published"]
    assert found["outcome"].tolist() == ["PARTIALLY"] * 2
    assert json.loads(found.loc[0, "numbers"]) == {"REPRODUCED": 1, "NOT_RUN": 1}
    alone = claimed(parts("NOT_RUN", experiment=[""], decided_by="nothing"))
    assert (alone["experiment"], alone["decided_by"]) == ("", "")
    both = claimed(parts(R, R, decided_by=["computation", "runs"]))
    assert both["decided_by"] == "computation, runs"


@pytest.mark.parametrize(("outcome", "holds", "verdict"), [(R, "all", "PARTIALLY"), (N, "any", I), (N, "all", N)])
def test_a_part_that_only_another_experiment_has_is_not_run_here(outcome: str, holds: str, verdict: str) -> None:
    """One row of a table does not reproduce the table, nor does one trick that fails refute that any works."""
    study = summary(variants=("veegan", "gan"))
    study = replace(study, cells=[*study.cells, replace(study.cells[1], experiment="latent-8")])
    found = [rows({"veegan": [8] * 30, "gan": [1 if outcome == R else 5] * 30})]
    found.append(found[0][found[0]["variant"] == "gan"].assign(experiment="latent-8"))
    told = registry(VALUES, holds=holds)
    claims = claim_verdicts.claim_verdicts(judge.judge(study, pd.concat(found), told, "f", support), told)
    assert claims["experiment"].tolist() == ["matched", "latent-8"]
    assert claims.loc[1, ["outcome", "at_budget_outcome"]].tolist() == [verdict] * 2
    assert [json.loads(own) for own in claims["numbers"]][1] == {outcome: 1, "NOT_RUN": 1}


def test_a_limit_of_the_runs_is_one_of_the_claim_but_not_what_stands_beside_it() -> None:
    found = claimed(parts(R).assign(outcome=I, reason="still_moving"))
    assert (found["outcome"], found["at_budget_outcome"]) == (I, R)


def test_a_registry_without_claims_has_empty_tables() -> None:
    none = registry(VALUES).model_copy(update={"claims": []})
    made = judge.tables(summary(), rows({"gan": [8] * 5}), none, "f", support)
    assert [len(made[name]) for name in ("verdicts.csv", "claims.csv", "verdict_counts.csv", "flips.csv")] == [0] * 4


def late(table: pd.DataFrame, view: str, outcome: str, reason: str = "") -> pd.DataFrame:
    return table.assign(**{f"{view}_outcome": outcome, f"{view}_reason": reason})


MEASURES = parts(f"{N} below", f"{N} above", measure=["modes", "kl"])
REVERSALS = {
    "no choice": (parts(R), []),
    "endpoint": (late(parts(R), "final_step", N, "below"), ["endpoint"]),
    "failed runs": (late(parts(R), "complete_case", N, "below"), ["failed runs"]),
    "an open one": (late(parts(R), "final_step", I, "x"), []),
    "experiments": (parts(R, f"{N} above", experiment=["matched", "published"]), ["experiment"]),
    "variants": (parts(R, f"{N} above", variant=["gan", "dcgan"]), ["variant"]),
    "opponents": (parts(R, f"{N} below", against=["gan", "gan, gan-minimax"]), ["against"]),
    "measures": (MEASURES.assign(rule="ordering"), ["measure"]),
    "published numbers of two measures, which are two statements": (MEASURES, []),
    "data sets": (parts(R, f"{N} above", dataset=["ring", "grid"]), []),
    "what no run decides": (late(parts(R, f"{N} computed", variant=["", ""]), "at_budget", None), []),
}  # fmt: skip


@pytest.mark.parametrize("case", REVERSALS)
def test_a_reversal_is_between_two_decided_verdicts(case: str) -> None:
    table, ways = REVERSALS[case]
    found = reversals.reversals(table)
    assert found["by"].tolist() == ways
    assert list(found.columns) == reversals.COLUMNS


def test_failed_runs_may_reverse_a_verdict_that_is_open_for_them() -> None:
    table = late(late(parts(f"{I} failures"), "worst_score", N, "below"), "complete_case", R)
    assert reversals.reversals(table)["by"].tolist() == ["failed runs"]


def test_a_reversal_names_both_sides() -> None:
    [row] = reversals.reversals(late(parts(R), "final_step", N, "below")).to_dict("records")
    assert {name: row[name] for name in reversals.COLUMNS[6:]} == {
        "first": "last tenth", "first_outcome": R, "first_reason": "",
        "second": "last step", "second_outcome": N, "second_reason": "below",
    }  # fmt: skip

"""Verdicts taken together: of claims, in counts, and where a choice turns one round."""

from __future__ import annotations

import pandas as pd
from made_up_claims import registry, rows, summary, support
from modecollapse.claims.sets import CLAIM_COLUMNS, FLIP_COLUMNS, claim_verdicts, counts, flips

from modecollapse.claims.judge import COLUMNS, OCCURS, judge
from modecollapse.statistics.verdicts import OUTCOMES

VALUES = [{"rule": "values", "place": "Table 1"}]


def parts(*verdicts: str, **columns) -> pd.DataFrame:
    """Judged parts of V1 with these verdicts at the budget run; everything else as given, or nothing."""
    usual = {"claim": "V1", "experiment": "matched", "rule": "values", "published": "", "dataset": "ring"}
    usual |= {"variant": "gan", "measure": "modes", "final_step": None, "complete_case": None, "worst_score": None}
    table = pd.DataFrame([dict.fromkeys(COLUMNS) | usual | {"at_this_budget": v, "verdict": v} for v in verdicts])
    table["outcome"] = table["verdict"].str.partition("(")[0]
    table["worst_score"] = table["final_step"] = table["complete_case"] = table["at_this_budget"]
    return table.assign(**columns)


def claimed(table: pd.DataFrame) -> pd.Series:
    return claim_verdicts(table, registry(VALUES)).iloc[0]


def test_a_claim_is_its_parts_and_comes_once_for_each_experiment() -> None:
    table = judge(
        summary(), rows({"veegan": [8] * 30, "gan": [8] * 30, "ali": [1] * 30}), registry(VALUES), "f", support
    )
    found = claim_verdicts(table, registry(VALUES))
    assert list(found.columns) == CLAIM_COLUMNS
    assert found["experiment"].tolist() == ["matched"]
    assert found.loc[0, "outcome"] == "PARTIALLY"  # VEEGAN has its 8 modes, and so has GAN, which should have 1
    assert found.loc[0, "parts"] == 2
    assert claimed(parts("REPRODUCED", "REPRODUCED"))["outcome"] == "REPRODUCED"
    assert claimed(parts("NOT_REPRODUCED(above)", "INCONCLUSIVE(x)"))["outcome"] == "NOT_REPRODUCED"


def test_parts_that_no_experiment_has_count_in_each() -> None:
    table = parts("REPRODUCED", "NOT_RUN(x)", experiment=["matched", ""])
    found = claim_verdicts(table, registry(VALUES))
    assert found["experiment"].tolist() == ["matched"]
    assert found.loc[0, "verdict"] == "REPRODUCED(1 REPRODUCED, 1 NOT_RUN)" or found.loc[0, "outcome"] == "PARTIALLY"
    assert claim_verdicts(parts("NOT_RUN(x)", experiment=[""]), registry(VALUES))["experiment"].tolist() == [""]


def test_what_occurs_once_occurs() -> None:
    assert claimed(parts("REPRODUCED", "INCONCLUSIVE(x)", rule=OCCURS))["outcome"] == "REPRODUCED"
    assert claimed(parts("INCONCLUSIVE(x)", "INCONCLUSIVE(x)", rule=OCCURS))["outcome"] == "INCONCLUSIVE"
    assert claimed(parts("REPRODUCED", "INCONCLUSIVE(x)", rule="share"))["outcome"] == "PARTIALLY"


def test_the_budget_caps_the_claim_but_not_what_stands_beside_it() -> None:
    table = parts("REPRODUCED").assign(verdict="INCONCLUSIVE(short_budget)", outcome="INCONCLUSIVE")
    found = claimed(table)
    assert (found["outcome"], found["outcome_at_this_budget"]) == ("INCONCLUSIVE", "REPRODUCED")


def test_every_outcome_has_a_column_of_counts() -> None:
    found = counts(claim_verdicts(parts("REPRODUCED"), registry(VALUES)))
    assert list(found.columns) == ["source", "experiment", *OUTCOMES]
    assert found[list(OUTCOMES)].to_numpy().sum() == 1


def test_a_flip_is_between_two_decided_verdicts() -> None:
    def ways(table: pd.DataFrame) -> list[str]:
        return flips(table)["by"].tolist()

    assert list(flips(parts("REPRODUCED")).columns) == FLIP_COLUMNS
    assert ways(parts("REPRODUCED").assign(final_step="NOT_REPRODUCED(below)")) == ["endpoint"]
    assert ways(parts("REPRODUCED").assign(complete_case="NOT_REPRODUCED(below)")) == ["failed runs"]
    assert ways(parts("REPRODUCED").assign(final_step="INCONCLUSIVE(x)")) == []
    assert ways(parts("REPRODUCED", "NOT_REPRODUCED(above)", experiment=["matched", "published"])) == ["experiment"]
    assert ways(parts("REPRODUCED", "NOT_REPRODUCED(above)", variant=["gan", "dcgan"])) == ["variant"]
    two = parts("NOT_REPRODUCED(below)", "NOT_REPRODUCED(above)", measure=["modes", "kl"])
    assert ways(two.assign(rule="ordering")) == ["measure"]
    assert ways(two) == []  # published numbers of two measures are two statements
    failed = parts("INCONCLUSIVE(failures)").assign(worst_score="NOT_REPRODUCED(below)", complete_case="REPRODUCED")
    assert ways(failed) == ["failed runs"]
    assert ways(parts("REPRODUCED", "NOT_REPRODUCED(above)", dataset=["ring", "grid"])) == []

"""The table of all claims has what the tables of a study say, and where an effect goes that decides nothing yet."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from claims_table import HEAD, table

CLAIM = {"source": "blog", "decided_by": "runs", "experiment": "small"}
TEST = {
    "claim": "B6",
    "experiment": "small",
    "role": "primary",
    "dataset": "ring",
    "variant": "began",
    "measure": "modes",
}


def test_each_claim_has_its_tests_verdict_and_direction(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    claims = [
        CLAIM | {"claim": "B6", "outcome": "INCONCLUSIVE", "at_budget_outcome": "NOT_REPRODUCED"},
        CLAIM | {"claim": "C1", "decided_by": "computation", "experiment": "", "outcome": "REPRODUCED"},
    ]
    tests = [
        TEST | {"n": 10, "estimate": 2.5, "lower": 2, "upper": 3, "outcome": "INCONCLUSIVE", "reason": "still_moving"},
        TEST | {"n": 30, "estimate": 7, "role": "sensitivity", "outcome": "REPRODUCED"},
    ]
    for name, rows in (("claims", claims), ("verdicts", tests)):
        pd.DataFrame(rows).to_csv(tmp_path / "tables" / f"{name}.csv", index=False)
    assert table(tmp_path) == HEAD + (
        "| B6 | blog | runs | small | 10 | ring, began: modes 2.5 [2, 3] | INCONCLUSIVE (still_moving) | against it |\n"
        "| C1 | blog | computation | - | - | - | REPRODUCED | with it |\n"
    )

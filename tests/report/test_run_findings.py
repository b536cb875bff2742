"""What the captions of a data set's figures state, on runs that are known."""

from __future__ import annotations

import pandas as pd
import pytest
from made_up_study import make_summary
from made_up_training import rows, series, tidy

from modecollapse.comparisons.comparison_tables import BASELINE
from modecollapse.report.run_findings import findings

VARIANTS = {BASELINE: "GAN", "veegan": "VEEGAN {x}", "began": "BEGAN"}
SUMMARY = make_summary(["ring"], VARIANTS, ["matched"])
MODES = {BASELINE: [1, 2, 3, 8], "veegan": [7, 7, 7, 1], "began": [0, 0, 1, 4]}  # at the end, of eight


def found(*, better: dict[str, str] | None = None, early: float = 1.0) -> dict[str, str]:
    """The sentences by what their figures show; early: the modes of every run at the first half of the evaluations."""
    runs = {name: [[early] * 10 + [float(end)] * 10 for end in ends] for name, ends in MODES.items()}
    counts = [series(name, "modes", own) for name, own in runs.items()]
    held = [rows("began", "began_k_at_0", [0.5, 1.0]), rows("began", "began_k_at_1", [0.0, 0.0])]
    key = {"experiment": "matched", "dataset": "ring", "measure": "modes"}
    tests = pd.DataFrame([key | {"variant": name, "better": own} for name, own in (better or {}).items()])
    tests = tests if len(tests) else pd.DataFrame(columns=[*key, "variant", "better"])
    sentences = findings(SUMMARY, tidy(*counts, *held), tests)
    return {file.split("_")[0]: finding.sentence for file, finding in sentences.items()}


def test_the_runs_shown_are_the_medians() -> None:
    assert found()["density"] == "Of 8 modes, the runs shown capture from 0.0 (BEGAN) to 7.0 (VEEGAN {x})."


def test_a_count_changes_from_the_middle_of_the_training_to_its_end() -> None:
    assert found()["strip"].endswith("mean counts of modes change by +0.2 to +4.5 of 8.")
    assert found(early=4.0)["strip"].endswith("mean counts of modes change by -2.8 to +1.5 of 8.")


@pytest.mark.parametrize(
    ("veegan", "began", "says"),
    [("veegan", BASELINE, "1 of 2 | 1"), ("", "began", "1 of 2 | 0"), ("", "", "0 of 2 | 0")],
)
def test_tests_put_variants_above_the_baseline_or_below(veegan: str, began: str, says: str) -> None:
    above, below = says.split(" | ")
    words = f"Tests find {above} variants with more modes than GAN has, and {below} with fewer."
    assert found(better={"veegan": veegan, "began": began})["intervals"] == words
    assert "intervals" not in found()


def test_half_of_the_modes_is_a_share_of_the_runs() -> None:
    assert found()["profile"] == "At least half of the modes are captured by 25% to 75% of a variant's runs."


def test_k_at_its_bounds() -> None:
    assert found()["balance"] == (
        "BEGAN's k stays at its lower bound for 75% of the training and at its upper one for 0%."
    )

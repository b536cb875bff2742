"""One value a run: the mean over the last tenth of the steps, the last step, and what a failed run is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_up_claims import at, rows, support

from modecollapse.comparisons.endpoints import FINAL, LAST_TENTH, endpoints, primary
from modecollapse.errors import StudyError

STEPS = list(range(0, 900, 100))
BETTER = {"modes": "more", "high_quality_percent": "more"}


def ends(table: pd.DataFrame, better: dict | None = None, limits=support) -> pd.DataFrame:
    return endpoints(table, limits, better or BETTER).set_index(["variant", "seed", "endpoint"])


def rising(variant: str = "gan") -> pd.DataFrame:
    """One run whose modes are 0 to 8 at the nine evaluations."""
    table = rows({variant: [0]}).head(len(STEPS))
    return table.assign(step=STEPS, value=np.arange(len(STEPS), dtype=float))


@pytest.mark.parametrize(
    ("steps", "mean"),
    [
        (STEPS, 8.0),
        ([0, 100, 200, 720, 720.5, 740, 760, 780, 800], 6.0),  # what lies at nine tenths is not in the last tenth
        ([0, 721, 722, 723, 724, 725, 726, 727, 800], 4.5),
    ],
)
def test_the_endpoint_is_the_mean_over_the_last_tenth_of_the_steps(steps: list[float], mean: float) -> None:
    found = ends(rising().assign(step=steps))
    assert found.loc[("gan", 0, LAST_TENTH), "value"] == mean
    assert found.loc[("gan", 0, FINAL), "value"] == 8.0


def test_the_steps_are_those_of_the_cell() -> None:
    """A run that has no value at the end has none for the last tenth, whatever its own last evaluation is."""
    table = pd.concat([rising(), rising().assign(seed=1).iloc[:-1]])
    assert ("gan", 1, LAST_TENTH) not in ends(table).index


def test_a_measure_of_the_last_step_has_that_alone_and_it_is_primary() -> None:
    table = rows({"gan": [1, 2]})
    last = table[table["step"] == STEPS[-1]]
    found = endpoints(last, support, BETTER)
    assert set(found["endpoint"]) == {FINAL}
    both = endpoints(pd.concat([table, last.assign(measure="high_quality_percent")]), support, BETTER)
    assert dict(zip(primary(both)["measure"], primary(both)["endpoint"], strict=True)) == {
        "modes": LAST_TENTH, "high_quality_percent": FINAL,
    }  # fmt: skip
    assert len(primary(both)) == 4


def test_a_failed_run_has_the_worst_value_of_its_measure() -> None:
    failed = at(rising(), "gan", 0, STEPS[-1:], status="diverged")
    assert (ends(failed)["value"] == 0.0).all()
    assert ends(failed)["failed"].all()
    assert (ends(failed, better={"modes": "less"})["value"] == 8.0).all()
    early = at(rising(), "gan", 0, STEPS[:1], status="diverged")
    assert not ends(early)["failed"].any()


def test_what_has_no_direction_keeps_its_value_when_the_run_fails() -> None:
    failed = at(rising(), "gan", 0, STEPS[-1:], status="diverged")
    assert ends(failed, better={"modes": None}).loc[("gan", 0, FINAL), "value"] == 8.0


def test_calibration_rows_and_the_untrained_step_are_no_runs() -> None:
    table = pd.concat([rising(), rising("oracle").assign(experiment="calibration")])
    assert set(endpoints(table, support, BETTER)["variant"]) == {"gan"}
    assert endpoints(table[table["step"] == 0], support, BETTER).empty


def test_equal_values_keep_their_value() -> None:
    """ln 10 added up and divided again misses ln 10, and with it the bound of a divergence."""
    worst = float(np.log(10))
    for length in (2, 3, 6, 7, 11, 12, 39):
        table = pd.DataFrame({"step": range(1000 - length, 1000), "value": worst}).assign(**KEY)
        found = endpoints(table, lambda dataset, measure: (0.0, worst), {"reverse_kl": "less"})
        assert set(found["value"]) == {worst}


KEY = {"experiment": "matched", "dataset": "ring", "variant": "gan", "seed": 0, "measure": "reverse_kl"}
KEY |= {"n": 1, "status": "ok", "config_hash": "c"}


def test_a_value_within_rounding_of_its_bound_is_the_bound() -> None:
    found = ends(rising().assign(value=8.0 + 1e-12))
    assert (found["value"] == 8.0).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, 8.1, -0.1])
def test_a_value_that_cannot_be_names_its_run(value: float) -> None:
    with pytest.raises(StudyError, match="matched/ring/gan, seed 0, step 800, modes"):
        ends(at(rising(), "gan", 0, [800], value=value))


def test_a_row_given_twice_is_refused() -> None:
    with pytest.raises(StudyError, match="more than one value"):
        ends(pd.concat([rising(), rising()]))

"""One value a run: the mean over the last evaluations, the last step, and what a failed run is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_up_claims import STEPS, at, rows, support

from modecollapse.comparisons.endpoints import FINAL, WINDOW, endpoints, primary
from modecollapse.errors import StudyError

BETTER = {"modes": "more", "high_quality_percent": "more"}


def ends(table: pd.DataFrame, window: int = 20, better: dict | None = None, limits=support) -> pd.DataFrame:
    return endpoints(table, window, limits, better or BETTER).set_index(["variant", "seed", "endpoint"])


def rising(variant: str = "gan") -> pd.DataFrame:
    """One run whose modes are 0 to 8 at the nine evaluations."""
    table = rows({variant: [0]})
    return table.assign(value=np.arange(len(STEPS), dtype=float))


@pytest.mark.parametrize(("window", "mean"), [(1, 8.0), (3, 7.0), (4, 6.5), (20, 6.5)])
def test_the_window_is_the_last_evaluations_but_no_more_than_half(window: int, mean: float) -> None:
    found = ends(rising(), window)
    assert found.loc[("gan", 0, WINDOW), "value"] == mean
    assert found.loc[("gan", 0, FINAL), "value"] == 8.0


def test_a_measure_of_the_last_step_has_that_alone_and_it_is_primary() -> None:
    table = rows({"gan": [1, 2]})
    last = table[table["step"] == STEPS[-1]]
    found = endpoints(last, 20, support, BETTER)
    assert set(found["endpoint"]) == {FINAL}
    both = endpoints(pd.concat([table, last.assign(measure="high_quality_percent")]), 20, support, BETTER)
    assert dict(zip(primary(both)["measure"], primary(both)["endpoint"], strict=True)) == {
        "modes": WINDOW, "high_quality_percent": FINAL,
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
    assert set(endpoints(table, 20, support, BETTER)["variant"]) == {"gan"}
    assert endpoints(table[table["step"] == 0], 20, support, BETTER).empty


def test_equal_values_keep_their_value() -> None:
    """ln 10 added up and divided again misses ln 10, and with it the bound of a divergence."""
    worst = float(np.log(10))
    for length in (2, 3, 6, 7, 11, 12, 39):
        table = pd.DataFrame({"step": range(length), "value": worst}).assign(**KEY)
        found = endpoints(table, length, lambda dataset, measure: (0.0, worst), {"reverse_kl": "less"})
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

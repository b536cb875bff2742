"""Which difference between two sources turns their numbers: planted in made-up runs of the planned experiment."""

from __future__ import annotations

from functools import cache
from math import prod

import numpy as np
import pandas as pd
import pytest
from made_up_claims import rows
from planted import experiments, registry
from pydantic import ValidationError

from modecollapse.claims import differences
from modecollapse.claims.differences import Difference, Factor
from modecollapse.claims.judge import tables
from modecollapse.claims.parts import Scope
from modecollapse.claims.reconciliation import reconciliation
from modecollapse.claims.results import Results
from modecollapse.measures import supports
from modecollapse.report import layout
from modecollapse.study.summary import CellSummary

[DIFFERENCE] = registry().differences
MAIN = {method: [f for f in DIFFERENCE.factors_of(method).values() if f.key] for method in ("GAN", "ALI")}
GAPS = {"GAN": (1.0, 6.3), "ALI": (2.8, 6.6)}  # modes on the ring, of the poster and of PacGAN


@cache
def cells(method: str) -> tuple[CellSummary, ...]:
    objective = registry().methods[method][0]
    own = [cell for cell in experiments().cells if cell.experiment == differences.EXPERIMENT]
    return tuple(cell for cell in own if experiments().variants[cell.variant].objective == objective)


def table(planted: dict[str, float], spread: float = 0.3, runs: int = 10, rise: float = 0.0) -> pd.DataFrame:
    """The table for modes around 4, of which each factor (or two, `a x b`) of `planted` turns so many."""
    made = []
    for number, cell in enumerate([*cells("GAN"), *cells("ALI")]):
        noise = np.random.default_rng(number).normal(0, spread, 10)[:runs]
        mean = 4.0
        for names, size in planted.items():
            mean += size / 2 * prod(DIFFERENCE.factors[name].sign(cell) for name in names.split(" x "))
        for measure, values in (("modes", mean + noise), ("high_quality_percent", 50 + noise)):
            place = {"experiment": cell.experiment, "dataset": cell.dataset}
            one = rows({cell.variant: values}, measure).assign(**place)
            made.append(one.assign(value=one["value"] + rise * (one["step"] / one["step"].max() - 1)))
    scope = Scope(registry(), experiments(), supports(experiments()))
    return reconciliation(Results(scope, pd.concat(made, ignore_index=True), ()))


def outcomes(found: pd.DataFrame, method: str, measure: str = "modes") -> dict[str, str]:
    own = found[(found["method"] == method) & (found["dataset"] == "ring") & (found["measure"] == measure)]
    return dict(zip(own["factor"], own["outcome"], strict=True))


@pytest.mark.parametrize("method", MAIN)
def test_the_design_is_balanced_and_has_the_recipe_of_each_source(method: str) -> None:
    signs = np.array([[factor.sign(cell) for factor in MAIN[method]] for cell in cells(method)])
    assert signs.shape == (8, len(MAIN[method]))
    effects = np.column_stack([signs, signs[:, 0] * signs[:, 1]])  # with latent size and networks together
    assert np.array_equal(effects.T @ effects, 8 * np.eye(effects.shape[1]))
    assert all({*column} == {-1, 1} for column in signs.T)
    if method == "GAN":
        assert {-4, 4} <= {int(row.sum()) for row in signs}


@pytest.mark.parametrize("factor", ["latent size", "networks", "batch", "points"])
def test_the_planted_factor_is_found_and_no_other(factor: str) -> None:
    found = outcomes(table({factor: 4.0}), "GAN")
    assert [name for name, outcome in found.items() if outcome == "found"] == [factor]
    assert {name for name, outcome in found.items() if outcome == "not varied"} == {
        "learning rate", "budget", "spread of the data",
    }  # fmt: skip


@pytest.mark.parametrize("planted", [{}, {"latent size": 1.0}, {"latent size": -4.0}])
def test_a_small_effect_and_one_away_from_the_second_source_turn_nothing(planted: dict[str, float]) -> None:
    assert "found" not in outcomes(table(planted), "GAN").values()


def test_effects_that_only_come_together_are_an_interaction() -> None:
    found = outcomes(table({"latent size x networks": 4.0}), "GAN")
    assert [name for name, outcome in found.items() if outcome == "found"] == ["latent size x networks"]


def test_the_encoder_is_a_factor_of_ali_alone_and_grid_has_no_runs() -> None:
    found = table({"encoder": 3.0})
    assert outcomes(found, "ALI")["encoder"] == "found"
    assert "encoder" not in outcomes(found, "GAN")
    [row] = found[
        (found["factor"] == "encoder") & (found["measure"] == "modes") & (found["dataset"] == "ring")
    ].to_dict("records")
    assert (row["effect"], row["share_of_gap"]) == (pytest.approx(3, abs=0.3), pytest.approx(3 / 3.8, abs=0.1))
    assert (row["cells"], row["runs"], row["first"], row["second"]) == (8, 80, "2.8", "6.6")
    grid = found[(found["dataset"] == "grid") & (found["outcome"] != "not varied")]
    assert set(grid["outcome"]) == {"not run"}


def test_runs_that_are_all_alike_find_nothing() -> None:
    assert "found" not in outcomes(table({"latent size": 4.0}, spread=0), "GAN").values()


@pytest.mark.parametrize(("changes", "outcome"), [({"runs": 4}, "too few runs"), ({"rise": 1.9}, "still moving")])
def test_few_runs_and_runs_that_move_leave_it_open(changes: dict, outcome: str) -> None:
    found = outcomes(table({"networks": 2.0}, **changes), "GAN")
    assert {found[name] for name in ("latent size", "networks", "batch", "points")} == {outcome}


def test_only_numbers_that_contradict_each_other_have_rows() -> None:
    pairs = table({})[["method", "dataset", "measure"]].drop_duplicates()
    assert len(pairs) == 8
    assert not set(pairs["method"]) - set(GAPS)


def test_only_a_study_with_the_experiment_has_the_table() -> None:
    assert differences.TABLE == f"{layout.RECONCILIATION}.csv" == f"{differences.EXPERIMENT}.csv"
    summary = experiments()
    others = [cell for cell in summary.cells if cell.experiment == "two-sample"][:1]
    without = type(summary)(**vars(summary) | {"cells": others})
    made = rows({others[0].variant: np.ones(6)}).assign(experiment="two-sample", dataset=others[0].dataset)
    assert differences.TABLE not in tables(without, made, registry(), "f", supports(summary))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"key": "latent"}, "key and levels"),
        ({"key": "latent", "levels": [2, 256], "why": "dear"}, "key and levels"),
        ({"key": "latent", "levels": [2]}, "levels"),
    ],
)
def test_a_factor_is_varied_or_says_why_not(entry: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Factor.model_validate({"first": "a", "second": "b"} | entry)


def test_an_interaction_is_of_factors_that_are_varied() -> None:
    factor = {"first": "a", "second": "b", "why": "dear"}
    entry = {"methods": ["GAN"], "sources": ["a", "b"], "factors": {"budget": factor}}
    with pytest.raises(ValidationError, match="budget"):
        Difference.model_validate(entry | {"interactions": [["budget", "budget"]]})

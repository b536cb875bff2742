"""Claims of the registry whose rule once tested something else: an effect planted either way, and what it used to miss.

Each is judged as `config/claims.yaml` has it, on the ring; the verdict is the one before the limits of the budget.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up_claims import STEPS, rows, summary, support, text

from modecollapse.claims import Registry, load
from modecollapse.claims.claim_verdicts import claim_verdicts
from modecollapse.claims.judge import judge
from modecollapse.claims.parts import Scope
from modecollapse.claims.reachable import reachable_verdicts
from modecollapse.study import catalogue

CLAIMS = Path(__file__).parents[2] / "config" / "claims.yaml"
RUNS, HIGH = 12, "high_quality_percent"
HOLDS, FAILS, OPEN = "REPRODUCED", "NOT_REPRODUCED", "INCONCLUSIVE"
GAN, LESS, MORE = "gan-nonsaturating", f"{FAILS}(below)", f"{FAILS}(above)"


@cache
def registry() -> Registry:
    return load(CLAIMS)


def around(level: float, runs: int = RUNS, noise: float = 0.01) -> np.ndarray:
    """Values of runs that differ a little."""
    return level + noise * np.random.default_rng(int(100 * level) + runs).uniform(-1, 1, runs)


def table(measures: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """The tidy table of values by measure and variant."""
    return pd.concat([rows(own, measure) for measure, own in measures.items()], ignore_index=True)


def judged(id: str, found: pd.DataFrame, variants: tuple[str, ...], cells: list | None = None) -> pd.DataFrame:
    """The parts of a claim that the runs decide, with the verdict on the claim, both of the ring alone.

    cells: of another plan than one experiment.
    """
    [claim] = [claim for claim in registry().claims if claim.id == id]
    tests = [test for test in claim.tests if "ring" in getattr(test, "datasets", ["ring"])]
    tests = [test.model_copy(update={"datasets": ["ring"]} if hasattr(test, "datasets") else {}) for test in tests]
    told = registry().model_copy(update={"claims": [claim.model_copy(update={"tests": tests, "pilot_seeds": []})]})
    study = summary(variants=variants, seeds=RUNS)
    study = replace(study, cells=cells) if cells else study
    parts = judge(study, found, told, "f", support)
    claim = claim_verdicts(parts, told)
    return parts[parts["experiment"] != ""].assign(claim_at_budget=claim["at_budget_outcome"].iloc[-1])


def verdicts(id: str, found: pd.DataFrame, *variants: str, role: str = "primary") -> list[str]:
    parts = judged(id, found, variants)
    return [text(row, "at_budget_") for _, row in parts[parts["role"] == role].iterrows()]


def of(variant: str, levels: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Values of a variant's runs by measure, each a level of all of them or a list that is repeated."""
    return {measure: {variant: np.resize(level, RUNS)} for measure, level in levels.items()}


def spreads(lsgan: float) -> dict[str, dict[str, Any]]:
    """The spread within runs of LSGAN; that of quality itself grows with its level."""
    values, raw = {"lsgan": around(lsgan), GAN: around(0.3)}, {"lsgan": around(9), GAN: around(1)}
    return {"within_sd:modes": values, "within_cv:hq": values, "within_sd:hq": raw}


def inverted(error: float, sign: int) -> dict[str, dict[str, Any]]:
    """Runs of VEEGAN around an error of F, whose modes go with the error or against it; sign 0: all modes."""
    errors = around(error, noise=0.02)
    return of("veegan", {"z_error": errors, "modes": 4 + sign * (errors.argsort().argsort() / 6 - 1) if sign else 8.0})


SWINGING = {"oscillation:loss_D": 1.0, "oscillation:loss_G": 1.0, "loss_blowup": 1.0, "modes": 4.0}
SIGNS, FULL, KEPT = np.tile([1.0, -1.0], RUNS // 2), "full_coverage_share", "coverage_share:0.9"
CORRELATION = "rank_correlation:loss_G:modes"
CASES = [
    ("B6", of("began", {"modes": around(7), FULL: 0.0, KEPT: around(0.95)}), [HOLDS]),
    ("B6", of("began", {"modes": around(7), FULL: 0.0, KEPT: around(0.2)}), [LESS]),
    ("C11", of(GAN, SWINGING), [HOLDS]),  # both losses have to swing before they blow up
    ("C11", of(GAN, SWINGING | {"oscillation:loss_G": 0.0}), [LESS]),
    ("C11", of(GAN, SWINGING | {"oscillation:loss_G": 0.0, "oscillation:loss_D": 0.0}), [LESS]),
    ("C11", of(GAN, SWINGING | {"loss_blowup": 0.0}), [LESS]),
    ("C13", of(GAN, {CORRELATION: SIGNS * around(0.9)}), [MORE]),  # opposite signs do not cancel
    ("C13", of(GAN, {CORRELATION: SIGNS * around(0.05)}), [HOLDS]),
    ("C14", of(GAN, {"modes": [4.0] + [7.0] * (RUNS - 1), FULL: 0.0}), [HOLDS]),
    *(  # a run with most modes is none that is concentrated, nor is one with none
        ("C14", of(GAN, {"modes": [modes] + [7.0] * (RUNS - 1), FULL: 0.0}), [f"{OPEN}(ci_straddles_margin)"])
        for modes in (5.0, 7.0, 0.0)
    ),
    ("L5", spreads(0.1), [HOLDS] * 2),
    ("L5", spreads(0.5), [LESS] * 2),
    ("V10", inverted(0.05, -1), [HOLDS] * 2),  # inverses, and coverage with them
    ("V10", inverted(0.9, 1), [MORE, LESS]),
    ("V10", inverted(0.05, 0), [HOLDS, f"{OPEN}(undefined)"]),
]


@pytest.mark.parametrize(("claim", "values", "expected"), CASES)
def test_a_claim_is_decided_by_what_its_runs_show(claim: str, values: dict, expected: list[str]) -> None:
    assert verdicts(claim, table(values), *dict.fromkeys(name for own in values.values() for name in own)) == expected


def test_b3_is_decided_by_the_penalty_that_the_authors_have_for_points() -> None:
    assert catalogue.declarations("variants", "wgan-gp")["PRESETS"]["toy"]["penalty"] == 0.1
    gp = ("wgan-gp-toy", "wgan-gp", "wgan")
    for toy, ten, verdict in ((7, 2, HOLDS), (2, 7, LESS)):
        values = {"wgan-gp-toy": around(toy), "wgan-gp": around(ten), "wgan": around(4)}
        found = table({"modes": values, HIGH: values})
        assert verdicts("B3", found, *gp) == [verdict] * 2
        assert set(verdicts("B3", found, *gp, role="sensitivity")) == {LESS if toy > ten else HOLDS}


def curves(signal: np.ndarray, quality: np.ndarray) -> pd.DataFrame:
    """The table of BEGAN's M_global and of both qualities, (runs, evaluations) each; quality is from 0 to 1."""
    found = []
    for name, values in (("mean_state_M_global", signal), ("modes", 8 * quality), (HIGH, 100 * quality)):
        for seed, own in enumerate(values):
            run = rows({"began": [0.0]}, name).assign(seed=seed)
            found.append(run[run["step"] > 0].assign(value=own))
    return pd.concat(found, ignore_index=True)


def test_b9_asks_for_more_than_the_step_says_and_finds_what_all_runs_share() -> None:
    """Runs become good at times of their own. A monitor follows that; a counter of steps cannot; noise is worse."""
    rng, times = np.random.default_rng(0), np.linspace(0, 1, len(STEPS) - 1)
    start = rng.uniform(0.1, 0.9, (RUNS, 1))
    quality = 1 / (1 + np.exp(-12 * (times - start)))
    monitor = -quality + 0.02 * rng.normal(size=quality.shape)
    assert verdicts("B9", curves(monitor, quality), "began") == [HOLDS] * 2
    assert verdicts("B9", curves(-monitor, quality), "began") == [LESS] * 2
    counter = np.broadcast_to(-times, quality.shape) + 0.001 * rng.normal(size=quality.shape)
    assert HOLDS not in verdicts("B9", curves(counter, quality), "began")
    together = np.clip(times + 0.02 * rng.normal(size=quality.shape), 0, 1)
    assert verdicts("B9", curves(rng.normal(size=quality.shape), together), "began") == [LESS] * 2
    few = curves(monitor, quality)
    assert verdicts("B9", few[few["seed"] < 4], "began")[0].startswith(OPEN)


def test_c16_holds_where_one_trick_works_and_fails_where_none_does() -> None:
    variants = ("pacgan", GAN, "unrolled", "gan-minimax")
    for packed, unrolled, outcome in ((7, 2, HOLDS), (2, 7, HOLDS), (2, 2, FAILS)):
        values = {"pacgan": around(packed), "unrolled": around(unrolled)}
        values |= {name: around(4) for name in (GAN, "gan-minimax")}
        parts = judged("C16", table({"modes": values}), variants)
        assert set(parts["claim_at_budget"]) == {outcome}


def test_gan_of_the_poster_is_the_non_saturating_one_first() -> None:
    assert registry().methods["GAN"] == [GAN, "gan-minimax"]
    variants = ("veegan", "ali", "unrolled", GAN, "gan-minimax")
    values = {"veegan": around(6), "ali": around(2), "unrolled": around(2)}
    values |= {GAN: around(3), "gan-minimax": around(8, noise=0)}
    found = table({"modes": values, HIGH: values})
    assert verdicts("V9", found, *variants) == [HOLDS] * 2
    assert set(verdicts("V9", found, *variants, role="sensitivity")) == {LESS}


LATENTS = ("latent-2", "latent-8", "latent-32", "latent-128", "matched")


def over_latents(modes: dict[str, float], quality: dict[str, float] | None = None) -> tuple[pd.DataFrame, list]:
    """The table and the cells of one variant in several experiments, by the mean of each."""
    [cell] = summary(variants=(GAN,), seeds=RUNS).cells
    found = []
    for measure, means in (("modes", modes), (HIGH, quality or {})):
        for experiment, mean in means.items():
            values = {GAN: around(mean, noise=0.2)}
            found.append(rows(values, measure).assign(experiment=experiment))
    return pd.concat(found, ignore_index=True), [replace(cell, experiment=name) for name in modes]


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        (1.2, 6.5, [HOLDS, HOLDS]),
        (5.5, 6.7, [HOLDS, MORE]),  # the direction, but not the whole way
        (6.5, 1.2, [LESS, FAILS]),
        (6.0, 6.0, [OPEN, MORE]),
    ],
)
def test_h1_needs_the_direction_and_each_side_nearer_to_its_own_number(
    wide: float, narrow: float, expected: list[str]
) -> None:
    found, cells = over_latents({"matched": wide, "latent-2": narrow})
    parts = judged("H1", found, (GAN,), cells)
    assert parts["experiment"].tolist() == ["matched, latent-2"] * 2
    for (_, row), verdict in zip(parts.iterrows(), expected, strict=True):
        assert text(row, "at_budget_").startswith(verdict)
    alone = judged("H1", found[found["experiment"] == "matched"], (GAN,), cells[:1])
    assert alone.empty  # a study without the other experiment decides nothing
    other = [cells[0], replace(cells[1], variant="veegan")]
    assert judged("H1", found, (GAN, "veegan"), other).empty  # nor one that runs another method there


def test_rules_over_runs_and_experiments_say_what_they_can_reach_and_need_some_runs() -> None:
    found, cells = over_latents({"matched": 1, "latent-2": 6})
    few = judged("H1", found[found["seed"] < 4], (GAN,), cells)
    assert {text(row, "worst_score_") for _, row in few.iterrows()} == {f"{OPEN}(too_few_runs)"}
    cells = [replace(cell, seeds=range(1000, 1012)) for cell in cells]
    told, study = registry(), replace(summary(variants=(GAN,), seeds=RUNS), cells=cells)
    reach = [row["reachable"] for row in reachable_verdicts(study, told, support) if row["claim"] == "H1"]
    assert reach[0] == f"{HOLDS}, {FAILS}(below)"
    assert reach[3] == f"{HOLDS}, {FAILS}"
    plain = reachable_verdicts(summary(variants=("veegan",), steps=100_000), told, support)
    assert [row["reachable"] for row in plain if row["part"].startswith("V10/matched/ring")][1] == reach[0]
    blind = replace(study, datasets={"ring": replace(study.datasets["ring"], measures=[])})
    missing = [part.missing for _, part in told.parts(Scope(told, blind, support)) if part.claim.id == "H1"]
    assert missing == ["not_measured", "no_experiments", "no_experiments", "not_measured"] + ["no_experiments"] * 2


@pytest.mark.parametrize(("seed", "missing"), [(1000, ""), (4, "pilot_seeds"), (100, "pilot_seeds")])
@pytest.mark.parametrize("id", ["H1", "H2"])
def test_a_hypothesis_is_not_tested_on_the_runs_that_it_was_made_after(id: str, seed: int, missing: str) -> None:
    _, cells = over_latents(dict.fromkeys(LATENTS, 1.0))
    cells = [replace(cell, seeds=[*range(1001, 1012), seed]) for cell in cells]
    study = replace(summary(variants=(GAN,)), cells=cells)
    told = registry()
    parts = [part for _, part in told.parts(Scope(told, study, support)) if part.claim.id == id and part.experiment]
    assert {part.missing for part in parts} == {missing}


@pytest.mark.parametrize(("first", "last", "verdict"), [(7, 1, HOLDS), (1, 7, LESS), (4, 4, OPEN)])
def test_h2_is_a_trend_over_latent_sizes(first: float, last: float, verdict: str) -> None:
    found, cells = over_latents(dict(zip(LATENTS, np.linspace(first, last, 5), strict=True)))
    [row] = judged("H2", found, (GAN,), cells).to_dict("records")
    assert text(row, "at_budget_").startswith(verdict)
    assert row["experiment"].split(", ") == list(reversed(LATENTS))

"""Claims that two-sample tests, memorised points, rings and digits decide: each verdict turns with a planted effect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up_claims import rows, text
from planted import Levels, experiments, planted, registry

from modecollapse.claims.judge import judge
from modecollapse.measures import supports

HOLDS, LESS, TIE = "REPRODUCED", "NOT_REPRODUCED(below)", "NOT_REPRODUCED(tie)"
UNSEEN = "INCONCLUSIVE"
MEANS, SDS = ("same-law", "mean-1", "mean-2", "mean-4"), ("same-law", "sd-105", "sd-110", "sd-120")
KERNELS = ("kernels-010", "kernels-030", "kernels-100", "kernels-300")
RINGS = ("ring", "ring-05", "ring-10", "ring-20", "ring-40", "circle")


def rejected(share: float, runs: int = 60) -> list[float]:
    """Which runs reject: nearly 1, since `planted` adds a hundredth, or 0."""
    return [0.98 * (number < share * runs) for number in range(runs)]


def rates(variants: tuple[str, ...], *shares: float) -> Levels:
    return {name: rejected(share) for name, share in zip(variants, shares, strict=True)}


FLAT = rates(MEANS, *[0.05] * 4) | rates(SDS, *[0.05] * 4)
RISING = rates(MEANS, 0.05, 0.4, 0.8, 1) | rates(SDS, 0.05, 0.2, 0.6, 1)
FALLING = rates(MEANS, 0.9, 0.8, 0.4, 0.05) | rates(SDS, 0.9, 0.6, 0.3, 0.05)
ALIKE = FLAT | {"same-moments": rejected(0.05)}
APART = FLAT | {"same-moments": rejected(0.9)}
ONE_MODE = dict.fromkeys((*ALIKE, "kernels-300", "kernels-100", "kernels-030", "kernels-010"), 0.98)
LIKELY = dict(zip(KERNELS, (-400.0, -80.0, -12.0, -4.0), strict=True))
TESTS = [
    ("C5", {"moments_differ": ALIKE | RISING}, [HOLDS, HOLDS, HOLDS]),
    ("C5", {"moments_differ": ALIKE | FALLING}, ["NOT_REPRODUCED(above)", LESS, LESS]),
    ("C6", {"moments_differ": ALIKE}, [HOLDS]),
    ("C6", {"moments_differ": APART}, ["NOT_REPRODUCED(above)"]),
    ("C7", {"classifier_differs": APART}, [HOLDS]),
    ("C7", {"classifier_differs": ALIKE}, [TIE]),
]


@pytest.mark.parametrize(("claim", "values", "verdicts"), TESTS)
def test_of_two_samples(claim: str, values: dict[str, Levels], verdicts: list[str]) -> None:
    assert planted(claim, "two-sample", "normal-16", {"modes": ONE_MODE} | values) == verdicts


@pytest.mark.parametrize(
    ("likely", "precision", "verdicts"),
    [
        (LIKELY, 0.95, [HOLDS, HOLDS]),
        (dict(zip(KERNELS, (-4.0, -12.0, -80.0, -400.0), strict=True)), 0.95, [LESS, LESS]),
        (LIKELY, 0.5, [HOLDS, LESS]),
    ],
)
def test_memorised_points_are_good_and_unlikely(likely: Levels, precision: float, verdicts: list[str]) -> None:
    values = {"test_log_likelihood": likely, "precision": dict.fromkeys(ONE_MODE, precision)}
    assert planted("C4", "memorising", "normal-2", {"modes": ONE_MODE} | values) == verdicts


@pytest.mark.parametrize(("sign", "verdict"), [(-1, HOLDS), (1, LESS)])
def test_losses_that_match_go_with_coverage(sign: int, verdict: str) -> None:
    runs = np.linspace(0.1, 0.9, 10)
    values = {"began_losses_W1": {"began": [*runs]}, "coverage": {"began": [*(0.5 + sign * 0.5 * (runs - 0.5))]}}
    assert planted("B15", "separability", "circle", values) == [verdict]


def along_rings(claim: str, levels: dict[str, tuple[float, ...]]) -> dict[str, str]:
    """The verdicts on a claim's trends by variant, for these levels of coverage on RINGS; others are level."""
    found, tables = experiments(), []
    for cell in (cell for cell in found.cells if cell.experiment == "separability"):
        place, noise = RINGS.index(cell.dataset), 0.01 * np.sin(np.arange(len(cell.seeds)))
        for measure, level in (("coverage", levels.get(cell.variant, (0.5,) * 6)[place]), ("modes", 4.0)):
            one = rows({cell.variant: level + noise}, measure)
            tables.append(one.assign(experiment=cell.experiment, dataset=cell.dataset))
    own = [one for one in registry().claims if one.id == claim]
    summary = replace(found, cells=[cell for cell in found.cells if cell.experiment == "separability"])
    told = registry().model_copy(update={"claims": own})
    judged = judge(summary, pd.concat(tables, ignore_index=True), told, "f", supports(summary))
    return {row["variant"]: text(row) for _, row in judged[judged["rule"] == "trend"].iterrows()}


def test_coverage_rises_as_modes_merge_for_each_method_by_itself() -> None:
    up, down = tuple(np.linspace(0.1, 0.9, 6)), tuple(np.linspace(0.9, 0.1, 6))
    assert along_rings("B23", {"began": up}) == {"began": HOLDS}
    assert along_rings("B23", {"began": down}) == {"began": LESS}
    found = along_rings("H3", {"lsgan": up, "veegan": down})
    assert found.keys() == {"gan-nonsaturating", "lsgan", "wgan-gp-toy", "veegan"}
    assert (found["lsgan"], found["veegan"]) == (HOLDS, LESS)
    assert found["gan-nonsaturating"].startswith(UNSEEN)


def test_began_loses_most_of_the_disjoint_modes_or_does_not() -> None:
    assert planted("B23", "separability", "ring", {"modes": {"began": 2.0}}) == [HOLDS]
    assert planted("B23", "separability", "ring", {"modes": {"began": 7.0}}) == [LESS]


@pytest.mark.parametrize("claim", ["C12", "C15"])
def test_one_run_that_repeats_an_image_is_enough(claim: str) -> None:
    many, few = {"birthday_batch": {}}, {"birthday_batch": {}}
    for values, batch in ((many, 400.0), (few, 2.5)):
        values["birthday_batch"] = dict.fromkeys(("gan-nonsaturating", "gan-minimax"), batch)
        values["covered_modes"] = dict.fromkeys(("gan-nonsaturating", "gan-minimax"), 7.0)
    assert planted(claim, "collapse", "mnist", few) == [HOLDS]
    [verdict] = planted(claim, "collapse", "mnist", many)
    assert verdict != HOLDS


def test_the_rings_are_the_same_modes_ever_nearer_to_each_other() -> None:
    options = [experiments().datasets[name].options for name in RINGS]
    assert [one["sd"] for one in options] == [0.01, 0.05, 0.1, 0.2, 0.4, 0.05]
    assert [one["angles"] for one in options] == ["eight"] * 5 + ["circle"]
    assert len({one["radius"] for one in options}) == 1


def test_a_law_differs_from_the_data_in_what_it_is_named_after() -> None:
    spec = {cell.variant: cell.networks["generator"] for cell in experiments().cells if cell.dataset == "normal-2"}
    shifted = {name: own["shift"] for name, own in spec.items() if own["shift"]}
    assert shifted == {"mean-1": 0.1, "mean-2": 0.2, "mean-4": 0.4}
    assert {n: own["sd"] for n, own in spec.items() if own["sd"] != 1} == {"sd-105": 1.05, "sd-110": 1.1, "sd-120": 1.2}
    assert {name for name, own in spec.items() if own["form"] != "normal"} == {"same-moments"}
    assert {name: own["bandwidth"] for name, own in spec.items() if own["points"]} == {
        "kernels-300": 0.3, "kernels-100": 0.1, "kernels-030": 0.03, "kernels-010": 0.01,
    }  # fmt: skip

"""Claims that experiments on BEGAN and LSGAN decide: a verdict turns with an effect that is planted the other way."""

from __future__ import annotations

import pytest
from planted import Levels, experiments, planted

HOLDS, LESS, MORE, TIE = "REPRODUCED", "NOT_REPRODUCED(below)", "NOT_REPRODUCED(above)", "NOT_REPRODUCED(tie)"
GAMMAS, GAINS = ("began-3", "began", "began-7"), ("began-gain-4", "began", "began-gain-2", "began-gain-1")


def along(variants: tuple[str, ...], *levels: float) -> Levels:
    return dict(zip(variants, levels, strict=True))


RISING, FALLING = along(GAMMAS, 0.2, 0.4, 0.6), along(GAMMAS, 0.6, 0.4, 0.2)
SLOW, FAST = along(GAINS, 0.9, 0.4, 0.2, 0.1), along(GAINS, 0.1, 0.6, 0.7, 0.9)  # settling as the gain rises
SIZE = "began_fake_is_easier_for_its_size"
# The measures that are planted in the runs of a claim's experiment, by variant, and the verdicts on the claim's parts.
PARTS = [
    ("B8", {"recall": RISING, "precision": FALLING}, [HOLDS, HOLDS]),
    ("B8", {"recall": FALLING, "precision": RISING}, [LESS, LESS]),
    ("B13", {"began_ratio": {"began-k-one": 30.0}, "covered_modes": {"began": 5.0}}, [HOLDS, HOLDS]),
    ("B13", {"began_ratio": {"began-k-one": 0.5}, "covered_modes": {"began-k-one": 5.0}}, [LESS, LESS]),
    ("B14", {"covered_modes": {"began": 5.0}}, [HOLDS, MORE]),
    ("B14", {"covered_modes": {"began-spectral": 5.0}}, [LESS, LESS]),
    ("B14", {"covered_modes": {}}, [TIE, HOLDS]),
    ("B17", {"began_ratio_deviation": {"began": 0.02}, "began_k_swing": FAST, "began_k_settling": SLOW}, [HOLDS] * 3),
    ("B17", {"began_ratio_deviation": {"began": -0.3}, "began_k_swing": SLOW, "began_k_settling": FAST}, [LESS] * 3),
    ("B18", {"began_fake_is_easier": {"began": 0.9}, SIZE: {"began": 0.8}}, [HOLDS]),
    ("B18", {"began_fake_is_easier": {"began": 0.9}, SIZE: {"began": 0.1}}, [LESS]),  # small images cost less
    ("B19", {"covered_modes": {"began-simultaneous": 5.0}}, [HOLDS, MORE]),
    ("B19", {"covered_modes": {"began": 5.0}}, [LESS, LESS]),
    ("B19", {"covered_modes": {}}, [TIE, HOLDS]),
    ("B20", {"began_ratio_deviation": {"began-pretrained": 0.05}}, [HOLDS]),
    ("B20", {"began_ratio_deviation": {"began-pretrained": 0.5}}, [LESS]),
    ("B21", {"covered_modes": {"began-stalled": 5.0}}, [HOLDS]),
    ("B21", {"covered_modes": {"began-clock": 5.0}}, [LESS]),  # any halving of the rates would do it
    ("B21", {"covered_modes": {}}, [TIE]),
]
CLASSES = [
    ("B24", "fashion-mnist", {"shoes_percent": {"began": [97.0, 1]}, "clothes_percent": {"began": [1, 97.0]}}, HOLDS),
    ("B24", "fashion-mnist", {"shoes_percent": {"began": 60.0}, "clothes_percent": {"began": 30.0}}, LESS),
    ("B25", "mnist", {"covered_modes": {"began": 1.0}}, HOLDS),
    ("B25", "mnist", {"covered_modes": {"began": 6.0}}, LESS),
]  # fmt: skip
GAN, LSGAN, OPEN = "gan-nonsaturating", "lsgan", "INCONCLUSIVE(ci_straddles_margin)"
GENERAL = [
    ("B4", {"loss_blowup": {GAN: 0.0}, "D_from_half": {GAN: 0.45}}, [HOLDS]),
    ("B4", {"loss_blowup": {GAN: 0.0}, "D_from_half": {GAN: 0.1}}, [LESS]),
    ("B5", {"modes": {GAN: 1.0}, "high_quality_percent": {GAN: 90.0}}, [HOLDS]),
    ("B5", {"modes": {GAN: 1.0}, "high_quality_percent": {GAN: 5.0}}, [OPEN]),  # one of more runs may do it
    ("B5", {"modes": {GAN: 5.0}, "high_quality_percent": {GAN: 90.0}}, [OPEN]),
    ("L4", {"high_quality_percent": {LSGAN: 60.0, GAN: 20.0}}, [HOLDS]),
    ("L4", {"high_quality_percent": {LSGAN: 20.0, GAN: 60.0}}, [LESS]),
    ("L19", {"modes": {LSGAN: 7.0, GAN: 2.0}, "high_quality_percent": {LSGAN: 60.0, GAN: 20.0}}, [HOLDS, HOLDS]),
    ("L19", {"modes": {LSGAN: 2.0, GAN: 7.0}, "high_quality_percent": {LSGAN: 20.0, GAN: 60.0}}, [LESS, LESS]),
]
ROBUSTNESS = [f"digits-{norm}-{optimizer}" for norm in ("both", "d", "none") for optimizer in ("adam", "rmsprop")]


@pytest.mark.parametrize(("claim", "values", "verdicts"), PARTS)
def test_a_part_of_began_is_decided_by_what_its_runs_show(claim: str, values: dict, verdicts: list[str]) -> None:
    assert planted(claim, "began-parts", "digits", values) == verdicts


@pytest.mark.parametrize(("claim", "dataset", "values", "verdict"), CLASSES)
def test_classes_are_counted_by_run(claim: str, dataset: str, values: dict, verdict: str) -> None:
    assert planted(claim, "began-classes", dataset, values) == [verdict]


@pytest.mark.parametrize(("claim", "values", "verdicts"), GENERAL)
def test_what_is_said_of_gans_is_decided_on_the_ring(claim: str, values: dict, verdicts: list[str]) -> None:
    assert planted(claim, "matched-others", "ring", values, study="plane") == verdicts


def test_images_of_lsgan_are_compared_with_those_of_two_others() -> None:
    for level, verdict in ((0.1, HOLDS), (0.9, LESS)):
        assert planted("L15", "matched", "mnist", {"mmd": {LSGAN: level}}, study="paper-images") == [verdict]


@pytest.mark.parametrize("experiment", ROBUSTNESS)
def test_robustness_is_judged_in_every_combination(experiment: str) -> None:
    for better, verdict in (("lsgan", HOLDS), ("gan-nonsaturating", LESS)):
        assert planted("L16", experiment, "stacked-digits", {"modes": {better: 500.0}}) == [verdict]


def test_the_networks_of_the_combinations_differ_as_their_names_say() -> None:
    found = {
        (cell.experiment, *(cell.networks[role]["normalisation"] for role in ("generator", "discriminator")))
        for cell in experiments().cells
        if cell.experiment in ROBUSTNESS
    }
    norms = {"both": ("batch", "batch"), "d": ("none", "batch"), "none": ("none", "none")}
    assert found == {(name, *norms[name.split("-")[1]]) for name in ROBUSTNESS}
    kinds = {(cell.experiment.split("-")[2], cell.optimizer["kind"]) for cell in experiments().cells
             if cell.experiment in ROBUSTNESS}  # fmt: skip
    assert kinds == {("adam", "adam"), ("rmsprop", "rmsprop")}


def test_parts_of_began_differ_in_what_they_are_named_after_alone() -> None:
    cells = {cell.variant: cell for cell in experiments().cells if cell.experiment == "began-parts"}
    options = {name: experiments().variants[name].options for name in cells}
    changed = {
        name: {key for key in own if own[key] != options["began"][key]}
        for name, own in options.items()
        if name != "began"
    }
    assert changed == {
        "began-3": {"gamma"}, "began-7": {"gamma"}, "began-k-one": {"k", "k_0"}, "began-spectral": set(),
        "began-gain-4": {"lambda_k"}, "began-gain-2": {"lambda_k"}, "began-gain-1": {"lambda_k"},
        "began-simultaneous": set(), "began-pretrained": {"pretraining_steps"}, "began-stalled": {"patience"},
        "began-clock": {"patience", "halve"},
    }  # fmt: skip
    assert {name for name, cell in cells.items() if cell.schedule == "simultaneous"} == {"began-simultaneous"}
    autoencoders = {name: cell.networks["autoencoder"]["normalisation"] for name, cell in cells.items()}
    assert {name for name, norm in autoencoders.items() if norm != "none"} == {"began-spectral"}

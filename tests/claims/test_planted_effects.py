"""Claims that experiments decide: a verdict turns with an effect that is planted the other way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up_claims import rows, text
from planted import Levels, experiments, planted, registry

from modecollapse.claims.judge import judge
from modecollapse.measures import supports

HOLDS, LESS, MORE, TIE = "REPRODUCED", "NOT_REPRODUCED(below)", "NOT_REPRODUCED(above)", "NOT_REPRODUCED(tie)"
OPEN = "INCONCLUSIVE(ci_straddles_margin)"
SIZE, QUALITY = "began_fake_is_easier_for_its_size", "high_quality_percent"
DATA, FAKE, SHARE, RATIO, FOLLOWED, MOVED, NEARER, BOUNDARY, FROM_DATA, PULL = (
    f"mean_aux_{name}"
    for name in (
        *("energy_data", "energy_fake", "w1_share", "rank_ratio", "rank_followed", "moved", "nearer_boundary"),
        *("gain_boundary", "gain_data", "pull_rank"),
    )
)
MEANS, SDS = ("same-law", "mean-1", "mean-2", "mean-4"), ("same-law", "sd-105", "sd-110", "sd-120")
KERNELS = ("kernels-010", "kernels-030", "kernels-100", "kernels-300")
RINGS = ("ring", "ring-05", "ring-10", "ring-20", "ring-40", "circle")
GAMMAS, GAINS = ("began-3", "began", "began-7"), ("began-gain-4", "began", "began-gain-2", "began-gain-1")
GAN, LSGAN, SCALAR, AUTOENCODER = "gan-nonsaturating", "lsgan", "led-by-scalar", "led-by-autoencoder"


def along(variants: tuple[str, ...], *levels: float | list[float]) -> Levels:
    return dict(zip(variants, levels, strict=True))


def both(ours: float, theirs: float) -> Levels:
    """The values of points that move by least squares, and by cross-entropy."""
    return {"points-eq9": ours, "points-eq8": ours, "points-cross-entropy": theirs, "points-minimax": theirs}


def critics(*levels: float) -> Levels:
    """Values that clipped and penalised critics have with 1, 5 and 25 updates."""
    return along(tuple(f"critic-{kind}-{n}" for kind in ("clip", "gp") for n in (1, 5, 25)), *levels * 2)


def rates(variants: tuple[str, ...], *shares: float) -> Levels:
    """Which of 60 runs reject: nearly 1, since `planted` adds a hundredth, or 0."""
    return along(variants, *([0.98 * (number < share * 60) for number in range(60)] for share in shares))


def matched(sign: int) -> dict[str, Levels]:
    """Runs of BEGAN whose coverage goes with their losses' distance, or against it."""
    runs = np.linspace(0.1, 0.9, 10)
    return {"began_losses_W1": {"began": [*runs]}, "coverage": {"began": [*(0.5 + sign * 0.5 * (runs - 0.5))]}}


RISING, FALLING = along(GAMMAS, 0.2, 0.4, 0.6), along(GAMMAS, 0.6, 0.4, 0.2)
SLOW, FAST = along(GAINS, 0.9, 0.4, 0.2, 0.1), along(GAINS, 0.1, 0.6, 0.7, 0.9)  # settling as the gain rises
ALIKE = rates(MEANS, *[0.05] * 4) | rates(SDS, *[0.05] * 4) | rates(("same-moments",), 0.05)
APART = ALIKE | rates(("same-moments",), 0.9)
UP = ALIKE | rates(MEANS, 0.05, 0.4, 0.8, 1) | rates(SDS, 0.05, 0.2, 0.6, 1)
DOWN = ALIKE | rates(MEANS, 0.9, 0.8, 0.4, 0.05) | rates(SDS, 0.9, 0.6, 0.3, 0.05)
LIKELY, UNLIKELY = along(KERNELS, -400.0, -80.0, -12.0, -4.0), along(KERNELS, -4.0, -12.0, -80.0, -400.0)
ONE_MODE = dict.fromkeys((*ALIKE, *KERNELS), 0.98)
GOOD, POOR = dict.fromkeys(ONE_MODE, 0.95), dict.fromkeys(ONE_MODE, 0.5)
# By study, experiment and data set: the claim, the measures that are planted in the runs, by variant, and the verdicts
# on the claim's parts.
CASES: dict[tuple[str, str, str], list[tuple[str, dict[str, Levels], list[str]]]] = {
    ("experiments", "latent-map", "ring-wide"): [
        ("V1", {FAKE: {"invert-4": 0.001}, DATA: {"invert-4": 0.3, "invert-8": 0.001}}, [HOLDS] * 3),
        ("V1", {FAKE: {"invert-4": 0.3}, DATA: {"invert-4": 0.001, "invert-8": 0.3}}, [MORE, LESS, LESS]),
        ("V2", {DATA: {"gaussian-4": 0.006}, FAKE: {"gaussian-4": 0.4, "gaussian-8": 0.006}}, [HOLDS] * 3),
        ("V2", {DATA: {"gaussian-4": 0.4}, FAKE: {"gaussian-4": 0.01, "gaussian-8": 0.3}}, [MORE, LESS, LESS]),
    ],
    ("experiments", "critic-distance", "ring"): [
        ("B2", {SHARE: critics(0.3, 0.8, 0.95)}, [HOLDS] * 4),
        ("B2", {SHARE: critics(0.95, 0.8, 0.3)}, [LESS] * 4),
        ("B2", {SHARE: critics(0.3, 0.6, 0.7)}, [HOLDS, HOLDS, LESS, LESS]),
    ],
    ("experiments", "two-discriminators", "stacked-digits"): [
        ("B22", {RATIO: {SCALAR: 2.0, AUTOENCODER: 3.0}, FOLLOWED: {AUTOENCODER: 9.0}}, [HOLDS] * 3),
        ("B22", {RATIO: {SCALAR: 0.5, AUTOENCODER: 0.7}, FOLLOWED: {SCALAR: 9.0}}, [LESS] * 3),
    ],
    **{
        ("experiments", experiment, "ring"): [
            ("L2", {MOVED: both(5, 0), BOUNDARY: both(5, 0), FROM_DATA: both(4, 0)}, [HOLDS] * 3),
            ("L2", {MOVED: both(0, 5), BOUNDARY: both(-2, 5), FROM_DATA: both(0, 4)}, [LESS] * 3),
            ("L13", {PULL: both(0.9, -0.9)}, [HOLDS, HOLDS]),
            ("L13", {PULL: both(-0.9, 0.9)}, [MORE, LESS]),
            ("L17", {NEARER: both(0.9, 0), QUALITY: both(5, 0)}, [HOLDS, HOLDS]),
            ("L17", {NEARER: both(0.1, 0), QUALITY: both(90, 0)}, [LESS, MORE]),
        ]
        for experiment in ("moved-points", "moved-points-tanh", "moved-points-adam")
    },
    ("experiments", "began-parts", "digits"): [
        ("B8", {"recall": RISING, "precision": FALLING}, [HOLDS, HOLDS]),
        ("B8", {"recall": FALLING, "precision": RISING}, [LESS, LESS]),
        ("B13", {"began_ratio": {"began-k-one": 30.0}, "covered_modes": {"began": 5.0}}, [HOLDS, HOLDS]),
        ("B13", {"began_ratio": {"began-k-one": 0.5}, "covered_modes": {"began-k-one": 5.0}}, [LESS, LESS]),
        ("B14", {"covered_modes": {"began": 5.0}}, [HOLDS, MORE]),
        ("B14", {"covered_modes": {"began-spectral": 5.0}}, [LESS, LESS]),
        ("B14", {"covered_modes": {}}, [TIE, HOLDS]),
        ("B17", {"began_ratio_deviation": {"began": 0.02}, "began_k_swing": FAST, "began_k_settling": SLOW},
         [HOLDS] * 3),
        ("B17", {"began_ratio_deviation": {"began": -0.3}, "began_k_swing": SLOW, "began_k_settling": FAST},
         [LESS] * 3),
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
    ],
    ("experiments", "began-classes", "fashion-mnist"): [
        ("B24", {"shoes_percent": {"began": [97.0, 1]}, "clothes_percent": {"began": [1, 97.0]}}, [HOLDS]),
        ("B24", {"shoes_percent": {"began": 60.0}, "clothes_percent": {"began": 30.0}}, [LESS]),
    ],
    ("experiments", "began-classes", "mnist"): [
        ("B25", {"covered_modes": {"began": 1.0}}, [HOLDS]),
        ("B25", {"covered_modes": {"began": 6.0}}, [LESS]),
    ],
    ("experiments", "two-sample", "normal-16"): [
        ("C5", {"modes": ONE_MODE, "moments_differ": UP}, [HOLDS, HOLDS, HOLDS]),
        ("C5", {"modes": ONE_MODE, "moments_differ": DOWN}, [MORE, LESS, LESS]),
        ("C6", {"modes": ONE_MODE, "moments_differ": ALIKE}, [HOLDS]),
        ("C6", {"modes": ONE_MODE, "moments_differ": APART}, [MORE]),
        ("C7", {"modes": ONE_MODE, "classifier_differs": APART}, [HOLDS]),
        ("C7", {"modes": ONE_MODE, "classifier_differs": ALIKE}, [TIE]),
    ],
    ("experiments", "memorising", "normal-2"): [  # memorised points are good and unlikely
        ("C4", {"modes": ONE_MODE, "test_log_likelihood": LIKELY, "precision": GOOD}, [HOLDS, HOLDS]),
        ("C4", {"modes": ONE_MODE, "test_log_likelihood": UNLIKELY, "precision": GOOD}, [LESS, LESS]),
        ("C4", {"modes": ONE_MODE, "test_log_likelihood": LIKELY, "precision": POOR}, [HOLDS, LESS]),
    ],
    ("experiments", "separability", "circle"): [("B15", matched(-1), [HOLDS]), ("B15", matched(1), [LESS])],
    ("experiments", "separability", "ring"): [
        ("B23", {"modes": {"began": 2.0}}, [HOLDS]), ("B23", {"modes": {"began": 7.0}}, [LESS]),
    ],
    ("experiments", "collapse", "mnist"): [  # one run that repeats an image is enough
        (claim, {"birthday_batch": dict.fromkeys((GAN, "gan-minimax"), batch),
                 "covered_modes": dict.fromkeys((GAN, "gan-minimax"), 7.0)}, [verdict])
        for claim in ("C12", "C15") for batch, verdict in ((2.5, HOLDS), (400.0, OPEN))
    ],
    **{
        ("experiments", f"digits-{norm}-{optimizer}", "stacked-digits"): [
            ("L16", {"modes": {LSGAN: 500.0}}, [HOLDS]), ("L16", {"modes": {GAN: 500.0}}, [LESS]),
        ]
        for norm in ("both", "d", "none") for optimizer in ("adam", "rmsprop")
    },
    ("plane", "matched-others", "ring"): [
        ("B4", {"loss_blowup": {GAN: 0.0}, "D_from_half": {GAN: 0.45}}, [HOLDS]),
        ("B4", {"loss_blowup": {GAN: 0.0}, "D_from_half": {GAN: 0.1}}, [LESS]),
        ("B5", {"modes": {GAN: 1.0}, QUALITY: {GAN: 90.0}}, [HOLDS]),
        ("B5", {"modes": {GAN: 1.0}, QUALITY: {GAN: 5.0}}, [OPEN]),  # one of more runs may do it
        ("B5", {"modes": {GAN: 5.0}, QUALITY: {GAN: 90.0}}, [OPEN]),
        ("L4", {QUALITY: {LSGAN: 60.0, GAN: 20.0}}, [HOLDS]),
        ("L4", {QUALITY: {LSGAN: 20.0, GAN: 60.0}}, [LESS]),
        ("L19", {"modes": {LSGAN: 7.0, GAN: 2.0}, QUALITY: {LSGAN: 60.0, GAN: 20.0}}, [HOLDS, HOLDS]),
        ("L19", {"modes": {LSGAN: 2.0, GAN: 7.0}, QUALITY: {LSGAN: 20.0, GAN: 60.0}}, [LESS, LESS]),
    ],
    ("paper-images", "matched", "mnist"): [
        ("L15", {"mmd": {LSGAN: 0.1}}, [HOLDS]), ("L15", {"mmd": {LSGAN: 0.9}}, [LESS]),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "case"),
    [(place, case) for place, cases in CASES.items() for case in cases],
    ids=lambda value: "/".join(map(str, value)) if len(value[-1]) > 3 and isinstance(value[1], str) else value[0],
)
def test_a_claim_is_decided_by_what_its_runs_show(place: tuple[str, str, str], case: tuple) -> None:
    (study, experiment, dataset), (claim, values, verdicts) = place, case
    assert planted(claim, experiment, dataset, values, study) == verdicts


def coverage_along_rings(claim: str, levels: dict[str, np.ndarray]) -> dict[str, str]:
    """The verdicts on a claim's trends by variant, for these levels of coverage on RINGS; others are level."""
    found, tables = experiments(), []
    cells = [cell for cell in found.cells if cell.experiment == "separability"]
    for cell in cells:
        place, noise = RINGS.index(cell.dataset), 0.01 * np.sin(np.arange(len(cell.seeds)))
        for measure, level in (("coverage", levels.get(cell.variant, [0.5] * 6)[place]), ("modes", 4.0)):
            one = rows({cell.variant: level + noise}, measure)
            tables.append(one.assign(experiment=cell.experiment, dataset=cell.dataset))
    told = registry().model_copy(update={"claims": [one for one in registry().claims if one.id == claim]})
    table = pd.concat(tables, ignore_index=True)
    judged = judge(replace(found, cells=cells), table, told, "f", supports(found))
    return {row["variant"]: text(row) for _, row in judged[judged["rule"] == "trend"].iterrows()}


def test_coverage_rises_as_modes_merge_for_each_method_by_itself() -> None:
    up, down = np.linspace(0.1, 0.9, 6), np.linspace(0.9, 0.1, 6)
    assert coverage_along_rings("B23", {"began": up}) == {"began": HOLDS}
    assert coverage_along_rings("B23", {"began": down}) == {"began": LESS}
    found = coverage_along_rings("H3", {"lsgan": up, "veegan": down})
    assert found.keys() == {GAN, LSGAN, "wgan-gp-toy", "veegan"}
    assert (found[LSGAN], found["veegan"]) == (HOLDS, LESS)
    assert found[GAN].startswith("INCONCLUSIVE")

"""Claims that a G with a formula decides: a verdict turns with an effect that is planted the other way."""

from __future__ import annotations

import pytest
from blocks import RECIPE, BlockTraining, make_block
from planted import Levels, experiments, planted, registry

from modecollapse.claims.rule import OfMethod
from modecollapse.claims.rules.ordering import Ordering

HOLDS, LESS, MORE = "REPRODUCED", "NOT_REPRODUCED(below)", "NOT_REPRODUCED(above)"
EXPERIMENTS = {  # the data set of each
    "latent-map": "ring-wide",
    "critic-distance": "ring",
    "moved-points": "ring",
    "moved-points-tanh": "ring",
    "moved-points-adam": "ring",
    "two-discriminators": "stacked-digits",
}
AUX = "mean_aux_"
DATA, FAKE, SHARE, RATIO, FOLLOWED, MOVED, NEARER = (
    AUX + name
    for name in ("energy_data", "energy_fake", "w1_share", "rank_ratio", "rank_followed", "moved", "nearer_boundary")
)
BOUNDARY, FROM_DATA, PULL, QUALITY = AUX + "gain_boundary", AUX + "gain_data", AUX + "pull_rank", "high_quality_percent"


def both(ours: float, theirs: float) -> Levels:
    """The values of points that move by least squares, and by cross-entropy."""
    return {"points-eq9": ours, "points-eq8": ours, "points-cross-entropy": theirs, "points-minimax": theirs}


def critics(*levels: float) -> Levels:
    """Values that clipped and penalised critics have with 1, 5 and 25 updates."""
    names = [f"critic-{kind}-{n}" for kind in ("clip", "gp") for n in (1, 5, 25)]
    return dict(zip(names, levels * 2, strict=True))


# The measures that are planted in the runs of a claim's experiment, by variant, and the verdicts on the claim's parts.
CASES = [
    ("V1", "latent-map", {FAKE: {"invert-4": 0.001}, DATA: {"invert-4": 0.3, "invert-8": 0.001}}, [HOLDS] * 3),
    ("V1", "latent-map", {FAKE: {"invert-4": 0.3}, DATA: {"invert-4": 0.001, "invert-8": 0.3}}, [MORE, LESS, LESS]),
    ("V2", "latent-map", {DATA: {"gaussian-4": 0.006}, FAKE: {"gaussian-4": 0.4, "gaussian-8": 0.006}}, [HOLDS] * 3),
    (
        "V2",
        "latent-map",
        {DATA: {"gaussian-4": 0.4}, FAKE: {"gaussian-4": 0.01, "gaussian-8": 0.3}},
        [MORE, LESS, LESS],
    ),
    ("B2", "critic-distance", {SHARE: critics(0.3, 0.8, 0.95)}, [HOLDS] * 4),
    ("B2", "critic-distance", {SHARE: critics(0.95, 0.8, 0.3)}, [LESS] * 4),
    ("B2", "critic-distance", {SHARE: critics(0.3, 0.6, 0.7)}, [HOLDS, HOLDS, LESS, LESS]),
    (
        *("B22", "two-discriminators"),
        {RATIO: {"led-by-scalar": 2.0, "led-by-autoencoder": 3.0}, FOLLOWED: {"led-by-autoencoder": 9.0}},
        [HOLDS] * 3,
    ),
    (
        *("B22", "two-discriminators"),
        {RATIO: {"led-by-scalar": 0.5, "led-by-autoencoder": 0.7}, FOLLOWED: {"led-by-scalar": 9.0}},
        [LESS] * 3,
    ),
]
FIGURE = [
    ("L2", {MOVED: both(5, 0), BOUNDARY: both(5, 0), FROM_DATA: both(4, 0)}, [HOLDS] * 3),
    ("L2", {MOVED: both(0, 5), BOUNDARY: both(-2, 5), FROM_DATA: both(0, 4)}, [LESS] * 3),
    ("L13", {PULL: both(0.9, -0.9)}, [HOLDS, HOLDS]),
    ("L13", {PULL: both(-0.9, 0.9)}, [MORE, LESS]),
    ("L17", {NEARER: both(0.9, 0), QUALITY: both(5, 0)}, [HOLDS, HOLDS]),
    ("L17", {NEARER: both(0.1, 0), QUALITY: both(90, 0)}, [LESS, MORE]),
]
CASES += [(claim, experiment, *rest) for experiment in EXPERIMENTS if "points" in experiment for claim, *rest in FIGURE]


@pytest.mark.parametrize(("claim", "experiment", "values", "verdicts"), CASES)
def test_a_claim_is_decided_by_what_its_runs_show(
    claim: str, experiment: str, values: dict[str, Levels], verdicts: list[str]
) -> None:
    assert planted(claim, experiment, EXPERIMENTS[experiment], values) == verdicts


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_auxiliary_values_that_claims_read_are_those_of_the_experiments_runs(experiment: str) -> None:
    """Each variant of an experiment is trained for three steps by its recipe with narrow networks."""
    read = {
        name.removeprefix("mean_")
        for claim in registry().claims
        for test in claim.tests
        if experiment in (getattr(test, "experiments", None) or [])
        for name in (test.reads if isinstance(test, OfMethod) else test.measures if isinstance(test, Ordering) else [])
        if name.startswith("mean_")
    }
    cells = [cell for cell in experiments().cells if cell.experiment == experiment]
    for cell in cells:
        variant, narrow = experiments().variants[cell.variant], {"hidden": [8, 8]}
        networks = {role: spec | (narrow if "hidden" in spec else {}) for role, spec in cell.networks.items() if spec}
        recipe = RECIPE | {"networks": networks, "latent": cell.latent}
        family = experiments().datasets[cell.dataset].family
        training = BlockTraining(make_block(variant.objective, (900, 901), family, variant.options, **recipe))
        training.run(3)
        assert read <= training.engine.window.close().keys(), cell.variant

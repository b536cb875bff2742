"""The estimate grows with what is computed."""

from __future__ import annotations

import pytest
from default_config import DEFAULT

from modecollapse.study import plan
from modecollapse.study.cost import FLOPS_PER_SECOND, block_seconds
from modecollapse.study.load import load_study

STUDY = load_study([DEFAULT])


def seconds(**overrides: int) -> float:
    study = load_study([DEFAULT], {"datasets": ["ring"], **overrides})
    return block_seconds(plan.blocks(study, plan.cells(study)[0])[0])


def test_the_cost_is_proportional_to_steps_and_seeds() -> None:
    assert seconds(steps=200) == pytest.approx(2 * seconds(steps=100))
    assert seconds(seeds=4) == pytest.approx(4 * seconds(seeds=1))


def test_the_cost_counts_every_weight_of_both_networks() -> None:
    mlp = {"hidden": [5, 7], "activation": "relu"}
    recipe = STUDY.experiments["matched"][0].model_dump() | {
        "latent": 3,
        "batch": 10,
        "steps": 1,
        "evaluations": 1,
    }
    recipe |= {"networks": {"generator": mlp, "discriminator": mlp}}
    overrides = {"datasets": ["ring"], "variants": ["gan-minimax"], "seeds": 1}
    study = load_study([DEFAULT], {"experiments": {"matched": [recipe]}, **overrides})
    block = plan.blocks(study, plan.cells(study)[0])[0]
    weights = (3 * 5 + 5 * 7 + 7 * 2) + (2 * 5 + 5 * 7 + 7 * 1)
    assert block_seconds(block) == pytest.approx(10 * weights * 12 / FLOPS_PER_SECOND)


@pytest.mark.parametrize(
    ("variant", "option", "passes"),
    [("wgan", "n_critic", 1), ("wgan-gp", "n_critic", 2), ("unrolled", "unrolling_steps", 4)],
)
def test_repeated_work_of_the_discriminator_is_counted(variant: str, option: str, passes: int) -> None:
    once, often = (
        seconds(variants=[variant], definitions={"variants": {variant: {"options": {option: count}}}})
        for count in (1, 7)
    )
    usual = seconds(variants=["gan-minimax"])
    networks = load_study([DEFAULT]).experiments["matched"][0].networks
    assert networks.generator == networks.discriminator  # so that D has nearly half of the weights
    assert (often - once) / usual == pytest.approx(6 * passes / 2, rel=0.02)

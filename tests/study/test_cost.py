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

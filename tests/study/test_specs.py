"""What a job is told: it survives its JSON, and what no study makes is refused."""

from __future__ import annotations

import pytest
from default_config import DEFAULT
from pydantic import ValidationError

from modecollapse.study import plan
from modecollapse.study.load import load_study
from modecollapse.study.specs import Block, DatasetSpec

STUDY = load_study([DEFAULT])
CELL = plan.cells(STUDY)[0]


def test_a_block_survives_its_own_json() -> None:
    block = plan.blocks(STUDY, CELL)[0]
    assert Block.model_validate_json(block.model_dump_json()) == block


@pytest.mark.parametrize("seeds", [[], [-1], [2**32], [True]])
def test_a_block_needs_seeds_that_are_seeds(seeds: list) -> None:
    with pytest.raises(ValidationError):
        Block(cell=CELL, seeds=seeds)


@pytest.mark.parametrize(
    ("family", "options", "problem"),
    [
        ("../ring", {"radius": 1.0, "sd": 0.1}, "'../ring' is unknown"),
        ("ring", {"radius": 1.0}, "sd missing"),
        ("ring", {"radius": 1.0, "sd": -1.0}, "greater than 0"),
        ("ring", {"radius": 1.0, "sd": 0.1, "modes": 3}, "unknown key 'modes'"),
    ],
)
def test_a_job_refuses_a_specification_that_no_study_makes(family: str, options: dict, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        DatasetSpec(name="x", family=family, options=options, root_seed=0)

"""Blocks for jobs of an hour: what is put together, and what is not."""

from __future__ import annotations

import pytest
from blocks import make_block
from default_config import DEFAULT

from modecollapse.errors import StudyError
from modecollapse.study import cost, plan
from modecollapse.study.load import load_study
from modecollapse.study.sizing import LITTLE_MORE, LONGEST_SECONDS, block_size

SEEDS = list(range(30))
PAPER = load_study([DEFAULT, DEFAULT.with_name("paper.yaml")])
IMAGES = load_study([DEFAULT, DEFAULT.with_name("paper-images.yaml")])


def cell_of(steps: int, batch: int = 128):
    return make_block(steps=steps, batch=batch).cell


def test_small_networks_wait_for_python_on_a_gpu_so_all_seeds_go_together():
    assert block_size(cell_of(100_000), SEEDS, "cuda") == 30


def test_on_a_cpu_a_block_is_what_an_hour_holds():
    cell = cell_of(10_000_000)
    alone = cost.block_seconds(make_block(steps=10_000_000, batch=128))
    size = block_size(cell, SEEDS, "cpu")
    assert size * alone <= LONGEST_SECONDS < 30 * alone
    blocks = -(-30 // size)
    assert -(-30 // (blocks - 1)) * alone > LONGEST_SECONDS  # with one block fewer, one would be too long


def test_a_seed_that_fills_more_than_an_hour_is_trained_alone():
    assert block_size(cell_of(200_000_000), SEEDS, "cpu") == 1


def test_what_takes_more_than_an_hour_alone_and_little_more_together_goes_together():
    cell = cell_of(2_000_000)
    size = block_size(cell, SEEDS, "cuda")
    alone, together = (
        cost.block_seconds(make_block(steps=2_000_000, batch=128, seeds=tuple(SEEDS[:n])), "cuda") for n in (1, size)
    )
    assert alone > LONGEST_SECONDS
    assert size > 1
    assert together <= LITTLE_MORE * alone


def test_blocks_hold_every_seed_once():
    for study in (PAPER, IMAGES):
        for cell in plan.cells(study):
            found = [seed for block in plan.blocks(study, cell) for seed in block.seeds]
            assert found == study.seeds_of(cell.experiment)


@pytest.mark.parametrize("study", [PAPER, IMAGES], ids=["paper", "paper-images"])
def test_a_full_study_is_less_than_two_thousand_jobs(study):
    blocks = sum(len(plan.blocks(study, cell)) for cell in plan.cells(study))
    around = len(plan.inversions(study)) + 3 * len(plan.places(study)) + 2 * len(study.datasets) + 6
    assert blocks + around < 2000


@pytest.mark.parametrize("size", [0, -1, 2.0, True, "many"])
def test_another_size_is_refused_in_one_line(size):
    with pytest.raises(StudyError, match="block_size: .* is not allowed; allowed: .*auto"):
        load_study([DEFAULT], {"block_size": size})

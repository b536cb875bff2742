"""The study to be released is composed of other files, whose recipes, seeds and blocks it takes as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from default_config import DEFAULT, EXPERIMENTS, SHIPPED

from modecollapse.study import plan
from modecollapse.study.config import Study
from modecollapse.study.load import load_study
from modecollapse.study.specs import Block

STUDY = load_study(SHIPPED["release"])


def blocks(study: Study) -> dict[str, Block]:
    return {block.path: block for cell in plan.cells(study) for block in plan.blocks(study, cell)}


RELEASED = blocks(STUDY)


@pytest.mark.parametrize("file", EXPERIMENTS, ids=lambda file: file.stem)
def test_blocks_of_the_experiments_are_those_that_each_file_alone_trains(file: Path) -> None:
    alone = blocks(load_study([DEFAULT, file], {"block_size": "auto"}))
    larger = {path for path, block in alone.items() if len(block.seeds) <= 5}  # unrolled images: an hour each
    assert {path for path, block in alone.items() if RELEASED.get(path) != block} <= larger


def test_cells_of_the_plane_are_those_of_its_file_and_none_is_lost() -> None:
    def recipes(name: str) -> dict[str, str]:
        study = load_study(SHIPPED[name])
        return {cell.path: cell.config_hash for cell in plan.cells(study)}

    plane, released = recipes("plane"), recipes("release")
    assert {path for path, own in plane.items() if released.get(path) != own} == set()
    assert STUDY.seeds_of("matched") == STUDY.seeds_of("latent-2") == STUDY.seeds_of("notebook") == [*range(1000, 1030)]
    assert "matched/ring/veegan/seeds-1015-1029" in RELEASED


def test_published_recipes_have_their_whole_budget() -> None:
    paper = {cell.path: cell for cell in plan.cells(load_study(SHIPPED["paper"]))}
    own = [cell for cell in plan.cells(STUDY) if cell.experiment in ("published", "notebook")]
    budgets = {(cell.variant.name, cell.training.steps, cell.training.batch) for cell in own}
    assert budgets == {
        ("gan-minimax", 25_000, 512), ("unrolled", 25_000, 512), ("gan-nonsaturating", 35_000, 512),
        ("lsgan", 35_000, 512), ("veegan-notebook", 100_000, 500),
    }  # fmt: skip
    for cell in own:
        original = paper[f"published/{cell.dataset.name}/{cell.variant.name}"]
        assert cell.training.model_copy(update={"evaluations": original.training.evaluations}) == original.training
        assert cell.dataset == original.dataset


def test_no_estimate_of_a_cost_decides_a_block() -> None:
    assert "auto" not in [STUDY.chosen(name, "block_size") for name in STUDY.experiments]

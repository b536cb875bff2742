"""Cells, blocks and the hashes that say what a result depends on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from default_config import DEFAULT
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.study import plan
from modecollapse.study.load import load_study
from modecollapse.study.summary import summary_of

FIRST = ("experiments", "matched", "recipes", "points")
STUDY = load_study([DEFAULT])
# Parts of the paths of the cells that a recipe covers.
PLANAR = "/ring/|/grid/"
STACKED = "/stacked-digits/"
LAST = ("experiments", "matched", "recipes", "images")
CELL = plan.cells(STUDY)[0]


def hashes(*files: Path, **overrides: Any) -> dict[str, str]:
    return {cell.path: cell.config_hash for cell in plan.cells(load_study([DEFAULT, *files], overrides))}


BEFORE = hashes()


def test_the_default_study_has_all_cells_in_the_order_of_the_configuration() -> None:
    assert list(BEFORE) == [f"matched/{d}/{v}" for d in STUDY.datasets for v in STUDY.variants]
    assert len(set(BEFORE.values())) == len(BEFORE) >= 9
    fewer = hashes(variants=["veegan", "gan-minimax"], datasets=["ring"])
    assert fewer == {path: BEFORE[path] for path in fewer}


@pytest.mark.parametrize(
    ("keys", "value", "touched"),
    [
        (("definitions", "variants", "veegan", "options", "reconstruction"), "mean", "/veegan/"),
        (("definitions", "datasets", "ring", "options", "sd"), 0.02, "/ring/"),
        ((*FIRST, "batch"), 64, PLANAR),
        ((*FIRST, "networks", "generator", "output"), "tanh", PLANAR),
        ((*LAST, "optimizer", "lr"), 0.5, STACKED),
        (("root_seed",), 1, "matched/"),
        (("definitions", "variants", "veegan", "label"), "V", "nothing"),
        ((*FIRST, "source"), "elsewhere", "nothing"),
        (("seeds",), 9, "nothing"),
        (("block_size",), 2, "nothing"),
        (("measures",), ["modes"], "nothing"),
        (("definitions", "datasets", "ring", "options", "radius"), 1, "nothing"),  # the number 1.0
        (("definitions", "datasets", "grid"), {}, "nothing"),  # the options given are the defaults
    ],
)
def test_a_change_touches_the_hashes_of_its_cells_only(
    changed: Callable[..., Path], keys: tuple, value: Any, touched: str
) -> None:
    after = hashes(changed(*keys, to=value))
    differ = {path for path in BEFORE if after[path] != BEFORE[path]}
    assert differ == {path for path in BEFORE if any(part in f"{path}/" for part in touched.split("|"))}


@given(
    seeds=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=40, unique=True),
    size=st.integers(1, 50),
)
def test_blocks_hold_every_seed_once_in_order_and_none_is_too_large(seeds: list[int], size: int) -> None:
    study = STUDY.model_copy(update={"seeds": seeds, "block_size": size})
    blocks = plan.blocks(study, CELL)
    assert [seed for block in blocks for seed in block.seeds] == sorted(seeds)
    assert all(block.path == f"matched/ring/gan-minimax/seeds-{block.seeds[0]}-{block.seeds[-1]}" for block in blocks)
    assert all(len(block.seeds) == size for block in blocks[:-1])
    assert 1 <= len(blocks[-1].seeds) <= size


def test_the_summary_lists_what_is_run_in_printing_order() -> None:
    summary = summary_of(STUDY)
    assert list(summary.datasets) == STUDY.datasets
    assert list(summary.variants) == STUDY.variants
    assert [cell.config_hash for cell in summary.cells] == list(BEFORE.values())
    assert summary.datasets["grid"].modes == 25


def test_a_data_set_with_other_options_is_not_the_published_one() -> None:
    definitions = {"datasets": {"ring": {"options": {"radius": 2.0}}}}
    changed = summary_of(load_study([DEFAULT], {"variants": ["veegan"], "definitions": definitions})).datasets
    assert (changed["ring"].as_published, changed["grid"].as_published) == (False, True)

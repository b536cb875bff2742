"""What a job reads: a block survives its JSON, what no study makes is refused, random streams follow from names."""

from __future__ import annotations

import pytest
from default_config import DEFAULT
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from modecollapse.study import plan
from modecollapse.study.load import load_study
from modecollapse.study.specs import Block, DatasetSpec
from modecollapse.study.streams import stream_seed

STUDY = load_study([DEFAULT])
CELL = plan.cells(STUDY)[0]


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


KEYS = st.lists(st.one_of(st.text(max_size=8), st.integers(0, 2**32)), max_size=4)


def test_a_stream_never_changes_between_versions() -> None:
    assert stream_seed(0, "ring", "veegan", 3, "noise") == 2085212787057107119
    keys = [(3,), ("3",), ("a", "b"), ("ab",), ('a","b',), ()]
    assert len({stream_seed(0, *key) for key in keys}) == len(keys)


@settings(max_examples=40)
@given(KEYS, KEYS, st.integers(0, 2**32), st.integers(0, 2**32))
def test_different_names_give_different_streams(key: list, other: list, root: int, other_root: int) -> None:
    same = (root, key) == (other_root, other)
    assert (stream_seed(root, *key) == stream_seed(other_root, *other)) == same
    assert 0 <= stream_seed(root, *key) < 2**63

"""Named random streams: the name alone decides the numbers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from modecollapse.study.streams import stream_seed

KEYS = st.lists(st.one_of(st.text(max_size=8), st.integers(0, 2**32)), max_size=4)


def test_a_stream_never_changes_between_versions() -> None:
    assert stream_seed(0, "ring", "veegan", 3, "noise") == 2085212787057107119


@settings(max_examples=40)
@given(KEYS, KEYS, st.integers(0, 2**32), st.integers(0, 2**32))
def test_different_names_give_different_streams(key: list, other: list, root: int, other_root: int) -> None:
    same = (root, key) == (other_root, other)
    assert (stream_seed(root, *key) == stream_seed(other_root, *other)) == same


@given(KEYS, st.integers(0, 2**32))
def test_a_stream_seed_is_a_63_bit_number(key: list, root: int) -> None:
    assert 0 <= stream_seed(root, *key) < 2**63


def test_text_and_number_and_grouping_are_told_apart() -> None:
    keys = [(3,), ("3",), ("a", "b"), ("ab",), ('a","b',), ()]
    assert len({stream_seed(0, *key) for key in keys}) == len(keys)

"""Changes of a configuration or of the claims that hypothesis makes up: values replaced, moved, nested, removed."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

WORDS = ["", "veegan", "vegan", "ring", "modes", "auto", "nan", "null", "1e5", "010", "1:30", "~", "../x", "a" * 400]
WORDS += ["\x1b[2J", "\u202e", "{x}", "[red]", "%s", "\ud800", "a\nb", "é", "10" * 200]
NUMBERS = [0, 1, -1, 2, 3.0, 1e308, -1e-9, 10**30, float("nan"), float("inf"), True, False, None]
SCALARS = st.one_of(st.sampled_from(WORDS), st.sampled_from(NUMBERS), st.integers(), st.floats(), st.text(max_size=9))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SCALARS, inner, max_size=4),
    max_leaves=6,
)


def places(content: Any, path: tuple = ()) -> list[tuple]:
    """Every place of a nested content: the keys and positions that lead to it."""
    found = [path] if path else []
    entries = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return found + [place for key, inner in entries for place in places(inner, (*path, key))]


def at(content: Any, path: list[Any] | tuple[Any, ...]) -> Any:
    """What is at a place."""
    for key in path:
        content = content[key]
    return content


@st.composite
def changed(draw: st.DrawFn, content: dict[str, Any]) -> dict[str, Any]:
    """A content with one to three changes."""
    content = copy.deepcopy(content)
    for _ in range(draw(st.integers(1, 3))):
        listed = places(content)
        *path, last = draw(st.sampled_from(listed))
        holder = at(content, path)
        kind = draw(st.sampled_from(["replace", "move", "nest", "remove", "add"]))
        if kind == "move":
            holder[last] = copy.deepcopy(at(content, draw(st.sampled_from(listed))))
        elif kind == "nest":
            own = holder[last]
            holder[last] = draw(st.sampled_from([[own], {"x": own}, [own, own]]))
        elif kind == "remove":
            del holder[last]
        elif kind == "add" and isinstance(holder, dict):
            holder[draw(SCALARS)] = draw(VALUES)
        else:
            holder[last] = draw(VALUES)
    return content

"""What is wrong with a value, in one line: the key, the value, what is allowed. First pydantic's findings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from modecollapse.errors import printable

MOST_SHOWN = 40  # characters of a value
MOST_LISTED = 120  # characters of a list of allowed names
# What pydantic words for programmers.
ALLOWED = {
    "bool_type": "true or false",
    "string_type": "text, in quotes where it looks like a number, true, false or null",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "union_tag_not_found": "one with the key {discriminator}",
}
# The patterns of names, and of what else is checked by one, in words.
PATTERNS = {
    r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$": (
        "text of lower-case letters, digits and hyphens, at most 64, beginning and ending with a letter or digit"
    ),
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,19}$": "letters, digits, '.', '_' and '-', at most 20, such as V7",
    r"^[0-9]{1,20}(\.[0-9]{1,20})?$": "a plain decimal number in quotes, such as '8.0'",
    "^[0-9a-f]{64}$": "a SHA-256 of 64 hexadecimal digits in lower case",
    "^https://": "an address that begins with https://",
}


def first_problem(model: type[BaseModel], data: Any) -> tuple[tuple[str | int, ...], str] | None:
    """Where `data` first breaks `model`, and why, or None where it fits.

    Returns the location (keys and list positions) and the sentence that follows it.
    """
    try:
        model.model_validate(data)
    except ValidationError as error:
        return in_words(error)
    return None


def in_words(error: ValidationError) -> tuple[tuple[str | int, ...], str]:
    """The location of pydantic's first finding, and the sentence that follows it."""
    finding = error.errors()[0]
    return finding["loc"], _sentence(finding)


def key_path(location: tuple[str | int, ...]) -> str:
    """`("experiments", "matched", 0, "adam")` as `experiments.matched[0].adam`."""
    keys = (part for part in location if part != "[key]")
    parts = (f"[{key}]" if isinstance(key, int) else f".{_key(key)}" for key in keys)
    return "".join(parts).removeprefix(".")


def shown(value: Any) -> str:
    """A value as a message shows it: printable, and short."""
    text = printable(repr(value))
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."


def unknown(name: Any, allowed: Iterable[str], what: str = "", more: str = "") -> str:
    """`'vegan' is unknown (did you mean 'veegan'?); allowed: ali, veegan and 12 more`.

    what: what the name is ("unknown key"); more: where all names are listed, if the list is cut.
    """
    allowed = list(allowed)
    start = f"{what} {shown(name)}" if what else f"{shown(name)} is unknown"
    return f"{start}{_near(name, allowed)}; allowed: {listed(allowed, more)}"


def listed(names: Iterable[str], more: str = "") -> str:
    """Names separated by commas; of a long list the first ones, how many more there are, and where they stand."""
    names = list(map(str, names))
    count, length = 0, 0
    while count < len(names) and (length := length + len(names[count]) + 2) <= MOST_LISTED:
        count += 1
    text = ", ".join(names[: count or 1]) or "none"
    left = len(names) - max(count, 1)
    return f"{text} and {left} more{f'; {more}' if more else ''}" if left > 0 else text


def _near(name: Any, allowed: list[str]) -> str:
    near = get_close_matches(name[:MOST_SHOWN], allowed, 1) if isinstance(name, str) else []
    return f" (did you mean {near[0]!r}?)" if near else ""


def _key(key: Any) -> str:
    """A key as it is, or quoted where it would break the line, and short."""
    text = key if isinstance(key, str) and key.isprintable() else repr(key)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."


def _sentence(finding: Any) -> str:
    """What is wrong with one value and what is allowed."""
    kind, value, context = finding["type"], finding["input"], finding.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "missing":
        return "missing; this key must be given"
    if kind == "union_tag_invalid":
        return unknown(context["tag"], re.findall("'([^']*)'", context["expected_tags"]))
    if kind == "literal_error":
        near = _near(value, re.findall("'([^']*)'", context["expected"]))
        return f"{shown(value)} is not allowed{near}; allowed: {context['expected']}"
    if kind == "string_pattern_mismatch":
        allowed = PATTERNS.get(context["pattern"], f"text that matches {context['pattern']}")
    elif kind in ALLOWED:
        allowed = ALLOWED[kind].format(**context)
    else:
        allowed = finding["msg"].removeprefix("Input should be ").removeprefix("a valid ").removeprefix("valid ")
    return f"{shown(value)} is not allowed; allowed: {allowed}{_number_as_text(kind, value)}"


def _number_as_text(kind: str, value: Any) -> str:
    """How a number is written that YAML reads as text, such as 1e5."""
    if kind not in ("float_type", "int_type") or not isinstance(value, str):
        return ""
    try:
        text = repr(float(value)) if kind == "float_type" else f"{int(float(value))}"
    except (ValueError, OverflowError):
        return ""
    text = text if "." in text or kind == "int_type" else text.replace("e", ".0e")
    return f" (YAML reads {shown(value)[1:-1]} as text: write {text})" if len(text) <= MOST_SHOWN else ""

"""Pydantic's findings in one line: key, value, what is allowed."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

# What pydantic words for programmers.
ALLOWED = {
    "bool_type": "true or false",
    "string_type": "text",
    "string_pattern_mismatch": "text that matches {pattern}",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "too_short": "at least {min_length} of them",
}


def first_problem(model: type[BaseModel], data: Any) -> tuple[tuple[str | int, ...], str] | None:
    """Where `data` first breaks `model`, and why, or None where it fits.

    Returns the location (keys and list positions) and the sentence that follows it.
    """
    try:
        model.model_validate(data)
    except ValidationError as error:
        finding = error.errors()[0]
        return finding["loc"], _sentence(finding)
    return None


def key_path(location: tuple[str | int, ...]) -> str:
    """`("experiments", "matched", 0, "adam")` as `experiments.matched[0].adam`."""
    keys = (part for part in location if part != "[key]")
    parts = (f"[{key}]" if isinstance(key, int) else f".{_printable(key)}" for key in keys)
    return "".join(parts).removeprefix(".")


def _printable(key: str) -> str:
    """A key as it is, or quoted where it would break the line."""
    return key if key.isprintable() else repr(key)


def _sentence(finding: Any) -> str:
    """What is wrong with one value and what is allowed."""
    kind, value = finding["type"], finding["input"]
    if kind == "value_error":
        return str(finding["ctx"]["error"])
    if kind == "missing":
        return "missing; this key must be given"
    if kind == "literal_error":
        return f"{value!r} is not allowed; allowed: {finding['ctx']['expected']}"
    plain = finding["msg"].removeprefix("Input should be ").removeprefix("a valid ").removeprefix("valid ")
    allowed = ALLOWED.get(kind, plain).format(**finding.get("ctx", {}))
    hint = f" (YAML reads {value} as text: write {float(value):.1e})" if _is_number_as_text(kind, value) else ""
    return f"{value!r} is not allowed; allowed: {allowed}{hint}"


def _is_number_as_text(kind: str, value: Any) -> bool:
    if kind != "float_type" or not isinstance(value, str):
        return False
    try:
        float(value)
    except ValueError:
        return False
    return True

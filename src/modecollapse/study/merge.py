"""How configurations are put on top of one another: the same rule for files, `--config` and parts of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PARTS = ("by_dataset", "by_variant")  # of a recipe; null in one of them removes what the recipe itself has


def merge(lower: Any, upper: Any) -> Any:
    """What `upper` makes of `lower`, which stay as they are.

    Mappings merge key by key, as Snakemake merges its configuration; anything else replaces. So does a mapping that
    states another `kind` (of data, network, initialisation or optimizer) than the one below it, or the first one.
    """
    if not isinstance(lower, Mapping) or not isinstance(upper, Mapping):
        return upper
    kind = upper.get("kind")
    if isinstance(kind, str) and kind != lower.get("kind"):
        return upper
    return {**lower, **{key: merge(lower.get(key), value) for key, value in upper.items()}}


def without_nulls(content: Any) -> Any:
    """The content without the keys of mappings whose value is None; inside the parts of a recipe they stay."""
    if not isinstance(content, Mapping):
        return content
    kept = {key: value for key, value in content.items() if value is not None}
    return {key: _parts(value) if key in PARTS else without_nulls(value) for key, value in kept.items()}


def _parts(content: Any) -> Any:
    """The parts of a recipe that are not None themselves."""
    if not isinstance(content, Mapping):
        return content
    return {name: part for name, part in content.items() if part is not None}

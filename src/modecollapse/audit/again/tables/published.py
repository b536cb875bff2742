"""The published numbers of a study's claims.yaml, and which of them stands beside a result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import yaml

from modecollapse.audit.finding import Finding

FILE = "claims.yaml"
TEXTS = ("source", "place", "dataset", "column", "measure", "method", "printed")


class Value(NamedTuple):
    """A published number; `text` has its spread, where there is one."""

    source: str
    place: str
    dataset: str
    column: str
    measure: str
    method: str
    text: str


@dataclass
class Published:
    """All published numbers in their order, and the variants that stand for a method."""

    values: list[Value]
    methods: dict[str, list[str]]

    def beside(self, dataset: str, variant: str, measure: str) -> Value | None:
        """The first number of a method that the variant stands for, on this data set and in this measure."""
        for value in self.values:
            if (value.dataset, value.measure) == (dataset, measure) and variant in self.methods[value.method]:
                return value
        return None


def read(path: Path) -> Published | Finding:
    """The published numbers, or why there are none to read."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        methods = {str(name): [str(variant) for variant in chosen] for name, chosen in content["methods"].items()}
        values = [_value(entry) for entry in content["values"]]
        unknown = [value.method for value in values if value.method not in methods]
        if unknown:
            return Finding(FILE, f"values, {unknown[0]}", "the method is not among `methods`")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, yaml.YAMLError) as error:
        problem = f"cannot be read: {type(error).__name__}: {' '.join(str(error).split())}"
        return Finding(FILE, "", problem)
    return Published(values, methods)


def _value(entry: dict) -> Value:
    """ValueError unless every text of a published number is one: 8 is not "8.0"."""
    texts = {name: entry[name] for name in TEXTS}
    spread = entry.get("spread")
    for text in (*texts.values(), spread or ""):
        if not isinstance(text, str):
            raise ValueError(f"{text!r} in a published number is no text")
    printed = texts.pop("printed")
    return Value(**texts, text=f"{printed} ± {spread}" if spread else printed)

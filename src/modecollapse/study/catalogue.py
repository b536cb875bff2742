"""What can be named in a configuration: one file in a folder is one variant, data set or measure.

A file declares its LABEL, options and facts as plain literals at its top (OPTIONS, SHAPE, ...). They are read from
the source text without running it, so that a configuration is checked without importing torch.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from modecollapse.errors import StudyError
from modecollapse.study.problems import unknown

BOUNDS = {"above": "gt", "least": "ge", "most": "le"}  # our words for pydantic's
MOST = 1_000_000_000  # of a whole number that is an option, unless its file says less
LISTED = "`modecollapse options` lists them"  # where a message cuts a list of names short
PACKAGE = Path(__file__).resolve().parent.parent
SOURCES = PACKAGE.parent.parent / "config" / "sources.yaml"  # the official files of the real data sets


class Strict(BaseModel):
    """Refuses unknown keys and silent conversions ("1e-4" is not a number, true is not 1)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _keys_are_known(cls, data: Any) -> Any:
        for key in data if isinstance(data, dict) else ():
            if key not in cls.model_fields:
                raise ValueError(unknown(key, cls.model_fields, "unknown key"))
        return data


@cache
def names(folder: str) -> tuple[str, ...]:
    """Every name that `folder` (variants, datasets, measures) offers: its files that declare a LABEL.

    A variant or data set is named with hyphens (gan-minimax), a measure as its file (reverse_kl).
    """
    stems = sorted(path.stem for path in (PACKAGE / folder).glob("*.py"))
    offered = [stem for stem in stems if "LABEL" in declarations(folder, stem)]
    return tuple(offered if folder == "measures" else (stem.replace("_", "-") for stem in offered))


def source(folder: str, name: str) -> Path:
    """The file behind a name."""
    return PACKAGE / folder / f"{name.replace('-', '_')}.py"


@cache
def declarations(folder: str, name: str) -> dict[str, Any]:
    """The upper-case literals at the top level of the file behind a name, such as OPTIONS or SHAPE."""
    found = {}
    for node in _parsed(source(folder, name)).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(target, ast.Name) and target.id.isupper():
            try:
                found[target.id] = ast.literal_eval(node.value)
            except ValueError:
                continue  # an upper-case name that is not a literal is nobody's declaration
    return found


def declared(folder: str, name: str, fact: str) -> Any:
    """One declaration that the file behind a name must have; StudyError where it has not."""
    try:
        return declarations(folder, name)[fact]
    except KeyError:
        file = source(folder, name).name
        raise StudyError(f"{folder}/{file}: declares no {fact}; allowed: a literal at the top of the file") from None


def preset(folder: str, name: str, chosen: str | None) -> dict[str, Any]:
    """The options of one of the PRESETS that a file declares; none for None. ValueError for an unknown one."""
    offered = declarations(folder, name).get("PRESETS", {})
    if chosen is not None and chosen not in offered:
        raise ValueError(f"preset {unknown(chosen, offered)}")
    return offered.get(chosen, {})


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise StudyError(f"{path}: line {error.lineno}: {error.msg}; allowed: Python") from None


@cache
def options_model(folder: str, name: str) -> type[Strict]:
    """The pydantic model of a file's OPTIONS.

    A list names the allowed values, the default first; a dict gives the default and its range
    (`{"default": 0.01, "above": 0}`, `{"default": 0, "least": 0}`, `most`).
    """
    fields: dict[str, Any] = {}
    for option, rule in declarations(folder, name).get("OPTIONS", {}).items():
        if isinstance(rule, dict) and not {"default"} <= rule.keys() <= {"default", *BOUNDS}:
            known = ", ".join(("default", *BOUNDS))
            raise StudyError(f"{folder}/{name}: option {option} has {', '.join(rule)}; allowed: {known}")
        if isinstance(rule, list) and isinstance(rule[0], bool):
            fields[option] = (bool, rule[0])  # a Literal of True would take 1 for it
        elif isinstance(rule, list):
            fields[option] = (Literal[tuple(rule)], rule[0])
        else:
            limits = {word: rule.get(bound) for bound, word in BOUNDS.items()}
            if not isinstance(rule["default"], str):
                limits["allow_inf_nan"] = False
            if type(rule["default"]) is int:
                limits["le"] = rule.get("most", MOST)
            fields[option] = (type(rule["default"]), Field(default=rule["default"], **limits))
    return create_model(f"{name} options", __base__=Strict, **fields)

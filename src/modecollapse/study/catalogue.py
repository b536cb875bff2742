"""What can be named in a configuration: the variants, data sets and measures that the files of three folders declare.

A file of variants/ or datasets/ is one variant or data set and declares its LABEL, options and facts as plain literals
at its top (OPTIONS, SHAPE, ...). A file of measures/ may declare several, by name, in one literal MEASURES; a literal
beside it holds for all of them. They are read from the source text without running it, so that a configuration is
checked without importing torch.
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
    """Every name that `folder` (variants, datasets, measures) offers, sorted.

    A variant or data set is a file that declares a LABEL, named with hyphens (gan-minimax); a measure is a key of some
    file's MEASURES (reverse_kl).
    """
    if folder == "measures":
        return tuple(sorted(_measures(PACKAGE / folder)))
    stems = sorted(path.stem for path in (PACKAGE / folder).glob("*.py"))
    return tuple(stem.replace("_", "-") for stem in stems if "LABEL" in declarations(folder, stem))


def source(folder: str, name: str) -> Path:
    """The file behind a name; for an unknown name one that does not exist."""
    known = _measures(PACKAGE / folder) if folder == "measures" else {}
    return known[name][0] if name in known else PACKAGE / folder / f"{name.replace('-', '_')}.py"


@cache
def declarations(folder: str, name: str) -> dict[str, Any]:
    """What the file behind a name declares of it, such as OPTIONS, SHAPE or RANGE."""
    if folder == "measures":
        return _measures(PACKAGE / folder).get(name, (None, {}))[1]
    return _literals(source(folder, name))


@cache
def _measures(folder: Path) -> dict[str, tuple[Path, dict[str, Any]]]:
    """The file and the declarations of each measure; StudyError where two files declare one name."""
    found: dict[str, tuple[Path, dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.py")):
        of_all = _literals(path)
        entries = of_all.pop("MEASURES", {})
        if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
            raise StudyError(f"measures/{path.name}: MEASURES is no {{name: {{key: value}}}}; allowed: literals alone")
        for name, entry in entries.items():
            if name in found:
                other = found[name][0].name
                raise StudyError(f"measures/{path.name}: declares {name}, as {other} does; allowed: one file a name")
            found[name] = path, of_all | entry
    return found


def _literals(path: Path) -> dict[str, Any]:
    """The upper-case names at the top level of a file that have a literal as their value."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise StudyError(f"{path}: line {error.lineno}: {error.msg}; allowed: Python") from None
    found = {}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(target, ast.Name) and target.id.isupper():
            try:
                found[target.id] = ast.literal_eval(node.value)
            except ValueError:
                found |= {"MEASURES": None} if target.id == "MEASURES" else {}  # another name is nobody's declaration
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

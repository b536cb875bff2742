"""Reading a configuration: strict YAML files in order, then what the command line overrides, then validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from modecollapse import reading
from modecollapse.errors import StudyError
from modecollapse.study import plan
from modecollapse.study.catalogue import Strict
from modecollapse.study.config import Study
from modecollapse.study.problems import first_problem, key_path

Model = TypeVar("Model", bound=Strict)
COMMAND_LINE = "--config"
MERGE = "tag:yaml.org,2002:merge"  # the key `<<`, whose mapping gives way to the keys beside it
# ValueError: the date 2020-13-45; TypeError: a list as a key; RecursionError: brackets by the thousand
UNREADABLE = (yaml.YAMLError, ValueError, TypeError, RecursionError)


def load_study(files: Sequence[Path | str], overrides: Mapping[str, Any] | None = None) -> Study:
    """The validated study of `files` and `overrides`.

    A top-level key of a later file replaces the same key of an earlier one whole; `overrides` come last. Raises
    StudyError with one line that names the file, the key, the value and what is allowed.
    """
    sources: list[tuple[str, dict[str, Any]]] = [(str(file), read_yaml(Path(file))) for file in files]
    if overrides:
        sources.append((COMMAND_LINE, {key: _override(key, value) for key, value in overrides.items()}))
    merged: dict[str, Any] = {}
    for _, content in sources:
        merged.update(content)
    problem = first_problem(Study, merged)
    if problem:
        location, sentence = problem
        where = key_path(location)
        raise StudyError(f"{_origin(sources, where or sentence)}: {where}{': ' if where else ''}{sentence}")
    study = Study.model_validate(merged)
    try:
        plan.recipes(study)
    except StudyError as error:
        raise StudyError(f"{_origin(sources, str(error))}: {error}") from None
    return study


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping; a duplicated key, a broken file or anything but a mapping raises StudyError."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror}") from None
    except UNREADABLE as error:
        raise StudyError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise StudyError(f"{path}: holds {type(content).__name__}; allowed: a mapping of keys to values")
    return content


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML keeps the last of two equal keys in silence; a study does not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == MERGE:
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise yaml.YAMLError(f"line {line}: key {key!r} appears twice; allowed: each key once")
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_spec(model: type[Model], text: str) -> Model:
    """A study, data set or block from JSON text, or from a file of it; StudyError where it is not one."""
    where = "the argument" if text.lstrip().startswith("{") else text
    try:
        content = reading.json_text(text, where) if where == "the argument" else reading.json_file(Path(text))
    except StudyError as error:
        problem = str(error).removesuffix("; allowed: JSON")
        raise StudyError(f"{problem}; allowed: JSON as `modecollapse plan` prints it") from None
    problem = first_problem(model, content)
    if problem:
        raise StudyError(": ".join(filter(None, [where, key_path(problem[0]), problem[1]])))
    return model.model_validate(content)


def _override(key: str, value: Any) -> Any:
    try:
        return _typed(value)
    except UNREADABLE as error:
        problem = " ".join(str(error).split())
        line = f"{COMMAND_LINE}: {key}: {value!r} is not allowed; allowed: YAML ({problem})"
        raise StudyError(line) from None


def _typed(value: Any) -> Any:
    """Give numbers back their type: Snakemake reads the inside of `--config seeds=[0,1]` as text."""
    if isinstance(value, list):
        return [_typed(item) for item in value]
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    return yaml.load(value, Loader=_UniqueKeyLoader) if isinstance(value, str) and value else value


def _origin(sources: Sequence[tuple[str, dict[str, Any]]], where: str) -> str:
    """The last source that gives the top-level key which `where` is about; the last file where none does."""
    about = where.removeprefix("unknown key ")
    holders = [name for name, content in sources if any(about.startswith((str(key), repr(key))) for key in content)]
    files = [name for name, _ in sources if name != COMMAND_LINE]
    return holders[-1] if holders else files[-1]

"""Reading a configuration: strict YAML files in order, then what the command line overrides, then validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from modecollapse import reading
from modecollapse.errors import StudyError
from modecollapse.study import plan, strict_yaml
from modecollapse.study.catalogue import Strict
from modecollapse.study.config import Study
from modecollapse.study.problems import first_problem, key_path, shown
from modecollapse.study.strict_yaml import read_yaml

Model = TypeVar("Model", bound=Strict)
COMMAND_LINE = "--config"
DEFAULT = Path("config/config.yaml")
NAMES = ("study", "datasets", "variants", "measures")  # keys whose values are text, whatever they look like


def load_study(files: Sequence[Path | str], overrides: Mapping[str, Any] | None = None) -> Study:
    """The validated study of `files` and `overrides`.

    A top-level key of a later file replaces the same key of an earlier one whole; `overrides` come last. Raises
    StudyError with one line that names the file, the key, the value and what is allowed.
    """
    if DEFAULT in map(Path, files) and not DEFAULT.exists():
        raise StudyError(f"{DEFAULT}: cannot be read, there is none here; allowed: to work in the repository's folder")
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


def read_spec(model: type[Model], text: str) -> Model:
    """A study, data set or block from JSON text, or from a file of it; StudyError where it is not one."""
    where = "the argument" if text.lstrip().startswith("{") else text
    try:
        content = reading.json_text(text, where) if where == "the argument" else reading.json_file(Path(text))
    except StudyError as error:
        problem = str(error).partition("; allowed: ")[0]
        raise StudyError(f"{problem}; allowed: JSON as `modecollapse plan` prints it") from None
    problem = first_problem(model, content)
    if problem:
        raise StudyError(": ".join(filter(None, [where, key_path(problem[0]), problem[1]])))
    return model.model_validate(content)


def _override(key: str, value: Any) -> Any:
    try:
        return _typed(key, value, str(key))
    except StudyError as error:
        raise StudyError(f"{COMMAND_LINE}: {error}") from None


def _typed(key: str, value: Any, place: str) -> Any:
    """Give numbers back their type: Snakemake reads the inside of `--config seeds=[0,1]` as text.

    `place` is where in the value of `key` it stands. Names stay text: Snakemake has already taken a list apart.
    """
    if isinstance(value, list):
        return [_typed(key, item, f"{place}[{number}]") for number, item in enumerate(value)]
    if isinstance(value, dict):
        return {name: _typed(key, item, f"{place}.{name}") for name, item in value.items()}
    is_name = key in NAMES and (place != key or key == "study")
    if not isinstance(value, str) or not value or is_name:
        return value
    try:
        return strict_yaml.read(value, place)
    except StudyError as error:
        line = str(error)
        if line.startswith(place):
            raise
        raise StudyError(f"{place}: {shown(value)} is not allowed; allowed: YAML ({line})") from None


def _origin(sources: Sequence[tuple[str, dict[str, Any]]], where: str) -> str:
    """The last source that gives the top-level key which `where` is about; the last file where none does."""
    about = where.removeprefix("unknown key ")
    holders = [name for name, content in sources if any(about.startswith((str(key), repr(key))) for key in content)]
    files = [name for name, _ in sources if name != COMMAND_LINE]
    return holders[-1] if holders else files[-1]

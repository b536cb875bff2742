"""Reading a configuration: strict YAML files in order, then what the command line overrides, then validation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import yaml

from modecollapse import reading
from modecollapse.errors import StudyError
from modecollapse.study import declarations, plan, strict_yaml
from modecollapse.study.catalogue import Strict
from modecollapse.study.config import OLD_FORM, OLD_KEY, Study
from modecollapse.study.merge import merge, without_nulls
from modecollapse.study.problems import first_problem, key_path, shown, unknown
from modecollapse.study.strict_yaml import read_yaml

Model = TypeVar("Model", bound=Strict)
COMMAND_LINE = "--config"
DEFAULT = Path("config/config.yaml")
NAMES = ("study", "datasets", "variants", "measures")  # keys whose values are text, whatever they look like


def load_study(files: Sequence[Path | str], overrides: Mapping[str, Any] | None = None) -> Study:
    """The validated study of `files`, each merged on top of those before it, and of `overrides`, which come last.

    Raises StudyError with one line that names the file, the key, the value and what is allowed.
    """
    if DEFAULT in map(Path, files) and not DEFAULT.exists():
        raise StudyError(f"{DEFAULT}: cannot be read, there is none here; allowed: to work in the repository's folder")
    sources: list[tuple[str, dict[str, Any]]] = [(str(file), read_yaml(Path(file))) for file in files]
    if overrides:
        sources.append((COMMAND_LINE, _typed(overrides)))
    content = without_nulls(_with_likes(reduce(merge, (content for _, content in sources)), sources))
    _check_declarations(content)
    problem = first_problem(Study, content)
    if problem:
        location, sentence = problem
        where = key_path(location)
        line = f"{where}{': ' if where else ''}{sentence}"
        raise StudyError(f"{_origin(sources, line)}: {line}")
    study = Study.model_validate(content)
    try:
        plan.planned(study)
    except StudyError as error:
        raise StudyError(f"{_origin(sources, str(error))}: {error}") from None
    return study


def _check_declarations(content: dict[str, Any]) -> None:
    """The files behind the names that a configuration lists or defines declare what they must."""
    defined, key = content.get("definitions"), {"variants": "objective", "datasets": "family"}
    protocols = content.get("experiments")
    holders = [content, *(protocols.values() if isinstance(protocols, dict) else ())]
    for folder in declarations.FACTS:
        lists = [holder.get(folder) for holder in holders if isinstance(holder, dict)]
        names = [name for names in lists if isinstance(names, list) for name in names if isinstance(name, str)]
        entries = defined.get(folder) if isinstance(defined, dict) else None
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            names.append(str(entry.get(key[folder], name) if isinstance(entry, dict) and folder in key else name))
        for name in dict.fromkeys(names):
            declarations.check(folder, name)


def to_yaml(study: Study) -> str:
    """The configuration of a loaded study as YAML, which loads as the same study."""
    content = study.model_dump(mode="json", exclude_unset=True)
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)


def read_spec(model: type[Model], text: str) -> Model:
    """A study, data set or block from JSON text, or from a file of it; StudyError where it is not one."""
    where = "the argument" if text.lstrip().startswith("{") else text
    try:
        content = reading.json_text(text, where) if where == "the argument" else reading.json_file(Path(text))
    except StudyError as error:
        problem = str(error).partition("; allowed: ")[0]
        raise StudyError(f"{problem}; allowed: JSON as `modecollapse plan` prints it") from None
    problem = first_problem(model, content)
    if problem and (OLD_FORM in problem[1] or OLD_KEY in problem[1]):
        todo = "`git checkout` the commit that its run records name, or run the study again"
        raise StudyError(f"{where}: is of a study that an earlier release made; allowed: {todo}")
    if problem:
        raise StudyError(": ".join(filter(None, [where, key_path(problem[0]), problem[1]])))
    return model.model_validate(content)


def _typed(value: Any, path: tuple[str | int, ...] = (), are_names: bool = False) -> Any:
    """Give numbers back their type: Snakemake reads the inside of `--config seeds=[0,1]` as text.

    path: the keys and positions that lead to the value; are_names: whether it is a list of names, which stay text.
    """
    if isinstance(value, list):
        return [item if are_names else _typed(item, (*path, i)) for i, item in enumerate(value)]
    if isinstance(value, Mapping):
        return {key: _typed(item, (*path, str(key)), key in NAMES) for key, item in value.items()}
    if not isinstance(value, str) or not value or path == ("study",):
        return value
    try:
        return strict_yaml.read(value, path)
    except StudyError as error:
        line, where = str(error), key_path(path)
        if not line.startswith(where):
            line = f"{where}: {shown(value)} is not allowed; allowed: YAML ({line})"
        raise StudyError(f"{COMMAND_LINE}: {line}") from None


def _with_likes(content: dict[str, Any], sources: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """The content with every experiment that is `like` another merged on top of that one."""
    experiments = content.get("experiments")
    if not isinstance(experiments, Mapping):
        return content
    mappings = {name: own for name, own in experiments.items() if isinstance(own, Mapping)}
    likes = {name: own["like"] for name, own in mappings.items() if own.get("like") is not None}
    bases = {name: own for name, own in mappings.items() if name not in likes}
    merged = dict(experiments)
    for name, like in likes.items():
        if not isinstance(like, str) or like not in bases:
            line = f"{key_path(('experiments', name, 'like'))}: {unknown(like, list(map(str, bases)))}"
            raise StudyError(f"{_origin(sources, line)}: {line}")
        merged[name] = merge(bases[like], {key: value for key, value in experiments[name].items() if key != "like"})
    return content | {"experiments": merged}


def _origin(sources: Sequence[tuple[str, dict[str, Any]]], line: str) -> str:
    """The source that gives most of the key which a line begins with, of several the last; else the last file."""
    unknown = re.search("unknown key '([^']*)'", line)
    head = "" if line.startswith("unknown key") else re.split("[: ]", line)[0]
    keys = [*filter(None, re.split(r"[.\[]", head)), *(unknown.groups() if unknown else ())]
    depths = [_depth(content, keys) for _, content in sources]
    last = max(number for number, depth in enumerate(depths) if depth == max(depths))
    files = [name for name, _ in sources if name != COMMAND_LINE]
    return sources[last][0] if max(depths) else files[-1]


def _depth(content: Any, keys: Sequence[str]) -> int:
    """How many of the keys, one below the other, a content has."""
    inner = {str(key): value for key, value in content.items()} if isinstance(content, Mapping) else {}
    return 1 + _depth(inner[keys[0]], keys[1:]) if keys and keys[0] in inner else 0

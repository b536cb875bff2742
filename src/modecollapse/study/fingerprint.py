"""Fingerprints: the code and data that a stage's results depend on, as one SHA-256.

The code of a stage is computed, never listed. It is the text of the stage's function in `stages.py`, the modules that
the function imports and all that these import in turn, the files behind the names that its parameters hold (a variant,
data set or measure is loaded by name, so no import shows it), and the files of other kinds that a reached module names
in its folder, such as Typst templates. The versions of libraries and of the package are not part of it.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from modecollapse.files import content_hash, digest
from modecollapse.study import catalogue
from modecollapse.study.config import Study
from modecollapse.study.specs import Cell, DatasetSpec

ROOT = "modecollapse"
STAGES = "stages.py"
WORDS = ("errors.py", "study/problems.py")  # they word messages, which decide no number
BESIDE = re.compile(r"[\w-]+(\.[\w-]+)?/?")  # how a module names a file or folder beside it
Named = tuple[str, str]  # a folder of the package and a name in it: ("variants", "veegan")


def training_code(cell: Cell) -> str:
    """The fingerprint of the code that decides a cell's numbers: its variant and data set, not the others."""
    return stage_code("train", [("variants", cell.variant.objective), ("datasets", cell.dataset.family)])


def data_code(stage: str, spec: DatasetSpec, measures: Iterable[str] = ()) -> str:
    """The fingerprint of a stage that works on one data set; the state of a user's folder of images is part of it."""
    named = [("datasets", spec.family), *(("measures", name) for name in measures)]
    read: list[object] = []
    if catalogue.PACKAGE / "datasets" / "sources.py" in reached(stage, named):
        read.append(catalogue.SOURCES.read_text(encoding="utf-8"))  # other digests are other data
    if spec.options.get("path"):
        read.append(folder_state(Path(os.path.expanduser(spec.options["path"]))))
    code = stage_code(stage, named)
    return content_hash([code, *read]) if read else code


def study_code(stage: str, study: Study) -> str:
    """The fingerprint of a stage that is about a whole study: every file that the study names counts."""
    named = [("variants", str(study.variant(name).objective)) for name in study.listed("variants")]
    named += [("datasets", str(study.dataset(name).family)) for name in study.listed("datasets")]
    return stage_code(stage, [*named, *(("measures", name) for name in study.listed("measures"))])


def stage_code(stage: str, named: Iterable[Named] = ()) -> str:
    """SHA-256 over the text of a stage's function and the files it reaches; line endings do not count."""
    files = reached(stage, named)
    parts = [f"{file.relative_to(catalogue.PACKAGE).as_posix()} {_source(file).digest}" for file in files]
    return content_hash([_stage(stage)[0], *parts])


def reached(stage: str, named: Iterable[Named] = ()) -> list[Path]:
    """The files of the package that a stage depends on besides its function, sorted.

    Raises FileNotFoundError where a name has no file.
    """
    waiting = [*_stage(stage)[1], *(catalogue.source(folder, name) for folder, name in named)]
    found: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file not in found and file.relative_to(catalogue.PACKAGE).as_posix() not in WORDS:
            found.add(file)
            waiting += _source(file).needed
    return sorted(found)


@cache
def folder_state(folder: Path) -> list[tuple[str, int, int]]:
    """The (path, bytes, time of change in ns) of all files below a folder, sorted; no file is opened.

    Once in a process, since a rule asks for every job. Nothing where there is no folder, which the job will say.
    """
    found = (Path(inner) / name for inner, _, names in os.walk(folder) for name in names)
    facts = ((path, path.lstat()) for path in found)
    return sorted((path.relative_to(folder).as_posix(), fact.st_size, fact.st_mtime_ns) for path, fact in facts)


def _stage(name: str) -> tuple[str, list[Path]]:
    """The text of a stage's function and of the helpers in that module that it calls, and the files that it imports."""
    tree = _source(catalogue.PACKAGE / STAGES).tree
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    called = [name]
    for function in called:  # which grows by the helpers that are found
        words = {node.id for node in ast.walk(functions[function]) if isinstance(node, ast.Name)}
        called += sorted(word for word in words if word.startswith("_") and word in functions and word not in called)
    nodes = [functions[function] for function in called]
    return "\n".join(ast.unparse(node) for node in nodes), [file for node in nodes for file in _imported(node)]


class Source(NamedTuple):
    """A file of the package as fingerprints see it, every line ending as a newline."""

    digest: str
    tree: ast.Module  # of Python; empty of any other file
    needed: list[Path]  # what it imports, its package, what it names beside it


SOURCES: dict[Path, Source] = {}  # a process reads each file once


def _source(file: Path) -> Source:
    if file not in SOURCES:
        SOURCES[file] = _read(file)
    return SOURCES[file]


def _read(file: Path) -> Source:
    text = file.read_text(encoding="utf-8")  # this reads any line ending as a newline
    if file.suffix != ".py":
        return Source(digest(text.encode()), ast.Module([], []), [])
    tree = ast.parse(text)
    package = [file.with_name("__init__.py")] if file.parent != catalogue.PACKAGE else []
    return Source(digest(text.encode()), tree, [*_imported(tree), *_beside(file, tree), *package])


def _imported(tree: ast.AST) -> Iterator[Path]:
    """The modules of the package that a piece of code imports, but for those that only a type checker sees."""
    unseen = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (file for name in names if name.startswith(f"{ROOT}.") for file in _modules(name))


def _modules(name: str) -> Iterator[Path]:
    """The files that importing a dotted name of the package runs; what the root offers is loaded later."""
    path = catalogue.PACKAGE
    for part in name.split(".")[1:]:
        path = path / part
        yield from (file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file())


def _beside(file: Path, tree: ast.AST) -> Iterator[Path]:
    """The files and folders beside a module that hold no Python and that a string in the module names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and BESIDE.fullmatch(node.value):
            path = file.parent / node.value
            if path.is_dir() and not any(path.glob("*.py")):
                yield from (inner for inner in path.rglob("*") if inner.is_file())
            elif path.is_file() and path.suffix != ".py":
                yield path

"""The second implementation shares no code with the first: what the files of again/ import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from modecollapse.audit import again

FOLDER = Path(again.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
PACKAGE = "modecollapse"
ALLOWED = ("modecollapse.audit.again", "modecollapse.audit.bundle", "modecollapse.audit.finding", "modecollapse.errors")


def imported(source: str) -> Iterator[str]:
    """The modules and names that a file imports; what it could import by other ways is told as `dynamic`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in ("import_module", "__import__", "exec", "eval", "run_module"):
                yield f"dynamic {name}"


def foreign(source: str) -> list[str]:
    """Of what a file imports, that which a second implementation must not."""
    own = [name for name in imported(source) if name.split(".")[0] in (PACKAGE, "") or name.startswith("dynamic")]
    return [name for name in own if not any(name == each or name.startswith(f"{each}.") for each in ALLOWED)]


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(FOLDER).as_posix() for path in FILES])
def test_a_file_of_the_second_implementation_imports_nothing_of_the_first(path: Path) -> None:
    assert foreign(path.read_text(encoding="utf-8")) == []


def test_there_is_something_to_look_at() -> None:
    assert {"modes.py", "rows.py", "training_course.py"} <= {path.name for path in FILES}


@pytest.mark.parametrize(
    "line",
    [
        "import modecollapse.measures.table",
        "import modecollapse",
        "from modecollapse import measures",
        "from modecollapse.measures import value",
        "from modecollapse.audit import manifest",
        "from modecollapse.audit.checks import bounds",
        "from ...measures import value",
        "from .. import bundle",
        "from importlib import import_module\nx = import_module('modecollapse.measures')",
        "def f():\n    from modecollapse.study import plan",
    ],
)
def test_an_import_of_the_first_implementation_is_seen(line: str) -> None:
    assert foreign(line)


def test_libraries_and_what_the_audit_says_are_allowed() -> None:
    assert (
        foreign("import numpy as np\nfrom modecollapse.audit.finding import Finding\nimport modecollapse.errors") == []
    )

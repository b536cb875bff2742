"""The environment that make makes: made anew where it is half-made or broken, and never in the place of anything else.

A stand-in for Python makes environments in no time; what it installs is one file, which tells that it is sound.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from dag_copy import REPOSITORY

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not there")

STAND_IN = """#!/bin/sh
here=$(dirname "$0")
case "$*" in
"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && touch "$3/pyvenv.cfg" ;;
"-m pip install"*--editable*) touch "$here/../installed" ;;
"-m pip install"*) [ -z "$INTERRUPTED" ] ;;
"-I -c"*) [ ! -e "$here/../installed" ] || echo sound ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "a clone"
    for part in ("Makefile", "environment.yml", "pyproject.toml", "workflow/Snakefile", "config/config.yaml"):
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / part, folder / part)
    (folder / "python").write_text(STAND_IN)
    (folder / "python").chmod(0o755)
    return folder


def make(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    outer = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # of `make test`
    command = ["make", "PYTHON=./python", *arguments]
    return subprocess.run(command, cwd=folder, env=outer | variables, capture_output=True, text=True)


def interrupt(folder: Path) -> None:
    assert make(folder, ".venv/.ready", INTERRUPTED="1").returncode == 2
    assert not (folder / ".venv/.ready").exists()


def ready(folder: Path) -> None:
    assert make(folder, ".venv/.ready").returncode == 0


def loses(*names: str) -> Callable[[Path], None]:
    def make_ready(folder: Path) -> None:
        ready(folder)
        for name in names:
            (folder / ".venv" / name).unlink()

    return make_ready


def python_is_gone(folder: Path) -> None:
    loses("bin/python")(folder)
    (folder / ".venv/bin/python").symlink_to("/nowhere/python3")


BROKEN = {
    "an interrupted pip": interrupt,
    "a broken Python": python_is_gone,
    "a lost package": loses("installed"),
    "a removal that was interrupted": loses("installed", "bin/python", "pyvenv.cfg", ".ready"),
    "an empty folder": lambda folder: (folder / ".venv").mkdir(),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_environment_is_made_anew(case: str, clone: Path) -> None:
    BROKEN[case](clone)
    (clone / ".venv" / "left").touch()
    if case == "an empty folder":
        (clone / ".venv" / "left").unlink()
    done = make(clone, ".venv/.ready")
    assert done.returncode == 0, done.stderr
    assert "Installing the environment into .venv (about 2 minutes) ..." in done.stdout
    assert not (clone / ".venv" / "left").exists()
    assert "Installing" not in make(clone, ".venv/.ready").stdout


def test_a_list_of_versions_that_changed_makes_it_anew(clone: Path) -> None:
    ready(clone)
    later = (clone / ".venv/.ready").stat().st_mtime + 60
    os.utime(clone / "environment.yml", (later, later))
    assert "Removing .venv\nInstalling" in make(clone, ".venv/.ready").stdout


FOREIGN: dict[str, Callable[[Path], object]] = {
    "an environment of the user's": lambda at: at.mkdir() or (at / "pyvenv.cfg").touch(),
    "a link": lambda at: at.symlink_to(at.with_name("config")),
    "a file": lambda at: at.touch(),
}


@pytest.mark.parametrize("case", FOREIGN)
@pytest.mark.parametrize("target", [".venv/.ready", "clean"])
def test_what_make_did_not_make_stays(case: str, target: str, clone: Path) -> None:
    FOREIGN[case](clone / ".venv")
    before = sorted(clone.rglob("*"))
    done = make(clone, target)
    assert done.returncode == 2
    assert done.stderr.startswith(".venv: was not made by make, and stays; allowed: move it away")
    assert sorted(clone.rglob("*")) == before


def test_clean_says_what_it_removes_and_leaves_results(clone: Path) -> None:
    ready(clone)
    for folder in ("results/mine", ".snakemake/log"):
        (clone / folder).mkdir(parents=True)
    done = make(clone, "clean")
    assert done.stdout.splitlines() == ["Removing .venv", "Removing .snakemake"]
    assert not {".venv", ".snakemake"} & set(os.listdir(clone))
    assert (clone / "results/mine").exists()
    assert make(clone, "clean").returncode == 0


def test_another_folder_is_one_line(clone: Path, tmp_path: Path) -> None:
    done = make(tmp_path, "-f", str(clone / "Makefile"), "report")
    [line] = done.stderr.splitlines()
    assert f"{tmp_path} is not the repository; allowed: " in line

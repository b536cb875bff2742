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
READY = ".venv/.ready"
Change = Callable[[Path], object]


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
    assert make(folder, READY, INTERRUPTED="1").returncode == 2
    assert not (folder / READY).exists()


def ready(folder: Path, *without: str) -> None:
    """A ready environment that then loses some files."""
    assert make(folder, READY).returncode == 0
    for name in without:
        (folder / ".venv" / name).unlink()


def python_is_gone(folder: Path) -> None:
    ready(folder, "bin/python")
    (folder / ".venv/bin/python").symlink_to("/nowhere/python3")


BROKEN: dict[str, Change] = {
    "an interrupted pip": interrupt,
    "a broken Python": python_is_gone,
    "a lost package": lambda folder: ready(folder, "installed"),
    "a removal that was interrupted": lambda f: ready(f, "installed", "bin/python", "pyvenv.cfg", ".ready"),
    "an empty folder": lambda folder: (folder / ".venv").mkdir(),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_environment_is_made_anew(case: str, clone: Path) -> None:
    BROKEN[case](clone)
    if case != "an empty folder":
        (clone / ".venv" / "left").touch()
    done = make(clone, READY)
    assert done.returncode == 0, done.stderr
    assert "Installing the environment into .venv (about 2 minutes) ..." in done.stdout
    assert not (clone / ".venv" / "left").exists()
    assert "Installing" not in make(clone, READY).stdout
    later = (clone / READY).stat().st_mtime + 60  # a list of versions that changed makes it anew
    os.utime(clone / "environment.yml", (later, later))
    assert "Removing .venv\nInstalling" in make(clone, READY).stdout


FOREIGN: dict[str, Change] = {
    "an environment of the user's": lambda at: at.mkdir() or (at / "pyvenv.cfg").touch(),
    "a link": lambda at: at.symlink_to(at.with_name("config")),
    "a file": lambda at: at.touch(),
}


@pytest.mark.parametrize("case", FOREIGN)
@pytest.mark.parametrize("target", [READY, "clean"])
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
    [line] = make(tmp_path, "-f", str(clone / "Makefile"), "report").stderr.splitlines()
    assert f"{tmp_path} is not the repository; allowed: " in line

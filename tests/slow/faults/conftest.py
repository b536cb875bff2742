"""Shared by the fault tests: undisturbed runs and studies to compare with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from blocks import write_data
from dag_copy import RING, copy_of, copy_repository, finished_study
from dag_processes import without_runs
from faults import injected
from faults.outcomes import VEEGAN, Resumable

from modecollapse import cli
from modecollapse.study.specs import Block


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data") / "ring.npz")


@pytest.fixture(scope="session")
def undisturbed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Block], Path]:
    """The folder of a block that was trained without a fault."""
    done: dict[str, Path] = {}
    injected.start_server()

    def of(block: Block) -> Path:
        key = block.model_dump_json()
        if key not in done:
            done[key] = tmp_path_factory.mktemp("undisturbed") / "run"
            Resumable(block, data, done[key]).interrupted(status=0)
        return done[key]

    return of


@pytest.fixture
def run(data: Path, tmp_path: Path, undisturbed: Callable[[Block], Path]) -> Iterator[Resumable]:
    """A VEEGAN of two seeds with a pretraining, not begun yet."""
    yield Resumable(VEEGAN, data, tmp_path / "run", undisturbed)
    injected.kill_all()


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which the study RING has finished; not to be edited."""
    return finished_study(tmp_path_factory, RING)


@pytest.fixture
def edited(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished study, to be edited."""
    return copy_of(finished, tmp_path)


@pytest.fixture
def untrained(edited: Path) -> Path:
    """The finished study without its runs and what was made of them."""
    return without_runs(edited)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which nothing has run."""
    return copy_repository(tmp_path_factory.mktemp("sources"), RING)


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Callable[..., tuple[int, str, str]]:
    """`plan(folder, ...)`: the exit status of `modecollapse plan` in a folder, its stdout and its stderr."""

    def call(folder: Path, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", "250")
        monkeypatch.setattr(sys, "argv", ["modecollapse", "plan", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, *capsys.readouterr()

    return call

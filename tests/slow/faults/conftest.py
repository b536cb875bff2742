"""What the fault tests share: the data, undisturbed runs to compare with, and the table of what was injected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fault_table
import pytest
from blocks import write_data
from faults import injected
from faults.injected import Training
from faults.outcomes import VEEGAN, Resumable

from modecollapse.study.specs import Block


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data") / "ring.npz")


@pytest.fixture(scope="session")
def undisturbed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Block], tuple[Path, Training]]:
    """The folder of a block that was trained without a fault, and its process; the first one warms the machine up."""
    done: dict[str, tuple[Path, Training]] = {}
    injected.start_server()

    def of(block: Block) -> tuple[Path, Training]:
        key = block.model_dump_json()
        if key not in done:
            folder = tmp_path_factory.mktemp("undisturbed") / "run"
            for place in (folder.with_name("warm"), folder):
                status, training = injected.train(block, data, place)
                assert status == 0, training.text
            done[key] = folder, training
        return done[key]

    return of


@pytest.fixture
def run(data: Path, tmp_path: Path, undisturbed: Callable[[Block], tuple[Path, Training]]) -> Iterator[Resumable]:
    """A VEEGAN of two seeds with a pretraining, not begun yet."""
    yield Resumable(VEEGAN, data, tmp_path / "run", undisturbed)
    injected.kill_all()


@pytest.fixture
def fault_log() -> Callable[..., None]:
    """`fault_log(case, injected, outcome, seconds_lost)` adds a row to the table of faults."""
    return fault_table.add


def pytest_terminal_summary(terminalreporter: Any) -> None:
    fault_table.print_once(terminalreporter)

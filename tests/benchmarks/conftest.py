"""Benchmarks: `record` takes their results, which are printed at the end and, with --save, written into docs/.

No benchmark asserts a time. `make bench` runs and saves all; `pytest tests/benchmarks/test_start_up.py` runs one.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import speed_page

ROUNDS = 5
RESULTS = pytest.StashKey[speed_page.Results]()
Record = Callable[..., None]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("benchmarks")
    group.addoption("--rounds", type=int, default=ROUNDS, help="Let contenders take this many turns.")
    group.addoption("--save", action="store_true", help="Write docs/speed.json and the tables of docs/speed.md.")


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How many turns each contender has."""
    return request.config.getoption("--rounds", ROUNDS)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """`record(part, row, column=value, ...)` adds values to a row of a part of the results, rounded to four digits."""
    results = request.config.stash.setdefault(RESULTS, {})

    def add(part: str, row: str, **values: float | None) -> None:
        rounded = {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in values.items()}
        results.setdefault(part, {}).setdefault(row, {}).update(rounded)

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if results := config.stash.get(RESULTS, {}):
        terminalreporter.write_line(f"\n{speed_page.tables(results)}")
        if config.getoption("--save", False):
            speed_page.save(config.getoption("--rounds"), results)

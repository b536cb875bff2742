"""The tables that benchmarks print when a module is done; no benchmark asserts a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest


@pytest.fixture(scope="module")
def line(request: pytest.FixtureRequest) -> Iterator[Callable[[str, str], None]]:
    """`line(head, text)` adds a line to the table under `head`, a title and a line of column names."""
    tables: dict[str, list[str]] = {}
    yield lambda head, text: tables.setdefault(head, []).append(text)
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        for head, lines in tables.items():
            print("", "", head, *lines, sep="\n")

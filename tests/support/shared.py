"""A folder that many test files read and one process makes, also where tests run in several processes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(temporary: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder `name` after `make(folder)`, which runs once a session; it must not be edited."""
    base = temporary.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = base / name, base / f"{name}.done"
    with FileLock(base / f"{name}.lock"):
        if not done.exists():
            assert not folder.exists(), f"{name} could not be made before"
            folder.mkdir()
            make(folder)
            done.touch()
    return folder

"""A finished study that nobody touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_study import make, small


@pytest.fixture(scope="session")
def honest_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder; not to be edited."""
    return make(tmp_path_factory.mktemp("honest") / "small", small())

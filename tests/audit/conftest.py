"""A tiny study as the checks read it, and a copy of it to be edited."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from audited_study import finished


@pytest.fixture(scope="session")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory)


@pytest.fixture
def folder(audited: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(audited, tmp_path / "study"))


@pytest.fixture
def study(honest_study: Path, tmp_path: Path) -> Path:
    """A copy of the small finished study, to be edited."""
    return Path(shutil.copytree(honest_study, tmp_path / "small"))

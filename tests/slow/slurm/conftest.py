"""A private Slurm for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from slurm.private_slurm import PrivateSlurm, missing


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateSlurm]:
    """Three nodes with two fake GPUs each; skipped, with the reason, where Slurm cannot be started."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    with PrivateSlurm(tmp_path_factory.mktemp("slurm") / "private", nodes=3) as started:
        yield started

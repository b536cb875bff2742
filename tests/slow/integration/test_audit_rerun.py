"""An audit that trains two blocks of a finished study again, images with inversions among its data."""

from __future__ import annotations

from pathlib import Path

import pytest
from dag_copy import CONFIGURATION, copy_of, finished_study, snakemake

pytestmark = pytest.mark.dag


def test_a_finished_study_passes_and_its_runs_come_out_again(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    folder = copy_of(finished_study(tmp_path_factory), tmp_path)
    done = snakemake(folder, "audit_rerun", "--configfile", CONFIGURATION)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "11 of 11 checks hold" in done.stdout
    assert done.stdout.count("bits equal") >= 2

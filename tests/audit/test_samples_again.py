"""Samples against the weights that made them; exchanged ones are among the mutations of test_tampering."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import samples_again

BLOCK = "runs/matched/ring/veegan/seeds-0-2"


def test_every_run_is_looked_at_diverged_ones_too(honest_study: Path) -> None:
    result = samples_again.check(Bundle(honest_study))
    assert (result.looked_at, result.findings, result.notes) == (18, [], [])


def test_one_sample_that_was_moved_is_found(honest_study: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(honest_study, tmp_path / "small"))
    samples = np.load(folder / BLOCK / "samples.npy")
    samples[1, 7, 0] += 0.001
    np.save(folder / BLOCK / "samples.npy", samples)
    found = samples_again.check(Bundle(folder)).findings
    assert [(finding.file, finding.where) for finding in found] == [(f"{BLOCK}/samples.npy", "seed 1")]


def test_withheld_files_are_told(honest_study: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(honest_study, tmp_path / "small"))
    (folder / BLOCK / "weights.safetensors").unlink()
    (folder / "withheld.json").write_text(json.dumps({f"{BLOCK}/weights.safetensors": "too large"}))
    result = samples_again.check(Bundle(folder))
    assert (result.looked_at, result.findings) == (15, [])
    assert result.notes == ["1 blocks not looked at, for their samples or weights are withheld"]


@pytest.mark.parametrize("data", [b"", b"\x00" * 100])
def test_damaged_weights_are_a_finding(honest_study: Path, tmp_path: Path, data: bytes) -> None:
    folder = Path(shutil.copytree(honest_study, tmp_path / "small"))
    (folder / BLOCK / "weights.safetensors").write_bytes(data)
    [finding] = samples_again.check(Bundle(folder)).findings
    assert finding.file == f"{BLOCK}/weights.safetensors"


@pytest.mark.parametrize(
    ("made", "stored", "same"),
    [
        ([1.0, 2.0], [1.0, 2.00009], True),
        ([1.0, 2.0], [1.0, 2.0002], False),
        ([np.nan, 1.0], [np.nan, 1.0], True),
        ([np.nan, 1.0], [0.0, 1.0], False),
        ([1.0, 1.0], [np.nan, 1.0], False),
        ([70000.0, 1.0], [np.inf, 1.0], True),  # beyond half precision
    ],
)
def test_what_counts_as_the_same(made: list[float], stored: list[float], same: bool) -> None:
    assert samples_again._alike(np.array(made), np.array(stored), 1e-4) is same

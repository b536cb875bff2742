"""Curves of a running study: of checkpoints and traces, and what a damaged one does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from blocks import make_block, write_data
from typer.testing import CliRunner

from modecollapse import cli
from modecollapse.errors import StudyError
from modecollapse.measures.running import BARS, curves, spark
from modecollapse.training import loop
from modecollapse.training.loop import train_block

BLOCK = make_block("gan-nonsaturating", seeds=(0, 1), steps=6, evaluations=3)


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A block that was killed before it wrote its files, with a checkpoint after each step."""

    def killed(run: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(loop, "SECONDS_BETWEEN_CHECKPOINTS", -1)
        patch.setattr(loop._Run, "finish", killed)
        with pytest.raises(RuntimeError, match="killed"):
            train(tmp_path)
    return tmp_path / "results"


def train(folder: Path) -> None:
    train_block(BLOCK, write_data(folder / "ring.npz"), folder / "results" / "runs" / BLOCK.path, code="0" * 64)


def test_bars_go_from_the_lowest_to_the_highest_value() -> None:
    assert spark(np.array([0.0, 7.0, 3.5, np.nan])) == f"{BARS[0]}{BARS[-1]}{BARS[4]}×"
    assert spark(np.array([2.0, 2.0])) == BARS[0] * 2
    assert len(spark(np.arange(1000.0))) == 30
    assert spark(np.array([])) == ""


def test_a_running_block_has_the_curve_of_its_newest_checkpoint_and_a_finished_one_that_of_its_trace(
    results: Path, tmp_path: Path
) -> None:
    [running] = curves(results)
    assert (running.block, running.finished, running.steps.tolist()) == (
        BLOCK.path,
        False,
        BLOCK.cell.training.evaluated,
    )
    train(tmp_path)
    [finished] = curves(results)
    assert finished.finished
    trace = pd.read_parquet(results / "runs" / BLOCK.path / "trace.parquet")
    modes = trace["mode_counts"].map(np.count_nonzero).groupby(trace["step"]).mean()
    assert running.values.tolist() == finished.values.tolist() == modes.tolist()
    [losses] = curves(results, "loss_D")
    assert losses.values[-1] == pytest.approx(trace[trace["step"] == 6]["loss_D"].mean())


def test_a_torn_checkpoint_is_passed_over(results: Path) -> None:
    newest, other = sorted(
        (results / "runs" / BLOCK.path).glob("*.safetensors"), key=lambda path: path.stat().st_mtime_ns
    )
    newest.write_bytes(newest.read_bytes()[:100])
    assert len(curves(results)) == 1
    other.write_bytes(b"")
    with pytest.raises(StudyError, match="no run has modes; allowed: the results of a study that trains"):
        curves(results)


def test_the_command_prints_a_line_a_block_and_names_the_columns(results: Path) -> None:
    done = CliRunner().invoke(cli.app, ["curves", str(results)], terminal_width=200)
    assert (done.exit_code, done.stdout.count("unfinished")) == (0, 1)
    with pytest.raises(StudyError, match="no run has nothing; allowed: one of .*loss_D.*modes"):
        CliRunner().invoke(cli.app, ["curves", str(results), "--column", "nothing"], catch_exceptions=False)

"""Case 25: what a study is too small to decide is said before anything runs, and again in its verdicts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from dag_copy import REPOSITORY

from modecollapse import cli

pytestmark = pytest.mark.dag


RECIPE = """
experiments:
  matched:
    recipes:
      points: null
      test: {datasets: [ring], source: test, latent: 2, batch: 8, steps: 400, evaluations: 40, schedule: alternating,
        networks: {generator: {hidden: [8], activation: relu}, discriminator: {hidden: [8], activation: relu},
        reconstructor: {hidden: [8], activation: relu}, encoder: {hidden: [8], activation: relu}},
        optimizer: {kind: adam, lr: 1.0e-3, beta1: 0.5}}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study without a published budget to fall short of, so that it is the number of seeds that decides."""
    file = tmp_path / "study.yaml"
    content = yaml.safe_load(RECIPE) | {"datasets": ["ring"], "variants": ["gan-minimax", "ali", "unrolled", "veegan"]}
    file.write_text(yaml.safe_dump(content))
    return file


def planned_verdicts(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> dict[str, str]:
    """The lines of what `modecollapse plan` prints, by the claim they begin with."""
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setattr(sys, "argv", ["modecollapse", "plan", "--claims", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    printed = capsys.readouterr().out
    assert ended.value.code == 0
    assert "What the claims can come to" in printed
    lines: dict[str, str] = {}
    for line in printed.split("What the claims can come to")[1].splitlines():
        cells = [cell.strip() for cell in line.replace("\u2502", "|").split("|")]
        if len(cells) > 2:
            lines[cells[1]] = lines.get(cells[1], "") + " " + " ".join(cells[2:])
    return lines


def test_too_few_seeds_are_said_in_the_plan(
    study: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, fault_log: Callable[..., None]
) -> None:
    few = planned_verdicts(capsys, monkeypatch, "--configfile", str(study), "--config", "seeds=3")
    assert "5 seeds instead of 3" in few["V7"]
    assert "REPRODUCED" not in few["V7"].replace("NOT_REPRODUCED", "")
    fault_log("25", "3 seeds where a verdict takes 5", "the plan says INCONCLUSIVE, and what it takes")


def test_a_margin_below_what_so_many_seeds_resolve_is_said_in_the_plan(
    study: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, fault_log: Callable[..., None]
) -> None:
    ten, thirty = (
        planned_verdicts(capsys, monkeypatch, "--configfile", str(study), "--config", f"seeds={n}") for n in (10, 30)
    )
    assert "seeds to reproduce" in ten["V7"]
    assert "seeds to reproduce" not in thirty["V7"]
    fault_log("25", "a margin that 10 seeds cannot resolve", "the plan says how many can")

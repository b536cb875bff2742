"""`modecollapse score` as somebody types it: what it prints and draws, and what it refuses in one line."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from blocks import make_dataset
from typer.testing import CliRunner

from modecollapse import cli

GENERATOR = """
import numpy as np

def draw(n, seed):
    rng = np.random.default_rng(seed)
    angle = rng.integers(8, size=n) * np.pi / 4
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.01 * rng.standard_normal((n, 2))
"""


@pytest.fixture
def printed(honest_study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What the command prints of five seeds of a generator among the variants of a study."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "generator_of_mine.py").write_text(GENERATOR)
    monkeypatch.syspath_prepend(tmp_path)

    def call(*options: str) -> str:
        arguments = [
            "score",
            "generator_of_mine:draw",
            "--data",
            "ring",
            "--against",
            str(honest_study),
            "--name",
            "a|[b]",
        ]
        done = CliRunner().invoke(cli.app, [*arguments, *options])
        assert done.exit_code == 0, done.output
        return done.stdout

    return call


def test_the_terminal_has_both_tables_and_the_notes(printed: Callable[..., str]) -> None:
    shown = printed()
    for part in (
        "ring: 5 seeds of 2,500 samples",
        "Oracle",
        "8.00 [3.83, 8.00]",
        "VEEGAN 8",
        "rank of a|[b]",
    ):
        assert part in shown
    assert "1 (1 to 1) of 4" in shown
    assert "Runs are compared at their last step" in shown


def test_json_csv_and_markdown_hold_the_same_numbers(printed: Callable[..., str]) -> None:
    content = json.loads(printed("--json"))
    table = pd.read_csv(io.StringIO(printed("--csv")), keep_default_na=False)
    assert [row["measure"] for row in content["table"]] == table["measure"].tolist()
    assert content["table"][0]["value"] == float(table["value"][0]) == 8
    assert [row["value"] for row in content["runs"] if row["measure"] == "modes"] == [8] * 5
    lines = printed("--markdown").splitlines()
    assert lines[0] == "**ring: 5 seeds of 2,500 samples**"
    assert lines[2].startswith("|  | a\\|[b] | Oracle (real data) | ")
    assert any(line.startswith("| Modes captured | 8.00 [3.83, 8.00] | 8.00 | ") for line in lines)
    assert content["notes"][-1] == lines[-1]


def test_a_study_whose_files_do_not_fit_together_is_one_line(
    refused: Callable[..., str], honest_study: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(honest_study, tmp_path / "study")
    pd.DataFrame({"dataset": ["ring"], "step": [1]}).to_parquet(folder / "tables" / "measures.parquet")
    np.save(tmp_path / "samples.npy", np.zeros((2, 2500, 2)))
    line = refused("score", tmp_path / "samples.npy", "--data", "ring", "--against", folder)
    assert "its files do not fit together" in line


def test_the_figure_is_drawn_and_nothing_else_is_written_over(printed: Callable[..., str], tmp_path: Path) -> None:
    printed("--figure", "mine.svg")
    drawn = (tmp_path / "mine.svg").read_text()
    for label in ("Modes captured", "a|[b]", "veegan", "published", "Oracle (real data)", "Null: uniform"):
        assert f">{label}</text>" in drawn
    printed("--figure", "mine.svg")
    assert (tmp_path / "mine.svg").read_text() == drawn


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--json", "--csv"], "--json, --csv and --markdown are given together; allowed: one of them"),
        (["--figure", "notes.txt"], "--figure: notes.txt is no figure (.svg) and stays as it is; allowed: a new name"),
        (["--against", "."], "study.json: missing; allowed: the results of a finished study"),
        (["--measures", "mode"], "--measures: 'mode' is unknown (did you mean 'modes'?)"),
        (["--configfile", "none.yaml"], "none.yaml"),
    ],
)
def test_a_mistake_is_one_line(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("samples.npy", make_dataset("ring").oracle(9, np.random.default_rng(0)))
    Path("notes.txt").write_text("mine")
    assert message in refused("score", "samples.npy", "--data", "ring", *arguments)
    assert Path("notes.txt").read_text() == "mine"

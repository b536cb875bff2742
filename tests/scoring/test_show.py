"""How scores are printed, and a finished study as tables."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from blocks import make_dataset
from typer.testing import CliRunner

from modecollapse import cli, load_study
from modecollapse.errors import StudyError
from modecollapse.scoring import show
from modecollapse.scoring.score import Scores, score

REPORTED = Path(__file__).resolve().parents[2] / "results" / "reported"


@pytest.fixture(scope="module")
def scores() -> Scores:
    """Six of eight modes, with ten seeds."""
    points = [make_dataset("ring").oracle(2500, np.random.default_rng(seed)) for seed in range(10)]
    return score([p * (np.abs(p[:, :1]) > 0.5) for p in points], "ring", against=REPORTED, name="half")


def test_a_line_has_value_interval_calibration_and_rank(scores: Scores) -> None:
    head, lines = show.cells(scores)
    assert head == ["measure", "half", "oracle", "uniform", "normal", "rank"]
    modes = next(line for line in lines if line[0] == "modes")
    assert modes[1].startswith("6.00 [")
    assert (modes[2], modes[5]) == ("8.00", "1–2")
    sentences = "\n".join(show.sentences(scores))
    assert "By modes, half is better than ali, gan-nonsaturating, unrolled and veegan." in sentences
    assert "Published modes: GAN 1, ALI 2.8, Unrolled GAN 7.6, VEEGAN 8." in sentences
    assert "Ranks are among the 5 variants of matched at their last step and half" in sentences
    markdown = show.as_markdown(scores).splitlines()
    assert markdown[:2] == ["| measure | half | oracle | uniform | normal | rank |", "|" + " --- |" * 6]


def test_json_and_csv_hold_what_the_table_holds(scores: Scores) -> None:
    found = json.loads(show.as_json(scores))
    assert (found["dataset"], found["samples_a_seed"], found["compared_with"]) == ("ring", 2500, "matched")
    assert [(r["measure"], r["who"]) for r in found["scores"]] == list(
        scores.table[["measure", "who"]].itertuples(index=False, name=None)
    )
    read = pd.read_csv(io.StringIO(scores.table.to_csv(index=False)), keep_default_na=False, dtype=str)
    assert list(read["who"]) == list(scores.table["who"])


def test_the_figure_has_a_panel_for_each_ranked_measure(scores: Scores, tmp_path: Path) -> None:
    text = show.figure(scores, tmp_path / "scores.svg").read_text()
    assert all(word in text for word in ("Modes captured", "half", "veegan", "null-uniform"))


@pytest.mark.parametrize("option", ["--json", "--csv", "--markdown", None])
def test_the_command_prints_each_form(option: str | None, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.tile([1.0, 0.0], (20, 1)))
    chosen = ["score", str(tmp_path / "a.npy"), "--dataset", "ring", "--measures", "modes, high_quality_percent"]
    done = CliRunner().invoke(cli.app, [*chosen, *([option] if option else [])])
    assert done.exit_code == 0, done.output
    assert "high_quality_percent" in done.stdout
    assert ("One seed says" in done.stdout) == (option != "--csv")


def test_a_study_is_read_as_tables_and_samples() -> None:
    study = load_study(REPORTED)
    summary = study.table("summary")
    assert summary["mean"].dtype == float
    assert {"modes", "reverse_kl"} <= set(summary["measure"])
    assert {samples.shape for samples in study.samples("matched", "grid", "ali").values()} == {(2500, 2)}
    assert study.study.study == "release"
    for wrong in (lambda: study.table("nothing"), lambda: study.samples("a", "b", "c"), lambda: load_study("src")):
        with pytest.raises(StudyError):
            wrong()

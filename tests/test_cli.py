"""The command line: every command explains itself, and a user's mistake is one line and exit status 2."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from default_config import DEFAULT
from typer.main import get_command
from typer.testing import CliRunner

from modecollapse import cli
from modecollapse.study import plan
from modecollapse.study.catalogue import names
from modecollapse.study.load import load_study

SOURCE = Path(cli.__file__).parent.parent
STUDY = load_study([DEFAULT])
DATASETS = ", ".join(names("datasets"))
COMMANDS = sorted(get_command(cli.app).commands)
RING = plan.dataset_spec(STUDY, "ring").model_dump_json()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(cli.app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.stdout
    assert len(result.stdout.splitlines()) > 5


def test_help_lists_every_command() -> None:
    result = CliRunner().invoke(cli.app, ["--help"])
    assert result.exit_code == 0
    assert all(command in result.stdout for command in COMMANDS)


def test_the_home_folder_is_meant_in_every_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    for argument in ("~/a", "--data=~/a", "~", "--to=~"):
        assert cli._at_home(argument) == argument.replace("~", "/home/me")
    for argument in ("a~", "--data=a~", "data_root=~/a", "--config=data_root=~/a", "~no-such-user/a", "-~", ""):
        assert cli._at_home(argument) == argument


def test_a_path_in_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    np.save(tmp_path / "samples.npy", np.tile([1.0, 0.0], (20, 1)))
    monkeypatch.setattr(
        sys, "argv", ["modecollapse", "score", "~/samples.npy", "--data", "ring", "--measures", "modes", "--json"]
    )
    with pytest.raises(SystemExit) as end:
        cli.main()
    scored = json.loads(capsys.readouterr().out)
    assert (end.value.code, scored["n"], scored["table"][0]["value"]) == (0, 20, 1)


def test_plan_lists_every_cell_of_the_default_study() -> None:
    result = CliRunner().invoke(cli.app, ["plan", "--configfile", str(DEFAULT)])
    assert result.exit_code == 0
    for dataset in ("ring", "grid", "stacked-digits"):
        for variant in ("gan-minimax", "gan-nonsaturating", "veegan"):
            assert f"matched/{dataset}/{variant} " in result.stdout
    assert result.stdout.count("matched/") == len(plan.cells(STUDY)) == len(STUDY.datasets) * len(STUDY.variants)
    assert "CPU minutes" in result.stdout
    assert "A job lasts 0.1 to " in result.stdout  # 0 minutes would say nothing
    assert "The verdicts that each claim can reach" not in result.stdout  # only with --claims


def test_options_lists_every_option_with_its_default() -> None:
    result = CliRunner().invoke(cli.app, ["options"])
    for text in ("2D Ring", "sd: 0.01 (above 0, most", "reconstruction: sum, or mean, gaussian", "reverse_kl"):
        assert text in result.stdout


def test_what_plan_prints_is_what_data_reads(tmp_path: Path) -> None:
    printed = CliRunner().invoke(cli.app, ["plan", "--configfile", str(DEFAULT), "--dataset", "grid"]).stdout
    for text, name in ((printed, "from text"), (str(tmp_path / "grid.json"), "from a file")):
        (tmp_path / "grid.json").write_text(printed)
        assert CliRunner().invoke(cli.app, ["data", text, "--out", str(tmp_path / name)]).exit_code == 0
    assert (tmp_path / "from text").read_bytes() == (tmp_path / "from a file").read_bytes()


NOWHERE = [["audit", "nowhere"], ["explain", "modes", "--results", "nowhere"], ["publish", "nowhere"]]
NOWHERE += [["crate", "nowhere", "--out", "x.zip"]]
TWICE = ["--measures", "modes", "--replicates", "2", "--out", "x"]
# What a user gets wrong, and what the line has to name.
MISTAKES: list[tuple[list[str], list[str]]] = [
    (["plan"], ["config/config.yaml", "cannot be read", "allowed: to work in the repository's folder"]),
    (["plan", "--configfile", "no such.yaml"], ["no such.yaml", "cannot be read"]),
    (["plan", "--configfile", str(DEFAULT), "--config", "steps"], ["--config", "'steps'", "KEY=VALUE"]),
    (["plan", "--configfile", str(DEFAULT), "--config", "steps=-1"], ["--config", "steps", "-1", "greater than"]),
    (["measure", ".", "--data", "ring.npz", "--measures", "modes", "--out", "x"], ["run.json", "a finished run"]),
    (["calibrate", RING.replace("0.01", "0.02"), "--data", "ring.npz", *TWICE], ["ring.npz", "other options"]),
    (["plan", "--configfile", str(DEFAULT), "--block", "matched/ring"], ["--block", "'matched/ring'", "seeds-0"]),
    (["plan", "--configfile", str(DEFAULT), "--dataset", "rnig"],
     ["--dataset", "'rnig'", f"allowed: {', '.join(STUDY.datasets)}"]),
    (["data", "nothing.json", "--out", "x"], ["nothing.json", "allowed: JSON"]),
    (["data", "{bad", "--out", "x"], ["the argument", "allowed: JSON"]),
    (["data", ".", "--out", "x"], [".: is a folder; allowed: JSON"]),
    (["data", RING.replace("0.01", "0"), "--out", "x"], ["options.sd", "0", "greater than 0"]),
    (["data", RING.replace('"ring","options', '"rnig","options'), "--out", "x"], ["'rnig'", DATASETS]),
    (["data", RING, "--out", "/proc/none/ring.npz"], ["/proc/none"]),
    (["calibrate", RING, "--data", "none.npz", *TWICE], ["none.npz"]),
    (["calibrate", RING, "--data", "text.npz", *TWICE], ["text.npz"]),
    (["calibrate", RING, "--data", "ring.npz", "--measures", "mode", "--replicates", "2", "--out", "x"],
     ["--measures", "'mode' is unknown (did you mean 'modes'?)", "more; `modecollapse options` lists them"]),
    (["measure", "no-run", "--data", "ring.npz", "--measures", "modes", "--out", "x"], ["no-run/run.json"]),
    (["train", "ring.json", "--data", "ring.npz", "--out", "x"], ["ring.json", "'name'", "cell, seeds"]),
    (["train", "block.json", "--data", "none.npz", "--out", "x"], ["none.npz", "a data file of ring"]),
    (["train", "block.json", "--data", "ring.npz", "--out", "x", "--device", "abacus"], ["'abacus'", "cpu"]),
    (["score", "none.npy", "--data", "ring"], ["none.npy", "allowed: (n, 2) numbers"]),
    (["score", "none.npy", "--data", "rnig"], ["--data", "'rnig'", "did you mean 'ring'"]),
    *((command, ["nowhere/study.json: missing; allowed: the results of a finished study"]) for command in NOWHERE),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data file, a block and a text file."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "ring.json").write_text(RING)
    (folder / "text.npz").write_text("hello\n")
    (folder / "run.json").write_text("{}")
    assert CliRunner().invoke(cli.app, ["data", RING, "--out", str(folder / "ring.npz")]).exit_code == 0
    study = load_study([DEFAULT])
    block = plan.blocks(study, plan.cells(study)[0])[0]
    printed = CliRunner().invoke(cli.app, ["plan", "--configfile", str(DEFAULT), "--block", block.path]).stdout
    assert plan.Block.model_validate_json(printed) == block
    (folder / "block.json").write_text(printed)
    return folder


@pytest.mark.parametrize(("arguments", "named"), MISTAKES)
def test_a_mistake_is_one_line_and_status_two(
    folder: Path, monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str], arguments: list[str], named: list[str]
) -> None:
    monkeypatch.chdir(folder)
    line = refused(*arguments)
    assert all(word in line for word in named)
    assert not (folder / "x").exists()


def test_a_mistake_leaves_no_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "modecollapse", "plan", "--configfile", "none.yaml"]
    surroundings = {"PYTHONPATH": str(SOURCE), "PATH": ""}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=surroundings, check=False)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", ["nope", "plan --nope", "score", "calibrate x --replicates 1"])
def test_a_misused_command_is_status_two(arguments: str) -> None:
    result = CliRunner().invoke(cli.app, arguments.split())
    assert result.exit_code == 2
    assert "Traceback" not in result.output

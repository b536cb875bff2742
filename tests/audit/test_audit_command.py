"""The levels of an audit, what is said of its checks, and the commands as a reader calls them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from modecollapse import cli
from modecollapse.audit import audit_output, levels
from modecollapse.audit.checks import __path__ as folders
from modecollapse.audit.finding import Finding, Outcome, Result
from modecollapse.errors import StudyError


def test_every_check_is_in_exactly_one_level_and_a_level_holds_those_below_it() -> None:
    listed = [name for names in levels.LEVELS.values() for name in names]
    assert sorted(listed) == sorted({path.stem for path in Path(folders[0]).glob("*.py")} - {"__init__"})
    quick, recompute, rerun = (levels.checks_of(name) for name in ("quick", "recompute", "rerun"))
    assert recompute[: len(quick)] == quick
    assert rerun[: len(recompute)] == recompute
    assert len({import_module(f"modecollapse.audit.checks.{name}").TITLE for name in rerun}) == len(rerun)
    with pytest.raises(StudyError, match="allowed: quick, recompute, rerun"):
        levels.checks_of("thorough")


def test_a_check_that_raises_is_a_finding_and_only_rerun_is_given_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(bundle: object) -> Result:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("modecollapse.audit.checks.seeds.check", broken)
    monkeypatch.setattr("modecollapse.audit.checks.rerun.check", lambda bundle, blocks: Result(looked_at=blocks))
    titles: list[str] = []
    first, second = levels.run(SimpleNamespace(), ("seeds", "rerun"), blocks=7, before=titles.append)
    assert (first.holds, second.holds, second.result.looked_at) == (False, True, 7)
    assert str(first.result.findings[0]) == "could not be checked: ZeroDivisionError: division by zero"
    assert titles == [first.title, second.title]


def outcome_of(*problems: str) -> Outcome:
    findings = [Finding("a.csv", "line 2", problem) for problem in problems]
    return Outcome("seeds", "Seeds", Result(3, "seeds", findings, ["a note"]), 0.5)


def test_what_is_said_of_checks_that_hold_and_that_do_not() -> None:
    assert audit_output.verdict([outcome_of()]) == "1 of 1 checks hold."
    empty = Outcome("rerun", "Runs", Result(0, left_open=["no data"]), 0.5)
    line = "1 of 2 checks hold; Runs could look at nothing; 1 point is NOT VERIFIED."
    assert (audit_output.verdict([outcome_of(), empty]), empty.holds) == (line, False)
    assert audit_output.verdict([outcome_of("x"), outcome_of()]).startswith("1 finding in Seeds:")
    page = audit_output.as_html(audit_output.render("Audit", [outcome_of("is <b>bold</b> [red]")]))
    assert "a.csv: line 2: is &lt;b&gt;bold&lt;/b&gt; [red]" in page
    content = audit_output.as_json("small", "quick", "ab", [outcome_of("x"), outcome_of()])
    assert (content["holds"], [check["holds"] for check in content["checks"]]) == (False, [False, True])
    assert content["checks"][0]["findings"] == [{"file": "a.csv", "where": "line 2", "problem": "x"}]


def test_of_many_findings_the_terminal_shows_some_and_the_json_all() -> None:
    many = outcome_of(*map(str, range(50)))
    assert "30 more, all in audit.json" in audit_output.as_html(audit_output.render("Audit", [many]))
    assert len(audit_output.as_json("small", "quick", "ab", [many])["checks"][0]["findings"]) == 50


SOURCE = Path(cli.__file__).parent.parent
RUN = "runs/matched/ring/veegan/seeds-0-2"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`modecollapse ...` in a process of its own."""
    command = [sys.executable, "-m", "modecollapse", *map(str, arguments)]
    environment = {"PYTHONPATH": str(SOURCE), "PATH": "/usr/bin:/bin", "COLUMNS": "140"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_an_honest_study_and_one_that_was_tampered_with(study: Path) -> None:
    done = run("audit", study, "--level", "quick")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 of 7 checks hold; 6 points are NOT VERIFIED." in done.stdout
    content = json.loads((study / "audit.json").read_text())
    assert (content["holds"], content["level"]) == (True, "quick")
    assert [check["check"] for check in content["checks"]][:2] == ["integrity", "completeness"]
    assert "<html" in (study / "audit.html").read_text()
    (study / "audit.json").unlink()  # what an audit writes is no file of the study
    (study / "tables" / "better.csv").write_text("modes\n8\n")
    done = run("audit", study, "--level", "quick", "--no-write")
    assert done.returncode == 1
    assert "Integrity: tables/better.csv: not in the manifest" in done.stdout
    assert "1 finding in Integrity: this study is not as it says." in done.stdout
    assert not (study / "audit.json").exists()


def test_a_mistake_is_one_line(honest_study: Path, refused: Callable[..., str]) -> None:
    line = refused("audit", honest_study, "--level", "thorough")
    assert line == "--level: 'thorough' is unknown; allowed: quick, recompute, rerun"
    line = refused("explain", "matched/ring/veegan/modus", "--results", honest_study)
    assert line.startswith("VALUE_ID: 'matched/ring/veegan/modus' is")


def test_the_sources_of_a_number_and_the_crate(honest_study: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.app, ["explain", "matched/ring/veegan/modes", "--results", str(honest_study)])
    assert done.exit_code == 0, done.output
    table = (honest_study / "tables" / "table1.csv").read_text().splitlines()
    printed = next(line for line in table if ",veegan," in line)
    assert printed.split(",")[8].strip('"').split(" ")[0] in done.stdout
    assert RUN in done.stdout
    assert json.loads((honest_study / RUN / "run.json").read_text())["files"]["samples.npy"] in done.stdout
    assert CliRunner().invoke(cli.app, ["crate", str(honest_study), "--out", str(tmp_path / "c.zip")]).exit_code == 0
    assert (tmp_path / "c.zip").stat().st_size > 10_000


def test_without_a_folder_every_finished_study_is_audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that cannot be audited does not keep the others from it, and its status stays."""
    for study in ("reported", "mine", "damaged", "half", ".publishing-x"):
        (tmp_path / "results" / study).mkdir(parents=True)
        for name in ("study.json", "MANIFEST.sha256")[: 1 if study == "half" else 2]:
            (tmp_path / "results" / study / name).touch()
    audited: list[str] = []

    def audit(folder: Path, *_: object) -> int:
        audited.append(str(folder))
        if folder.name == "damaged":
            raise StudyError("results/damaged: cannot be read")
        return 1 if folder.name == "mine" else 0

    monkeypatch.setattr(levels, "audit", audit)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli.app, ["audit"])
    assert audited == ["results/damaged", "results/mine", "results/reported"]
    assert (done.exit_code, done.stderr) == (2, "error: results/damaged: cannot be read\n")
    shutil.rmtree(tmp_path / "results")
    nothing = CliRunner().invoke(cli.app, ["audit"])
    assert isinstance(nothing.exception, StudyError)
    assert str(nothing.exception).startswith("results: holds no finished study; allowed: ")

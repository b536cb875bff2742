"""The levels: which checks belong to each, and that a check that breaks is a finding, not a traceback."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from modecollapse.audit import levels, show
from modecollapse.audit.checks import __path__ as folders
from modecollapse.audit.finding import Finding, Result
from modecollapse.audit.levels import Outcome
from modecollapse.errors import StudyError


def test_every_check_is_in_exactly_one_level() -> None:
    listed = [name for names in levels.LEVELS.values() for name in names]
    files = {path.stem for path in Path(folders[0]).glob("*.py")} - {"__init__"}
    assert sorted(listed) == sorted(files)


def test_a_level_holds_those_below_it() -> None:
    quick, recompute, rerun = (levels.checks_of(name) for name in ("quick", "recompute", "rerun"))
    assert recompute[: len(quick)] == quick
    assert rerun[: len(recompute)] == recompute
    with pytest.raises(StudyError, match="allowed: quick, recompute, rerun"):
        levels.checks_of("thorough")


def test_titles_are_distinct() -> None:
    titles = [import_module(f"modecollapse.audit.checks.{name}").TITLE for name in levels.checks_of("rerun")]
    assert len(set(titles)) == len(titles)


def test_a_check_that_raises_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(bundle: object) -> Result:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("modecollapse.audit.checks.seeds.check", broken)
    [outcome] = levels.run(SimpleNamespace(), ("seeds",))
    assert not outcome.holds
    assert str(outcome.result.findings[0]) == "could not be checked: ZeroDivisionError: division by zero"


def test_only_rerun_is_told_how_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modecollapse.audit.checks.rerun.check", lambda bundle, blocks: Result(looked_at=blocks))
    told: list[str] = []
    [outcome] = levels.run(SimpleNamespace(), ("rerun",), blocks=7, before=told.append)
    assert (outcome.result.looked_at, told) == (7, [outcome.title])


def outcome_of(*problems: str) -> Outcome:
    return Outcome(
        "seeds", "Seeds", Result(3, "seeds", [Finding("a.csv", "line 2", p) for p in problems], ["a note"]), 0.5
    )


def test_what_is_said_of_checks_that_hold_and_that_do_not() -> None:
    assert show.verdict([outcome_of()]) == "1 of 1 checks hold."
    untold = Outcome("rerun", "Runs", Result(0, left_open=["no data"]), 0.5)
    told = "1 of 2 checks hold; Runs could look at nothing; 1 point is NOT VERIFIED."
    assert (show.verdict([outcome_of(), untold]), untold.holds) == (told, False)
    assert show.verdict([outcome_of("x"), outcome_of()]).startswith("1 finding in Seeds:")
    page = show.as_html(show.render("Audit", [outcome_of("is <b>bold</b> [red]")]))
    assert "a.csv: line 2: is &lt;b&gt;bold&lt;/b&gt; [red]" in page
    content = show.as_json("small", "quick", "ab", [outcome_of("x"), outcome_of()])
    assert (content["holds"], [check["holds"] for check in content["checks"]]) == (False, [False, True])
    assert content["checks"][0]["findings"] == [{"file": "a.csv", "where": "line 2", "problem": "x"}]


def test_of_many_findings_the_terminal_shows_some_and_the_json_all() -> None:
    many = outcome_of(*map(str, range(50)))
    page = show.as_html(show.render("Audit", [many]))
    assert "30 more, all in audit.json" in page
    assert len(show.as_json("small", "quick", "ab", [many])["checks"][0]["findings"]) == 50

"""The levels: which checks belong to each, and that a check that breaks is a finding, not a traceback."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

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

"""The check of the PDF: a good one has no finding, and one changed digit is found, in the PDF or in a table."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from audit.made_up_bundle import bundle_of, opened
from audit.pdf_digits import another_digit
from made_up_study import build_report, build_study

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import document as checked
from modecollapse.audit.document import format as printing
from modecollapse.audit.document import rebuilt as document
from modecollapse.audit.document import text as document_text
from modecollapse.audit.document import words as document_words
from modecollapse.audit.document.sources import Source
from modecollapse.statistics import verdicts


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The ring alone, with its tables, figures and report beside its runs."""
    folder = tmp_path_factory.mktemp("audited")
    made = build_study(folder, ["ring"])
    build_report(made, folder)
    return SimpleNamespace(made=made, folder=folder, bundle=bundle_of(made, folder))


@pytest.fixture(scope="module")
def rebuilt(study: SimpleNamespace) -> document.Rebuilt:
    """Its report made again, which takes seconds."""
    return document.rebuild(study.bundle)


@pytest.fixture
def copy(study: SimpleNamespace, tmp_path: Path) -> Bundle:
    """A copy of its tables and its PDF to tamper with."""
    for name in ("runs", "figures"):
        (tmp_path / name).symlink_to(study.folder / name)
    shutil.copytree(study.folder / "tables", tmp_path / "tables")
    for name in ("report.pdf", "claims.yaml"):
        shutil.copy(study.folder / name, tmp_path)
    return opened(SimpleNamespace(plan=study.made.plan, runs=_runs(study.made.runs, study.folder, tmp_path)), tmp_path)


def _runs(runs: list[Path], old: Path, new: Path) -> list[Path]:
    return [new / run.relative_to(old) for run in runs]


def test_a_good_report_has_no_finding(study: SimpleNamespace) -> None:
    result = checked.check(study.bundle)
    assert result.findings == []
    assert result.looked_at > 1000
    assert any("figures" in note for note in result.notes)


def test_a_digit_changed_in_the_pdf_is_found_with_its_page(
    copy: Bundle, rebuilt: document.Rebuilt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checked, "rebuild", lambda bundle: rebuilt)
    page, old, new = 1, "9", "4"
    before = document_text.pages((copy.folder / "report.pdf").read_bytes())
    another_digit(copy.folder / "report.pdf", page, old, new)
    after = document_text.pages((copy.folder / "report.pdf").read_bytes())
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1
    findings = checked.check(copy).findings
    assert all(finding.file == "report.pdf" for finding in findings)
    assert findings[0].where == f"page {page}"
    assert "where the one made again says" in findings[0].problem
    # The numbers themselves do not add up either, whatever the bytes say.
    assert {"more than it is traced", "more than it stands there"} == {
        f.problem.split("times ")[1] for f in findings[1:]
    }


def with_another_digit(bundle: Bundle, table: str, column: str) -> None:
    """Change the first digit of a number about VEEGAN."""
    path = bundle.folder / "tables" / table
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    chosen = rows.index[(rows["variant"] == "veegan") & (rows[column] != "")][0]
    text = rows.loc[chosen, column]
    rows.loc[chosen, column] = ("9" if text[0] != "9" else "4") + text[1:]
    rows.to_csv(path, index=False)


def test_a_digit_changed_in_a_printed_table_is_found(copy: Bundle) -> None:
    with_another_digit(copy, "table1.csv", "modes")
    findings = checked.check(copy).findings
    own = [finding for finding in findings if finding.file == "tables/table1.csv"]
    assert {finding.where for finding in own} == {"matched/ring/veegan: modes"}
    assert "but comes to" in own[0].problem
    assert any(finding.file == "report.pdf" and finding.where.startswith("page ") for finding in findings)


def test_a_digit_changed_in_a_table_of_numbers_is_found(copy: Bundle) -> None:
    with_another_digit(copy, "verdicts.csv", "estimate")
    findings = checked.check(copy).findings
    assert any(finding.file == "report.pdf" and finding.where.startswith("page ") for finding in findings)


def test_an_id_that_leads_nowhere_is_found(
    copy: Bundle, rebuilt: document.Rebuilt, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = document.Rebuilt(rebuilt.pdf, [*rebuilt.traces, ("matched/ring/nobody/modes", "3")], rebuilt.sections)
    monkeypatch.setattr(checked, "rebuild", lambda bundle: more)
    problems = [str(finding) for finding in checked.check(copy).findings]
    assert problems[0].startswith("report.pdf: matched/ring/nobody/modes: '3' leads to no table")
    assert problems[1:] == ["report.pdf: '3' is traced 1 times more than it stands there"]


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", None], ids=["empty", "truncated", "missing"])
def test_a_pdf_that_cannot_be_read_is_a_finding(
    copy: Bundle, rebuilt: document.Rebuilt, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    monkeypatch.setattr(checked, "rebuild", lambda bundle: rebuilt)
    path = copy.folder / "report.pdf"
    path.unlink() if content is None else path.write_bytes(content)
    findings = checked.check(copy).findings
    assert [finding.file for finding in findings] == ["report.pdf"]
    assert findings[0].problem == "missing" if content is None else "cannot be read" in findings[0].problem


def test_a_table_without_a_column_is_a_finding(copy: Bundle) -> None:
    path = copy.folder / "tables" / "table1.csv"
    pd.read_csv(path, dtype=str, keep_default_na=False).drop(columns="kind").to_csv(path, index=False)
    assert any("cannot be made again: KeyError" in str(finding) for finding in checked.check(copy).findings)


def test_every_trace_has_one_value_and_a_source(study: SimpleNamespace, rebuilt: document.Rebuilt) -> None:
    assert len(dict(rebuilt.traces)) == len(set(rebuilt.traces))
    traces = dict(rebuilt.traces)
    table = study.bundle.table("table1.csv").set_index("variant")
    assert traces["matched/ring/veegan/modes"] == table.loc["veegan", "modes"]
    assert traces["matched/ring/oracle/row"] == "Oracle (real data)"
    assert rebuilt.sections[:3] == ["1", "2", "2.1"]


def test_numbers_are_formatted_as_python_does_and_without_a_negative_zero() -> None:
    rng = np.random.default_rng(1)
    for value in rng.normal(scale=10.0 ** rng.integers(-4, 5, size=200)):
        for places in (0, 1, 2, 3):
            assert printing.fixed(value, places, comma=True) == f"{value:z,.{places}f}"
    assert printing.fixed("-0.0004", 2) == "0.00"
    assert printing.fixed("inf", 2) == "∞"
    assert printing.fixed(0.125, 2) == "0.12"
    assert printing.probability("0.0004") == "<0.001"
    assert printing.spread([5, 1, 500], [False, False, True], 0) == "5 [1, ≥ 500]"
    assert printing.spread([500, 500], [True, True], 0) == "≥ 500"
    assert printing.time(119.96) == "120.0 s"


def test_numerals_keep_their_signs_over_line_breaks() -> None:
    count = document_text.numerals
    assert count(document_text.plain("7.40 ±\n0.31 and −0.5, <0.001; 26,000 of [1, ≥ 500] ∞")) == {
        "7.40": 1, "±0.31": 1, "−0.5": 1, "<0.001": 1, "26,000": 1, "1": 1, "≥500": 1, "∞": 1,
    }  # fmt: skip
    assert document_text.plain("non-\nsaturating e\ufb03cient CIFAR-\n10") == "nonsaturating efficient CIFAR- 10"


def test_names_are_left_out_wherever_a_line_is_broken() -> None:
    known = document_text.naming(["2D Ring", "LSGAN (eq. 9)", "1200-D", "Ring", "12"])
    words = document_text.plain("2D Ring 8, LSGAN (eq.\n9) 7, 1200-\nD 6, 12D Ring, 12")
    assert document_text.numerals(document_text.without(words, known)) == {"8": 1, "7": 1, "6": 1, "12": 1}


def test_numbers_of_references_and_of_pages_are_the_templates_own() -> None:
    pages = ["Table 3 has 17 [4]. Section 2.1 has 5. 1", "Then 6. References [1] A. Author, vol. 14, 2017. 73 2"]
    assert document_words.results(pages, None) == [{"17": 1, "5": 1, "1": 1}, {"6": 1, "73": 1, "2": 1}]


def test_numerals_of_a_composed_text_stand_in_its_row() -> None:
    source = Source("tables/verdicts.csv", "", "", "", among="INCONCLUSIVE(short_budget: 500 of 100,000 steps) 1 2")
    assert checked.wrong("2 inconclusive (budget): 500 of 100,000 steps", source) == ""
    assert "does not hold 501" in checked.wrong("501 of 100,000 steps", source)


def test_the_outcomes_are_those_of_the_verdicts() -> None:
    from modecollapse.audit.document.verdicts import OUTCOMES

    assert set(OUTCOMES) == {
        getattr(verdicts, name)
        for name in ("REPRODUCED", "NOT_REPRODUCED", "PARTIALLY", "INCONCLUSIVE", "NOT_TESTABLE", "NOT_RUN")
    }

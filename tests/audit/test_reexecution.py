"""Executing a study again: an honest one holds; one that was tampered with, and covered, does not.

tests/slow/audit/test_tampering.py has all ways to tamper; here are one of each kind that only this check can find.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from audit import mutations
from audit.changes import Change
from audit.mutations import CLOSED, FIGURE, FIRST, PART, both, covering, environment, tidy, withhold
from audited_study import findings
from small_study import CLAIMS, edit_json, make, small

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import reexecution


def test_an_honest_study_holds(honest_study: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in honest_study.rglob("*")}
    result = reexecution.check(Bundle(honest_study))
    assert (result.findings, result.left_open) == ([], [])
    assert result.looked_at == 27  # data, three parts of the tidy table, 15 tables, 6 figures, the PDF, the page
    assert {path: path.stat().st_mtime_ns for path in honest_study.rglob("*")} == before


EXCUSES = environment(versions={"matplotlib": "3.9.0"}, cpu="Intel Xeon")
WITHHELD_PART = both(tidy(mutations.better, PART), covering(CLOSED), withhold(PART))
TAMPERED: dict[str, tuple[Change, dict[str, str]]] = {
    "a verdict": (
        mutations.identity_refuted,
        dict.fromkeys(("tables/verdicts.csv", "tables/claims.csv", "figures/claims.svg"), ""),
    ),
    "a figure, excused": (both(mutations.figure_moved, EXCUSES), {FIGURE: ""}),
    "rows, withheld": (WITHHELD_PART, {PART: "is withheld; executed again, it has another SHA-256 than in the"}),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_and_covered_is_found(study: Path, name: str) -> None:
    change, expected = TAMPERED[name]
    change(study)
    if "withheld" not in name:
        mutations.cover(study, CLOSED)
    told = {finding.file: finding.problem for finding in reexecution.check(Bundle(study)).findings}
    assert told.keys() == expected.keys()
    assert all(problem in told[file] for file, problem in expected.items())


def test_rows_of_measures_of_samples_are_compared_though_the_samples_are_withheld(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reexecution, "execute_report", lambda *_: [])  # its figures are not looked at here
    few = {"seeds": 2, "block_size": 2, "steps": 5, "variants": ["veegan"], "measures": ["modes", "coverage"]}
    folder = make(tmp_path / "small", small(**few), CLAIMS)
    withhold("runs/**/weights.safetensors", "runs/**/samples.npy")(folder)
    told = {file for file, _ in findings(reexecution.check, folder)}
    assert all(file.startswith(("figures/", "report.pdf", "index.html")) for file in told), told
    path = folder / "tables" / "measures.parquet"
    pd.read_parquet(path).replace({"n": 2500}, 2501).to_parquet(path)
    assert ("tables/measures.parquet", "") in findings(reexecution.check, folder)


def test_what_a_stage_refuses_is_a_finding_without_the_scratch_folder(study: Path) -> None:
    edit_json(study / FIRST / "run.json", lambda content: content.update(steps=30))
    [finding, *_] = reexecution.check(Bundle(study)).findings
    assert finding.problem.startswith(f"the stages cannot be executed again: {FIRST}: ")

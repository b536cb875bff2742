"""Executing a study again: an honest one holds; one that was tampered with, and covered, does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from audit import mutations
from audit.mutations import CLOSED, FIGURE, FIRST, PART, both, covering, environment, tidy, withhold
from small_study import CLAIMS, edit_json, make, small

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import generators, integrity, reexecution
from modecollapse.audit.finding import Result


def found(check: Callable[[Bundle], Result], folder: Path) -> set[tuple[str, str]]:
    return {(finding.file, finding.where) for finding in check(Bundle(folder)).findings}


def test_an_honest_study_holds(honest_study: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in honest_study.rglob("*")}
    result = reexecution.check(Bundle(honest_study))
    assert (result.findings, result.left_open) == ([], [])
    assert result.looked_at == 27  # data, three parts of the tidy table, 15 tables, 7 figures, the PDF
    assert {path: path.stat().st_mtime_ns for path in honest_study.rglob("*")} == before


def test_a_verdict_changed_with_manifest_and_pdf_made_anew(study: Path) -> None:
    mutations.identity_refuted(study)
    mutations.cover(study, CLOSED)
    assert found(reexecution.check, study) == {("tables/verdicts.csv", ""), ("tables/claims.csv", "")}


def test_a_figure_moved_and_excused_by_another_matplotlib_and_processor(study: Path) -> None:
    excuses = environment(versions={"matplotlib": "3.9.0"}, cpu="Intel Xeon")
    both(mutations.figure_moved, excuses)(study)
    mutations.cover(study, CLOSED)
    assert found(reexecution.check, study) == {(FIGURE, "")}


def test_runs_of_two_variants_exchanged(study: Path) -> None:
    mutations.variants_exchanged(study)
    told = found(generators.check, study)
    assert {(f"{FIRST}/trace.parquet", f"seed {seed}") for seed in range(3)} < told
    assert (f"{FIRST}/weights.safetensors", "") in told


def test_samples_replaced_with_the_weights_withheld(study: Path) -> None:
    weights = f"{FIRST}/weights.safetensors"
    mutations.real_samples(study)
    withhold(weights, size=600_000_000)(study)
    assert ("withheld.json", weights) in found(integrity.check, study)
    result = generators.check(Bundle(study))
    assert [line.partition(":")[0] for line in result.left_open] == [weights]


def test_rows_of_measures_of_samples_are_compared_though_the_samples_are_withheld(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reexecution, "execute_report", lambda *_: [])  # its figures are not looked at here
    few = {"seeds": 2, "block_size": 2, "steps": 5, "variants": ["veegan"], "measures": ["modes", "coverage"]}
    folder = make(tmp_path / "small", small(**few), CLAIMS)
    withhold("runs/**/weights.safetensors", "runs/**/samples.npy")(folder)
    told = {file for file, _ in found(reexecution.check, folder)}
    assert all(file.startswith(("figures/", "report.pdf")) for file in told), told
    path = folder / "tables" / "measures.parquet"
    pd.read_parquet(path).replace({"n": 2500}, 2501).to_parquet(path)
    assert ("tables/measures.parquet", "") in found(reexecution.check, folder)


def test_withheld_parts_of_the_tidy_table_are_executed_again(study: Path) -> None:
    both(tidy(mutations.better, PART), covering(CLOSED), withhold(PART))(study)
    result = reexecution.check(Bundle(study))
    told = {finding.file: finding.problem for finding in result.findings}
    assert told == {PART: "is withheld; executed again, it has another SHA-256 than in the manifest"}


def test_what_a_stage_refuses_is_a_finding_without_the_scratch_folder(study: Path) -> None:
    edit_json(study / FIRST / "run.json", lambda content: content.update(steps=30))
    [finding, *_] = reexecution.check(Bundle(study)).findings
    assert finding.problem.startswith(f"the stages cannot be executed again: {FIRST}: ")

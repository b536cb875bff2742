"""Where a printed number comes from: its rows, its runs, and what comes out when it is computed again."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from audit.made_up_bundle import bundle_of
from made_up_study import SEEDS, STEPS, build_study, write_tables
from rich.console import Console

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.lineage import explain as lineage
from modecollapse.audit.lineage.explain import explain
from modecollapse.audit.lineage.show import render
from modecollapse.errors import StudyError

PART = "V7/matched/ring/veegan/modes/VEEGAN/0"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The ring alone, without a report; the counts in VEEGAN's trace are those of its tidy rows."""
    folder = tmp_path_factory.mktemp("lineage")
    made = build_study(folder, ["ring"])
    write_tables(made, folder / "tables")
    run = folder / "runs" / "matched" / "ring" / "veegan" / "seeds-0-4"
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(record | {"files": {"samples.npy": "5a" * 32}}))
    counts = [[1] * int(value) + [0] * (8 - int(value)) for value in modes(made.measures)]
    trace = pd.DataFrame({"seed": SEEDS, "step": STEPS, "n": 2500, "mode_counts": counts})
    trace.to_parquet(run / "trace.parquet")
    return SimpleNamespace(made=made, bundle=bundle_of(made, folder))


def modes(measures: pd.DataFrame) -> list[float]:
    """VEEGAN's captured modes at the last step, by seed."""
    own = measures[(measures["variant"] == "veegan") & (measures["measure"] == "modes") & (measures["step"] == STEPS)]
    return own.sort_values("seed")["value"].tolist()


def test_a_mean_leads_to_its_rows_and_its_runs(study: SimpleNamespace) -> None:
    found = explain(study.bundle, "matched/ring/veegan/modes")
    table = study.bundle.table("table1.csv").set_index("variant")
    assert found.printed == table.loc["veegan", "modes"]
    assert "Gaffke" in found.formula
    assert [file for file, _ in found.table_rows] == ["tables/table1.csv", "tables/summary.csv"]
    assert all(row["variant"] == "veegan" for _, row in found.table_rows)
    assert [(row.seed, row.step, row.value) for row in found.tidy] == [
        (seed, STEPS, value) for seed, value in zip(SEEDS, modes(study.made.measures), strict=True)
    ]
    assert [run.folder for run in found.runs] == ["runs/matched/ring/veegan/seeds-0-4"]
    assert found.runs[0].files == {"samples.npy": "5a" * 32}
    assert found.runs[0].code == "ab" * 32
    assert len(found.again) == 1 + len(SEEDS)
    assert all(one.agrees for one in found.again)
    assert found.again[0].value == pytest.approx(np.mean(modes(study.made.measures)))


def test_what_does_not_come_out_again_is_told(study: SimpleNamespace) -> None:
    path = study.bundle.folder / "runs" / "matched" / "ring" / "veegan" / "seeds-0-4" / "trace.parquet"
    kept = path.read_bytes()
    trace = pd.read_parquet(path)
    trace.assign(
        mode_counts=[[0] * 8 if seed == 2 else own for seed, own in enumerate(trace["mode_counts"])]
    ).to_parquet(path)
    found = explain(study.bundle, "matched/ring/veegan/modes")
    path.write_bytes(kept)
    assert [one.agrees for one in found.again] == [True, True, True, False, True, True]
    assert found.again[3].value == 0


def test_calibration_rows_have_no_runs_and_untrained_ones_those_of_all_variants(study: SimpleNamespace) -> None:
    oracle = explain(study.bundle, "matched/ring/oracle/modes")
    assert len(oracle.tidy) == 20
    assert oracle.runs == []
    assert oracle.again[0].agrees
    untrained = explain(study.bundle, "matched/ring/untrained/modes")
    assert {row.step for row in untrained.tidy} == {0}
    assert len(untrained.tidy) == 3 * len(SEEDS)
    assert len(untrained.runs) == 3
    assert untrained.again[0].agrees


def test_a_number_of_a_verdict_leads_to_what_the_runs_count_with(study: SimpleNamespace) -> None:
    found = explain(study.bundle, f"verdict/{PART}/measured")
    assert [file for file, _ in found.table_rows] == ["tables/verdicts.csv"]
    assert found.table_rows[0][1]["part"] == PART
    assert [row.seed for row in found.endpoints] == SEEDS
    judged = next(one for one in found.again if "count with" in one.what)
    assert judged.agrees
    assert judged.stands == pytest.approx(float(found.table_rows[0][1]["estimate"]))


def test_a_claim_leads_to_all_its_tests(study: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lineage, "_printed", lambda bundle, value_id: "4 inconclusive (budget)")
    found = explain(study.bundle, "claim/V7/matched/why")
    assert found.printed == "4 inconclusive (budget)"
    tests = [row for file, row in found.table_rows if file == "tables/verdicts.csv"]
    assert {row["claim"] for row in tests} == {"V7"}
    assert len(tests) == (study.bundle.table("verdicts.csv")["claim"] == "V7").sum()
    assert {row.variant for row in found.endpoints} == {"veegan", "gan-minimax", "gan-nonsaturating"}


@pytest.mark.parametrize(
    ("value_id", "file"),
    [
        ("root_seed", "study.json"),
        ("cost/matched/ring/veegan/wall", "runs/matched/ring/veegan"),
        ("convergence/matched/ring/veegan/coverage_time:1", "tables/convergence.csv"),
        ("count/all/REPRODUCED", "tables/claims.csv"),
        ("sha256/table1.csv", "tables/table1.csv"),
    ],
)
def test_every_kind_of_number_has_a_lineage(study: SimpleNamespace, value_id: str, file: str) -> None:
    found = explain(study.bundle, value_id)
    assert found.file == file
    assert found.printed
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(render(found))
    text = console.export_text()
    assert value_id in text
    assert found.formula.split(",")[0] in text


def test_an_unknown_id_names_the_nearest_ones(study: SimpleNamespace) -> None:
    with pytest.raises(StudyError, match=r"'matched/ring/vegan/modes' is not printed.*matched/ring/veegan/modes"):
        explain(study.bundle, "matched/ring/vegan/modes")


def test_the_ids_are_those_that_the_template_leaves(study: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    traces = [("seeds", "5"), ("ring/K", "8"), ("seeds", "5")]
    monkeypatch.setattr(lineage, "rebuild", lambda bundle: SimpleNamespace(traces=traces))
    assert lineage.ids(Bundle.__new__(Bundle)) == ["seeds", "ring/K"]

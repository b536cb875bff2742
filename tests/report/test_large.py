"""A study of many variants: each data set with its own measures, rules that real data fail, recipes and budgets."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import typst
from made_up_study import make_cell, write_tables
from pypdf import PdfReader

from modecollapse.report import calibration, document, layout, recipes, tables

FAILED = ["modes", "high_quality_percent", "reverse_kl"]
WIDE = "gaussians-1200d"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="504" height="200"/>'


@pytest.fixture(scope="module")
def folder(large_study: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report, with blank figures."""
    s, root = large_study, tmp_path_factory.mktemp("large-report")
    write_tables(s, root / "tables")
    (root / "figures").mkdir()
    for name in layout.figure_names(s.summary):
        (root / "figures" / name).write_text(PICTURE)
    document.build(s.summary, root / "tables", root / "figures", s.runs, root / "report.pdf")
    return root


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    pages = "\n".join(page.extract_text() for page in PdfReader(folder / "report.pdf").pages)
    return re.sub(r"\s+", " ", re.sub("[-\u00ad]\n", "", pages))


def printed(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "tables" / "table1.csv", dtype=str, keep_default_na=False)


def test_a_data_set_has_the_columns_of_its_own_measures(large_study: SimpleNamespace, folder: Path, text: str) -> None:
    for _, row in printed(folder).iterrows():
        cells = [row["row"], row["n"], row["n_diverged"]]
        for measure in large_study.summary.datasets[row["dataset"]].measures:
            published = [f"{measure}_published"] if measure in ("modes", "high_quality_percent") else []
            cells += [row[field] for field in (*published, measure)]
        assert " ".join(cells) + " " in text
    assert text.count("Real data fail this measure (see") == 2  # the 1200D table of each experiment


def test_what_real_data_fail_is_said(large_study: SimpleNamespace, folder: Path, text: str) -> None:
    both = printed(folder)
    assert calibration.failed(large_study.summary, both) == {"ring": [], "grid": [], WIDE: FAILED}
    assert "On 1200D Synthetic, the published rule rejects real data: the oracle scores 0.00 [0.00, 1.67]" in text
    assert "by which real data score 10.00 [8.29, 10.00] (Modes captured (shell))" in text
    assert "On 1200D Synthetic, real data fail the published rule" in text
    instead = calibration.rejected(large_study.summary, both)[0]["instead"]
    assert [entry["label"] for entry in instead] == ["Modes captured (shell)", "% high quality samples (shell)"]


def test_modes_are_counted_by_a_rule_that_real_data_pass(large_study: SimpleNamespace, folder: Path) -> None:
    both = printed(folder)
    rows = next(entry for entry in calibration.references(large_study.summary, both) if entry["dataset"] == WIDE)[
        "rows"
    ]
    assert all("/modes_shell/mean" in row["id"] for row in rows)
    assert [row["variant"] for row in rows].count("null-uniform") == 1
    assert {row["experiment"] for row in rows if row["variant"] == "untrained"} == {"matched", "published"}
    assert not calibration.blind(large_study.summary, both)  # none of ten modes is not as many as the oracle's none


def test_the_summary_names_the_ends(text: str) -> None:
    summary = text.split("1 What was run")[0]
    assert "Modes captured (shell)" in summary
    assert re.search(r"2D Ring Modes of 8 \d\.\d\d GAN \(minimax\) 8\.00 VEEGAN", summary)
    assert "[" not in summary  # intervals are in the tables


def test_every_trace_has_one_value(large_study: SimpleNamespace, folder: Path, tmp_path: Path) -> None:
    s = large_study
    page = document.content(
        s.summary, folder / "tables", [json.loads((run / "run.json").read_text()) for run in s.runs]
    )
    for name in layout.figure_names(s.summary):
        (tmp_path / name).write_text(PICTURE)
    document.compile_pdf({**page, "checksums": []}, tmp_path)
    found = json.loads(typst.query(str(tmp_path / "report.typ"), "<number>", field="value"))
    traces = {trace["id"]: trace["value"] for trace in found}
    assert all(traces[trace["id"]] == trace["value"] for trace in found)
    for row in printed(folder).to_dict("records"):
        for measure in s.summary.datasets[row["dataset"]].measures:
            assert traces["/".join([row[k] for k in tables.CELL] + [measure])] == row[measure]
    assert traces["cost/published/ring/wgan/budget"] == "1.6%"
    assert traces["option/wgan-gp/penalty"] == "10.0"


def test_cells_that_share_a_recipe_share_a_row(large_study: SimpleNamespace, text: str) -> None:
    rows = recipes.recipes(large_study.summary, "published")
    ring = [row for row in rows if row["data_sets"].startswith("2D Ring")]
    assert [row["variants"] for row in ring] == ["all but WGAN, BEGAN", "WGAN", "BEGAN"]
    assert ring[0]["data_sets"] == "2D Ring, 1200D Synthetic, Stacked digits"
    assert (ring[1]["steps"], ring[1]["reference_steps"], ring[1]["budget"]) == ("400", "25,000", "1.6%")
    assert ring[1]["optimizer"].replace("\xa0", " ") == "Adam 0.001, β₁ 0.5; D: RMSProp 5e-5, α 0.99"
    networks = "G, D 2×128 ReLU; autoencoder 2×128 ELU, code 2; alternating"
    assert ring[1]["networks"].replace("\xa0", " ") == networks
    assert [row["variants"] for row in recipes.recipes(large_study.summary, "matched")] == ["all", "all"]
    assert "Of the 78 cells with such a reference, 78 train for fewer steps: 1.6% of the reference" in text


@pytest.mark.parametrize(
    ("steps", "reference", "share"), [(6000, 100_000, "6%"), (60, 25_000, "0.24%"), (500, 100, "500%"), (7, 7, "100%")]
)
def test_the_budget_of_a_cell(steps: int, reference: int, share: str) -> None:
    cell = make_cell("matched", "ring", "ali")
    assert recipes.budget(replace(cell, steps=steps, reference_steps=reference)) == share


def test_items_in_parts_of_about_equal_size() -> None:
    assert [len(part) for part in layout.balanced(list(range(13)), 4)] == [4, 3, 3, 3]
    assert layout.balanced([1, 2, 3], 5) == [[1, 2, 3]]
    assert sum(layout.balanced(list(range(15)), 7), []) == list(range(15))

"""The PDF: every printed number is there, the bytes repeat, and parts that were not run are left out."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import typst
from made_up_study import build_report, write_tables
from pypdf import PdfReader

from modecollapse.claims import sets
from modecollapse.errors import StudyError
from modecollapse.report import comparisons, document, tables, verdicts
from modecollapse.study.summary import StudySummary

MEASURES = ("modes", "high_quality_percent", "reverse_kl")


@pytest.fixture(scope="module")
def built(study: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_report(study, tmp_path_factory.mktemp("report"))


@cache
def text_of(pdf: Path) -> str:
    """The words of all pages, with the hyphens of line breaks undone."""
    pages = "\n".join(page.extract_text() for page in PdfReader(pdf).pages)
    return re.sub(r"\s+", " ", re.sub("[-\u00ad]\n", "", pages))


@pytest.mark.parametrize(
    ("name", "published"), [("table1.csv", [True, True, False]), ("table2.csv", [False, False, False])]
)
def test_every_cell_of_the_tables_is_printed(built: Path, name: str, published: list[bool]) -> None:
    text = text_of(built)
    table = pd.read_csv(built.parent / "tables" / name, dtype=str, keep_default_na=False)
    assert len(table) >= 7
    assert [f"{measure}_published" in table for measure in MEASURES] == published
    for _, row in table.iterrows():
        printed = [row["row"], row["n"], row["n_diverged"]]
        for measure in MEASURES:
            printed += [row[field] for field in (f"{measure}_published", measure) if field in row]
        assert " ".join(printed) in text


def test_the_summary_counts_what_was_run(built: Path) -> None:
    text = text_of(built)
    assert "5 seeds for each of 9 cells: 45 runs, of which 1 diverged" in text
    assert "2D Ring GAN (minimax) 1 diverged 211" in text
    assert "52.2% of the span" in text
    assert "takes 36 runs" in text
    assert "The published 99.3% of GAN on 2D Ring" in text


def solid(text: str) -> str:
    """Without spaces and hyphens, which line breaks add and take."""
    return re.sub(r"[\s-]", "", text)


def test_every_claim_stands_there_with_what_it_came_to(built: Path) -> None:
    claims = verdicts.read(built.parent / "tables")["claims"]
    outcomes = claims["outcome"].map(verdicts.WORDS).value_counts()
    text = text_of(built)
    assert len(claims) == 72
    counted = [f"{outcomes.get(word, 0)} {word}" for word in verdicts.WORDS.values()]
    sentence = f"On the 72 claims of 5 documents it comes to 72 verdicts: {', '.join(counted[:-1])} and {counted[-1]}"
    assert f"{sentence} (Section 2)" in text
    listed = solid(text)
    for row in claims.to_dict("records"):
        assert solid(row["claim"] + row["says"]) in listed
        assert solid(row["place"] + (". " + row["note"] if row["note"] else "")) in listed


def test_every_published_number_stands_beside_the_measured_one(study: SimpleNamespace, built: Path) -> None:
    page = verdicts.page(study.summary, verdicts.read(built.parent / "tables"))
    rows = page["published"]["rows"]
    assert len(rows) == 12  # two data sets, two measures, VEEGAN and two variants of a GAN
    text = text_of(built)
    for row in rows:
        others = ", ".join(it["value"] + it["mark"] for it in row["elsewhere"]) or "–"
        cells = [row["row"], row["published"], others, *(row[name] for name in ("measured", "n", "margin", "d_repro"))]
        assert " ".join(cells) in text


def test_the_comparisons_have_their_tables(study: SimpleNamespace, built: Path) -> None:
    page = comparisons.page(study.summary, "matched", comparisons.read(built.parent / "tables"), {})
    text = text_of(built)
    for block in page["baseline"]["blocks"]:
        for row in block["rows"]:
            assert " ".join([row["row"], *(f"{cell['chance']} {cell['p']}" for cell in row["cells"])]) in text
    for row in page["agreement"]["rows"]:
        assert " ".join([" and ".join(row["measures"]), *(cell["value"] for cell in row["cells"])]) in text
    for row in page["times"]["rows"]:
        cells = [cell[field] for cell in row["cells"] for field in ("reached", "wait", "p")]
        assert " ".join([row["row"], *cells]) in text
    assert "Variants beside each other" in text
    assert f"Of {page['numbers']['pairs']} pairs of variants" in text


def test_where_a_choice_turns_a_verdict_is_printed(study: SimpleNamespace, built: Path, tmp_path: Path) -> None:
    assert "No verdict turns with the endpoint" in text_of(built)
    shutil.copytree(built.parent / "tables", tmp_path / "tables")
    row = {"claim": "V9", "experiment": "matched", "by": "endpoint", "dataset": "ring", "method": "veegan"}
    row |= {"measure": "modes", "first": "window", "first_verdict": "REPRODUCED"}
    row |= {"second": "final step", "second_verdict": "NOT_REPRODUCED(below)"}
    pd.DataFrame([row], columns=sets.FLIP_COLUMNS).to_csv(tmp_path / "tables" / "flips.csv", index=False)
    folders = (tmp_path / "tables", built.parent / "figures", study.runs)
    text = text_of(document.build(study.summary, *folders, tmp_path / "flips.pdf"))
    told = text.split("that turn with a choice.")[1].split("The published tables")[0]
    assert "V9 2D Ring, VEEGAN, Modes captured" in told
    assert "by endpoint" in told
    assert re.search(r"window\W+reproduced", told)
    assert re.search(r"final step\W+not reproduced \(below\)", told)
    assert "No verdict turns" not in text


@pytest.mark.parametrize(("name", "command"), [("verdicts.csv", "judge"), ("ranks.csv", "compare")])
def test_a_missing_table_is_named(study: SimpleNamespace, built: Path, tmp_path: Path, name: str, command: str) -> None:
    shutil.copytree(built.parent / "tables", tmp_path / "tables")
    (tmp_path / "tables" / name).unlink()
    folders = (tmp_path / "tables", built.parent / "figures", study.runs)
    with pytest.raises(StudyError, match=rf"{name}: missing; run `modecollapse {command}`"):
        document.build(study.summary, *folders, tmp_path / "x.pdf")


def test_the_bytes_repeat_and_follow_the_data(study: SimpleNamespace, built: Path, tmp_path: Path) -> None:
    inputs = (built.parent / "tables", built.parent / "figures", study.runs)
    again = document.build(study.summary, *inputs, tmp_path / "again.pdf")
    assert again.read_bytes() == built.read_bytes()
    other = document.build(replace(study.summary, root_seed=2), *inputs, tmp_path / "other.pdf")
    assert other.read_bytes() != built.read_bytes()


def test_the_pdf_says_no_date_and_no_path(built: Path) -> None:
    metadata = PdfReader(built).metadata
    assert "/CreationDate" not in metadata
    assert metadata["/Title"] == "Mode Collapse Study: default"
    assert str(built.parent).encode() not in built.read_bytes()


@pytest.mark.parametrize("name", ["ring", "stacked-digits"])
def test_parts_that_were_not_run_are_left_out(make_study: Callable, name: str, tmp_path: Path) -> None:
    text = text_of(build_report(make_study(tmp_path, [name]), tmp_path))
    assert ("Mixtures of Gaussians" in text) == (name == "ring")
    assert ("small digits" in text) == (name != "ring")


def only(summary: StudySummary, measure: str) -> StudySummary:
    """The summary of a study of a single measure."""
    entries = {
        name: replace(entry, measures=[m for m in entry.measures if m == measure])
        for name, entry in summary.datasets.items()
    }
    return replace(summary, measures={measure: summary.measures[measure]}, datasets=entries)


def test_one_seed_and_one_measure_are_enough(ring_study: SimpleNamespace, tmp_path: Path) -> None:
    few = ring_study.measures[ring_study.measures["measure"].isin(["modes", "diverged"])]
    summary = only(ring_study.summary, "modes")
    summary = replace(summary, seeds=[0], cells=[replace(cell, seeds=[0]) for cell in summary.cells])
    changed = {"summary": summary, "measures": few[(few["seed"] == 0) | (few["experiment"] == "calibration")]}
    text = text_of(build_report(SimpleNamespace(**{**vars(ring_study), **changed}), tmp_path))
    assert "with 1 seed for each of 3 cells" in text
    assert "97.5% of the span" in text
    assert "inconclusive (few runs)" in text
    assert "Variants beside each other" not in text
    table = pd.read_csv(tmp_path / "tables" / "summary.csv")
    assert table["sd"].isna().sum() == 3  # one run a variant says nothing about spread


def test_a_data_set_without_a_measure_has_no_results(study: SimpleNamespace, tmp_path: Path) -> None:
    """Stacked digits in a study of nothing but the share of high quality samples."""
    changed = {"summary": only(study.summary, "high_quality_percent")}
    text = text_of(build_report(SimpleNamespace(**{**vars(study), **changed}), tmp_path))
    assert "On 2D Grid, % high quality samples: " in text
    assert "On Stacked digits" not in text
    assert " captured " not in text.split("Brackets")[0]


def untraced(study: SimpleNamespace, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The text of the report without what leaves a trace."""
    shipped = Path(document.__file__).parent
    template = tmp_path / "package"
    shutil.copytree(shipped / "template", template / "template")
    for name in ("report.typ", "references.yml"):
        shutil.copy(shipped / name, template)
    numbers = template / "template" / "data.typ"
    assert numbers.read_text().count("#look(value)") == 1
    numbers.write_text(numbers.read_text().replace("#look(value)", ""))
    monkeypatch.setattr(document.resources, "files", lambda _: template)
    inputs = (built.parent / "tables", built.parent / "figures", study.runs)
    return text_of(document.build(study.summary, *inputs, tmp_path / "untraced.pdf"))


def test_every_number_leaves_a_trace(
    study: SimpleNamespace, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left are names, and the numbers of sections, floats, citations and pages."""
    text = untraced(study, built, tmp_path, monkeypatch).split("References [1]")[0]
    text = re.sub(r"(Table|Figure|Section) \d+", "", text).replace("10 Configuration", "")
    names = ["2D Ring", "2D Grid", "CIFAR-10", "CIFAR10", "CS236", "SHA-256"]  # broken at its hyphen, too
    for name in [*names, *(path.name for path in (built.parent / "tables").iterdir())]:
        text = text.replace(name, "")
    assert not re.findall(r"\d\d+|\d[.,]\d\d|\d%", text)
    assert len(re.findall(r"\d", text)) < 80


def test_a_trace_has_one_value_and_leads_to_its_cell(study: SimpleNamespace, built: Path, tmp_path: Path) -> None:
    records = [json.loads((run / "run.json").read_text()) for run in study.runs]
    page = document.content(study.summary, built.parent / "tables", records)
    shutil.copytree(built.parent / "figures", tmp_path, dirs_exist_ok=True)
    document.compile_pdf({**page, "checksums": []}, tmp_path)
    found = json.loads(typst.query(str(tmp_path / "report.typ"), "<number>", field="value"))
    traces = {trace["id"]: trace["value"] for trace in found}
    assert all(traces[trace["id"]] == trace["value"] for trace in found)
    for name in ("table1.csv", "table2.csv"):
        table = pd.read_csv(built.parent / "tables" / name, dtype=str, keep_default_na=False)
        for row in table.to_dict("records"):
            for field in {"n", "n_diverged", *MEASURES, "modes_published"} & set(row):
                if field != "high_quality_percent" or name == "table1.csv":
                    assert traces["/".join([row[k] for k in tables.CELL] + [field])] == row[field]
    assert traces["verdicts/claims"] == "72"
    assert traces["claim/C8/says"].startswith("The optimal discriminator")
    assert traces["claim/B27//why"].startswith("a figure of an architecture")
    assert traces["verdict/V7/matched/grid/veegan/modes/VEEGAN/0/published"] == "24.6"


def test_says_where_a_null_captures_as_much_as_real_data(study: SimpleNamespace, built: Path, tmp_path: Path) -> None:
    sentence = "On 2D Grid, one Gaussian captures at least 95%"
    assert sentence not in text_of(built)
    changed = study.measures.copy()
    row = (changed["variant"] == "null-gaussian") & (changed["dataset"] == "grid") & (changed["measure"] == "modes")
    changed.loc[row, "value"] = 24.0
    write_tables(SimpleNamespace(**{**vars(study), "measures": changed}), tmp_path)
    inputs = (tmp_path, built.parent / "figures", study.runs)
    assert sentence in text_of(document.build(study.summary, *inputs, tmp_path / "blind.pdf"))


def test_two_experiments_are_told_apart(ring_study: SimpleNamespace, tmp_path: Path) -> None:
    """The same results under a second name: every section twice, every label unique."""
    cells = [
        *ring_study.summary.cells,
        *(replace(cell, experiment="published") for cell in ring_study.summary.cells),
    ]
    trained = ring_study.measures[ring_study.measures["experiment"] == "matched"].assign(experiment="published")
    runs = list(ring_study.runs)
    for run in ring_study.runs:
        copied = tmp_path / "runs" / "-".join(run.parts[-3:])
        shutil.copytree(run, copied)
        record = json.loads((run / "run.json").read_text())
        (copied / "run.json").write_text(json.dumps({**record, "experiment": "published"}))
        runs.append(copied)
    summary = replace(ring_study.summary, cells=cells)
    both = SimpleNamespace(
        **{
            **vars(ring_study),
            "summary": summary,
            "measures": pd.concat([ring_study.measures, trained]),
            "cells": pd.concat([ring_study.cells, ring_study.cells.assign(experiment="published")]),
            "runs": runs,
        }
    )
    text = text_of(build_report(both, tmp_path))
    assert "Mixtures of Gaussians (matched)" in text
    assert "Mixtures of Gaussians (published)" in text


def test_options_and_markup_in_names_are_printed_as_they_are(
    study: SimpleNamespace, built: Path, tmp_path: Path
) -> None:
    veegan = replace(study.summary.variants["veegan"], options={"reconstruction": "#panic()"})
    summary = replace(study.summary, study="a*b_#c$", variants=study.summary.variants | {"veegan": veegan})
    inputs = (built.parent / "tables", built.parent / "figures", study.runs)
    text = text_of(document.build(summary, *inputs, tmp_path / "odd.pdf"))
    assert "a*b_#c$" in text
    assert "#panic()" in text


def test_a_missing_figure_is_named(study: SimpleNamespace, built: Path, tmp_path: Path) -> None:
    shutil.copytree(built.parent / "figures", tmp_path / "figures")
    (tmp_path / "figures" / "curves_matched_grid.svg").unlink()
    with pytest.raises(StudyError, match=r"curves_matched_grid\.svg: missing.*figures"):
        document.build(
            study.summary,
            built.parent / "tables",
            tmp_path / "figures",
            study.runs,
            tmp_path / "x.pdf",
        )
    assert not (tmp_path / "x.pdf").exists()


def test_a_warning_of_the_template_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "package" / "template").mkdir(parents=True)
    (tmp_path / "package" / "references.yml").write_text("")
    (tmp_path / "package" / "report.typ").write_text('#set text(font: "No Such Font")\nHello')
    monkeypatch.setattr(document.resources, "files", lambda _: tmp_path / "package")
    with pytest.raises(RuntimeError, match="no such font"):
        document.compile_pdf({}, tmp_path)

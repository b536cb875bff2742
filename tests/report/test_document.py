"""The PDF: page 1 answers, every printed number is there with its id, the bytes repeat, and prose types no number."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up_study import BLANK, build_report, changed, text_of, with_seeds, write_run
from pypdf import PdfReader

from modecollapse.errors import StudyError
from modecollapse.report import calibration, document, layout
from modecollapse.report import verdicts as verdict_pages
from modecollapse.study.summary import DatasetSummary, MeasureSummary

WIDE = "gaussians-1200d"
TEMPLATE = Path(document.__file__).parent / "template"
PROSE = ("front", "introduction", "methods", "results", "discussion", "figures", "claims", "appendix")


def solid(text: str) -> str:
    """Without spaces and hyphens, which line breaks add and take."""
    return re.sub(r"[\s\u00ad-]", "", text)


@pytest.mark.parametrize("name", ["report", "image_report", "large_report"])
def test_every_cell_of_the_results_is_printed_and_has_its_id(name: str, request: pytest.FixtureRequest) -> None:
    made, checked = request.getfixturevalue(name), 0
    numbers, listed = dict(made.numbers), solid(made.text)
    assert all(numbers[value_id] == text for value_id, text in made.numbers)  # an id has one value
    for row in pd.concat([made.table(table) for table in layout.PRINTED]).fillna(layout.NONE).to_dict("records"):
        measures = [m for m in layout.measures(made.summary, [row["dataset"]]) if row[m] != layout.NONE]
        cell = "/".join(row[key] for key in ("experiment", "dataset", "variant"))
        assert [numbers[f"{cell}/{m}"] for m in measures] == [row[m] for m in measures]
        if 0 < len(measures) < 5:  # others continue below
            assert solid("".join(row[m] for m in measures)) in listed
        checked += len(measures)
    assert checked >= 40


def test_page_1_answers_which_variants_collapse_least_and_whether_veegans_numbers_hold(report: SimpleNamespace) -> None:
    first = solid(PdfReader(report.pdf).pages[0].extract_text())
    counts = report.table("collapse").query("dataset == 'ring'").set_index("row")
    assert solid("VEEGAN (0 of 5 runs) collapses least") in first
    for label in counts.index:
        assert solid(f"{label}{counts.loc[label, 'collapsed']} of 5") in first
    judged = report.table("verdicts").query("part == 'V7/matched/ring/veegan/modes/VEEGAN/0'").iloc[0]
    assert solid(f"modes captured8{float(judged['estimate']):.2f} [{float(judged['lower']):.2f}") in first
    title = PdfReader(report.pdf).pages[0].extract_text()[:80]
    assert "VEEGAN’s published numbers on mode collapse" in re.sub(r"\s+", " ", title)


def test_every_claim_and_published_number_stands_there(report: SimpleNamespace) -> None:
    listed, numbers = solid(report.text), dict(report.numbers)
    for row in report.table("claims").to_dict("records"):
        assert solid(row["says"]) in listed
        if row["outcome"] not in ("NOT_RUN", "NOT_TESTABLE"):
            assert solid(row["place"] + "." + row["note"]) in listed
    values = report.table("verdicts").query("rule == 'values' and role == 'primary' and n != ''")
    assert len(values) == 8  # two data sets, two measures, VEEGAN and a GAN
    for row in values.to_dict("records"):
        assert numbers[f"verdict/{row['part']}/published"] == row["published"]
        assert numbers[f"verdict/{row['part']}/measured"].startswith(f"{float(row['estimate']):.2f} [")
    others = verdict_pages.elsewhere(values.iloc[0]["remeasured"])
    assert solid(f"{others[0]['printed']}±{others[0]['spread']}[") in listed  # with its reference


@pytest.mark.parametrize(("name", "command"), [("verdicts.csv", "judge"), ("ranks.csv", "compare")])
def test_a_missing_table_or_figure_is_named(report: SimpleNamespace, tmp_path: Path, name: str, command: str) -> None:
    shutil.copytree(report.inputs.tables, tmp_path / "tables")
    (tmp_path / "tables" / name).unlink()
    with pytest.raises(StudyError, match=rf"{name}: missing; run `modecollapse {command}`"):
        document.build(replace(report.inputs, tables=tmp_path / "tables"), tmp_path / "x.pdf")
    with pytest.raises(StudyError, match=r"\.svg: missing; run `modecollapse figures`"):
        document.build(replace(report.inputs, figures=tmp_path), tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()


def test_the_bytes_repeat_and_say_no_date_and_no_path(report: SimpleNamespace, tmp_path: Path) -> None:
    again = document.build(report.inputs, tmp_path / "again.pdf")
    assert again.read_bytes() == report.pdf.read_bytes()
    metadata = PdfReader(report.pdf).metadata
    assert "/CreationDate" not in metadata
    assert metadata["/Title"] == "Mode Collapse Study: default"
    assert metadata["/Author"] in document.CITATION.read_text()
    assert str(report.pdf.parent).encode() not in report.pdf.read_bytes()


def test_every_number_leaves_a_trace(report: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without traces and equations there are names, and the numbers of sections, floats, citations and pages."""
    shutil.copytree(TEMPLATE, tmp_path / "package" / "template")
    for name in ("report.typ", "references.yml"):
        shutil.copy(TEMPLATE.parent / name, tmp_path / "package")
    numbers, words = tmp_path / "package" / "template" / "data.typ", TEMPLATE.joinpath("data.typ").read_text()
    for shown in ("#look(value)", "formula(it) = it"):
        assert words.count(shown) == 1
    numbers.write_text(words.replace("#look(value)", "").replace("formula(it) = it", "formula(it) = []"))
    monkeypatch.setattr(document.resources, "files", lambda _: tmp_path / "package")
    for name in layout.figure_names(report.summary):  # whose numbers come from tables
        (tmp_path / name).write_text(BLANK)
    pdf = document.build(replace(report.inputs, figures=tmp_path), tmp_path / "untraced.pdf")
    text = re.sub(r"References \[1\].*?(?=A Results by)", "", text_of(pdf))
    text = re.sub(r"(Table|Figure|Section|Appendix) \w?[\d.]+|\[\d+\]|Page 1", "", text)
    for name in ["2D Ring", "2D Grid", "CS236", "SHA-256", *(path.name for path in report.inputs.tables.iterdir())]:
        text = text.replace(name, "")
    pages = {*map(str, range(len(PdfReader(pdf).pages) + 1))}
    assert set(re.findall(r"\d\d+|\d[.,]\d\d|\d%", text)) <= pages
    assert len(re.findall(r"\d", text)) < 60  # headings and pages


@pytest.mark.parametrize("name", PROSE)
def test_no_digit_is_typed_in_prose(name: str) -> None:
    """What is no comment, string, code of sizes or numbering, or equation."""
    text = re.sub(
        r"//.*|\"[^\"\n]*\"|`[^`]*`|\$[^$]*\$|@[\w-]+|<[\w-]+>|#let .*", "", (TEMPLATE / f"{name}.typ").read_text()
    )
    text = re.sub(
        r"sha256|-?\d*\.?\d+(pt|em|in|fr|%)|\b[a-z_.-]+\(-?\d+(, *\d+)*\)|\w+: \d+|[<>=+*!(,-] ?\d+\b", "", text
    )
    assert re.findall(r".*\d.*", text.replace("Page 1", "").replace("CS236", "")) == []


def test_a_warning_of_the_template_is_an_error(
    report: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package" / "template").mkdir(parents=True)
    (tmp_path / "package" / "references.yml").write_text("")
    (tmp_path / "package" / "report.typ").write_text('#set text(font: "No Such Font")\nHello')
    monkeypatch.setattr(document.resources, "files", lambda _: tmp_path / "package")
    with pytest.raises(RuntimeError, match="no such font"):
        document.build(report.inputs, tmp_path / "x.pdf")


def test_what_real_data_fail_is_said(large_report: SimpleNamespace) -> None:
    text, results = large_report.text, large_report.table("table1")
    failed = calibration.failed(large_report.summary, results)
    assert failed == {"ring": [], "grid": [], WIDE: ["modes", "high_quality_percent", "reverse_kl"]}
    assert not calibration.blind(large_report.summary, results)  # none of ten modes is not as many as the oracle's none
    results.loc[(results["dataset"] == "grid") & (results["variant"] == "null-gaussian"), "modes"] = "24.00"
    assert calibration.blind(large_report.summary, results) == ["2D Grid"]
    assert solid("the published rule rejects real data: the oracle scores 0.00 [0.00, 1.68]") in solid(text)
    assert text.count("Real data fail this measure") == 2  # the tables of each experiment


def test_each_experiment_has_its_tables_and_published_numbers_stand_side_by_side(large_report: SimpleNamespace) -> None:
    numbers, text = dict(large_report.numbers), large_report.text
    assert "0.4%" in {text for name, text in numbers.items() if name.startswith("recipe/published/")}
    assert numbers["option/wgan-gp/penalty"] == "10.0"
    assert "A.1 Matched" in text
    assert "A.2 Published recipes" in text
    assert {f"verdict/V7/{name}/ring/veegan/modes/VEEGAN/0/measured" for name in ("matched", "published")} <= set(
        numbers
    )


def test_the_paper_is_short_and_small(large_report: SimpleNamespace) -> None:
    pages = [page.extract_text() for page in PdfReader(large_report.pdf).pages]
    main = next(i for i, text in enumerate(pages) if "A Results by experiment" in text)
    assert 4 <= main <= 10
    assert large_report.pdf.stat().st_size < 2_000_000


def test_cifar_alone_and_a_single_seed_make_a_report(
    image_study: SimpleNamespace, study: SimpleNamespace, tmp_path: Path
) -> None:
    s, kept = image_study, ("ali", "veegan")
    cells = [c for c in s.summary.cells if c.dataset == "cifar10" and c.variant in kept]
    variants, own = {name: s.summary.variants[name] for name in kept}, {"cifar10": s.summary.datasets["cifar10"]}
    rows = s.measures[(s.measures["dataset"] == "cifar10") & (s.measures["experiment"] != "published")]
    rows = rows[~rows["variant"].isin(["gan-nonsaturating", "unrolled", "began"])]
    runs = [run for run in s.runs if run.parts[-3] == "cifar10" and run.parts[-2] in kept]
    summary = replace(s.summary, cells=cells, datasets=own, variants=variants)
    made = changed(s, summary=summary, measures=rows, runs=runs)
    assert "no protocol that compares variants by their modes" in text_of(build_report(made, tmp_path / "c", True))

    few = study.measures.query("dataset == 'ring' and measure in ['modes', 'loss_blowup']")
    cells = [cell for cell in study.summary.cells if cell.dataset == "ring"]
    ring = {"ring": replace(study.summary.datasets["ring"], measures=["modes"])}
    summary = replace(study.summary, measures={"modes": study.summary.measures["modes"]}, datasets=ring, cells=cells)
    measures = few[(few["seed"] == 0) | (few["experiment"] == "calibration")]
    made = changed(study, summary=with_seeds(summary, [0]), measures=measures)
    text = text_of(
        build_report(changed(made, runs=[run for run in study.runs if "ring" in run.parts]), tmp_path / "o", True)
    )
    assert "with 1 seed each" in text
    assert "so none is named the best" in text


def test_a_new_measure_and_data_set_show_up_everywhere(study: SimpleNamespace, tmp_path: Path) -> None:
    """A measure and a points data set of shape [1200] that nothing in `report/` has heard of."""
    own, new = study.summary, "spheres"
    measures = own.measures | {"invented": MeasureSummary("Invented distance", 4, "a note", "counts", "less")}
    entry = DatasetSummary("1200D Spheres", new, False, {}, [1200], 25, 100, ["modes", "invented"])
    cells = [replace(cell, dataset=new) for cell in own.cells if cell.dataset == "grid"]
    datasets, cells = own.datasets | {new: entry}, [*own.cells, *cells]
    runs = [*study.runs, *(tmp_path / "runs" / cell.variant for cell in cells[-3:])]
    for run, cell in zip(runs[-3:], cells[-3:], strict=True):
        write_run(run, cell, np.zeros((5, 2, 1200), np.float32), modes=25)
    grid, of_cells = (t[t["dataset"] == "grid"].assign(dataset=new) for t in (study.measures, study.cells))
    modes = grid[grid["measure"] == "modes"]
    invented = modes.assign(measure="invented", value=modes["value"] / 2000)

    def support(dataset: str, measure: str) -> tuple[float, float]:
        return (0.0, 0.5) if measure == "invented" else study.support("grid" if dataset == new else dataset, measure)

    extended = changed(
        study,
        summary=replace(own, measures=measures, datasets=datasets, cells=cells),
        measures=pd.concat([study.measures, grid, invented]),
        cells=pd.concat([study.cells, of_cells]),
        runs=runs,
        support=support,
    )
    text = text_of(build_report(extended, tmp_path, blank=True))
    table = pd.read_csv(tmp_path / "tables" / "table1.csv", dtype=str, keep_default_na=False)
    assert set(table.loc[table["invented"] != layout.NONE, "dataset"]) == {new}
    assert (table.loc[table["dataset"] == new, "reverse_kl"] == layout.NONE).all()
    assert all(cell in text for cell in table.loc[table["dataset"] == new, "invented"])

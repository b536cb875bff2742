"""The PDF: every printed number is there with its id, the bytes repeat, and parts that were not run are left out."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up_study import build_report, changed, text_of, with_seeds, write_run
from pypdf import PdfReader

from modecollapse.errors import StudyError
from modecollapse.report import baseline_table, calibration, document, layout, result_tables, verdicts
from modecollapse.study.summary import DatasetSummary, MeasureSummary

WIDE = "gaussians-1200d"
CONTROLS = ["mean-image", "pca", "nearest-training"]


@pytest.mark.parametrize("name", ["report", "image_report", "large_report"])
def test_every_cell_of_the_tables_is_printed_and_has_its_id(name: str, request: pytest.FixtureRequest) -> None:
    made, printed = request.getfixturevalue(name), 0
    numbers = dict(made.numbers)
    assert all(numbers[value_id] == text for value_id, text in made.numbers)  # an id has one value
    tables = [made.table(table) for table in layout.PRINTED]
    for rows in (rows for table in tables for _, rows in table.groupby(["experiment", "dataset"])):
        given = set(rows.columns[(rows != layout.NONE).any()])
        for row, reads in product(rows.to_dict("records"), layout.READS):
            own = layout.measures(made.summary, [row["dataset"]], reads)
            if any(row[m] != layout.NONE for m in own):
                fields = [field for m in own for field in (f"{m}_published", m) if field == m or field in given]
                cells = [row["row"], row["n"], row["n_diverged"], *(row[field] for field in fields)]
                assert " ".join(cells[:8]) in made.text  # further columns stand below
                cell = "/".join(row[key] for key in result_tables.CELL)
                assert [numbers[f"{cell}/{field}"] for field in fields] == cells[3:]
                printed += 1
    assert printed >= 20


def test_the_page_counts_what_was_run(report: SimpleNamespace) -> None:
    assert "5 seeds for each of 9 cells: 45 runs, of which 1 diverged" in report.text
    assert "This holds for 1 of 45 runs" in report.text
    assert "52.2% of the span" in report.text
    assert "takes 36 runs" in report.text


def solid(text: str) -> str:
    """Without spaces and hyphens, which line breaks add and take."""
    return re.sub(r"[\s-]", "", text)


def test_every_claim_and_published_number_stands_there(report: SimpleNamespace) -> None:
    claims = report.table("claims")
    listed = solid(report.text)
    for row in claims.to_dict("records"):
        assert solid(row["claim"] + row["says"]) in listed
        assert solid(row["place"] + (". " + row["note"] if row["note"] else "")) in listed
    rows = verdicts.page(report.summary, verdicts.read(report.inputs[0]))["published"]["rows"]
    assert len(rows) == 12  # two data sets, two measures, VEEGAN and two variants of a GAN
    for row in rows:
        others = ", ".join(it["value"] + it["mark"] for it in row["elsewhere"]) or "–"
        cells = [row["row"], row["published"], others, *(row[name] for name in ("measured", "n", "margin", "d_repro"))]
        assert " ".join(cells) in report.text


def test_collapse_and_comparisons_have_their_tables(report: SimpleNamespace) -> None:
    for row in report.table(layout.COLLAPSE).to_dict("records"):
        fields = ("row", "n", "blowups", "collapsed", "covered")
        assert " ".join(row[field] for field in fields) in report.text
    page = baseline_table.page(report.summary, "matched", baseline_table.read(report.inputs[0]), {})
    for row in (row for block in page["blocks"] for row in block["rows"]):
        assert " ".join([row["row"], *(f"{cell['chance']} {cell['p']}" for cell in row["cells"])]) in report.text
    assert f"Of {page['numbers']['pairs']} pairs of variants" in report.text


@pytest.mark.parametrize(("name", "command"), [("verdicts.csv", "judge"), ("ranks.csv", "compare")])
def test_a_missing_table_or_figure_is_named(report: SimpleNamespace, tmp_path: Path, name: str, command: str) -> None:
    shutil.copytree(report.inputs[0], tmp_path / "tables")
    (tmp_path / "tables" / name).unlink()
    with pytest.raises(StudyError, match=rf"{name}: missing; run `modecollapse {command}`"):
        document.build(report.summary, tmp_path / "tables", *report.inputs[1:], tmp_path / "x.pdf")
    with pytest.raises(StudyError, match=r"forest_matched.svg: missing; run `modecollapse figures`"):
        document.build(report.summary, report.inputs[0], tmp_path, report.runs, tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()


def test_the_bytes_repeat_and_say_no_date_and_no_path(report: SimpleNamespace, tmp_path: Path) -> None:
    again = document.build(report.summary, *report.inputs, tmp_path / "again.pdf")
    assert again.read_bytes() == report.pdf.read_bytes()
    metadata = PdfReader(report.pdf).metadata
    assert "/CreationDate" not in metadata
    assert metadata["/Title"] == "Mode Collapse Study: default"
    assert str(report.pdf.parent).encode() not in report.pdf.read_bytes()


def test_one_seed_and_one_measure_are_enough(study: SimpleNamespace, tmp_path: Path) -> None:
    """On the ring alone."""
    few = study.measures.query("dataset == 'ring' and measure in ['modes', 'loss_blowup']")
    own, runs = study.summary, [run for run in study.runs if "ring" in run.parts]
    cells = [cell for cell in own.cells if cell.dataset == "ring"]
    ring = {"ring": replace(own.datasets["ring"], measures=["modes"])}
    summary = with_seeds(replace(own, measures={"modes": own.measures["modes"]}, datasets=ring, cells=cells), [0])
    measures = few[(few["seed"] == 0) | (few["experiment"] == "calibration")]
    text = text_of(build_report(changed(study, summary=summary, measures=measures, runs=runs), tmp_path))
    assert "with 1 seed for each of 3 cells" in text
    assert "97.5% of the span" in text
    assert "Variants compared" not in text
    assert "small digits" not in text
    table = pd.read_csv(tmp_path / "tables" / "summary.csv")
    assert table["sd"].isna().sum() == 3  # one run a variant says nothing about spread
    assert pd.read_csv(tmp_path / "tables" / "table2.csv").empty


def test_every_number_leaves_a_trace(report: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what leaves a trace there are names, and the numbers of sections, floats, citations and pages."""
    shipped, template = Path(document.__file__).parent, tmp_path / "package"
    shutil.copytree(shipped / "template", template / "template")
    for name in ("report.typ", "references.yml"):
        shutil.copy(shipped / name, template)
    numbers = template / "template" / "data.typ"
    assert numbers.read_text().count("#look(value)") == 1
    numbers.write_text(numbers.read_text().replace("#look(value)", ""))
    monkeypatch.setattr(document.resources, "files", lambda _: template)
    pdf = document.build(report.summary, *report.inputs, tmp_path / "untraced.pdf")
    text, pages = text_of(pdf), map(str, range(len(PdfReader(pdf).pages) + 1))
    text = re.sub(r"(Table|Figure|Section) \d+", "", text.split("References [1]")[0])
    names = ["2D Ring", "2D Grid", "CIFAR-10", "CIFAR10", "CS236", "SHA-256"]  # broken at its hyphen, too
    for name in [*names, *(path.name for path in report.inputs[0].iterdir())]:
        text = text.replace(name, "")
    assert set(re.findall(r"\d\d+|\d[.,]\d\d|\d%", text)) <= {*pages}
    assert len(re.findall(r"\d", text)) < 80


def test_a_warning_of_the_template_is_an_error(
    report: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package" / "template").mkdir(parents=True)
    (tmp_path / "package" / "references.yml").write_text("")
    (tmp_path / "package" / "report.typ").write_text('#set text(font: "No Such Font")\nHello')
    monkeypatch.setattr(document.resources, "files", lambda _: tmp_path / "package")
    with pytest.raises(RuntimeError, match="no such font"):
        document.build(report.summary, *report.inputs, tmp_path / "x.pdf")


def test_what_real_data_fail_is_said(large_report: SimpleNamespace) -> None:
    text, results = large_report.text, large_report.table("table1")
    failed = calibration.failed(large_report.summary, results)
    assert failed == {"ring": [], "grid": [], WIDE: ["modes", "high_quality_percent", "reverse_kl"]}
    assert not calibration.blind(large_report.summary, results)  # none of ten modes is not as many as the oracle's none
    results.loc[(results["dataset"] == "grid") & (results["variant"] == "null-gaussian"), "modes"] = "24.00"
    assert calibration.blind(large_report.summary, results) == [{"label": "2D Grid", "null": "Null: one Gaussian"}]
    assert "On 1200D Synthetic, the published rule rejects real data: the oracle scores 0.00 [0.00, 1.68]" in text
    assert "On 1200D Synthetic, real data fail the published rule (Section" in text
    assert text.count("Real data fail this measure (see") == 2  # the table of each experiment


def test_two_experiments_have_sections_of_their_own(large_report: SimpleNamespace, image_report: SimpleNamespace):
    numbers = dict(large_report.numbers)
    assert numbers["cost/published/ring/wgan/budget"] == "0.4%"
    assert numbers["option/wgan-gp/penalty"] == "10.0"
    assert "52 did less: 0.4% of it" in large_report.text
    for made in (large_report, image_report):
        assert "Results (matched)" in made.text
        assert "Results (published)" in made.text
    assert image_report.text.count("Samples compared with data") == 2
    assert image_report.text.count(" Inference via optimisation Can a generator") == 1


def test_references_and_captions_of_image_tables(image_report: SimpleNamespace) -> None:
    table, text = image_report.table("table2"), image_report.text
    own = table[(table["experiment"] == "matched") & (table["kind"] == "reference")]
    found = {name: list(rows["variant"]) for name, rows in own.groupby("dataset")}
    assert found["cifar10"] == ["oracle", "untrained", *CONTROLS, "null-gaussian", "null-uniform"]
    assert found["stacked-mnist"] == ["oracle", "untrained", "null-gaussian", "null-uniform"]
    published = table[(table["dataset"] == "cifar10") & (table["experiment"] == "matched")].set_index("variant")
    assert published["ivom_test_published"].to_dict() == {
        "gan-nonsaturating": "0.00844 ± 0.002", "ali": "0.0067 ± 0.004", "unrolled": "0.013 ± 0.0009",
        "veegan": "0.0068 ± 0.0001", **dict.fromkeys(["began", *found["cifar10"]], "–"),
    }  # fmt: skip
    assert "ivom_train_published" not in table
    assert published.loc["began", "ivom_test"] == "∞"
    assert (
        text.count(
            "Mean over n runs of their means over the last tenth of the steps [95% Gaffke interval], or ± sample"
        )
        == 2
    )
    assert (
        "Measured: mean over n runs of their means over the last tenth of the steps ± sample standard deviation. ∞:"
        in text
    )
    assert dict(image_report.numbers)["poster/cifar10/ALI/ivom_test"] == "0.0067 ± 0.004"


def test_cifar_alone_makes_a_report(image_study: SimpleNamespace, tmp_path: Path) -> None:
    """Few variants, no counts at all, and so no figure of final values either."""
    s, kept = image_study, ("ali", "veegan")
    cells = [c for c in s.summary.cells if c.dataset == "cifar10" and c.variant in kept]
    variants, own = {name: s.summary.variants[name] for name in kept}, {"cifar10": s.summary.datasets["cifar10"]}
    rows = s.measures[(s.measures["dataset"] == "cifar10") & (s.measures["experiment"] != "published")]
    rows = rows[~rows["variant"].isin(["gan-nonsaturating", "unrolled", "began"])]
    runs = [run for run in s.runs if run.parts[-3] == "cifar10" and run.parts[-2] in kept]
    summary = replace(s.summary, cells=cells, datasets=own, variants=variants)
    text = text_of(build_report(changed(s, summary=summary, measures=rows, runs=runs), tmp_path))
    assert "CIFAR-10: inference via optimisation, beside the poster" in text
    assert "Final values" not in text


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
    text = text_of(build_report(extended, tmp_path))
    table = pd.read_csv(tmp_path / "tables" / "table1.csv", dtype=str, keep_default_na=False)
    assert set(table.loc[table["invented"] != layout.NONE, "dataset"]) == {new}
    assert (table.loc[table["dataset"] == new, "reverse_kl"] == layout.NONE).all()
    assert "1200D Spheres 25 modes" in text
    assert all(cell in text for cell in table.loc[table["dataset"] == new, "invented"])
    assert (tmp_path / "figures" / f"final_matched_{new}.svg").exists()

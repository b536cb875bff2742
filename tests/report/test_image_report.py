"""A report on images: tables of samples and of inversions, figures, and data sets that nobody counts modes on."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import typst
from made_up_study import build_report
from pypdf import PdfReader

from modecollapse.report import document, layout, tables
from modecollapse.report.printed import mean_text, number

CONTROLS = ["mean-image", "pca", "nearest-training"]


def text_of(pdf: Path) -> str:
    pages = "\n".join(page.extract_text() for page in PdfReader(pdf).pages)
    return re.sub(r"\s+", " ", re.sub("[-\u00ad]\n", "", pages))


@pytest.fixture(scope="module")
def built(image_study: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_report(image_study, tmp_path_factory.mktemp("image-report"))


@pytest.fixture(scope="module")
def text(built: Path) -> str:
    return text_of(built)


def printed(built: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(built.parent / "tables" / f"{name}.csv", dtype=str, keep_default_na=False)


@pytest.mark.parametrize(
    ("row", "places", "shown"),
    [
        ({"mean": 7.4, "lower": 5.123, "upper": 7.96, "sd": 0.3}, 2, "7.40 [5.12, 7.96]"),
        ({"mean": 0.00844, "lower": None, "upper": None, "sd": 0.002}, 5, "0.00844 ± 0.00200"),
        ({"mean": 0.061, "lower": None, "upper": None, "sd": None}, 3, "0.061"),
        ({"mean": float("inf"), "lower": None, "upper": None, "sd": None}, 3, "∞"),
    ],
)
def test_a_mean_is_printed_with_what_is_known_of_it(row: dict, places: int, shown: str) -> None:
    floats = pd.Series(row, dtype=float)
    assert mean_text(floats, places) == shown
    assert number(shown) == pytest.approx(row["mean"])


def test_a_study_of_nothing_but_unbounded_measures_has_tables(image_study: SimpleNamespace) -> None:
    """One seed, so that no column of the summary but the mean holds a number."""
    s = image_study
    summary = replace(s.summary, seeds=[0], measures={"ivom_test": s.summary.measures["ivom_test"]})
    kept = s.measures[(s.measures["measure"] == "ivom_test") & (s.measures["seed"] == 0) & (s.measures["step"] > 0)]
    summarised = tables.summarise(summary, kept, s.support)
    assert summarised[["lower", "upper", "sd"]].isna().all(axis=None)
    table = tables.printed(summary, summarised, s.published, "inversions")
    assert table["ivom_test"].str.fullmatch(r"0\.\d{5}").all()


def test_rows_without_a_value_are_left_out(built: Path) -> None:
    def reference_rows(name: str, dataset: str) -> list[str]:
        table = printed(built, name)
        chosen = (table["dataset"] == dataset) & (table["experiment"] == "matched") & (table["kind"] == "reference")
        return list(table[chosen]["variant"])

    assert reference_rows("inversions", "cifar10") == ["untrained", *CONTROLS]
    assert reference_rows("samples", "cifar10") == ["oracle", "null-gaussian", "null-uniform"]
    assert reference_rows("table2", "stacked-mnist") == ["oracle", "untrained", "null-gaussian", "null-uniform"]
    assert set(printed(built, "inversions")["dataset"]) == {"cifar10"}
    assert set(printed(built, "table2")["dataset"]) == {"stacked-mnist"}


def test_published_numbers_keep_their_spread(built: Path) -> None:
    table = printed(built, "inversions").set_index("variant")
    assert table["ivom_test_published"].to_dict() == {
        "gan-nonsaturating": "0.00844 ± 0.002", "ali": "0.0067 ± 0.004", "unrolled": "0.013 ± 0.0009",
        "veegan": "0.0068 ± 0.0001", "began": "–", "untrained": "–", **dict.fromkeys(CONTROLS, "–"),
    }  # fmt: skip
    assert "ivom_train_published" not in table
    assert table.loc["began", "ivom_test"] == "∞"


def test_nothing_published_stands_beside_other_data(image_study: SimpleNamespace, tmp_path: Path) -> None:
    s = image_study
    entries = s.summary.datasets
    summary = replace(s.summary, datasets={**entries, "cifar10": replace(entries["cifar10"], as_published=False)})
    tables.write(summary, s.measures, s.cells, s.published, s.support, tmp_path)
    assert "ivom_test_published" not in pd.read_csv(tmp_path / "inversions.csv")
    assert "modes_published" in pd.read_csv(tmp_path / "table2.csv")


@pytest.mark.parametrize("name", ["table2", "samples", "inversions"])
def test_every_cell_of_the_tables_is_printed(image_study: SimpleNamespace, built: Path, text: str, name: str) -> None:
    reads = layout.PRINTED[name][1]
    table = printed(built, name)
    assert len(table)
    for _, row in table.iterrows():
        cells = [row["row"], row["n"], row["n_diverged"]]
        for measure in layout.measures(image_study.summary, [row["dataset"]], reads):
            cells += [row[field] for field in (f"{measure}_published", measure) if field in row]
        assert " ".join(cells) in text


def test_captions_say_what_stands_behind_a_mean(text: str) -> None:
    assert (
        text.count("Mean over n runs at the last step [95% Gaffke interval], or ± sample standard deviation where") == 2
    )
    assert "Measured: mean over n runs at the last step ± sample standard deviation. ∞: some run has no" in text
    assert "the variants before training, a generator of one image, the best linear generator and a" in text
    assert "the data’s own distribution and two distributions without structure" in text


def test_stars_in_a_figure_are_explained(text: str) -> None:
    assert text.count("the published value (star)") == 2  # in the first such figure of each experiment


def test_sections_stand_where_there_is_something_to_say(text: str) -> None:
    for heading in ("Image data sets", "Samples beside data", "Final values and training"):
        assert f"{heading} (matched)" in text
        assert f"{heading} (published)" in text
    assert "Inference via optimisation (matched)" in text
    assert "Inference via optimisation (published)" not in text
    assert "Mixtures of Gaussians" not in text


def test_the_summary_has_data_that_no_modes_are_counted_on(text: str) -> None:
    summary = text.split("1 What was run")[0]
    assert "CIFAR-10 IvOM, test images 0.00597 GAN (non-saturating) ∞ BEGAN" in summary


def test_every_trace_has_one_value(image_study: SimpleNamespace, built: Path, tmp_path: Path) -> None:
    s = image_study
    records = [json.loads((run / "run.json").read_text()) for run in s.runs]
    page = document.content(s.summary, built.parent / "tables", records)
    for name in layout.figure_names(s.summary):
        (tmp_path / name).write_bytes((built.parent / "figures" / name).read_bytes())
    document.compile_pdf({**page, "checksums": []}, tmp_path)
    found = json.loads(typst.query(str(tmp_path / "report.typ"), "<number>", field="value"))
    traces = {trace["id"]: trace["value"] for trace in found}
    assert all(traces[trace["id"]] == trace["value"] for trace in found)
    for name in ("table2", "samples", "inversions"):
        for row in printed(built, name).to_dict("records"):
            for measure in layout.measures(s.summary, [row["dataset"]], layout.PRINTED[name][1]):
                assert traces["/".join([row[k] for k in tables.CELL] + [measure])] == row[measure]
    assert traces["poster/cifar10/ALI/ivom_test"] == "0.0067 ± 0.004"
    assert traces["cost/matched/cifar10/ali/steps"] == "400"


def test_cifar_alone_makes_a_report(image_study: SimpleNamespace, tmp_path: Path) -> None:
    """Few variants, no counts at all, and so no figure of final values either."""
    s = image_study
    cells = [c for c in s.summary.cells if c.dataset == "cifar10" and c.variant in ("ali", "veegan")]
    variants = {name: s.summary.variants[name] for name in ("ali", "veegan")}
    own = {"cifar10": s.summary.datasets["cifar10"]}
    summary = replace(s.summary, cells=cells, datasets=own, variants=variants)
    kept = s.measures[(s.measures["dataset"] == "cifar10") & (s.measures["experiment"] != "published")]
    runs = [run for run in s.runs if run.parts[-3:-1] in (("cifar10", "ali"), ("cifar10", "veegan"))]
    changed = {"summary": summary, "measures": kept[~kept["variant"].isin(["gan-nonsaturating", "unrolled", "began"])]}
    text = text_of(build_report(SimpleNamespace(**{**vars(s), **changed, "runs": runs}), tmp_path))
    assert "On CIFAR-10, IvOM, test images: ALI 0.0" in text
    assert "(published: 0.0067 ± 0.004)" in text
    assert "after ± stands the sample standard deviation" in text
    assert "Final values" not in text
    assert "Stacked-MNIST is not in this study; config/images.yaml runs it" in text

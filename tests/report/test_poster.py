"""The poster's Table 2: what stands beside each published number, and why where nothing does."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up_study import changed

from modecollapse.errors import StudyError
from modecollapse.report import layout, poster
from modecollapse.report import result_tables as tables
from modecollapse.study.summary import VariantSummary

METHODS = ["DCGAN", "ALI", "Unrolled GAN", "VEEGAN"]
COLUMNS = [("stacked-mnist", "modes"), ("stacked-mnist", "reverse_kl"), ("cifar10", "ivom_test")]


def table(study: SimpleNamespace, **changes: object) -> pd.DataFrame:
    """The table of a study, some fields of whose summary are changed."""
    summary = replace(study.summary, **changes)
    summarised = tables.summarise(summary, study.measures, study.support)
    return poster.poster_table2(summary, summarised, study.published)


def cell(frame: pd.DataFrame, method: str, experiment: str, measure: str) -> dict[str, str]:
    keys = {"method": method, "experiment": experiment, "measure": measure}
    [row] = frame[(frame[list(keys)] == pd.Series(keys)).all(axis=1)].to_dict("records")
    return row


def test_has_every_published_number_in_every_experiment(image_study: SimpleNamespace) -> None:
    rows = table(image_study)
    assert list(rows) == poster.COLUMNS
    expected = [(m, *column, e) for m in METHODS for column in COLUMNS for e in ("matched", "published")]
    assert list(rows[["method", "dataset", "measure", "experiment"]].itertuples(index=False, name=None)) == expected
    assert list(rows["published"].unique()) == [
        "99", "3.4", "0.00844 ± 0.002", "16", "5.4", "0.0067 ± 0.004", "48.7", "4.32", "0.013 ± 0.0009", "150", "2.95",
        "0.0068 ± 0.0001",
    ]  # fmt: skip


def test_a_measured_number_is_that_of_the_other_tables(image_study: SimpleNamespace) -> None:
    s, rows = image_study, table(image_study)
    summarised = tables.summarise(s.summary, s.measures, s.support)
    printed = pd.concat(tables.printed(s.summary, summarised, s.published, name) for name in layout.PRINTED)
    both = rows.merge(printed, on=["experiment", "dataset", "variant"], suffixes=("", "_printed")).to_dict("records")
    assert len(both) == (rows["note"] == "").sum()
    for found in both:
        assert found["measured"] == found[found["measure"]]
        share = {"stacked-mnist": "0.4%", "cifar10": "–"}[found["dataset"]]  # nobody knows the work of the latter
        assert (found["n"], found["steps"], found["budget"]) == ("5", "400", share)
    dcgan = cell(rows, "DCGAN", "matched", "modes")
    assert (dcgan["variant"], dcgan["row"]) == ("gan-nonsaturating", "GAN (non-saturating)")
    assert dcgan["measured"].startswith("50.00 [")


def test_says_why_there_is_no_number(image_study: SimpleNamespace, study: SimpleNamespace) -> None:
    rows = table(image_study)
    assert cell(rows, "ALI", "published", "ivom_test")["note"] == "no recipe for it in this experiment"
    veegan = cell(rows, "VEEGAN", "published", "modes")
    assert veegan["note"] == "no variant of this experiment stands for the method"
    assert (veegan["variant"], veegan["measured"], veegan["n"]) == (layout.NONE, layout.NONE, layout.NONE)
    missing = {m: entry for m, entry in image_study.summary.measures.items() if m != "reverse_kl"}
    unmeasured = cell(table(image_study, measures=missing), "ALI", "matched", "reverse_kl")
    assert unmeasured["note"] == "not measured: reverse_kl is not among the study's measures"
    # The stand-in of Stacked-MNIST is none: a study with it has neither of the data sets.
    notes = table(study).groupby("dataset")["note"].unique().map(list).to_dict()
    assert notes == {
        "stacked-mnist": ["Stacked-MNIST is not in this study; config/images.yaml runs it"],
        "cifar10": ["CIFAR-10 is not in this study; config/images.yaml runs it"],
    }
    assert set(table(study)["measured"]) == {layout.NONE}


def test_a_cell_without_a_recipe_on_a_data_set_that_others_have(image_study: SimpleNamespace) -> None:
    gone = {"experiment": "matched", "dataset": "stacked-mnist", "variant": "veegan"}
    cells = [c for c in image_study.summary.cells if c.key != tuple(gone.values())]
    measures = image_study.measures
    kept = measures[(measures[list(gone)] != pd.Series(gone)).any(axis=1)]
    rows = table(changed(image_study, measures=kept), cells=cells)
    assert cell(rows, "VEEGAN", "matched", "modes")["note"] == "no recipe for it in this experiment"
    assert cell(rows, "VEEGAN", "matched", "ivom_test")["note"] == ""


def test_other_data_of_the_family_are_shown_as_such(image_study: SimpleNamespace) -> None:
    """With other options nothing published stands beside a result, but the poster's table still shows both."""
    s = image_study
    options = {"triples": 128_000, "range": "unit"}
    entry = replace(s.summary.datasets["stacked-mnist"], as_published=False, options=options)
    modes = cell(table(s, datasets=s.summary.datasets | {"stacked-mnist": entry}), "ALI", "matched", "modes")
    assert modes["published"] == "16"
    assert modes["measured"].startswith("82.80 [")
    assert modes["note"] == "Stacked-MNIST with other options than the published: triples = 128000, range = unit"


def test_the_published_definition_is_preferred(image_study: SimpleNamespace) -> None:
    s, other = image_study, "stacked-mnist-pacgan"
    entry = s.summary.datasets["stacked-mnist"]
    sets = {other: replace(entry, label="Other", as_published=False), **s.summary.datasets}
    added = [replace(c, dataset=other) for c in s.summary.cells if c.dataset == "stacked-mnist"]
    cells = [*added, *s.summary.cells]
    with pytest.raises(StudyError, match=f"summary: matched/{other}/gan-nonsaturating, modes: no row"):
        table(s, datasets=sets, cells=added)
    same = s.measures[s.measures["dataset"] == "stacked-mnist"].assign(dataset=other)
    s = changed(s, measures=pd.concat([s.measures, same]))
    s.support = lambda dataset, measure: image_study.support(dataset.removesuffix("-pacgan"), measure)
    rows = table(s, datasets=sets, cells=cells)
    assert cell(rows, "ALI", "matched", "modes")["of"] == "stacked-mnist"
    without = [c for c in cells if (c.experiment, c.dataset) != ("matched", "stacked-mnist")]
    rows = table(s, datasets=sets, cells=without)
    assert cell(rows, "ALI", "matched", "modes")["of"] == other
    assert cell(rows, "ALI", "published", "modes")["of"] == "stacked-mnist"


def test_several_variants_may_stand_for_a_method(image_study: SimpleNamespace) -> None:
    s = image_study
    cells = s.summary.cells + [replace(c, variant="dcgan") for c in s.summary.cells if c.variant == "ali"]
    variants = {**s.summary.variants, "dcgan": VariantSummary("DCGAN", "gan-nonsaturating", {})}
    measures = pd.concat([s.measures, s.measures[s.measures["variant"] == "ali"].assign(variant="dcgan")])
    rows = table(changed(s, measures=measures), cells=cells, variants=variants)
    found = rows[(rows["method"] == "DCGAN") & (rows["experiment"] == "matched") & (rows["measure"] == "modes")]
    assert list(found["row"]) == ["GAN (non-saturating)", "DCGAN"]


def test_the_page_gives_every_cell_a_number_or_a_note(image_study: SimpleNamespace) -> None:
    page = poster.page(table(image_study))
    assert [m["method"] for m in page["methods"]] == METHODS
    assert [n["mark"] for n in page["notes"]] == ["a", "b"]
    assert [(c["group"], c["label"]) for c in page["columns"]] == [
        ("Stacked-MNIST", "Modes (Max 1000)"), ("Stacked-MNIST", "KL"), ("CIFAR-10", "IvOM"),
    ]  # fmt: skip
    for method in page["methods"]:
        assert [row["experiment"] for row in method["rows"]] == ["matched", "published"]
        for row in method["rows"]:
            assert len(row["cells"]) == 3
            assert all((entry["measured"] == layout.NONE) == (entry["mark"] != "") for entry in row["cells"])
    assert json.dumps(page)


def test_in_the_report(image_report: SimpleNamespace) -> None:
    page, text = poster.page(table(image_report)), image_report.text
    for method in page["methods"]:
        assert " ".join([f"{method['method']} on the poster", *(e["value"] for e in method["published"])]) in text
    first = page["methods"][0]["rows"][0]["cells"]
    modes, kl, ivom = (entry["measured"] for entry in first)
    assert f"matched: GAN (non-saturating) {modes} {kl} 400 (0.4%) {ivom} 400" in text
    assert "a no recipe for it in this experiment. b no variant of this experiment stands for the method." in text
    assert "With 26,000 samples a perfect generator scores 0.024 on average" in text


def test_the_floor_of_the_divergence_is_that_of_the_digits() -> None:
    """Stacks of the digits of MNIST, whose classes are not equally frequent, against the uniform distribution."""
    digits = np.array([6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958]) / 70_000
    shares = np.einsum("i,j,k->ijk", digits, digits, digits).ravel()
    n = int(poster.NUMBERS["kl_floor_samples"].replace(",", ""))
    counts = np.random.default_rng(0).multinomial(n, shares, size=40)
    floor = np.mean([(p[p > 0] * np.log(1000 * p[p > 0])).sum() for p in counts / n])
    assert f"{floor:.3f}" == poster.NUMBERS["kl_floor"]

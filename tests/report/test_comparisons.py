"""What the report prints of the comparisons: the baseline's table, agreement, stability, times, and how much of it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from made_up_study import make_summary

from modecollapse.comparisons.frames import FLAG, NUMBER, TEXT, WHOLE
from modecollapse.comparisons.write import TYPES
from modecollapse.report import comparisons, layout
from modecollapse.study.summary import StudySummary

NAMES = {"gan-minimax": "GAN (minimax)", "gan-nonsaturating": "GAN (non-saturating)", "veegan": "VEEGAN"}
SUMMARY = make_summary(["ring", "grid"], NAMES, ["matched"])
PLACE = {"experiment": "matched", "dataset": "ring", "measure": "modes"}
AGAINST = PLACE | {"variant": "veegan", "baseline": "gan-nonsaturating", "superiority": 0.93}
AGAINST |= {
    "superiority_lower": 0.714,
    "superiority_upper": 0.986,
    "p_holm": 0.0123,
    "better": "veegan",
    "detectable": 0.9312,
    "n": 10,
}
EMPTY = {TEXT: "", WHOLE: 0, NUMBER: None, FLAG: False}
TAU = PLACE | {"kind": "tau_b", "second_measure": "reverse_kl", "value": 0.5, "status": "ok"}
FLIP = PLACE | {"kind": "flip", "second_measure": "high_quality_percent", "variant": "veegan", "status": "ok"}
FLIP |= {"second_variant": "gan-minimax", "superiority": 0.9, "second_superiority": 0.03}
TIME = PLACE | {"measure": "coverage_time:0.9", "variant": "veegan", "n": 5, "reached": 3, "budget": 4000.0}
TIME |= {"restricted_mean": 1234.5, "p_holm": 0.04}


def page(summary: StudySummary = SUMMARY, failed: dict | None = None, **rows: list[dict]) -> dict:
    """The page of tables with these rows."""
    return comparisons.page(summary, "matched", again(**rows), failed or {})


def again(**rows: list[dict]) -> dict[str, pd.DataFrame]:
    """The tables with these rows, what they leave out filled in, written to files and read back."""
    with TemporaryDirectory() as folder:
        for name, types in TYPES.items():
            left_out = {column: EMPTY[kind] for column, kind in types.items()}
            given = [left_out | row for row in rows.get(name.removesuffix(".csv"), [])]
            pd.DataFrame(given, columns=list(types)).to_csv(Path(folder) / name, index=False)
        return comparisons.read(Path(folder))


def test_the_files_are_those_that_compare_writes() -> None:
    assert tuple(TYPES) == layout.COMPARISONS


def test_an_empty_cell_is_no_name_and_no_number() -> None:
    rows = [AGAINST, AGAINST | {"variant": "gan-minimax", "better": None, "detectable": None}]
    table = again(baseline=rows)["baseline"]
    assert list(table["better"]) == ["veegan", ""]
    assert np.isnan(table["detectable"].iloc[1])


def test_a_variant_against_the_baseline() -> None:
    worse = AGAINST | {"variant": "gan-minimax", "better": "gan-nonsaturating", "superiority": 0.0, "p_holm": 0.0001}
    found = page(baseline=[AGAINST, worse])["baseline"]
    assert found["label"] == "GAN (non-saturating)"
    [block] = found["blocks"]
    assert [m["label"] for m in block["measures"]] == ["Modes captured"]
    assert block["measures"][0]["detectable"] == "0.93"
    assert [row["row"] for row in block["rows"]] == ["GAN (minimax)", "VEEGAN"]
    name = "baseline/matched/ring/modes"
    assert [row["cells"][0] for row in block["rows"]] == [
        {"id": f"{name}/gan-minimax", "chance": "0.00 [0.71, 0.99]", "p": "<0.001", "wins": "worse"},
        {"id": f"{name}/veegan", "chance": "0.93 [0.71, 0.99]", "p": "0.012", "wins": "better"},
    ]


def test_what_could_have_been_seen() -> None:
    other = AGAINST | {"variant": "gan-minimax", "better": "", "p_holm": 1.0}
    for detectable, text in ((None, "none"), (0.9312, "0.93"), (0.88, "0.88 to 0.93")):
        rows = [AGAINST | {"detectable": None if detectable is None else 0.9312}, other | {"detectable": detectable}]
        [block] = page(baseline=rows)["baseline"]["blocks"]
        assert block["measures"][0]["detectable"] == text
    assert block["rows"][0]["cells"][0]["wins"] == ""


def test_a_variant_without_a_measure_has_a_dash_and_failed_measures_are_marked() -> None:
    rows = [AGAINST, AGAINST | {"variant": "gan-minimax", "measure": "reverse_kl"}]
    [block] = page(baseline=rows, failed={"ring": ["modes"]})["baseline"]["blocks"]
    assert [m["failed"] for m in block["measures"]] == [True, False]
    assert [cell["chance"] == "–" for row in block["rows"] for cell in row["cells"]] == [True, False, False, True]


def test_no_baseline_no_table() -> None:
    assert page()["baseline"] is None


def test_comparisons_are_counted_over_everything() -> None:
    pair = PLACE | {"first": "a", "second": "b"}
    worse = AGAINST | {"variant": "gan-minimax", "better": "gan-nonsaturating"}
    found = page(
        pairs=[pair | {"better": "a"}, pair | {"better": ""}, pair | {"experiment": "published", "better": "a"}],
        baseline=[AGAINST, worse, AGAINST | {"measure": "unprinted", "better": ""}],
        disagreements=[FLIP, TAU],
    )["numbers"]
    assert found == {"pairs": "2", "pairs_decided": "1", "baseline": "3", "better": "1", "worse": "1", "flips": "1"}


def test_agreement_has_a_column_a_data_set() -> None:
    rows = [TAU, TAU | {"measure": "high_quality_percent", "value": -0.001}]
    rows.append(TAU | {"dataset": "grid", "measure": "reverse_kl", "second_measure": "modes", "value": None})
    rows[-1]["status"] = "all tied"
    found = page(disagreements=rows)["agreement"]
    assert found["heads"] == ["2D Ring", "2D Grid"]
    assert [row["measures"] for row in found["rows"]] == [
        ["Modes captured", "Reverse KL (nats)"], ["% high quality samples", "Reverse KL (nats)"],
    ]  # fmt: skip
    assert [[cell["value"] for cell in row["cells"]] for row in found["rows"]] == [["0.50", "all tied"], ["0.00", "–"]]


def test_two_variants_have_no_ranking_to_speak_of() -> None:
    two = make_summary(["ring", "grid"], {name: NAMES[name] for name in list(NAMES)[:2]}, ["matched"])
    row = PLACE | {"statistic": "kendall_w", "dataset": "all", "variants": 2, "value": 1.0, "p": 0.5, "status": "ok"}
    found = page(two, disagreements=[TAU], stability=[row])
    assert found["agreement"]["rows"] == found["stability"] == []


def test_the_clearest_flips_come_first() -> None:
    doubtful = FLIP | {"dataset": "grid", "superiority": 0.7}
    flips = page(disagreements=[doubtful, FLIP])["flips"]
    assert [flip["label"] for flip in flips] == ["2D Ring", "2D Grid"]
    assert [(s["row"], s["measure"], s["chance"]) for s in flips[0]["sides"]] == [
        ("VEEGAN", "Modes captured", "0.90"), ("GAN (minimax)", "% high quality samples", "0.97"),
    ]  # fmt: skip
    assert len(page(disagreements=[FLIP, FLIP | {"second_variant": "gan-nonsaturating"}])["flips"]) == 1
    places = product(("ring", "grid"), SUMMARY.measures, NAMES)
    many = [FLIP | {"dataset": d, "measure": m, "variant": v} for d, m, v in places]
    found = page(disagreements=many)
    assert len(found["flips"]) == comparisons.MOST_FLIPS
    assert found["numbers"]["flips"] == "18"


def test_the_stability_of_a_ranking() -> None:
    key = {"experiment": "matched", "measure": "modes", "variants": 3, "status": "ok"}
    between = key | {"statistic": "tau_b", "dataset": "grid", "second_dataset": "ring", "lower": -0.2, "upper": 0.8}
    w = key | {"statistic": "kendall_w", "dataset": "all", "value": 0.654, "p": 0.0321}
    out = key | {"statistic": "left_out", "dataset": "grid", "value": -1.5, "variant": "veegan"}
    [row] = page(stability=[between | {"value": 0.33}, w, out])["stability"]
    assert row["concordance"] == "0.65 (0.032)"
    assert row["taus"] == [
        {"id": "stability/matched/modes/grid/ring", "value": "0.33 [-0.20, 0.80]", "between": "2D Grid, 2D Ring"}
    ]
    assert row["left_out"] == {"row": "VEEGAN", "change": "-1.5", "without": "2D Grid"}
    three = [between | {"value": value} for value in (0.5, -1, 1)]
    [row] = page(stability=[*three, w])["stability"]
    assert [tau["value"].split(" ")[0] for tau in row["taus"]] == ["-1.00", "1.00"]
    [row] = page(stability=[w | {"value": None, "p": None, "status": "all tied"}])["stability"]
    assert (row["concordance"], row["taus"], row["left_out"]) == ("all tied", [], None)


def test_times_are_of_the_first_share_that_some_run_covers() -> None:
    half = TIME | {"measure": "coverage_time:0.5", "reached": 5}
    never = TIME | {"dataset": "grid", "reached": 0}
    found = page(coverage_times=[TIME, TIME | {"variant": "gan-minimax", "p_holm": None}, never, half])["times"]
    assert (found["share"], found["never"]) == ("90%", ["2D Grid"])
    assert found["heads"] == [{"label": "2D Ring", "id": "times/matched/ring/budget", "budget": "4,000"}]
    assert [row["row"] for row in found["rows"]] == ["GAN (minimax)", "VEEGAN"]
    assert [cell["p"] for row in found["rows"] for cell in row["cells"]] == ["–", "0.040"]
    [cell] = found["rows"][1]["cells"]
    assert (cell["reached"], cell["wait"]) == ("3/5", "1,234")
    assert page(coverage_times=[TIME | {"reached": 0}, half])["times"]["share"] == "50%"
    assert page(coverage_times=[never])["times"]["rows"] == []


@pytest.mark.parametrize(("value", "text"), [(1.0, "1.000"), (0.0005, "0.001"), (0.0004, "<0.001"), (np.nan, "–")])
def test_no_p_is_printed_as_zero(value: float, text: str) -> None:
    assert comparisons._p(value) == text


def test_nothing_to_compare() -> None:
    """One seed, one variant, or no measure with a direction."""
    one = make_summary(["ring"], {"veegan": "VEEGAN"}, ["matched"])
    aimless = {name: replace(entry, better=None) for name, entry in SUMMARY.measures.items()}
    for summary in (
        replace(SUMMARY, cells=[replace(cell, seeds=[0]) for cell in SUMMARY.cells]),
        one,
        replace(SUMMARY, measures=aimless),
    ):
        assert page(summary) is None
        assert "ranks" not in layout.figures(summary, "matched")
    assert json.dumps(page(), allow_nan=False)


def test_few_data_sets_and_measures_are_printed() -> None:
    """Those as published first, and of the measures some of each kind."""
    places = [f"set-{i}" for i in range(6)]
    entry = SUMMARY.datasets["ring"]
    more = {name: replace(entry, label=name, as_published=name == "set-5") for name in places}
    own = make_summary(["ring"], NAMES, ["matched"])
    cells = [*own.cells, *(replace(cell, dataset=name) for name in places for cell in own.cells)]
    summary = replace(own, datasets=own.datasets | more, cells=cells)
    assert layout.compared(summary, "matched") == ["ring", "set-0", "set-1", "set-5"]
    assert page(summary)["others"] == ["set-2", "set-3", "set-4"]
    assert not page(summary)["some_measures"]
    sampled = {f"sampled-{i}": replace(SUMMARY.measures["modes"], reads="samples") for i in range(4)}
    ring = replace(entry, measures=[*summary.measures, *sampled])
    summary = replace(summary, measures=summary.measures | sampled, datasets=summary.datasets | {"ring": ring})
    assert layout.ranked(summary, "ring") == ["modes", "high_quality_percent", "sampled-0", "sampled-1"]
    assert page(summary)["some_measures"]

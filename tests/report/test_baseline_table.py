"""What the report prints of the comparisons: the baseline's table, counts, and how much of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from default_config import DEFAULT
from made_up_study import VARIANTS, make_summary, with_seeds

from modecollapse.comparisons.comparison_tables import TYPES
from modecollapse.comparisons.families import FLAG, NUMBER, TEXT, WHOLE
from modecollapse.errors import StudyError
from modecollapse.report import baseline_table, layout
from modecollapse.study.load import load_study
from modecollapse.study.summary import StudySummary

SUMMARY = make_summary(["ring", "grid"], VARIANTS, ["matched"])
PLACE = {"experiment": "matched", "dataset": "ring", "measure": "modes"}
AGAINST = PLACE | {"variant": "veegan", "baseline": "gan-nonsaturating", "superiority": 0.93, "n": 10}
AGAINST |= {"superiority_lower": 0.714, "superiority_upper": 0.986, "p_holm": 0.0123, "better": ""}
AGAINST |= {"detectable": 0.9312}
EMPTY = {TEXT: "", WHOLE: 0, NUMBER: None, FLAG: False}
# Every variant by every measure, of which tests change some.
ALL = [
    AGAINST | {"dataset": dataset, "measure": measure, "variant": variant}
    for dataset in SUMMARY.datasets
    for measure in SUMMARY.measures
    for variant in ("gan-minimax", "veegan")
]


def tables(**rows: Sequence[dict]) -> dict[str, pd.DataFrame]:
    """The printed tables with these rows, what they leave out filled in."""
    found = {}
    for name in ("pairs", "baseline"):
        left_out = {column: EMPTY[kind] for column, kind in TYPES[f"{name}.csv"].items()}
        found[name] = pd.DataFrame([left_out | row for row in rows.get(name, [])], columns=list(left_out))
    return found


def page(*changed: dict, summary: StudySummary = SUMMARY, pairs: Sequence[dict] = (), failed: dict | None = None):
    """The page of ALL, in which some rows are changed."""
    rows = {tuple(row[key] for key in baseline_table.KEY): row for row in [*ALL, *changed]}
    return baseline_table.page(summary, "matched", tables(baseline=[*rows.values()], pairs=pairs), failed or {})


def test_what_the_report_does_not_print_is_released_on_request() -> None:
    study = load_study([DEFAULT])
    everything = study.model_copy(update={"tables": "all"})
    assert layout.released_comparisons(study) == layout.COMPARISONS
    assert layout.released_comparisons(everything) == tuple(TYPES)
    more = set(layout.planned_files(everything)) - set(layout.planned_files(study))
    assert more == {f"tables/{name}" for name in layout.MORE_COMPARISONS}


def test_a_variant_against_the_baseline() -> None:
    worse = AGAINST | {"variant": "gan-minimax", "better": "gan-nonsaturating", "superiority": 0.0, "p_holm": 0.0001}
    found = page(AGAINST | {"better": "veegan"}, worse, failed={"ring": ["reverse_kl"]})
    assert found["label"] == "GAN (non-saturating)"
    ring, grid = found["blocks"]
    assert (ring["label"], grid["label"]) == ("2D Ring", "2D Grid")
    assert [m["label"] for m in ring["measures"]] == [entry.label for entry in SUMMARY.measures.values()]
    assert [m["failed"] for m in ring["measures"]] == [False, False, True]
    assert [row["row"] for row in ring["rows"]] == ["GAN (minimax)", "VEEGAN"]
    name = "baseline/matched/ring/modes"
    assert [row["cells"][0] for row in ring["rows"]] == [
        {"id": f"{name}/gan-minimax", "chance": "0.00 [0.71, 0.99]", "p": "<0.001", "wins": "worse"},
        {"id": f"{name}/veegan", "chance": "0.93 [0.71, 0.99]", "p": "0.012", "wins": "better"},
    ]
    assert grid["rows"][0]["cells"][0]["wins"] == ""
    with pytest.raises(StudyError, match="baseline.csv: matched/ring/gan-minimax, modes: no row"):
        baseline_table.page(SUMMARY, "matched", tables(baseline=ALL[1:]), {})


@pytest.mark.parametrize(
    ("first", "second", "text"), [(None, None, "none"), (0.9312, 0.9312, "0.93"), (0.9312, 0.88, "0.88 to 0.93")]
)
def test_the_smallest_chance_that_the_tests_could_have_found(
    first: float | None, second: float | None, text: str
) -> None:
    rows = AGAINST | {"detectable": first}, AGAINST | {"variant": "gan-minimax", "detectable": second}
    assert page(*rows)["blocks"][0]["measures"][0]["detectable"] == text


def test_comparisons_are_counted_over_everything() -> None:
    pair = PLACE | {"first": "a", "second": "b"}
    pairs = [pair | {"better": "a"}, pair | {"better": ""}, pair | {"experiment": "published", "better": "a"}]
    worse = AGAINST | {"variant": "gan-minimax", "better": "gan-nonsaturating"}
    found = page(AGAINST | {"better": "veegan"}, worse, AGAINST | {"measure": "unprinted"}, pairs=pairs)["numbers"]
    assert found == {"pairs": "2", "pairs_decided": "1", "baseline": "13", "better": "1", "worse": "1"}


@pytest.mark.parametrize(("value", "text"), [(1.0, "1.000"), (0.0005, "0.001"), (0.0004, "<0.001"), (np.nan, "–")])
def test_no_p_is_printed_as_zero(value: float, text: str) -> None:
    assert page(AGAINST | {"p_holm": value})["blocks"][0]["rows"][1]["cells"][0]["p"] == text


def test_nothing_to_compare() -> None:
    """One seed, one variant, or no measure with a direction; and without the baseline there is no table."""
    one = make_summary(["ring"], {"veegan": "VEEGAN"}, ["matched"])
    aimless = {name: replace(entry, better=None) for name, entry in SUMMARY.measures.items()}
    for summary in (with_seeds(SUMMARY, [0]), one, replace(SUMMARY, measures=aimless)):
        assert page(summary=summary) is None
        assert "ranks" not in layout.figures(summary, "matched")
    without = make_summary(["ring"], {v: VARIANTS[v] for v in ("gan-minimax", "veegan")}, ["matched"])
    assert page(summary=without)["blocks"] == []
    assert json.dumps(page(), allow_nan=False)


def test_few_data_sets_and_measures_are_printed() -> None:
    """Those as published first, and of the measures some of each kind."""
    places = [f"set-{i}" for i in range(6)]
    entry = SUMMARY.datasets["ring"]
    more = {name: replace(entry, label=name, as_published=name == "set-5") for name in places}
    own = make_summary(["ring"], {v: VARIANTS[v] for v in ("gan-minimax", "veegan")}, ["matched"])
    cells = [*own.cells, *(replace(cell, dataset=name) for name in places for cell in own.cells)]
    summary = replace(own, datasets=own.datasets | more, cells=cells)
    assert layout.compared(summary, "matched") == ["ring", "set-0", "set-1", "set-5"]
    assert page(summary=summary)["others"] == ["set-2", "set-3", "set-4"]
    sampled = {f"sampled-{i}": replace(SUMMARY.measures["modes"], reads="samples") for i in range(4)}
    ring = replace(entry, measures=[*summary.measures, *sampled])
    summary = replace(summary, measures=summary.measures | sampled, datasets=summary.datasets | {"ring": ring})
    assert layout.ranked(summary, "ring") == ["modes", "high_quality_percent", "sampled-0", "sampled-1"]

"""What the files declare of measures, and how a measure is found by its name."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from modecollapse import measures
from modecollapse.errors import StudyError
from modecollapse.measures.sampled import LEAST, POINTS
from modecollapse.study import catalogue

MEASURES = catalogue.names("measures")
KEYS = {"LABEL", "DECIMALS", "RANGE", "NOTE", "BETTER", "READS", "RULE", "FAMILIES", "MAIN", "SHARE_OF_SAMPLES"}
WHOLE = "MEASURES = {'mine': {'LABEL': 'Mine', 'DECIMALS': 1, 'RANGE': (0, 'K'), 'NOTE': 'x; more is better'}}\n"


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_declares_what_tables_and_figures_need(measure: str) -> None:
    declared = catalogue.declarations("measures", measure)
    assert declared.keys() >= {"LABEL", "DECIMALS", "RANGE", "NOTE"}
    assert catalogue.source("measures", measure).is_file()
    low, high = measures.support(measure, 7)
    assert low < high
    [said] = re.findall(r"\b(more|less|nearer to .*) is better", declared["NOTE"])
    assert declared.get("BETTER", said) == said
    assert "BETTER" in declared or said.startswith("nearer")
    module = importlib.import_module(f"modecollapse.measures.{catalogue.source('measures', measure).stem}")
    assert set(module.MEASURES[measure]) <= KEYS
    assert measures.reads(measure) == measures.INVERSIONS or callable(getattr(module, measure))


def test_ranges_that_depend_on_numbers_of_points_follow_them() -> None:
    assert measures.support("mmd", 8) == (-1 / POINTS - 1 / LEAST, 2)
    assert measures.support("birthday_batch", 8) == (2, POINTS)
    assert measures.support("reverse_kl", 8) == (0, math.log(8))
    assert measures.support("modes", 8) == (0, 8)
    assert measures.support("ivom_test", 8) == measures.support("density", 8) == (0, math.inf)


def test_about_a_dozen_measures_are_main_ones() -> None:
    main = [name for name in MEASURES if catalogue.declarations("measures", name).get("MAIN")]
    assert 8 <= len(main) <= 13
    assert {"modes", "high_quality_percent", "reverse_kl"} <= set(main)


def test_every_rule_of_a_measure_is_one_of_a_data_set() -> None:
    families = catalogue.names("datasets")
    offered = {rule for name in families for rule in catalogue.declarations("datasets", name).get("RULES", ())}
    of_rules = {name: measures.rule(name) for name in MEASURES if measures.rule(name)}
    assert of_rules == {"modes_shell": "shell", "high_quality_percent_shell": "shell"}
    assert set(of_rules.values()) <= offered


@pytest.mark.parametrize("name", ["mode", "table", "", "../modes", "score", "sampled", "neighbours", "ivom"])
def test_a_measure_that_does_not_exist_is_refused(name: str) -> None:
    for ask in (measures.reads, lambda name: measures.value(name, [1], 1), lambda name: measures.support(name, 8)):
        with pytest.raises(StudyError, match=rf"--measures: '{re.escape(name)}' is unknown.*allowed: "):
            ask(name)


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of a new measure in a package of measures alone."""
    monkeypatch.setattr(catalogue, "PACKAGE", tmp_path)
    (tmp_path / "measures").mkdir()
    for function in (catalogue.names, catalogue.declarations):
        function.cache_clear()
    yield tmp_path / "measures" / "mine.py"
    for function in (catalogue.names, catalogue.declarations):
        function.cache_clear()


def test_a_new_file_is_offered_and_what_stands_beside_measures_holds_for_all(mine: Path) -> None:
    mine.write_text("DECIMALS = 3\nREADS = 'samples'\n" + WHOLE)
    assert catalogue.names("measures") == ("mine",)
    assert catalogue.source("measures", "mine") == mine
    assert measures.support("mine", 5) == (0, 5)
    assert measures.reads("mine") == "samples"
    assert catalogue.declared("measures", "mine", "DECIMALS") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("MEASURES = {'mine': {'RANGE': (0, float('inf'))}}\n", "mine.py: MEASURES is no {name: {key: value}}; "),
        ("MEASURES = ['mine']\n", "measures/mine.py: MEASURES is no {name: {key: value}}; allowed: literals alone"),
        ("MEASURES = {'mine': {'LABEL': 'Mine'}}\n", "measures/mine.py: declares no RANGE; allowed: "),
        ("MEASURES = \n", "line 1: invalid syntax; allowed: Python"),
    ],
)
def test_a_mistake_in_a_new_file_is_one_line(mine: Path, text: str, message: str) -> None:
    mine.write_text(text)
    with pytest.raises(StudyError, match=re.escape(message)):
        measures.support("mine", 8)


def test_a_name_is_declared_once_and_has_a_function(mine: Path) -> None:
    mine.with_name("modes.py").write_text(WHOLE)  # another file of that name is imported
    with pytest.raises(StudyError, match=r"measures/modes\.py: has no function mine; allowed: one for each name"):
        measures.value("mine", [1], 1)
    mine.write_text(WHOLE)
    catalogue._measures.cache_clear()
    with pytest.raises(StudyError, match=r"measures/modes\.py: declares mine, as mine\.py does; allowed: one file"):
        measures.support("mine", 8)

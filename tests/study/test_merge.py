"""Configurations on top of one another: as Snakemake merges, but for kinds; what is merged loads again."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from default_config import DEFAULT, EXPERIMENTS, SHIPPED
from hypothesis import given
from hypothesis import strategies as st
from nested_changes import VALUES
from snakemake.utils import update_config

from modecollapse.errors import StudyError
from modecollapse.study.config import Study
from modecollapse.study.load import load_study, read_spec, to_yaml
from modecollapse.study.merge import merge, without_nulls

FILLED = VALUES.filter(lambda value: "{}" not in repr(value))  # Snakemake does not put {} on a scalar
MAPPINGS = st.dictionaries(
    st.sampled_from("abcd"), FILLED | st.dictionaries(st.sampled_from("abc"), FILLED, min_size=1)
)


@given(lower=MAPPINGS, upper=MAPPINGS)
def test_mappings_merge_as_snakemake_merges_them(lower: dict, upper: dict) -> None:
    expected, before = copy.deepcopy(lower), repr((lower, upper))
    update_config(expected, upper)
    assert repr(merge(lower, upper)) == repr(expected)
    assert repr((lower, upper)) == before
    assert merge(merge(lower, upper), {}) == merge(lower, upper) or "nan" in before


@pytest.mark.parametrize(
    ("lower", "upper", "merged"),
    [
        ({"kind": "adam", "lr": 1, "beta1": 0}, {"lr": 2}, {"kind": "adam", "lr": 2, "beta1": 0}),
        ({"kind": "adam", "lr": 1, "beta1": 0}, {"kind": "adam", "lr": 2}, {"kind": "adam", "lr": 2, "beta1": 0}),
        ({"kind": "adam", "lr": 1, "beta1": 0}, {"kind": "rmsprop", "lr": 2}, {"kind": "rmsprop", "lr": 2}),
        ({"hidden": [8]}, {"kind": "conv", "channels": [8]}, {"kind": "conv", "channels": [8]}),
        ({"kind": "points", "steps": 1}, {"kind": None, "datasets": ["ring"]}, {"datasets": ["ring"], "steps": 1}),
        ({"kind": {"x": 1}}, {"kind": {"y": 2}}, {"kind": {"x": 1, "y": 2}}),  # a definition of that name
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"a": {"b": 1}}, {"a": None}, {}),
        ({"by_variant": {"x": {"s": 1}, "y": {}}}, {"by_variant": {"x": {"s": None}, "y": None}},
         {"by_variant": {"x": {"s": None}}}),
    ],
)  # fmt: skip
def test_another_kind_replaces_and_null_removes(lower: dict, upper: dict, merged: dict) -> None:
    assert without_nulls(merge(lower, upper)) == merged


def test_files_and_command_line_merge_in_order(tmp_path: Path) -> None:
    later = tmp_path / "later.yaml"
    later.write_text("seeds: [7]\nsteps: 9\ndefinitions: {variants: {veegan: {label: V}, pacgan: null}}\n")
    study, usual = load_study([DEFAULT, later], {"steps": "5", "variants": ["veegan"]}), load_study([DEFAULT])
    assert (study.seeds, study.steps, study.variants) == ([7], 5, ["veegan"])
    assert study.variant("veegan").options == usual.variant("veegan").options != {}
    assert study.variant("veegan").label == "V"
    assert (study.definitions.datasets, study.experiments) == (usual.definitions.datasets, usual.experiments)
    assert set(usual.definitions.variants) - set(study.definitions.variants) == {"pacgan"}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_merged_study_loads_again_from_its_yaml_and_its_json(name: str, tmp_path: Path) -> None:
    study = load_study(SHIPPED[name])
    (tmp_path / "resolved.yaml").write_text(to_yaml(study), encoding="utf-8")
    assert load_study([tmp_path / "resolved.yaml"]) == study
    assert Study.model_validate(json.loads(study.model_dump_json())) == study


@pytest.mark.parametrize("file", EXPERIMENTS, ids=lambda file: file.stem)
def test_an_experiment_is_a_study_alone_and_runs_nothing_but_itself(file: Path) -> None:
    study, together = load_study([DEFAULT, file]), load_study(SHIPPED["experiments"])
    assert (study.study, "matched" in study.experiments) == ("experiments", False)
    assert {name: together.experiments[name] for name in study.experiments} == study.experiments
    for name in study.experiments:
        assert not {"datasets", "variants", "seeds", "measures"} - study.experiments[name].model_fields_set


def test_the_examples_of_the_readme_load(tmp_path: Path) -> None:
    text = DEFAULT.with_name("README.md").read_text(encoding="utf-8")
    examples = re.findall("```yaml\n(.*?)```", text, re.DOTALL)
    assert len(examples) == 4
    for number, example in enumerate(examples):
        part = example.startswith("by_variant")
        content = {"experiments": {"matched": {"recipes": {"points": yaml.safe_load(example)}}}} if part else None
        file = tmp_path / f"{number}.yaml"
        file.write_text(yaml.safe_dump(content) if part else example, encoding="utf-8")
        assert load_study([DEFAULT, file])


OLD = {"experiments": {"matched": [{"datasets": ["ring"]}]}}
POINTS = ("experiments", "matched", "recipes", "points")


@pytest.mark.parametrize(
    ("content", "key", "now"),
    [
        (OLD, "experiments: 'matched' is a list of recipes, as in an earlier release", "recipes: {NAME: {kind: points"),
        ({"optimizer": {"adam": {"lr": 0.1}}}, "optimizer: adam holds settings", "{kind: adam, lr: 0.001, beta1: 0.5}"),
        ({"networks": {"generator": {"init": {"method": "normal"}}}}, "init: unknown key 'method'", "kind, scale"),
        ({"networks": {"generator": {"channels": [8], "kernel": 3}}}, "has hidden and channels", "kind: conv"),
    ],
)
def test_the_form_of_an_earlier_release_is_answered_by_what_to_type(
    content: dict[str, Any], key: str, now: str, tmp_path: Path
) -> None:
    for name in () if content is OLD else reversed(POINTS):
        content = {name: content}
    (tmp_path / "old.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(StudyError) as caught:
        load_study([DEFAULT, tmp_path / "old.yaml"])
    line = str(caught.value)
    assert line.startswith(f"{tmp_path / 'old.yaml'}: experiments")
    assert key in line
    assert now in line.partition("allowed: ")[2]
    assert len(line) < 300 + len(str(tmp_path))


def test_the_results_of_an_earlier_release_are_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text(json.dumps(json.loads(load_study([DEFAULT]).model_dump_json()) | OLD))
    with pytest.raises(StudyError, match=r"study\.json: is of a study that an earlier release made; allowed: `git che"):
        read_spec(Study, str(tmp_path / "study.json"))

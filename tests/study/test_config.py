"""The default configuration is valid, and defaults are filled in."""

from __future__ import annotations

import pytest
import yaml
from default_config import DEFAULT
from pydantic import ValidationError

from modecollapse.errors import StudyError
from modecollapse.study.config import Study
from modecollapse.study.load import load_study


def test_a_study_survives_its_own_json() -> None:
    study = load_study([DEFAULT])
    assert Study.model_validate_json(study.model_dump_json()) == study


def test_a_count_of_seeds_starts_at_zero_and_a_list_is_sorted() -> None:
    assert load_study([DEFAULT], {"seeds": 3}).seed_list == [0, 1, 2]
    assert load_study([DEFAULT], {"seeds": [2**32 - 1, 0]}).seed_list == [0, 2**32 - 1]


def test_labels_come_from_the_configuration_else_from_the_file() -> None:
    content = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))
    content["definitions"]["variants"]["mean"] = {"objective": "veegan"}
    content["definitions"]["variants"]["own"] = {"objective": "veegan", "label": "Mine"}
    study = Study.model_validate(content)
    assert [study.variant(name).label for name in ("veegan", "mean", "own")] == ["VEEGAN", "mean", "Mine"]
    assert study.variant("mean").objective == "veegan"


def test_an_override_of_the_steps_takes_the_evaluations_along() -> None:
    recipe = load_study([DEFAULT]).experiments["matched"][0]
    assert recipe.training(None).steps == recipe.steps
    assert (recipe.training(7).steps, recipe.training(7).evaluations) == (7, 7)
    assert recipe.training(500).evaluations == recipe.evaluations


def test_a_recipe_without_variants_covers_all() -> None:
    recipe = load_study([DEFAULT]).experiments["matched"][0]
    assert recipe.covers("ring", "anything")
    assert not recipe.covers("stacked-digits", "veegan")
    assert not recipe.model_copy(update={"variants": ["veegan"]}).covers("ring", "gan-minimax")


@pytest.mark.parametrize(
    ("definitions", "chosen", "told"),
    [
        ({"oracle": {"objective": "veegan"}}, ["oracle"], "'oracle' means a calibration row"),
        ({"untrained": {"objective": "veegan"}}, ["untrained"], "'untrained' means a calibration row"),
        ({"veegan": {"objective": "gan-minimax"}}, ["veegan"], "'veegan' means the file veegan.py"),
        ({"other": {"objective": "veegan", "label": "VEEGAN"}}, ["veegan", "other"], "'VEEGAN' is used twice"),
    ],
)
def test_a_name_or_label_that_would_mislead_is_refused(definitions: dict, chosen: list[str], told: str) -> None:
    content = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))
    content["definitions"]["variants"] = definitions
    with pytest.raises(ValidationError, match=told):
        Study.model_validate(content | {"variants": chosen})


def test_a_study_cannot_be_run_into_the_released_one() -> None:
    with pytest.raises(StudyError, match="'reported' is where a release is kept"):
        load_study([DEFAULT], {"study": "reported"})

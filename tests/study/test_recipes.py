"""What a recipe may say, which recipe a cell gets, and what an objective requires of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from default_config import DEFAULT

from modecollapse.errors import StudyError
from modecollapse.study import plan
from modecollapse.study.load import load_study

PAPER = DEFAULT.with_name("paper.yaml")
FIRST = ("experiments", "matched", 0)
STUDY = load_study([DEFAULT, PAPER])


def refusal(*files: Path, **overrides: Any) -> str:
    with pytest.raises(StudyError) as caught:
        load_study(files or [DEFAULT], overrides)
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    return line


def test_the_full_study_has_thirty_seeds_of_every_variant_on_every_data_set() -> None:
    cells = plan.cells(STUDY)
    matched = {(cell.dataset.name, cell.variant.name) for cell in cells if cell.experiment == "matched"}
    scaled = ("ring-wgan-gp", "grid-wgan-gp")  # for the published recipe of two variants alone
    assert matched == {(d, v) for d in STUDY.datasets if d not in scaled for v in STUDY.variants}
    assert len(STUDY.seed_list) == 30
    assert {cell.experiment for cell in cells} == {"matched", "published", "strong"}


def test_every_published_cell_runs_the_published_budget() -> None:
    recipes = {key: recipe for key, recipe in plan.recipes(STUDY).items() if key[0] != "matched"}
    assert recipes
    for recipe in recipes.values():
        assert recipe.steps == recipe.reference_steps


def test_nothing_is_called_published_that_was_not() -> None:
    published = {(dataset, variant) for name, dataset, variant in plan.recipes(STUDY) if name != "matched"}
    assert not [cell for cell in published if cell[0] == "gaussians-1200d" or cell[1].startswith(("ebgan", "began"))]


def test_a_network_can_have_an_optimizer_of_its_own() -> None:
    recipe = plan.recipes(STUDY)["published", "ring", "unrolled"]
    assert recipe.optimizer_of("generator").adam.lr == 1e-3
    assert recipe.optimizer_of("packed-discriminator").adam.lr == 1e-4


def test_a_recipe_for_named_variants_goes_before_one_for_all() -> None:
    recipes = plan.recipes(load_study([DEFAULT]))
    assert recipes["matched", "ring", "began"].networks.autoencoder.code == 1
    assert recipes["matched", "ring", "ebgan"].networks.autoencoder.code == 2


def test_two_recipes_that_name_the_same_variant_are_refused(changed: Callable[..., Path]) -> None:
    line = refusal(changed(*FIRST, "variants", to=["began"]))
    assert "2 recipes cover ring/began; allowed: one" in line


@pytest.mark.parametrize(
    ("variant", "changes", "problem"),
    [
        ("wgan", {"schedule": "simultaneous"}, "wgan: schedule is 'simultaneous'; allowed: alternating"),
        ("wgan-gp", {"schedule": "simultaneous"}, "wgan-gp: schedule is 'simultaneous'; allowed: alternating"),
        ("wgan-gp", {"normalisation": "batch"}, "wgan-gp: discriminator normalisation is 'batch'; allowed: none"),
        ("unrolled", {"optimizer": {"rmsprop": {"lr": 0.1}}}, "discriminator optimizer is 'rmsprop'; allowed: adam"),
        ("began", {"autoencoder": None}, "networks: began needs a autoencoder, the recipe has generator"),
    ],
)
def test_an_objective_refuses_a_recipe_it_cannot_be_trained_with(variant: str, changes: dict, problem: str) -> None:
    recipe = load_study([DEFAULT]).experiments["matched"][0].model_dump()
    recipe["networks"]["discriminator"]["normalisation"] = changes.pop("normalisation", "none")
    recipe["networks"]["autoencoder"] = changes.pop("autoencoder", recipe["networks"]["autoencoder"])
    line = refusal(variants=[variant], datasets=["ring"], experiments={"matched": [recipe | changes]})
    assert problem in line


def test_a_convolutional_network_refuses_data_that_are_no_images() -> None:
    recipe = load_study([DEFAULT]).experiments["matched"][0].model_dump()
    recipe["networks"]["generator"] = {"channels": [8], "kernel": 3, "activation": "relu", "output": "tanh"}
    line = refusal(variants=["gan-minimax"], datasets=["ring"], experiments={"matched": [recipe]})
    assert "experiments.matched: ring: networks: generator: items have shape (2,)" in line


def test_the_generators_optimizer_is_free_where_the_discriminators_is_not() -> None:
    recipe = load_study([DEFAULT]).experiments["matched"][0].model_dump()
    recipe["optimizers"] = {"generator": {"rmsprop": {"lr": 0.1}}}
    overrides = {"variants": ["unrolled"], "datasets": ["ring"], "experiments": {"matched": [recipe]}}
    assert plan.cells(load_study([DEFAULT], overrides))[0].training.optimizer_of("generator").method == "rmsprop"


@pytest.mark.parametrize(
    ("keys", "value", "problem"),
    [
        ((*FIRST, "optimizer"), {}, "optimizer: has none or both of adam and rmsprop; allowed: one of them"),
        ((*FIRST, "optimizer", "rmsprop"), {"lr": 0.1}, "has none or both of adam and rmsprop"),
        ((*FIRST, "optimizer"), {"sgd": {"lr": 0.1}}, "optimizer: unknown key 'sgd'; allowed: adam, rmsprop"),
        ((*FIRST, "optimizers"), {"critic": {"adam": {"lr": 0.1, "beta1": 0.5}}}, "'critic' is not allowed"),
        ((*FIRST, "prior"), "gamma", "prior: 'gamma' is not allowed; allowed: 'normal' or 'uniform'"),
        ((*FIRST, "extra_noise"), 2, "extra_noise is 2; allowed: fewer than the 2 latents"),
        ((*FIRST, "networks", "autoencoder", "code"), 0, "autoencoder.code: 0 is not allowed"),
        ((*FIRST, "networks", "encoder", "posterior"), "flow", "'gaussian', 'bounded' or 'implicit'"),
        ((*FIRST, "networks", "generator", "init"), {"method": "zeros"}, "init.method: 'zeros' is not allowed"),
        ((*FIRST, "networks", "generator", "pieces"), 1, "pieces: 1 is not allowed"),
        (("definitions", "variants", "lsgan", "preset"), "equation-7", "preset 'equation-7' is unknown (did you mean"),
        (("definitions", "variants", "began"), {"preset": "paper"}, "preset 'paper' is unknown; allowed: none"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(
    changed: Callable[..., Path], keys: tuple, value: Any, problem: str
) -> None:
    assert problem in refusal(changed(*keys, to=value))


def test_batch_norm_needs_a_batch() -> None:
    recipe = load_study([DEFAULT]).experiments["matched"][0].model_dump() | {"batch": 1}
    overrides = {"variants": ["gan-minimax"], "datasets": ["ring"]}
    assert load_study([DEFAULT], {**overrides, "experiments": {"matched": [recipe]}})
    recipe["networks"]["generator"]["normalisation"] = "batch"
    line = refusal(**overrides, experiments={"matched": [recipe]})
    assert "batch is 1; allowed: at least 2 where a network has batch norm" in line


def test_options_come_on_top_of_a_preset(changed: Callable[..., Path]) -> None:
    file = changed("definitions", "variants", "lsgan-eq8", "options", to={"c": 0.25})
    study = load_study([file])
    assert plan.variant_spec(study, "lsgan-eq8").options == {"a": -1.0, "b": 1.0, "c": 0.25}
    assert plan.variant_spec(study, "lsgan").options == {"a": 0.0, "b": 1.0, "c": 1.0}

"""Which recipe a cell gets, what a recipe may say, and what an objective requires of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blocks import RECIPE
from default_config import DEFAULT, SHIPPED

from modecollapse.errors import StudyError
from modecollapse.study import plan
from modecollapse.study.config import CellRecipe, Study
from modecollapse.study.load import load_study
from modecollapse.study.summary import summary_of

POINTS = ("experiments", "matched", "recipes", "points")
PAPER = load_study(SHIPPED["paper"])
CONV = {"kind": "conv", "channels": [8], "kernel": 3, "activation": "relu"}


def refusal(*files: Path, **overrides: Any) -> str:
    with pytest.raises(StudyError) as caught:
        load_study(files or [DEFAULT], overrides)
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    return line


def study(experiments: dict[str, Any], **overrides: Any) -> Study:
    """The default study with experiments of its own in place of `matched`; a recipe is of RECIPE and what is given."""
    for experiment in experiments.values():
        named = {name: RECIPE | {"source": "a test"} | recipe for name, recipe in experiment["recipes"].items()}
        experiment["recipes"] = named
    usual = {"datasets": ["ring", "grid"], "variants": ["gan-minimax", "veegan"]}
    return load_study([DEFAULT], usual | {"experiments": {"matched": None, **experiments}} | overrides)


def batches(experiments: dict[str, Any], **overrides: Any) -> dict[str, int]:
    """The batch of each cell by its path, which tells the recipe in these tests."""
    return {cell.path: cell.training.batch for cell in plan.cells(study(experiments, **overrides))}


def recipes_of(study: Study) -> dict[tuple[str, str, str], CellRecipe]:
    return {(c.experiment, c.dataset.name, c.variant.name): recipe for c, recipe in plan.planned(study)}


def test_the_full_study_has_thirty_seeds_of_every_variant_on_every_data_set() -> None:
    matched = {(cell.dataset.name, cell.variant.name) for cell in plan.cells(PAPER) if cell.experiment == "matched"}
    scaled = ("ring-wgan-gp", "grid-wgan-gp")  # for the published recipe of two variants alone
    assert matched == {(d, v) for d in PAPER.datasets if d not in scaled for v in PAPER.variants}
    assert {len(PAPER.seeds_of(experiment)) for experiment in PAPER.experiments} == {30}


def test_every_published_cell_runs_the_published_budget_and_nothing_else_is_called_published() -> None:
    recipes = {key: recipe for key, recipe in recipes_of(PAPER).items() if key[0] in ("published", "strong")}
    steps = {"gan-minimax": 25_000, "unrolled": 25_000, "gan-nonsaturating": 35_000, "lsgan": 35_000}  # else 100,000
    assert recipes
    for (experiment, dataset, variant), recipe in recipes.items():
        published = 400_000 if experiment == "strong" else steps.get(variant, 100_000)
        assert recipe.steps == recipe.training(None).steps == published
        assert (recipe.training(7).steps, recipe.training(7).evaluations) == (7, 7)
        assert recipe.training(500).evaluations == min(recipe.evaluations, 500)
        assert dataset != "gaussians-1200d"
        assert not variant.startswith(("ebgan", "began"))
    unrolled = recipes["published", "ring", "unrolled"]  # whose networks have optimizers of their own
    assert unrolled.optimizer_of("generator").lr == 1e-3
    assert unrolled.optimizer_of("packed-discriminator").lr == 1e-4


def test_the_plane_has_thirty_seeds_where_a_number_may_be_reproduced_and_no_seed_of_a_pilot() -> None:
    plane, published = load_study(SHIPPED["plane"]), {"gan-minimax", "gan-nonsaturating", "veegan", "ali", "unrolled"}
    found = recipes_of(plane)
    seeds = {name: plane.seeds_of(name) for name in plane.experiments}
    thirty = {name for name, listed in seeds.items() if listed == list(range(1000, 1030))}
    assert {name for name, listed in seeds.items() if listed == list(range(1000, 1010))} == seeds.keys() - thirty
    assert {(d, v) for e, d, v in found if e == "matched"} == {(d, v) for d in ("ring", "grid") for v in published}
    assert {v for e, _, v in found if e in ("matched", "matched-others")} == set(plane.variants)
    sizes = {f"latent-{size}": size for size in (2, 8, 32, 128)} | {"matched": 256}
    assert thirty == sizes.keys()
    assert {e: found[e, "ring", "gan-nonsaturating"].latent for e in sizes} == sizes
    same = found["matched", "ring", "gan-nonsaturating"]
    for key, recipe in found.items():  # a latent size, and nothing else, is what the experiments differ in
        if key[0] in sizes:
            assert recipe.model_copy(update={"latent": 256}) == same, key
    assert {(recipe.steps, recipe.optimizer_of("generator").lr) for recipe in found.values()} == {(25_000, 1e-3)}


def test_an_experiment_like_another_has_all_of_it_but_what_it_changes() -> None:
    base = {"recipes": {"points": {"kind": "points", "batch": 5}}, "seeds": [3, 4], "variants": ["veegan"]}
    experiments = {
        "first": base | {"datasets": None},
        "other": {"like": "first", "recipes": {}, "seeds": None, "datasets": ["grid"]},
    }
    mine = study(experiments, seeds=[9])
    assert [cell.path for cell in plan.cells(mine)] == ["first/ring/veegan", "first/grid/veegan", "other/grid/veegan"]
    assert (mine.seeds_of("first"), mine.seeds_of("other")) == ([3, 4], [9])
    assert mine.experiments["other"].recipes == mine.experiments["first"].recipes
    longer = {"like": "matched", "recipes": {"points": {"steps": 700, "by_variant": {"began": {"batch": 7}}}}}
    recipes = load_study([DEFAULT], {"experiments": {"longer": longer}}).experiments
    usual = recipes["matched"].recipes["points"]
    assert recipes["longer"].recipes["points"].model_copy(update={"steps": 1000, "by_variant": {}}) == usual.model_copy(
        update={"by_variant": {}}
    )
    assert recipes["longer"].recipes["points"].by_variant["began"] == usual.by_variant["began"] | {"batch": 7}


@pytest.mark.parametrize(
    ("like", "told"),
    [
        ("matchd", "experiments.e.like: 'matchd' is unknown (did you mean 'matched'?); allowed: matched"),
        ("e", "experiments.e.like: 'e' is unknown; allowed: matched"),
        (["matched"], "experiments.e.like: ['matched'] is unknown; allowed: matched"),
    ],
)
def test_an_experiment_can_be_like_one_that_stands_by_itself(like: Any, told: str) -> None:
    assert told in refusal(experiments={"e": {"like": like}})


def test_the_recipe_that_names_a_cell_most_closely_counts() -> None:
    recipes = {
        "kind": {"kind": "points", "batch": 1},
        "kind-variant": {"kind": "points", "variants": ["veegan"], "batch": 2},
        "data": {"datasets": ["ring"], "batch": 3},
        "images": {"kind": "images", "batch": 4},
    }
    assert batches({"e": {"recipes": recipes}}) == {
        "e/ring/gan-minimax": 3, "e/ring/veegan": 3, "e/grid/gan-minimax": 1, "e/grid/veegan": 2,
    }  # fmt: skip
    both = {"data-variant": {"datasets": ["ring"], "variants": ["veegan"], "batch": 5}, "data": {"datasets": ["ring"]}}
    assert batches({"e": {"recipes": both}}, datasets=["ring"])["e/ring/veegan"] == 5


def test_parts_for_a_data_set_and_then_for_a_variant_are_merged_on_top() -> None:
    recipe = {
        "kind": "points",
        "by_dataset": {"ring": {"batch": 1, "latent": 5, "source": "another"}, "ring-two": {"batch": 2}},
        "by_variant": {"veegan": {"latent": 7, "networks": {"generator": {"hidden": [3]}}}, "veegan-two": {"steps": 4}},
    }
    mine = {
        "datasets": {"ring-two": {"family": "ring", "options": {"sd": 0.5}}},
        "variants": {"veegan-two": {"objective": "veegan", "options": {"f_noise": False}}},
    }
    names = {"datasets": ["ring", "ring-two", "grid"], "variants": ["gan-minimax", "veegan", "veegan-two"]}
    found = recipes_of(study({"e": {"recipes": {"points": recipe}}}, definitions=mine, **names))
    told = {
        cell[1:]: (recipe.batch, recipe.latent, recipe.steps, recipe.source, recipe.networks.generator.hidden)
        for cell, recipe in found.items()
    }
    wide, usual = [12, 12], RECIPE["batch"]
    assert told == {
        ("ring", "gan-minimax"): (1, 5, 60, "another", wide), ("ring", "veegan"): (1, 7, 60, "another", [3]),
        ("ring", "veegan-two"): (1, 7, 4, "another", [3]), ("ring-two", "gan-minimax"): (2, 5, 60, "another", wide),
        ("ring-two", "veegan"): (2, 7, 60, "another", [3]), ("ring-two", "veegan-two"): (2, 7, 4, "another", [3]),
        ("grid", "gan-minimax"): (usual, 3, 60, "a test", wide), ("grid", "veegan"): (usual, 7, 60, "a test", [3]),
        ("grid", "veegan-two"): (usual, 7, 4, "a test", [3]),
    }  # fmt: skip


def test_a_part_for_a_data_set_may_say_which_variants_are_run_on_it_and_null_removes() -> None:
    recipe = {"kind": "points", "extra_noise": 2, "by_dataset": {}}
    recipe["by_dataset"]["grid"] = {"variants": ["veegan"], "extra_noise": None}
    found = recipes_of(study({"e": {"recipes": {"points": recipe}}}))
    assert {cell[1:]: recipe.extra_noise for cell, recipe in found.items()} == {
        ("ring", "gan-minimax"): 2, ("ring", "veegan"): 2, ("grid", "veegan"): 0,
    }  # fmt: skip


def test_an_experiment_has_its_own_data_sets_variants_measures_and_seeds() -> None:
    experiments = {
        "usual": {"recipes": {"points": {"kind": "points"}}},
        "own": {
            "recipes": {"all": {"kind": "points"}},
            "datasets": ["ring", "gaussians-1200d"], "variants": ["lsgan"], "measures": ["mmd"], "seeds": [9, 4],
        },
    }  # fmt: skip
    mine = study(experiments, measures=["modes"], seeds=3, block_size=2)
    cells = plan.cells(mine)
    assert [cell.path for cell in cells][-2:] == ["own/ring/lsgan", "own/gaussians-1200d/lsgan"]
    assert [[block.seeds for block in plan.blocks(mine, cell)] for cell in (cells[0], cells[-1])] == [
        [[0, 1], [2]],
        [[4, 9]],
    ]
    assert plan.measures(mine) == {"ring": ["modes", "mmd"], "grid": ["modes"], "gaussians-1200d": ["mmd"]}
    summary = summary_of(mine)
    assert (summary.seeds, summary.seeds_of("usual"), summary.seeds_of("own")) == ([0, 1, 2, 4, 9], [0, 1, 2], [4, 9])
    assert summary.datasets["ring"].measures == list(summary.measures) == ["modes", "mmd"]


@pytest.mark.parametrize(
    ("experiments", "overrides", "told"),
    [
        ({"e": {"recipes": {"r": {"datasets": ["ring"]}}}}, {}, "experiments: no recipe covers 'grid'; allowed: at"),
        ({"e": {"recipes": {"r": {"datasets": ["ring"], "variants": ["veegan"]}}}}, {"datasets": ["ring"]},
         "experiments: no recipe covers 'gan-minimax'"),
        ({"e": {"recipes": {"r": {"kind": "points"}}, "datasets": ["stacked-digits", "ring"]}}, {},
         "experiments.e: no recipe covers 'stacked-digits'"),
        ({"e": {"recipes": {"r": {}}}}, {}, "recipes.r: has both or none of kind and datasets; allowed: one"),
        ({"e": {"recipes": {"r": {"kind": "points", "datasets": ["ring"]}}}}, {}, "has both or none of kind and dat"),
        ({"e": {"recipes": {"r": {"kind": "points", "by_variant": {"vegan": {}}}}}}, {},
         "recipes.r.by_variant: 'vegan' is unknown (did you mean 'veegan'?)"),
        ({"e": {"recipes": {"r": {"kind": "points", "by_dataset": {"ring": {"variants": ["vegan"]}}}}}}, {},
         "r.by_dataset.ring.variants: 'vegan' is unknown"),
        ({"e": {"recipes": {"r": {"kind": "points", "by_dataset": {"ring": {"kind": "images"}}}}}}, {},
         "recipes.r: by_dataset.ring: unknown key 'kind'; allowed: latent"),
        ({"e": {"recipes": {"r": {"kind": "points", "by_variant": {"veegan": {"optimizer": {"lr": -1}}}}}}}, {},
         "recipes.r: by_variant.veegan.optimizer.lr: -1 is not allowed; allowed: greater than 0"),
        ({"e": {"recipes": {"r": {"kind": "points", "by_dataset": {"ring": {"evaluations": 40}},
         "by_variant": {"veegan": {"steps": 30}}}}}}, {}, "e.recipes.r: ring/veegan: evaluations is 40; allowed: at m"),
        ({"e": {"recipes": {"r": {"kind": "points"}}, "variants": ["vegan"]}}, {}, "experiments.e.variants: 'vegan'"),
        ({"e": {"recipes": {"one": {"kind": "points"}, "other": {"kind": "points"}}}}, {},
         "experiments.e: ring/gan-minimax: the recipes one and other name it equally"),
        ({"e": {"recipes": {"r": {"kind": "points"}}, "seeds": 0}}, {}, "experiments.e.seeds: 0 is not allowed"),
    ],
)  # fmt: skip
def test_a_cell_without_a_recipe_and_a_part_that_does_not_fit_are_one_line(
    experiments: dict[str, Any], overrides: dict[str, Any], told: str
) -> None:
    with pytest.raises(StudyError) as caught:
        study(experiments, **overrides)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("options", "shape", "images"),
    [({"size": 16}, (3, 16, 16), True), ({"size": 28, "channels": 1}, (1, 28, 28), True), (None, (2,), False)],
)
def test_a_data_set_that_no_recipe_names_trains_at_once(options: dict | None, shape: tuple, images: bool) -> None:
    mine = {"family": "folder" if images else "ring", "options": options or {"radius": 3.0}}
    own = load_study([DEFAULT], {"datasets": ["mine"], "definitions": {"datasets": {"mine": mine}}})
    cells = plan.cells(own)
    assert [cell.variant.name for cell in cells] == own.variants
    assert {cell.dataset.shape for cell in cells} == {shape}
    assert {cell.training.networks.generator.output for cell in cells} == {"tanh" if images else "linear"}


@pytest.mark.parametrize(
    ("variant", "changes", "problem"),
    [
        ("wgan", {"schedule": "simultaneous"}, "wgan: schedule is 'simultaneous'; allowed: alternating"),
        ("wgan-gp", {"networks": {"discriminator": {"normalisation": "batch"}}}, "normalisation is 'batch'"),
        ("unrolled", {"optimizer": {"kind": "rmsprop", "lr": 0.1}}, "optimizer is 'rmsprop'; allowed: adam"),
        ("began", {"networks": {"autoencoder": None}}, "began needs the role autoencoder, the recipe has generator, d"),
        ("gan-minimax", {"networks": {"generator": CONV}}, "minimax: networks: generator: items have shape (2,)"),
    ],
)
def test_a_recipe_that_a_cell_cannot_be_trained_by_is_refused(variant: str, changes: dict, problem: str) -> None:
    points = {"by_variant": {variant: changes}}
    line = refusal(variants=[variant], datasets=["ring"], experiments={"matched": {"recipes": {"points": points}}})
    assert line.startswith("--config: experiments.matched.recipes.points: ring/")
    assert problem in line


@pytest.mark.parametrize(
    ("keys", "value", "problem"),
    [
        ((*POINTS, "optimizer"), {}, "optimizer: kind is missing; allowed: adam or rmsprop"),
        ((*POINTS, "optimizer"), 3, "optimizer: 3 is not allowed; allowed: a mapping"),
        ((*POINTS, "optimizer"), {"kind": "sgd", "lr": 0.1}, "kind 'sgd' is unknown; allowed: adam, rmsprop"),
        ((*POINTS, "networks", "generator", "kind"), ["mlp"], "generator: kind ['mlp'] is unknown; allowed: mlp, conv"),
        ((*POINTS, "optimizers"), {"critic": {"kind": "adam", "lr": 0.1, "beta1": 0.5}}, "'critic' is not allowed"),
        ((*POINTS, "prior"), "gamma", "prior: 'gamma' is not allowed; allowed: 'normal' or 'uniform'"),
        ((*POINTS, "extra_noise"), 256, "extra_noise is 256; allowed: fewer than the 256 latents"),
        ((*POINTS, "networks", "autoencoder", "code"), 0, "autoencoder.code: 0 is not allowed"),
        ((*POINTS, "networks", "encoder", "posterior"), "flow", "'gaussian', 'bounded' or 'implicit'"),
        ((*POINTS, "networks", "generator", "init"), {"kind": "zeros"}, "init.kind: 'zeros' is not allowed"),
        ((*POINTS, "networks", "generator", "pieces"), 1, "pieces: 1 is not allowed"),
        (("definitions", "variants", "lsgan", "preset"), "equation-7", "preset 'equation-7' is unknown (did you mean"),
        (("definitions", "variants", "began"), {"preset": "paper"}, "preset 'paper' is unknown; allowed: none"),
        (("study",), "reported", "'reported' is where a release is kept"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(
    changed: Callable[..., Path], keys: tuple, value: Any, problem: str
) -> None:
    assert problem in refusal(changed(*keys, to=value))


def test_batch_norm_needs_a_batch() -> None:
    few = {"kind": "points", "batch": 1}
    assert study({"e": {"recipes": {"r": few}}})
    norm = few | {"by_variant": {"veegan": {"networks": {"generator": {"normalisation": "batch"}}}}}
    with pytest.raises(StudyError, match="batch is 1; allowed: at least 2 where a network has batch norm"):
        study({"e": {"recipes": {"r": norm}}})


def test_options_come_on_top_of_a_preset_and_labels_from_the_configuration_else_from_the_file() -> None:
    own = {"own": {"objective": "veegan", "label": "Mine"}, "mean": {"objective": "veegan"}}
    mine = load_study([DEFAULT], {"definitions": {"variants": {"lsgan-eq8": {"options": {"c": 0.25}}, **own}}})
    assert plan.variant_spec(mine, "lsgan-eq8").options == {"a": -1.0, "b": 1.0, "c": 0.25}
    assert plan.variant_spec(mine, "lsgan").options == {"a": 0.0, "b": 1.0, "c": 1.0}
    assert [mine.variant(name).label for name in ("veegan", "mean", "own")] == ["VEEGAN", "mean", "Mine"]


@pytest.mark.parametrize(
    ("definitions", "chosen", "told"),
    [
        ({"oracle": {"objective": "veegan"}}, ["oracle"], "'oracle' means a calibration row"),
        ({"veegan": {"objective": "gan-minimax"}}, ["veegan"], "'veegan' means the file veegan.py"),
        ({"other": {"objective": "veegan", "label": "VEEGAN"}}, ["veegan", "other"], "'VEEGAN' is used twice"),
    ],
)
def test_a_name_or_label_that_would_mislead_is_refused(definitions: dict, chosen: list[str], told: str) -> None:
    assert told in refusal(definitions={"variants": definitions}, variants=chosen)

"""Whether a recipe suits what it is run with: the variant's networks and requirements, the shape of the data."""

from __future__ import annotations

from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.config import Recipe
from modecollapse.study.specs import DatasetSpec


def check_recipe(experiment: str, recipe: Recipe, objective: str, dataset: DatasetSpec) -> None:
    """StudyError with the experiment where the recipe does not suit the objective or the data set."""
    _check_networks(experiment, recipe, objective)
    _check_requirements(experiment, recipe, objective)
    _check_shape(experiment, recipe, dataset)


def _check_networks(experiment: str, recipe: Recipe, objective: str) -> None:
    """The recipe has a network for every role of the objective."""
    for role in catalogue.declared("variants", objective, "NETWORKS").values():
        if recipe.networks.of_role(role) is None:
            given = ", ".join(name for name, network in recipe.networks if network is not None)
            raise StudyError(
                f"experiments.{experiment}: networks: {objective} needs a {role}, the recipe has {given}; "
                "allowed: a network for every role of a variant"
            )


def _check_requirements(experiment: str, recipe: Recipe, objective: str) -> None:
    """The recipe is what the objective REQUIRES."""
    facts = {"schedule": recipe.schedule, "discriminator optimizer": recipe.optimizer_of("discriminator").method}
    if recipe.networks.discriminator:
        facts["discriminator normalisation"] = recipe.networks.discriminator.normalisation
    for fact, allowed in catalogue.declarations("variants", objective).get("REQUIRES", {}).items():
        if facts[fact] not in allowed:
            raise StudyError(
                f"experiments.{experiment}: {objective}: {fact} is {facts[fact]!r}; allowed: {', '.join(allowed)}"
            )


def _check_shape(experiment: str, recipe: Recipe, dataset: DatasetSpec) -> None:
    """The recipe's convolutional networks fit the data's images."""
    try:
        recipe.networks.check_shape(dataset.shape)
    except ValueError as problem:
        raise StudyError(f"experiments.{experiment}: {dataset.name}: {problem}") from None

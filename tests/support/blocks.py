"""Small blocks for tests: the specifications that a study's plan would make."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from modecollapse import datasets
from modecollapse.datasets import Dataset
from modecollapse.study import catalogue
from modecollapse.study.recipe import Networks, Training
from modecollapse.study.specs import Block, Cell, DatasetSpec, VariantSpec

RECIPE: dict[str, Any] = {
    "latent": 3,
    "batch": 16,
    "steps": 60,
    "evaluations": 4,
    "schedule": "alternating",
    "networks": {
        "generator": {"hidden": [12, 12], "activation": "relu"},
        "discriminator": {"hidden": [12, 12], "activation": "leaky-relu"},
        "reconstructor": {"hidden": [12, 12], "activation": "tanh"},
        "encoder": {"hidden": [12, 12], "activation": "relu"},
        "autoencoder": {"hidden": [12, 6], "activation": "elu", "code": 3},
    },
    "optimizer": {"kind": "adam", "lr": 1e-3, "beta1": 0.5},
}


def networks(**roles: Any) -> Networks:
    """The networks of RECIPE, some replaced."""
    return Networks.model_validate({**RECIPE["networks"], **roles})


def make_block(
    variant: str = "gan-nonsaturating",
    seeds: tuple[int, ...] = (0,),
    dataset: str = "ring",
    options: dict[str, Any] | None = None,
    root_seed: int = 7,
    **recipe: Any,
) -> Block:
    """A block of a variant on a data set, both by their own name; `recipe` replaces values of RECIPE."""
    cell = Cell(
        experiment="test",
        dataset=_spec(dataset, root_seed),
        variant=VariantSpec(name=variant, objective=variant, options=_options("variants", variant, options or {})),
        training=Training.model_validate(RECIPE | recipe),
    )
    return Block(cell=cell, seeds=list(seeds))


def make_dataset(name: str = "ring", root_seed: int = 7) -> Dataset:
    """The data set of `make_block`."""
    return datasets.load(name, io.BytesIO(_data(name, root_seed)))


def write_data(path: Path, name: str = "ring", root_seed: int = 7) -> Path:
    """The data file of `make_block`'s data set, written to `path`."""
    path.write_bytes(_data(name, root_seed))
    return path


def _data(name: str, root_seed: int) -> bytes:
    spec = _spec(name, root_seed)
    return datasets.to_bytes(datasets.create(spec.family, spec.options, root_seed), spec.config_hash)


def _spec(name: str, root_seed: int) -> DatasetSpec:
    return DatasetSpec(name=name, family=name, options=_options("datasets", name, {}), root_seed=root_seed)


def _options(folder: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
    return catalogue.options_model(folder, name).model_validate(given).model_dump()

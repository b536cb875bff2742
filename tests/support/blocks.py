"""Small blocks for tests: the specifications that a study's plan would make, and the engines that train them."""

from __future__ import annotations

import io
from copy import deepcopy
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from modecollapse import datasets, variants
from modecollapse.datasets import Dataset
from modecollapse.study import catalogue
from modecollapse.study.recipe import Training
from modecollapse.study.specs import Block, Cell, DatasetSpec, VariantSpec
from modecollapse.training.draws import BatchSampler, initial_networks
from modecollapse.training.engine import Batch, Engine

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
# Variants in which a generator is trained against another network; in the others it is a formula, or made of points
GAMES = [name for name in catalogue.names("variants") if name not in ("critic", "latent-map", "law", "moved-points")]
FORMULAS = {
    "critic": {"kind": "ring", "kept": 8, "sd": 0.01},
    "law": {"kind": "law"},
    "moved-points": {"kind": "points", "per_side": 4, "low": [-3.0, -1.0], "high": [3.0, 1.0]},
}


def make_block(
    variant: str = "gan-nonsaturating",
    seeds: tuple[int, ...] = (0,),
    dataset: str = "ring",
    options: dict[str, Any] | None = None,
    root_seed: int = 7,
    **recipe: Any,
) -> Block:
    """A block of a variant on a data set, both by their own name; `recipe` replaces values of RECIPE."""
    own = {"networks": RECIPE["networks"] | {"generator": FORMULAS[variant]}} if variant in FORMULAS else {}
    cell = Cell(
        experiment="test",
        dataset=_spec(dataset, root_seed),
        variant=VariantSpec(name=variant, objective=variant, options=_options("variants", variant, options or {})),
        training=Training.model_validate(RECIPE | own | recipe),
    )
    return Block(cell=cell, seeds=list(seeds))


def make_dataset(name: str = "ring", root_seed: int = 7) -> Dataset:
    """The data set of `make_block`."""
    return datasets.load(name, io.BytesIO(_data(name, root_seed)))


def write_data(path: Path, name: str = "ring", root_seed: int = 7) -> Path:
    """The data file of `make_block`'s data set, written to `path`."""
    path.write_bytes(_data(name, root_seed))
    return path


def objective(variant: str, **options: Any) -> variants.Objective:
    """The objective of a variant; options that are not given have their defaults."""
    return variants.create(variant, _options("variants", variant, options))


class BlockTraining:
    """A block's engine, in double precision unless another is given, with what it starts from and draws."""

    def __init__(
        self, block: Block, dtype: torch.dtype = torch.float64, dataset: Any = None, compiled: bool = False
    ) -> None:
        """`dataset` may replace the block's own as the source of x."""
        cell, dataset = block.cell, dataset or make_dataset(block.cell.dataset.name)
        self.recipe, self.dtype = cell.training, dtype
        self.objective = variants.create(cell.variant.objective, cell.variant.options)
        packing = self.objective.packing
        initial = initial_networks(block, self.objective.networks, "cpu", packing)
        self.copies = {symbol: [network.to(dtype) for network in networks] for symbol, networks in initial.items()}
        self.sampler = BatchSampler(block, dataset, self.objective.noise, "cpu", packing)
        self.engine = Engine(deepcopy(self.copies), cell.training, self.objective, compiled)
        self.batches: list[Batch] = []

    def draw(self) -> Batch:
        """The next batch, which `batches` keeps."""
        self.batches.append({name: value.to(self.dtype) for name, value in self.sampler.batch().items()})
        return self.batches[-1]

    def run(self, steps: int) -> dict[str, torch.Tensor]:
        """The losses of the last of `steps` steps."""
        for _ in range(steps):
            losses = self.engine.train(self.draw)
        return losses

    def networks(self, index: int = 0) -> SimpleNamespace:
        """Copies of one seed's networks with the engine's weights."""
        found, weights = {symbol: deepcopy(of[index]) for symbol, of in self.copies.items()}, self.engine.weights()
        for symbol, network in found.items():
            names = dict(network.named_parameters())
            network.load_state_dict({name: weights[f"{symbol}.{name}"][index] for name in names})
        return SimpleNamespace(**found)

    def one_batch(self, index: int = 0) -> SimpleNamespace:
        """A new batch of one seed, as a loss reads it."""
        return SimpleNamespace(**{name: value[index] for name, value in self.draw().items()})


def of_seed(values: Batch, index: int) -> Batch:
    """One seed's part of tensors by name, (S, ...) each."""
    return {name: value[index] for name, value in values.items()}


def reached(loss: torch.Tensor, networks: SimpleNamespace) -> set[str]:
    """The symbols of the networks in which a loss has a gradient that is not zero."""
    return {symbol for symbol, network in vars(networks).items() if any(g.any() for g in gradient(loss, network))}


def gradient(loss: torch.Tensor, network: torch.nn.Module) -> list[torch.Tensor]:
    """The gradient of a loss in a network's parameters, zero where the loss does not depend on them."""
    parameters = list(network.parameters())
    return torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True, materialize_grads=True)


@cache
def _data(name: str, root_seed: int) -> bytes:
    spec = _spec(name, root_seed)
    return datasets.to_bytes(datasets.create(spec.family, spec.options, root_seed), spec.config_hash)


def _spec(name: str, root_seed: int) -> DatasetSpec:
    return DatasetSpec(name=name, family=name, options=_options("datasets", name, {}), root_seed=root_seed)


def _options(folder: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
    return catalogue.options_model(folder, name).model_validate(given).model_dump()

"""What a block draws: initial networks, training batches and evaluation latents, each from its own keyed stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import nn

from modecollapse import networks
from modecollapse.datasets import Dataset
from modecollapse.study.specs import Block
from modecollapse.study.streams import stream_seed


def stream_seeds(block: Block, symbols: Iterable[str]) -> list[dict[str, Any]]:
    """The seed of every stream, for the record: a run has `init` for each network, `data` and `noise`."""
    return [
        {
            "seed": seed,
            "init": {symbol: _key(block, seed, "init", symbol) for symbol in symbols},
            **{name: _key(block, seed, name) for name in ("data", "noise")},
        }
        for seed in block.seeds
    ]


def initial_networks(
    block: Block, roles: Mapping[str, str], device: str, packing: int = 1
) -> dict[str, list[nn.Module]]:
    """For each symbol the freshly initialised network of every seed, made on the CPU and then moved."""
    cell = block.cell
    copies: dict[str, list[nn.Module]] = {}
    for symbol, role in roles.items():
        copies[symbol] = []
        for seed in block.seeds:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(_key(block, seed, "init", symbol))
                network = networks.build(role, cell.training, cell.dataset.shape, packing)
            copies[symbol].append(network.to(device))
    return copies


def evaluation_latents(block: Block, device: str) -> torch.Tensor:
    """(n, K): the latents every evaluation of this data set uses, shared by variants and seeds."""
    cell = block.cell
    generator = torch.Generator().manual_seed(stream_seed(cell.dataset.root_seed, cell.dataset.name, "evaluation"))
    return _latents(cell.training.prior, (cell.dataset.samples, cell.training.latent), generator).to(device)


class BatchSampler:
    """Draws training batches: each seed has its own stream for data and for noise, whatever else is in its block."""

    def __init__(self, block: Block, dataset: Dataset, noise: Mapping[str, str], device: str, packing: int = 1) -> None:
        """`noise` names the draws besides z that the losses read, and their kind (see `Objective.noise`).

        A batch holds `packing` times the recipe's batch of data and of latents.
        """
        recipe = block.cell.training
        self._dataset, self._prior = dataset, recipe.prior
        self._shape = (recipe.batch * packing, recipe.latent)
        self._kinds = {"z": "prior", **noise}
        self._data = [_stream(block, seed, "data", device) for seed in block.seeds]
        self._noise = [_stream(block, seed, "noise", device) for seed in block.seeds]

    def batch(self) -> dict[str, torch.Tensor]:
        """x (S, batch, *shape), z (S, batch, K) and the further noise."""
        drawn = {"x": torch.stack([self._dataset.sample(self._shape[0], stream) for stream in self._data])}
        for name, kind in self._kinds.items():
            drawn[name] = torch.stack([self._draw(kind, stream) for stream in self._noise])
        return drawn

    def state(self) -> dict[str, torch.Tensor]:
        """The position of every stream, (S, bytes) uint8."""
        return {
            "streams.data": torch.stack([stream.get_state() for stream in self._data]),
            "streams.noise": torch.stack([stream.get_state() for stream in self._noise]),
        }

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Continue from `state()`."""
        for name, streams in (("streams.data", self._data), ("streams.noise", self._noise)):
            for stream, position in zip(streams, state[name], strict=True):
                stream.set_state(position.clone())  # torch crashes on a view into another tensor

    def _draw(self, kind: str, stream: torch.Generator) -> torch.Tensor:
        if kind == "uniform":
            return torch.rand(self._shape[0], generator=stream, device=stream.device)
        return _latents(self._prior if kind == "prior" else "normal", self._shape, stream)


def _latents(prior: str, shape: tuple[int, int], stream: torch.Generator) -> torch.Tensor:
    """Draws of N(0, I), or uniform on [-1, 1]."""
    if prior == "uniform":
        return 2 * torch.rand(shape, generator=stream, device=stream.device) - 1
    return torch.randn(shape, generator=stream, device=stream.device)


def _stream(block: Block, seed: int, name: str, device: str) -> torch.Generator:
    return torch.Generator(device).manual_seed(_key(block, seed, name))


def _key(block: Block, seed: int, *stream: str) -> int:
    cell = block.cell
    return stream_seed(cell.dataset.root_seed, cell.dataset.name, cell.variant.name, seed, *stream)

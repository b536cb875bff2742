"""What a block draws: initial networks, training batches and evaluation latents, each from its own keyed stream."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from modecollapse import networks
from modecollapse.datasets import Dataset
from modecollapse.study.plan import Block
from modecollapse.study.streams import stream_seed


def initial_networks(block: Block, roles: dict[str, str], device: str) -> dict[str, list[nn.Module]]:
    """For each symbol the freshly initialised network of every seed, made on the CPU and then moved."""
    cell = block.cell
    copies: dict[str, list[nn.Module]] = {}
    for symbol, role in roles.items():
        copies[symbol] = []
        for seed in block.seeds:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(_key(block, seed, "init", symbol))
                network = networks.build(role, cell.training.networks, cell.training.latent, cell.dataset.shape)
            copies[symbol].append(network.to(device))
    return copies


def evaluation_latents(block: Block, device: str) -> torch.Tensor:
    """(n, K): the latents every evaluation of this data set uses, shared by variants and seeds."""
    cell = block.cell
    generator = torch.Generator().manual_seed(stream_seed(cell.dataset.root_seed, cell.dataset.name, "evaluation"))
    return torch.randn(cell.dataset.samples, cell.training.latent, generator=generator).to(device)


class Draws:
    """Training batches: each seed has a stream for data and one for noise, whatever else is in its block."""

    def __init__(self, block: Block, dataset: Dataset, noise: Sequence[str], device: str) -> None:
        """`noise` names the (batch, K) standard normal draws that the variant's losses read besides z."""
        self._dataset = dataset
        self._shape = (block.cell.training.batch, block.cell.training.latent)
        self._names = ("z", *noise)
        self._device = device
        self._data = [self._stream(block, seed, "data") for seed in block.seeds]
        self._noise = [self._stream(block, seed, "noise") for seed in block.seeds]

    def batch(self) -> dict[str, torch.Tensor]:
        """x (S, batch, *shape) and z, and further noise, (S, batch, K)."""
        drawn = {"x": torch.stack([self._dataset.sample(self._shape[0], stream) for stream in self._data])}
        for name in self._names:
            drawn[name] = torch.stack(
                [torch.randn(self._shape, generator=stream, device=self._device) for stream in self._noise]
            )
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

    def _stream(self, block: Block, seed: int, name: str) -> torch.Generator:
        return torch.Generator(self._device).manual_seed(_key(block, seed, name))


def _key(block: Block, seed: int, *stream: str) -> int:
    cell = block.cell
    return stream_seed(cell.dataset.root_seed, cell.dataset.name, cell.variant.name, seed, *stream)

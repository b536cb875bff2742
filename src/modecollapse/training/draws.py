"""What a block draws: initial networks, training batches and evaluation latents, each from its own keyed stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

import torch
from torch import nn

from modecollapse import networks
from modecollapse.datasets import Dataset
from modecollapse.datasets.random_numbers import KINDS, RandomNumbers
from modecollapse.study.specs import Block
from modecollapse.study.streams import stream_seed

Batches = dict[str, torch.Tensor]
TOGETHER_BYTES = 16 << 20  # of batches drawn at a time
MOST_TOGETHER = 64
SYMMETRIC = "uniform on [-1, 1]"


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
                torch.manual_seed(initial_seed(block, seed, symbol))
                network = networks.build(role, cell.training, cell.dataset.shape, packing)
            copies[symbol].append(network.to(device))
    return copies


def initial_seed(block: Block, seed: int, symbol: str) -> int:
    """The seed of a network's initial weights."""
    return stream_seed(*_key(block, seed, "init", symbol))


def evaluation_latents(block: Block, device: str) -> torch.Tensor:
    """(n, K): the latents every evaluation of this data set uses, shared by variants and seeds."""
    cell = block.cell
    n = cell.dataset.samples
    random = RandomNumbers((cell.dataset.root_seed, cell.dataset.name, "evaluation"), n)
    return _noise(_kind("prior", cell.training.prior), random, n, cell.training.latent).to(device)


class BatchSampler:
    """Draws training batches: each seed has streams of its own for data and noise, whatever else is in its block.

    Batches are drawn several at a time, which saves calls. On a CPU their number changes no bit, on a GPU it may.
    """

    def __init__(
        self,
        block: Block,
        dataset: Dataset,
        noise: Mapping[str, str],
        device: str,
        packing: int = 1,
        together: int | None = None,
    ) -> None:
        """`noise` names the draws besides z that the losses read, and their kind (see `Objective.noise`).

        A batch holds `packing` times the recipe's batch of data and of latents. `together` batches are drawn at a time,
        by default as many as take TOGETHER_BYTES.
        """
        recipe, seeds = block.cell.training, block.seeds
        self._dataset = dataset
        self._items, self._latent = recipe.batch * packing, recipe.latent
        self._kinds = {name: _kind(kind, recipe.prior) for name, kind in {"z": "prior", **noise}.items()}
        drawn_by = {"x": KINDS} | {name: [_stream_of(kind)] for name, kind in self._kinds.items()}
        self._random = {
            name: [RandomNumbers(_key(block, seed, name), self._items, device, kinds) for seed in seeds]
            for name, kinds in drawn_by.items()
        }
        numbers = self._items * (prod(block.cell.dataset.shape) + self._latent * len(self._kinds))
        self.together = together or min(MOST_TOGETHER, max(1, TOGETHER_BYTES // (4 * numbers * len(seeds))))
        self._drawn: Batches = {}
        self._began, self._size, self._used = self._positions(), 0, 0

    def batch(self) -> dict[str, torch.Tensor]:
        """x (S, batch, *shape), z (S, batch, K) and the further noise."""
        if self._used == self._size:
            self._draw(self.together)
        self._used += 1
        return {name: batches[self._used - 1] for name, batches in self._drawn.items()}

    def stream_seeds(self) -> list[dict[str, dict[str, int]]]:
        """For each seed of the block, the seeds of the streams that it draws from, by draw and kind."""
        by_seed = zip(*self._random.values(), strict=True)
        return [dict(zip(self._random, [random.seeds for random in of_seed], strict=True)) for of_seed in by_seed]

    def state(self) -> dict[str, torch.Tensor]:
        """The positions of all streams before the batches now in use, (S, bytes) uint8 each, and how many are used."""
        return self._began | {"streams.used": torch.tensor([self._size, self._used])}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Continue from `state()`."""
        for name, stream in self._streams():
            for generator, position in zip(stream, state[name], strict=True):
                generator.set_state(position.clone())  # torch crashes on a view into another tensor
        size, used = state["streams.used"].tolist()
        self._drawn, self._began = {}, self._positions()
        if size:
            self._draw(size)
        self._size, self._used = size, used

    def _draw(self, batches: int) -> None:
        """Draw (batches, S, ...) of everything."""
        self._began, self._size, self._used, n = self._positions(), batches, 0, batches * self._items
        drawn = {"x": [self._dataset.sample(n, random) for random in self._random["x"]]}
        for name, kind in self._kinds.items():
            drawn[name] = [_noise(kind, random, n, self._latent) for random in self._random[name]]
        self._drawn = {
            name: torch.stack([values.unflatten(0, (batches, self._items)) for values in of_seeds], 1)
            for name, of_seeds in drawn.items()
        }

    def _streams(self) -> Iterator[tuple[str, list[torch.Generator]]]:
        """Every stream by its name in a checkpoint, one generator a seed."""
        for name, of_seeds in self._random.items():
            for kind in of_seeds[0].streams:
                yield f"streams.{name}.{kind}", [random.streams[kind] for random in of_seeds]

    def _positions(self) -> dict[str, torch.Tensor]:
        return {name: torch.stack([g.get_state() for g in stream]) for name, stream in self._streams()}


def _kind(kind: str, prior: str) -> str:
    """A kind of noise (see `Objective.noise`), with the recipe's distribution for the prior."""
    if kind == "prior":
        return SYMMETRIC if prior == "uniform" else "normal"
    return kind


def _stream_of(kind: str) -> str:
    return "normal" if kind == "normal" else "uniform"


def _noise(kind: str, random: RandomNumbers, n: int, latent: int) -> torch.Tensor:
    """(n, latent): draws of N(0, I), or uniform on [-1, 1]; for `uniform`, (n,) on [0, 1)."""
    if kind == "uniform":
        return random.uniform(n)
    return 2 * random.uniform(n, latent) - 1 if kind == SYMMETRIC else random.normal(n, latent)


def _key(block: Block, seed: int, *stream: str) -> tuple[int | str, ...]:
    """The name of a stream of a run."""
    return block.cell.dataset.root_seed, block.cell.dataset.name, block.cell.variant.name, seed, *stream

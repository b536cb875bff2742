"""Random numbers for batches: one keyed stream a kind, so that any number of batches can be drawn at once."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch

from modecollapse.study.streams import stream_seed

KINDS = ("integers", "normal", "uniform")
TOGETHER = 16  # torch's CPU generator makes so many normal numbers at a time


class RandomNumbers:
    """Draws of one seed, on a device. On a CPU they are the same numbers however many batches one draw is for.

    Two things make this true. Each kind has a stream of its own, so a kind must be drawn only once for a batch. And a
    batch takes a multiple of TOGETHER numbers from its stream, of which the last ones may go unused.
    """

    def __init__(self, key: Sequence[str | int], batch: int, device: str = "cpu", kinds: Sequence[str] = KINDS) -> None:
        """`key` names the streams (the root seed first), `batch` is the number of items of a batch."""
        self.seeds = {kind: stream_seed(*key, kind) for kind in kinds}
        self.streams = {kind: torch.Generator(device).manual_seed(seed) for kind, seed in self.seeds.items()}
        self._batch, self._device = batch, device

    def normal(self, n: int, *shape: int) -> torch.Tensor:
        """(n, *shape): draws of N(0, 1). `n` is a multiple of the batch, as in all of these."""
        size = self._size(n, shape)
        return self._items(torch.randn(size, generator=self.streams["normal"], device=self._device), n, shape)

    def uniform(self, n: int, *shape: int) -> torch.Tensor:
        """(n, *shape): uniform on [0, 1)."""
        size = self._size(n, shape)
        return self._items(torch.rand(size, generator=self.streams["uniform"], device=self._device), n, shape)

    def rows(self, table: torch.Tensor, n: int, *shape: int) -> torch.Tensor:
        """(n, *shape, ...): rows of `table`, which lies on the device, drawn with replacement."""
        size, stream = self._size(n, shape), self.streams["integers"]
        return table[self._items(torch.randint(len(table), size, generator=stream, device=self._device), n, shape)]

    def _size(self, n: int, shape: tuple[int, ...]) -> tuple[int, int]:
        """The number of batches, and of the numbers that each takes."""
        if n % self._batch:
            raise ValueError(f"{n} items are not a multiple of the batch, {self._batch}")
        return n // self._batch, -(-self._batch * prod(shape) // TOGETHER) * TOGETHER

    def _items(self, numbers: torch.Tensor, n: int, shape: tuple[int, ...]) -> torch.Tensor:
        return numbers[:, : self._batch * prod(shape)].reshape(n, *shape)

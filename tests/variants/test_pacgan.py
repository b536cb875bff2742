"""PacGAN: what is in a pack, and how G is called."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from blocks import BlockTraining, make_block, objective

from modecollapse.study import catalogue

BATCH, PACKINGS = 5, catalogue.declared("variants", "pacgan", "OPTIONS")["packing"]
SHAPES = [(2,), (3, 8, 8)]


class Recorder:
    """Networks that note what they are given. G doubles its latents; D adds up a pack."""

    def __init__(self) -> None:
        self.packs: list[torch.Tensor] = []
        self.latents: list[torch.Tensor] = []

    def D(self, packs: torch.Tensor) -> torch.Tensor:
        self.packs.append(packs)
        return packs.flatten(1).sum(1)

    def G(self, z: torch.Tensor) -> torch.Tensor:
        self.latents.append(z)
        return 2 * z


def numbered(packing: int, shape: tuple[int, ...]) -> SimpleNamespace:
    """Data 0, 1, 2, ... and latents -1, -2, ..., each item filled with its number."""
    count = packing * BATCH
    full = torch.arange(count, dtype=torch.float64).view(-1, *[1] * len(shape)).expand(count, *shape)
    return SimpleNamespace(x=full, z=-full - 1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("packing", PACKINGS)
def test_a_pack_has_one_sample_of_each_batch_of_one_source_and_g_makes_each_batch_by_itself(packing, shape):
    b = numbered(packing, shape)
    for update in objective("pacgan", packing=packing).updates():
        n = Recorder()
        update.loss(n, b)
        *real, generated = n.packs
        for packs, first, step in ((generated, -2, -2), *((packs, 0, 1) for packs in real)):
            assert packs.shape == (BATCH, packing, *shape)
            for i in range(BATCH):
                for slot in range(packing):
                    assert (packs[i, slot] == first + step * (slot * BATCH + i)).all()
        assert [tuple(z.shape) for z in n.latents] == [(BATCH, *shape)] * packing
        assert torch.equal(torch.cat(n.latents), b.z)


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_block_draws_m_batches_and_its_discriminator_reads_m_items(packing):
    training = BlockTraining(make_block("pacgan", (0, 1), options={"packing": packing}, batch=6))
    shapes = {name: tuple(value.shape) for name, value in training.draw().items()}
    assert shapes == {"x": (2, 6 * packing, 2), "z": (2, 6 * packing, 3)}
    assert training.copies["D"][0].body[0].weight.shape == (12, 2 * packing)
    assert training.copies["G"][0].body[0].weight.shape == (12, 3)

"""PacGAN: what is in a pack, and how G is called."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from blocks import BlockTraining, make_block, objective

from modecollapse.study import catalogue

BATCH, PACKINGS = 5, catalogue.declared("variants", "pacgan", "OPTIONS")["packing"]


@pytest.mark.parametrize("shape", [(2,), (3, 8, 8)])
@pytest.mark.parametrize("packing", PACKINGS)
def test_a_pack_has_one_sample_of_each_batch_of_one_source_and_g_makes_each_batch_by_itself(packing, shape):
    """Data are filled with their numbers 0, 1, 2, ..., latents with -1, -2, ..., which G doubles."""
    numbers = torch.arange(packing * BATCH, dtype=torch.float64)
    x = numbers.view(-1, *[1] * len(shape)).expand(-1, *shape)
    in_packs = numbers.view(packing, BATCH).T
    for update in objective("pacgan", packing=packing).updates():
        packs, latents = [], []

        def D(read: torch.Tensor, packs: list = packs) -> torch.Tensor:
            packs.append(read)
            return read.flatten(1).sum(1)

        def G(z: torch.Tensor, latents: list = latents) -> torch.Tensor:
            latents.append(z)
            return 2 * z

        update.loss(SimpleNamespace(D=D, G=G), SimpleNamespace(x=x, z=-x - 1))
        *real, generated = packs
        for read, expected in ((generated, -2 * in_packs - 2), *((read, in_packs) for read in real)):
            assert read.shape == (BATCH, packing, *shape)
            assert (read.flatten(2) == expected.unsqueeze(-1)).all()
        assert [tuple(z.shape) for z in latents] == [(BATCH, *shape)] * packing
        assert torch.equal(torch.cat(latents), -x - 1)


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_block_draws_m_batches(packing):
    drawn = BlockTraining(make_block("pacgan", (0, 1), options={"packing": packing}, batch=6)).draw()
    shapes = {name: tuple(value.shape) for name, value in drawn.items()}
    assert shapes == {"x": (2, 6 * packing, 2), "z": (2, 6 * packing, 3)}

"""Batch norm of critics: as torch's own, and right where torch's own is not."""

from __future__ import annotations

import pytest
import torch
from role_networks import normal
from torch import nn
from torch.func import functional_call, grad, vmap

from modecollapse.networks.layers import CriticBatchNorm

SHAPES = [(6, 4), (5, 4, 3, 3)]


def layer(shape: tuple[int, ...]) -> CriticBatchNorm:
    torch.manual_seed(0)
    made = CriticBatchNorm(shape[1], eps=1e-3, track_running_stats=False)
    for p in made.parameters():
        nn.init.normal_(p)
    return made.double()


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("shape", SHAPES)
def test_it_gives_what_torchs_own_gives(shape: tuple[int, ...], mode: str) -> None:
    ours, h = getattr(layer(shape), mode)(), 3 + 0.1 * normal(*shape)
    theirs = nn.functional.batch_norm(h, None, None, ours.weight, ours.bias, training=True, eps=1e-3)
    torch.testing.assert_close(ours(h), theirs)


def slope(norm: nn.Module, h: torch.Tensor) -> torch.Tensor:
    """The squared length of the gradient in the parameters, as unrolling differentiates it again."""
    theta = {name: p.detach() for name, p in norm.named_parameters()}
    found = grad(lambda theta: functional_call(norm, theta, (h,)).tanh().square().sum())(theta)
    return sum(g.square().sum() for g in found.values())


@pytest.mark.parametrize("shape", SHAPES)
def test_the_derivative_of_its_gradient_is_right_in_a_block_of_seeds(shape: tuple[int, ...]) -> None:
    norm, h = layer(shape), torch.stack([normal(*shape), normal(*shape, seed=2)])

    def of_block(h: torch.Tensor) -> torch.Tensor:
        return vmap(lambda one: slope(norm, one))(h).sum()

    in_block, step = h.clone().requires_grad_(), 1e-6
    (made,) = torch.autograd.grad(of_block(in_block), in_block)
    for place in (0, h.numel() // 2, h.numel() - 1):
        moved = torch.zeros(h.numel(), dtype=h.dtype)
        moved[place] = step
        expected = (of_block(h + moved.view_as(h)) - of_block(h - moved.view_as(h))) / (2 * step)
        assert made.flatten()[place].item() == pytest.approx(expected.item(), rel=1e-5, abs=1e-8)


def test_torchs_own_is_still_wrong_there() -> None:
    """When this fails, CriticBatchNorm can go."""
    h = normal(6, 4)
    theirs = nn.BatchNorm1d(4, track_running_stats=False).double()
    found = []
    for in_block in (False, True):
        seeds = torch.stack([h, h]).requires_grad_()
        made = vmap(lambda one: slope(theirs, one))(seeds)[0] if in_block else slope(theirs, seeds[0])
        found.append(torch.autograd.grad(made, seeds)[0][0])
    assert not torch.allclose(found[0], found[1], rtol=1e-3)

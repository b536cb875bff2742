"""Inference via optimisation: exact optima, agreement of the two ways, and collapsed generators."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from joint_inversion import invert_jointly
from role_networks import build
from torch import Tensor

from modecollapse.measures import ivom
from modecollapse.measures.inversion import frozen
from modecollapse.measures.ivom import Generator, Inverted, draw_starts

LATENT, SHAPE, PIXELS = 5, (1, 4, 6), 24


def invert(generator: Generator, images: Tensor, starts: Tensor, iterations: int = 500) -> Inverted:
    return ivom.invert(generator, images, starts, iterations)


def weights(seed: int, *shape: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape) / np.sqrt(shape[0])).float()


A, B, C = weights(0, LATENT, PIXELS), weights(1, LATENT, LATENT), weights(2, LATENT, PIXELS)


def linear(z: Tensor) -> Tensor:
    return (0.3 * z @ A + 0.1).view(-1, *SHAPE)


def smooth(z: Tensor) -> Tensor:
    return torch.tanh(0.4 * (z @ A) + 0.2 * torch.tanh(z @ B) @ C).view(-1, *SHAPE)


def images(n: int, seed: int = 3) -> Tensor:
    return (0.4 * weights(seed, n, PIXELS) * np.sqrt(n)).clamp(-1, 1).view(n, *SHAPE)


def starts(n: int, restarts: int = 3, seed: int = 0) -> Tensor:
    return draw_starts("normal", restarts, n, LATENT, np.random.default_rng(seed))


def test_a_linear_generator_ends_at_the_least_squares() -> None:
    targets = images(12)
    flat = targets.flatten(1).double().numpy() - 0.1
    basis = 0.3 * A.double().numpy()
    solution = np.linalg.lstsq(basis.T, flat.T, rcond=None)[0].T
    found = invert(linear, targets, starts(12))
    assert found.mse == pytest.approx(((solution @ basis - flat) ** 2).mean(axis=1), rel=1e-4)
    assert found.latents == pytest.approx(solution, abs=0.02)
    assert (found.mse.shape, found.latents.shape, found.each.shape) == ((12,), (12, LATENT), (3, 12))


def test_both_ways_find_the_same_on_a_convolutional_generator() -> None:
    spec = {"channels": [8, 6], "kernel": 3, "normalisation": "batch"}
    generator = frozen(build("generator", (1, 8, 8), conv=True, seed=4, **spec).float(), starts(500, 1, seed=8)[0])
    first = starts(8)
    targets = generator(starts(8, 1, seed=6)[0]) + 0.3 * images(8, seed=2).view(8, -1)[:, :1, None, None]
    each, jointly = invert(generator, targets, first, 100), invert_jointly(generator, targets, first, 200)
    assert each.mse.mean() == pytest.approx(jointly.mse.mean(), rel=1e-3)
    assert each.mse == pytest.approx(jointly.mse, rel=0.01)
    assert each.mse.mean() < 0.5 * targets.var(dim=0).mean()  # and not because the start was the optimum


def test_each_image_is_found_on_its_own_but_for_the_joint_way(monkeypatch: pytest.MonkeyPatch) -> None:
    targets, first = images(7), starts(7)
    found = invert(smooth, targets, first)
    monkeypatch.setattr(ivom, "BATCH", 4)
    batched = invert(smooth, targets, first)
    assert batched.mse == pytest.approx(found.mse, rel=1e-3)
    alone = invert(smooth, targets[2:3], first[:, 2:3])
    assert alone.mse[0] == pytest.approx(found.mse[2], rel=1e-3)
    some, all_ = (invert_jointly(smooth, targets[:n], first[:, :n], iterations=3).mse[0] for n in (1, 7))
    assert some != pytest.approx(all_, rel=1e-3)


def test_the_best_start_is_kept() -> None:
    found = invert(smooth, images(8), starts(8), iterations=2)
    assert np.array_equal(found.mse, found.each.min(axis=0))
    best = smooth(torch.from_numpy(found.latents)).flatten(1) - images(8).flatten(1)
    assert found.mse == pytest.approx((best**2).mean(dim=1).numpy(), rel=1e-5)
    one = invert(smooth, images(8), starts(8)[:1], iterations=2)
    assert (found.mse <= one.mse + 1e-9).all()


def test_a_generator_of_one_image_has_the_distance_to_it_and_one_of_nan_an_infinite_one() -> None:
    targets = images(6)
    expected = ((targets - 0.25) ** 2).flatten(1).mean(dim=1).numpy()
    for image in (torch.tensor(0.25), torch.nn.Parameter(torch.tensor(0.25))):
        found = invert(lambda z, image=image: image.expand(len(z), *SHAPE), targets, starts(6))
        assert found.mse == pytest.approx(expected, rel=1e-5)
    for spoil in (lambda z: linear(z) * torch.nan, lambda z: linear(z) + torch.inf):
        assert np.isinf(invert(spoil, targets, starts(6)).mse).all()


def test_a_generator_without_a_mode_does_not_come_near_its_images() -> None:
    """Two kinds of images, and generators of both, or of the first alone."""
    kinds = torch.stack([torch.full(SHAPE, -0.8), torch.full(SHAPE, 0.8)])

    def both(z: Tensor) -> Tensor:
        return (0.8 * torch.tanh(3 * z[:, 0]))[:, None, None, None].expand(len(z), *SHAPE)

    def first(z: Tensor) -> Tensor:
        return -both(z).abs()

    targets = kinds.repeat(4, 1, 1, 1)
    assert invert(both, targets, starts(8, 8)).mse.max() < 4e-4
    collapsed = invert(first, targets, starts(8, 8)).mse
    assert collapsed[::2].max() < 4e-4
    assert collapsed[1::2] == pytest.approx(0.64, abs=4e-3)  # nearest is 0


@pytest.mark.parametrize(("prior", "variance", "largest"), [("normal", 1, 4.5), ("uniform", 1 / 3, 1)])
def test_starts_are_drawn_from_the_prior_by_the_generator_given(prior: str, variance: float, largest: float) -> None:
    drawn, fewer, other = (
        draw_starts(prior, restarts, 2000, LATENT, np.random.default_rng(seed))
        for restarts, seed in ((3, 0), (2, 0), (3, 1))
    )
    assert (drawn.shape, drawn.dtype) == ((3, 2000, LATENT), torch.float32)
    assert torch.equal(drawn[:2], fewer)
    assert not torch.equal(drawn, other)
    found = float(drawn.mean()), float(drawn.var()), float(drawn.abs().max())
    assert found == (pytest.approx(0, abs=0.02), pytest.approx(variance, abs=0.03), pytest.approx(largest, rel=0.15))
    assert prior == "normal" or drawn.abs().max() <= 1

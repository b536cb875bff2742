"""Inference via optimisation: exact optima, agreement of the two ways, collapsed generators, and the controls."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from modecollapse.measures.ivom import invert, invert_jointly, normal_starts
from modecollapse.measures.ivom_controls import mean_image_mse, nearest_mse, pca_mse

LATENT, SHAPE, PIXELS = 5, (1, 4, 6), 24
WAYS = {"each": invert, "jointly": invert_jointly}


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
    return normal_starts(restarts, n, LATENT, np.random.default_rng(seed))


@pytest.mark.parametrize("way", WAYS)
def test_a_linear_generator_ends_at_the_least_squares(way: str) -> None:
    targets = images(12)
    flat = targets.flatten(1).double().numpy() - 0.1
    basis = 0.3 * A.double().numpy()
    solution = np.linalg.lstsq(basis.T, flat.T, rcond=None)[0].T
    found = WAYS[way](linear, targets, starts(12))
    assert found.mse == pytest.approx((((solution @ basis - flat) / 2) ** 2).mean(axis=1), rel=1e-4)
    assert found.latents == pytest.approx(solution, abs=0.02)
    assert (found.mse.shape, found.latents.shape, found.each.shape) == ((12,), (12, LATENT), (3, 12))


def test_both_ways_find_the_same_on_a_smooth_generator() -> None:
    targets, first = images(20), starts(20)
    each, jointly = invert(smooth, targets, first), invert_jointly(smooth, targets, first)
    assert each.mse.mean() == pytest.approx(jointly.mse.mean(), rel=1e-3)
    assert each.mse == pytest.approx(jointly.mse, rel=0.01)


@pytest.mark.parametrize("way", WAYS)
def test_images_of_the_generator_are_found(way: str) -> None:
    hidden = starts(10, 1, seed=5)[0]
    found = WAYS[way](smooth, smooth(hidden), starts(10))
    assert found.mse.max() < 1e-5


def test_each_image_is_found_on_its_own_but_for_the_joint_way() -> None:
    targets, first = images(7), starts(7)
    found, batched = invert(smooth, targets, first), invert(smooth, targets, first, batch=4)
    assert batched.mse == pytest.approx(found.mse, rel=1e-3)
    alone = invert(smooth, targets[2:3], first[:, 2:3])
    assert alone.mse[0] == pytest.approx(found.mse[2], rel=1e-3)
    some, all_ = (invert_jointly(smooth, targets[:n], first[:, :n], iterations=3).mse[0] for n in (1, 7))
    assert some != pytest.approx(all_, rel=1e-3)


@pytest.mark.parametrize("way", WAYS)
def test_the_best_start_is_kept(way: str) -> None:
    found = WAYS[way](smooth, images(8), starts(8), iterations=2)
    assert np.array_equal(found.mse, found.each.min(axis=0))
    best = smooth(torch.from_numpy(found.latents)).flatten(1) - images(8).flatten(1)
    assert found.mse == pytest.approx(((best / 2) ** 2).mean(dim=1).numpy(), rel=1e-5)
    one = WAYS[way](smooth, images(8), starts(8)[:1], iterations=2)
    assert (found.mse <= one.mse + 1e-9).all()


@pytest.mark.parametrize("way", WAYS)
def test_more_iterations_are_no_worse_on_average(way: str) -> None:
    errors = [WAYS[way](smooth, images(8), starts(8), iterations=n).mse.mean() for n in (1, 3, 10, 100)]
    assert (np.diff(errors) <= 1e-7).all()


@pytest.mark.parametrize("way", WAYS)
def test_a_generator_of_one_image_has_the_distance_to_it(way: str) -> None:
    targets = images(6)
    expected = (((targets - 0.25) / 2) ** 2).flatten(1).mean(dim=1).numpy()
    with_parameter = torch.nn.Parameter(torch.tensor(0.25))
    for image in (torch.tensor(0.25), with_parameter):
        found = WAYS[way](lambda z, image=image: image.expand(len(z), *SHAPE), targets, starts(6))
        assert found.mse == pytest.approx(expected, rel=1e-5)


def test_a_generator_without_a_mode_does_not_come_near_its_images() -> None:
    """Two kinds of images, and generators of both, or of the first alone."""
    kinds = torch.stack([torch.full(SHAPE, -0.8), torch.full(SHAPE, 0.8)])

    def both(z: Tensor) -> Tensor:
        return (0.8 * torch.tanh(3 * z[:, 0]))[:, None, None, None].expand(len(z), *SHAPE)

    def first(z: Tensor) -> Tensor:
        return -both(z).abs()

    targets = kinds.repeat(4, 1, 1, 1)
    assert invert(both, targets, starts(8, 8)).mse.max() < 1e-4
    collapsed = invert(first, targets, starts(8, 8)).mse
    assert collapsed[::2].max() < 1e-4
    assert collapsed[1::2] == pytest.approx(0.16, abs=1e-3)  # nearest is 0: (0.8 / 2)^2


def test_errors_are_a_quarter_of_those_on_minus_one_to_one() -> None:
    white, black = torch.ones(1, *SHAPE), -torch.ones(1, *SHAPE)
    assert invert(lambda z: 0 * z[:, :1, None, None] + black, white, starts(1)).mse == pytest.approx([1])


@pytest.mark.parametrize("way", WAYS)
def test_a_generator_of_nan_has_infinite_errors(way: str) -> None:
    found = WAYS[way](lambda z: linear(z) * torch.nan, images(2), starts(2))
    assert np.isinf(found.mse).all()


@pytest.mark.parametrize("way", WAYS)
def test_what_is_refused(way: str) -> None:
    spoiled = images(4)
    spoiled[2, 0, 1, 1] = torch.nan
    with pytest.raises(ValueError, match="^images: row 2 is not finite, 1 in all"):
        WAYS[way](smooth, spoiled, starts(4))
    spoiled = starts(4)
    spoiled[1, 3, 0] = torch.inf
    with pytest.raises(ValueError, match="^starts: row 3 is not finite"):
        WAYS[way](smooth, images(4), spoiled)
    for wrong in (starts(3), starts(4)[0], starts(4)[:0]):
        with pytest.raises(ValueError, match="^starts: have shape"):
            WAYS[way](smooth, images(4), wrong)


def test_the_prior_is_drawn_from_the_generator_given() -> None:
    drawn = starts(2000)
    assert drawn.shape == (3, 2000, LATENT)
    assert torch.equal(drawn, starts(2000))
    assert not torch.equal(drawn, starts(2000, seed=1))
    assert (float(drawn.mean()), float(drawn.std())) == (pytest.approx(0, abs=0.02), pytest.approx(1, abs=0.02))


def test_the_mean_image_leaves_the_variance() -> None:
    training = images(50).numpy()
    assert mean_image_mse(training, training).mean() == pytest.approx(training.var(axis=0).mean() / 4)


def test_pca_is_exact_on_its_own_rank_and_better_with_more() -> None:
    flat = (starts(60, 1)[0] @ A).numpy()
    assert pca_mse(flat, flat, LATENT).max() < 1e-12
    training, unseen = images(60).numpy(), images(10, seed=9).numpy()
    errors = np.array([pca_mse(training, unseen, latent) for latent in (1, 3, 8, PIXELS)])
    assert (np.diff(errors, axis=0) <= 1e-12).all()
    assert (errors[0] <= mean_image_mse(training, unseen)).all()
    assert errors[-1].max() < 1e-12
    few = images(5).numpy()
    assert pca_mse(few, few, 4).max() < 1e-12


def test_pca_is_what_the_best_linear_generator_reaches() -> None:
    training, unseen = images(60), images(10, seed=9)
    mean = training.flatten(1).mean(dim=0)
    axes = torch.linalg.svd(training.flatten(1) - mean, full_matrices=False).Vh[:LATENT]
    found = invert(lambda z: z @ axes + mean, unseen.flatten(1), starts(10))
    assert found.mse == pytest.approx(pca_mse(training.numpy(), unseen.numpy(), LATENT), rel=1e-3)


@pytest.mark.parametrize("latent", [0, 7, 25])
def test_pca_of_too_many_components_is_refused(latent: int) -> None:
    with pytest.raises(ValueError, match=f"^latent: is {latent}; allowed: 1 to 6"):
        pca_mse(images(6).numpy(), images(2).numpy(), latent)


def test_the_nearest_training_image() -> None:
    training = images(30).numpy()
    assert nearest_mse(training, training[::-1]).max() == 0
    shifted = nearest_mse(training, training + 0.01)
    assert shifted == pytest.approx(np.full(30, 0.005**2), rel=1e-4)
    assert nearest_mse(training[:1], training).mean() > nearest_mse(training[:15], training).mean() > 0


def test_controls_refuse_images_that_are_not_finite() -> None:
    spoiled = images(4).numpy()
    spoiled[1] = np.nan
    for control in (mean_image_mse, nearest_mse, lambda training, x: pca_mse(training, x, 2)):
        with pytest.raises(ValueError, match="^images: row 1"):
            control(images(4).numpy(), spoiled)
        with pytest.raises(ValueError, match="^training: row 1"):
            control(spoiled, images(4).numpy())

"""What needs no generator: the mean image, PCA, the nearest training image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from modecollapse.measures.ivom import draw_starts, invert
from modecollapse.measures.ivom_controls import mean_image_mse, nearest_mse, pca_mse

LATENT, SHAPE, PIXELS = 5, (1, 4, 6), 24


def normal(n: int, size: int, seed: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((n, size))).float()


def images(n: int, seed: int = 3) -> Tensor:
    return (0.5 + 0.2 * normal(n, PIXELS, seed)).clamp(0, 1).view(n, *SHAPE)


def test_the_mean_image_leaves_the_variance() -> None:
    training = images(50).numpy()
    assert mean_image_mse(training, training).mean() == pytest.approx(training.var(axis=0).mean())


def test_pca_is_exact_on_its_own_rank_and_better_with_more() -> None:
    flat = (normal(60, LATENT, 0) @ normal(LATENT, PIXELS, 1)).numpy()
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
    first = draw_starts("normal", 3, 10, LATENT, np.random.default_rng(0))
    found = invert(lambda z: z @ axes + mean, unseen.flatten(1), first)
    assert found.mse == pytest.approx(pca_mse(training.numpy(), unseen.numpy(), LATENT), rel=1e-3)


@pytest.mark.parametrize("latent", [0, 7, 25])
def test_pca_of_too_many_components_is_refused(latent: int) -> None:
    with pytest.raises(ValueError, match=f"^latent: is {latent}; allowed: 1 to 6"):
        pca_mse(images(6).numpy(), images(2).numpy(), latent)


def test_the_nearest_training_image() -> None:
    training = images(30).numpy()
    assert nearest_mse(training, training[::-1]).max() == 0
    shifted = nearest_mse(training, training + 0.01)
    assert shifted == pytest.approx(np.full(30, 0.01**2), rel=1e-4)
    assert nearest_mse(training[:1], training).mean() > nearest_mse(training[:15], training).mean() > 0


def test_controls_refuse_images_that_are_not_finite() -> None:
    spoiled = images(4).numpy()
    spoiled[1] = np.nan
    for control in (mean_image_mse, nearest_mse, lambda training, x: pca_mse(training, x, 2)):
        with pytest.raises(ValueError, match="^images: row 1"):
            control(images(4).numpy(), spoiled)
        with pytest.raises(ValueError, match="^training: row 1"):
            control(spoiled, images(4).numpy())


def test_the_nearest_other_image_is_not_the_image_itself() -> None:
    training = images(30).numpy()
    twice = np.concatenate([training, training])  # as draws with replacement have them
    others = np.array([nearest_mse(np.delete(training, row, axis=0), training[[row]])[0] for row in range(30)])
    assert nearest_mse(twice, training, other=True) == pytest.approx(others)
    unseen = images(10, seed=9).numpy()
    assert nearest_mse(twice, unseen, other=True) == pytest.approx(nearest_mse(training, unseen))
    assert np.isinf(nearest_mse(training[:1], training[:1], other=True)).all()


def test_more_threads_change_no_bit() -> None:
    training, unseen = normal(900, 300, 0).numpy(), normal(20, 300, 1).numpy()
    with threadpool_limits(limits=1):
        one = pca_mse(training, unseen, 40)
    with threadpool_limits(limits=2):
        two = pca_mse(training, unseen, 40)
    assert np.array_equal(one, two)

"""What needs no generator: the mean image, PCA, the nearest training image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from blocks import make_block
from inverted import PERCEPTRON, SETTINGS, TRAINING, block_on, load
from threadpoolctl import threadpool_limits
from torch import Tensor

from modecollapse.datasets import Dataset
from modecollapse.measures import inversion_controls
from modecollapse.measures.inversion_controls import control_rows, mean_image_mse, nearest_mse, pca_mse
from modecollapse.measures.ivom import targets
from modecollapse.measures.table import COLUMNS

LATENT, SHAPE, PIXELS = 5, (1, 4, 6), 24


def normal(n: int, size: int, seed: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((n, size))).float()


def images(n: int, seed: int = 3) -> np.ndarray:
    return (0.5 + 0.2 * normal(n, PIXELS, seed)).clamp(0, 1).view(n, *SHAPE).numpy()


def test_pca_is_exact_on_its_own_rank_and_better_with_more() -> None:
    flat = (normal(60, LATENT, 0) @ normal(LATENT, PIXELS, 1)).numpy()
    assert pca_mse(flat, flat, LATENT).max() < 1e-12
    training, unseen = images(60), images(10, seed=9)
    assert mean_image_mse(training, training).mean() == pytest.approx(training.var(axis=0).mean())
    errors = np.array([pca_mse(training, unseen, latent) for latent in (1, 3, 8, PIXELS)])
    assert (np.diff(errors, axis=0) <= 1e-12).all()
    assert (errors[0] <= mean_image_mse(training, unseen)).all()
    assert errors[-1].max() < 1e-12
    assert pca_mse(images(5), images(5), 4).max() < 1e-12


def test_the_nearest_training_image_and_the_nearest_other(monkeypatch: pytest.MonkeyPatch) -> None:
    training, unseen = images(30), images(10, seed=9)
    assert nearest_mse(training, training[::-1]).max() == 0
    shifted = nearest_mse(training, training + np.float32(0.01))
    assert shifted == pytest.approx(np.full(30, 0.01**2), rel=1e-4)
    whole = nearest_mse(training, unseen)
    monkeypatch.setattr(inversion_controls, "BAND", 4)
    assert np.array_equal(nearest_mse(training, unseen), whole)
    twice = np.concatenate([training, training])  # as draws with replacement have them
    others = np.array([nearest_mse(np.delete(training, row, axis=0), training[[row]])[0] for row in range(30)])
    assert nearest_mse(twice, training, other=True) == pytest.approx(others)
    assert np.isinf(nearest_mse(training[:1], training[:1], other=True)).all()


def test_more_threads_change_no_bit() -> None:
    training, unseen = normal(900, 300, 0).numpy(), normal(20, 300, 1).numpy()
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            found.append(pca_mse(training, unseen, 40))
    assert np.array_equal(*found)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many draws know nearly all of the few training images."""
    monkeypatch.setattr(inversion_controls, "TRAINING", 700)


def test_controls_have_a_row_for_each_pool(few: None) -> None:
    block = block_on("unit", PERCEPTRON)
    spec, dataset = block.cell.dataset, load(block)
    rows = control_rows(spec, dataset, SETTINGS, [3])
    assert list(rows.columns) == COLUMNS
    assert set(rows["experiment"]) == {"calibration"}
    found = {(row.variant, row.measure): row.value for row in rows.itertuples()}
    training = dataset.images[:TRAINING].astype(np.float32) / np.float32(255)
    for pool, of_pool in targets(spec, dataset, SETTINGS.images).items():
        measure, other = f"ivom_{pool}", pool == "train"
        assert found["mean-image", measure] == pytest.approx(mean_image_mse(training, of_pool).mean(), rel=0.05)
        assert found["nearest-training", measure] == pytest.approx(nearest_mse(training, of_pool, other).mean())
        assert found["pca-3", measure] == pytest.approx(pca_mse(training, of_pool, 3).mean(), rel=0.25)
        assert found["pca-3", measure] < found["nearest-training", measure] < found["mean-image", measure]
    assert control_rows(spec, dataset, SETTINGS, [3]).equals(rows)


def test_pca_has_no_more_components_than_pixels(digits: Dataset, few: None) -> None:
    spec = make_block(dataset="stacked-digits", root_seed=1).cell.dataset
    rows = control_rows(spec, digits, SETTINGS, [2, 500]).set_index(["variant", "measure"])["value"]
    assert rows["pca-500", "ivom_test"] < 1e-12 < rows["nearest-training", "ivom_test"] < rows["pca-2", "ivom_test"]

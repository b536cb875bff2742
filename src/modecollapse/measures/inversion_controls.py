"""What an IvOM error is compared with: reconstructions of the same images that need no generator.

Images are arrays (n, *shape), pixels on [0, 1]; results are (n,) mean squared errors over the pixels, as in ivom.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from modecollapse.datasets import Dataset
from modecollapse.measures import STATUS_OK
from modecollapse.measures.ivom import POOLS, targets, training_images
from modecollapse.measures.table import CALIBRATION, tidy
from modecollapse.study.inversion import Inversion
from modecollapse.study.plan import DatasetSpec

TRAINING = 10_000  # training images, drawn anew, that the controls know
BAND = 800  # images whose distances to all training images are in memory at once


def control_rows(spec: DatasetSpec, dataset: Dataset, settings: Inversion, latents: Sequence[int]) -> pd.DataFrame:
    """Rows of the mean image, of the nearest image, and of PCA, one for each of `latents`, named `pca-64`.

    That is the number of components, or all pixels if it is larger. For a training target the nearest image is another
    one. There is nothing random but the draws of images, so each control has one row a pool, as seed 0.
    """
    known = training_images(spec, dataset, TRAINING, "controls")
    pools = targets(spec, dataset, settings.images)
    images = np.concatenate([pools[pool] for pool in POOLS])
    errors = {"mean-image": np.split(mean_image_mse(known, images), len(POOLS))}
    for latent in latents:
        errors[f"pca-{latent}"] = np.split(pca_mse(known, images, min(latent, prod(spec.shape))), len(POOLS))
    errors["nearest-training"] = [nearest_mse(known, pools[pool], other=pool == "train") for pool in POOLS]
    key = {"experiment": CALIBRATION, "dataset": spec.name, "seed": 0, "step": 0, "status": STATUS_OK}
    key |= {"n": settings.images, "config_hash": spec.config_hash}
    rows = [
        key | {"variant": variant, "measure": f"ivom_{pool}", "value": float(of_pool.mean())}
        for variant, by_pool in errors.items()
        for pool, of_pool in zip(POOLS, by_pool, strict=True)
    ]
    return tidy(rows)


def mean_image_mse(training: np.ndarray, images: np.ndarray) -> np.ndarray:
    """The error of the mean training image: what a sampler of one point can reach at best."""
    return ((_flat(training).mean(axis=0) - _flat(images)) ** 2).mean(axis=1)


def pca_mse(training: np.ndarray, images: np.ndarray, latent: int) -> np.ndarray:
    """The error of the best linear generator with `latent` latent variables; at most the images' or pixels' number."""
    training, images = _flat(training), _flat(images)
    solver = "covariance_eigh" if len(training) >= training.shape[1] else "full"  # both exact
    with threadpool_limits(limits=1):  # several threads would add up in any order
        model = PCA(latent, svd_solver=solver).fit(training)
        return ((model.inverse_transform(model.transform(images)) - images) ** 2).mean(axis=1)


def nearest_mse(training: np.ndarray, images: np.ndarray, other: bool = False) -> np.ndarray:
    """The error of the nearest training image: what a sampler reaches that repeats its training set.

    `other`: that of the nearest one which is not the image itself; infinite where there is none.
    """
    training, images = _flat(training), _flat(images)
    found = []
    for first in range(0, len(images), BAND):
        squared = cdist(images[first : first + BAND], training, "sqeuclidean")
        found.append(np.where(other & (squared == 0), np.inf, squared).min(axis=1))
    return np.concatenate(found) / images.shape[1]


def _flat(images: np.ndarray) -> np.ndarray:
    """(n, pixels) in double precision."""
    return images.reshape(len(images), -1).astype(np.float64)

"""What an IvOM error is to be compared with: reconstructions of an image that need no generator.

Images are arrays (n, *shape), pixels on [0, 1]; results are (n,) mean squared errors over the pixels, as in ivom.py.
"""

from __future__ import annotations

import numpy as np
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from modecollapse.measures.two_sample import checked_pair, distances


def mean_image_mse(training: np.ndarray, images: np.ndarray) -> np.ndarray:
    """The error of the mean training image: what a sampler of one point can reach at best."""
    training, images = _flat(training, images)
    return _mse(training.mean(axis=0), images)


def pca_mse(training: np.ndarray, images: np.ndarray, latent: int) -> np.ndarray:
    """The error of the best linear generator with `latent` latent variables; at most the images' or pixels' number."""
    training, images = _flat(training, images)
    most = min(training.shape)
    solver = "covariance_eigh" if len(training) >= training.shape[1] else "full"  # both exact
    if not 1 <= latent <= most:
        raise ValueError(f"latent: is {latent}; allowed: 1 to {most}")
    with threadpool_limits(limits=1):  # several threads would add up in any order
        model = PCA(latent, svd_solver=solver).fit(training)
        return _mse(model.inverse_transform(model.transform(images)), images)


def nearest_mse(training: np.ndarray, images: np.ndarray, other: bool = False) -> np.ndarray:
    """The error of the nearest training image: what a sampler reaches that has the training set by heart.

    `other`: that of the nearest one which is not the image itself; infinite where there is none.
    """
    training, images = _flat(training, images)
    found = np.empty(len(images))
    for rows, band in distances(images, training, "sqeuclidean"):
        found[rows] = np.where(other & (band == 0), np.inf, band).min(axis=1)
    return found / images.shape[1]


def _flat(training: np.ndarray, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as (n, pixels)."""
    flat = [np.asarray(each).reshape(len(each), -1) for each in (training, images)]
    return checked_pair(*flat, names=("training", "images"))


def _mse(reconstructed: np.ndarray, images: np.ndarray) -> np.ndarray:
    """(n,) errors of (n, pixels)."""
    return ((reconstructed - images) ** 2).mean(axis=1)

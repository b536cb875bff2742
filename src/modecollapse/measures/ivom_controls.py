"""What an IvOM error is to be compared with: reconstructions of an image that need no generator.

Images are arrays (n, *shape) in [-1, 1]; results are (n,) mean squared errors over the pixels on [0, 1], as in ivom.py.
"""

from __future__ import annotations

import numpy as np
from sklearn.decomposition import PCA

from modecollapse.measures.two_sample import checked_pair, nearest


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
    model = PCA(latent, svd_solver=solver).fit(training)
    return _mse(model.inverse_transform(model.transform(images)), images)


def nearest_mse(training: np.ndarray, images: np.ndarray) -> np.ndarray:
    """The error of the nearest training image: what a sampler reaches that has the training set by heart."""
    training, images = _flat(training, images)
    return _mse(training[nearest(images, training)[0]], images)


def _flat(training: np.ndarray, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as (n, pixels)."""
    flat = [np.asarray(each).reshape(len(each), -1) for each in (training, images)]
    return checked_pair(*flat, names=("training", "images"))


def _mse(reconstructed: np.ndarray, images: np.ndarray) -> np.ndarray:
    """(n,) errors on [0, 1] of (n, pixels) in [-1, 1]."""
    return (((reconstructed - images) / 2) ** 2).mean(axis=1)

"""The rows that stand beside IvOM's: what the same targets cost without a generator."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
import pandas as pd

from modecollapse.datasets import Dataset
from modecollapse.measures import STATUS_OK
from modecollapse.measures.inversion_targets import POOLS, targets, training_images
from modecollapse.measures.ivom_controls import mean_image_mse, nearest_mse, pca_mse
from modecollapse.measures.table import CALIBRATION, tidy
from modecollapse.study.inversion import Inversion
from modecollapse.study.plan import DatasetSpec

TRAINING = 10_000  # training images, drawn anew, that the controls know


def control_rows(spec: DatasetSpec, dataset: Dataset, settings: Inversion, latents: Sequence[int]) -> pd.DataFrame:
    """Rows of the mean image, of PCA, of the nearest image; of PCA one for each of `latents`, named `pca-64`.

    That is the number of components, or all pixels if it is larger.

    For a training target the nearest image is another one. There is nothing random but the draws of images, so each
    control has one row a pool, as seed 0.
    """
    known = training_images(spec, dataset, TRAINING, "controls")
    pools = targets(spec, dataset, settings.images)
    images = np.concatenate([pools[pool] for pool in POOLS])
    errors = {
        "mean-image": np.split(mean_image_mse(known, images), len(POOLS)),
        **{
            f"pca-{latent}": np.split(pca_mse(known, images, min(latent, prod(spec.shape))), len(POOLS))
            for latent in latents
        },
        "nearest-training": [nearest_mse(known, pools[pool], other=pool == "train") for pool in POOLS],
    }
    key = {"experiment": CALIBRATION, "dataset": spec.name, "seed": 0, "step": 0, "status": STATUS_OK}
    key |= {"n": settings.images, "config_hash": spec.config_hash}
    rows = [
        key | {"variant": variant, "measure": f"ivom_{pool}", "value": float(of_pool.mean())}
        for variant, by_pool in errors.items()
        for pool, of_pool in zip(POOLS, by_pool, strict=True)
    ]
    return tidy(rows)

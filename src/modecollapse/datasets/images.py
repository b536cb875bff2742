"""Image data sets: what MNIST, Fashion-MNIST, CIFAR-10 and folders of images share.

Images stay uint8 in files and in memory; a batch is scaled when it is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from modecollapse.datasets import classifier, finite_rows
from modecollapse.datasets.random_numbers import RandomNumbers

RANGES = {"symmetric": (-1.0, 1.0), "unit": (0.0, 1.0)}  # of the pixels, as the option `range` names them
WHITE = 255
JITTER = 1e-2  # added to each grey level's variance, so that constant pixels have one; a tenth of a level
CHUNK = 4096
COMPONENTS, COMPONENTS_OF = 64, 10_000  # principal components, and the training images they are taken of


def image_arrays(
    images: np.ndarray, labels: np.ndarray, held_out: int, classes: int, pixels: str, sources: dict[str, str]
) -> dict[str, Any]:
    """The arrays of a data file, as `Images` takes them, without a classifier.

    The last `held_out` images are not trained on; `pixels` names the range, `sources` the SHA-256 of what was read.
    """
    made = {"images": images, "labels": labels, "training": len(images) - held_out, "held_out": held_out}
    return made | {"classes": classes, "pixels": np.array(RANGES[pixels]), "sources": json.dumps(sources)}


def with_classifier(made: dict[str, Any], dataset: str, required: float, seed: int) -> dict[str, Any]:
    """`image_arrays` with a classifier; StudyError, naming `dataset`, where it reads too few held-out images."""
    images, labels, training = made["images"], made["labels"], made["training"]
    trained = classifier.train(images[:training], labels[:training], made["classes"], required, seed)
    accuracy = classifier.accuracy(trained, images[training:], labels[training:])
    classifier.require(dataset, accuracy, required)
    return {**made, "accuracy": accuracy, **classifier.to_arrays(trained)}


class Images:
    """Images drawn with replacement from a training set; a mode is a class, as the classifier reads it.

    Where `stack` is more than 1, an item is that many stored images of one channel, which become its channels.
    """

    stack = 1

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        training: np.ndarray,
        held_out: np.ndarray,
        classes: np.ndarray,
        pixels: np.ndarray,
        sources: np.ndarray,
        accuracy: np.ndarray | None = None,
        **weights: np.ndarray,
    ) -> None:
        """`images` (N, C, H, W) uint8, `labels` (N,), the first `training` of them to train on.

        The last `held_out` are real data for the oracle, `pixels` the lowest and the highest value of a pixel,
        `sources` JSON of what was read. Without weights there is no classifier.
        """
        self.modes = int(classes)
        self.images, self.labels = images, labels
        self.held_out = slice(len(images) - int(held_out), len(images))
        self.range = float(pixels[0]), float(pixels[1])
        self.sources = str(sources)
        self.accuracy = None if accuracy is None else float(accuracy)
        self.mode_weights = np.bincount(labels[: int(training)], minlength=self.modes) / int(training)
        self._training = torch.from_numpy(images[: int(training)])
        self._classifier = None
        if weights:
            self._classifier = classifier.restored(classifier.build(images.shape[1:], self.modes), weights)

    def to(self, device: str) -> Images:
        """Move what `sample` reads, and the classifier."""
        self._training = self._training.to(device)
        if self._classifier is not None:
            self._classifier.to(device)
        return self

    def sample(self, n: int, random: RandomNumbers) -> torch.Tensor:
        """(n, C, H, W) float32: training images, drawn with replacement."""
        return self._scaled(random.rows(self._training, n))

    def oracle(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, C, H, W) float32: different held-out images, as long as there are as many."""
        held_out, count = self.images[self.held_out], n * self.stack
        chosen = held_out[rng.choice(len(held_out), count, replace=count > len(held_out))]
        return self._items(self._scaled(torch.from_numpy(chosen)).numpy())

    def null_uniform(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, C, H, W) float32: every pixel uniform on the range."""
        low, high = self.range
        pixels = rng.random((n * self.stack, *self.images.shape[1:]), dtype=np.float32)
        return self._items(pixels * np.float32(high - low) + np.float32(low))

    def null_gaussian(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, C, H, W) float32: one Gaussian with the training images' mean and covariance, cut to the range."""
        mean, root = self._moments
        noise = torch.from_numpy(rng.standard_normal((n * self.stack, len(mean)), dtype=np.float32))
        levels = (noise @ root.T).add_(mean).clamp_(0, WHITE)
        return self._items(self._scaled(levels).numpy())

    def assign(self, samples: np.ndarray) -> np.ndarray:
        """(n,) int64: the class the classifier reads, whatever its confidence.

        -1 for images that are not finite, and for all images where there is no classifier.
        """
        if self._classifier is None:
            return np.full(len(samples), -1)
        return np.where(finite_rows(samples), self._read(samples), -1)

    def features(self, samples: np.ndarray) -> np.ndarray:
        """(n, 64) float32: the input of the classifier's last layer, for each of (n, C, H, W) finite images.

        Without a classifier, the leading principal components of training images, with grey levels from 0 to 1. Of a
        stack, the features of one channel after the other.
        """
        read = self._projected if self._classifier is None else partial(classifier.outputs, self._classifier[:-1])
        return np.concatenate([np.asarray(read(levels)) for levels in self._levels(samples)]).reshape(len(samples), -1)

    def _read(self, samples: np.ndarray) -> np.ndarray:
        """(n * stack,) int64: the class read in each stored image of (n, C, H, W) items."""
        return np.concatenate([classifier.predict(self._classifier, levels) for levels in self._levels(samples)])

    def _items(self, images: np.ndarray) -> np.ndarray:
        """(n, C, H, W) items of (n * stack, ...) stored images."""
        _, channels, *size = self.images.shape
        return images.reshape(-1, self.stack * channels, *size)

    def _levels(self, samples: np.ndarray) -> Iterator[torch.Tensor]:
        """(b, ...) float32 grey levels of the stored images in (n, C, H, W) items in chunks, cut to the range."""
        low, high = self.range
        images = samples.reshape(-1, *self.images.shape[1:])
        for start in range(0, max(len(images), 1), CHUNK):
            chunk = np.nan_to_num(images[start : start + CHUNK].astype(np.float64), nan=low).clip(low, high)
            yield torch.from_numpy(((chunk - low) * (WHITE / (high - low))).astype(np.float32))

    def _projected(self, levels: torch.Tensor) -> np.ndarray:
        """(b, 64) float32: (b, C, H, W) grey levels on the principal components."""
        with threadpool_limits(limits=1):  # several threads may sum in another order
            return self._components.transform(levels.flatten(1).numpy() / WHITE)

    def _scaled(self, levels: torch.Tensor) -> torch.Tensor:
        """Grey levels as float32 in the range, both ends included."""
        low, high = self.range
        return levels.float().div_(WHITE / (high - low)).add_(low)

    @cached_property
    def _components(self) -> Any:
        """The fitted PCA of training images evenly spread over the set, with grey levels from 0 to 1."""
        from sklearn.decomposition import PCA  # takes a second, and data sets with a classifier do not need it

        images = self._training[:: -(-len(self._training) // COMPONENTS_OF)].cpu().flatten(1).numpy()
        leading = PCA(min(COMPONENTS, *images.shape), svd_solver="randomized", random_state=0)
        with threadpool_limits(limits=1):
            return leading.fit(images / np.float32(WHITE))

    @cached_property
    def _moments(self) -> tuple[torch.Tensor, torch.Tensor]:
        """(D,) mean and (D, D) lower root of the covariance of the training images, in grey levels."""
        pixels = self._training.cpu().flatten(1)
        total = torch.zeros(pixels.shape[1], dtype=torch.float64)
        products = torch.zeros(2 * pixels.shape[1:], dtype=torch.float64)
        for chunk in pixels.split(CHUNK):  # sums of whole numbers, so exact in any order
            levels = chunk.double()
            total += levels.sum(dim=0)
            products.addmm_(levels.T, levels)
        mean = total / len(pixels)
        covariance = products / len(pixels) - torch.outer(mean, mean)
        covariance.diagonal().add_(JITTER)
        return mean.float(), torch.linalg.cholesky(covariance).float()

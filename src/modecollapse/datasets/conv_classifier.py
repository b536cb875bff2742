"""The classifier that says which class an image shows: a small convolutional net, trained in half a minute.

It is trained in cycles of a few epochs until it reads a validation split well enough; whether it may be measured with
is decided on images that neither training nor that decision has used.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from modecollapse.datasets.classifier import train_cycle

EPOCHS = 4  # of a cycle
CYCLES = 3  # at most
BATCH = 128
LEARNING_RATE = 1e-2
VALIDATION_SHARE = 1 / 12
CHUNK = 1024  # images read at once


def build(shape: tuple[int, ...], classes: int) -> nn.Sequential:
    """(n, C, H, W) in [-1, 1] to (n, classes) logits: strides in place of pooling, because they cost least on a CPU."""
    channels, height, width = shape
    features = 32 * -(-height // 4) * -(-width // 4)
    return nn.Sequential(
        *(nn.Conv2d(channels, 16, 5, stride=2, padding=2, bias=False), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(features, 64), nn.ReLU(), nn.Linear(64, classes)),
    )


def train(images: np.ndarray, labels: np.ndarray, classes: int, required: float, seed: int) -> nn.Sequential:
    """Train on (n, C, H, W) uint8 images and (n,) labels until a twelfth that is put aside is read as `required`."""
    x, y = torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        classifier = build(images.shape[1:], classes)
        shuffled = torch.randperm(len(x))
        aside = round(VALIDATION_SHARE * len(x))
        validation, training = shuffled[:aside], shuffled[aside:]
        whole = len(training) // BATCH * BATCH or len(training)  # a last batch of one would have no variance
        for _ in range(CYCLES):
            classifier.train()
            train_cycle(classifier, _batches(x, y, training, whole), EPOCHS * -(-whole // BATCH), LEARNING_RATE)
            if accuracy(classifier, images[validation.numpy()], labels[validation.numpy()]) >= required:
                break
    return classifier


def _batches(
    x: torch.Tensor, y: torch.Tensor, training: torch.Tensor, whole: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The batches of a cycle: in every epoch `whole` images of the indices `training`, shuffled."""
    for _ in range(EPOCHS):
        for batch in training[torch.randperm(len(training))[:whole]].split(BATCH):
            yield centred(x[batch]), y[batch]


def centred(grey_levels: torch.Tensor) -> torch.Tensor:
    """Grey levels from 0 to 255 as float32 in [-1, 1]."""
    return grey_levels.float().div_(127.5).sub_(1)


def predict(classifier: nn.Sequential, grey_levels: torch.Tensor) -> np.ndarray:
    """(n,) int64: the class of the largest logit for each of (n, C, H, W) images of grey levels from 0 to 255."""
    return _outputs(classifier, grey_levels).argmax(dim=1).numpy()


def features(classifier: nn.Sequential, grey_levels: torch.Tensor) -> np.ndarray:
    """(n, 64) float32: the last layer's input for each of (n, C, H, W) images of grey levels from 0 to 255."""
    return _outputs(classifier[:-1], grey_levels).numpy()


@torch.no_grad()
def _outputs(layers: nn.Sequential, grey_levels: torch.Tensor) -> torch.Tensor:
    """The output of some layers, on the CPU."""
    layers.eval()
    device = next(layers.parameters()).device
    return torch.cat([layers(centred(chunk.to(device))) for chunk in grey_levels.split(CHUNK)]).cpu()


def accuracy(classifier: nn.Sequential, images: np.ndarray, labels: np.ndarray) -> float:
    """The share of (n, C, H, W) uint8 images that is read as labelled."""
    return float(np.mean(predict(classifier, torch.from_numpy(images)) == labels))

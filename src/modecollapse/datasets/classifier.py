"""The classifiers that count modes: their training cycle, accuracy and stored weights, and the convolutional one.

The convolutional classifier says which class an image shows. It is trained in cycles of a few epochs until it reads a
validation split well enough; whether it may be measured with is decided on images that neither training nor that
decision has used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import nn

from modecollapse.errors import StudyError

WEIGHT_DECAY = 1e-2
LABEL_SMOOTHING = 0.1
PREFIX = "classifier."
# Of the convolutional classifier:
EPOCHS = 4  # of a cycle
CYCLES = 3  # at most
BATCH = 128
LEARNING_RATE = 1e-2
VALIDATION_SHARE = 1 / 12
CHUNK = 1024  # images read at once


def train_cycle(
    classifier: nn.Module, batches: Iterable[tuple[torch.Tensor, torch.Tensor]], steps: int, learning_rate: float
) -> None:
    """Train on `steps` batches of images and labels: cross-entropy, AdamW, one learning-rate cycle."""
    adam = torch.optim.AdamW(classifier.parameters(), lr=learning_rate, weight_decay=WEIGHT_DECAY)
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, learning_rate, total_steps=steps)
    for images, labels in batches:
        logits = classifier(images)
        adam.zero_grad()
        nn.functional.cross_entropy(logits, labels, label_smoothing=LABEL_SMOOTHING).backward()
        adam.step()
        cycle.step()


def require(dataset: str, accuracy: float, required: float) -> None:
    """StudyError where a classifier reads a smaller share of the held-out images than `required`."""
    if not accuracy >= required:
        raise StudyError(
            f"{dataset}: the classifier reads {accuracy:.4f} of the held-out images; allowed: at least {required}. "
            "Mode counts made with it would not mean anything."
        )


def to_arrays(classifier: nn.Module) -> dict[str, np.ndarray]:
    """The weights under names that a data file can hold beside others."""
    return {PREFIX + name: value.numpy() for name, value in classifier.state_dict().items()}


def restored(classifier: nn.Module, arrays: dict[str, np.ndarray]) -> nn.Module:
    """The classifier with the weights of `to_arrays`, for evaluation; RuntimeError where they are not its own."""
    classifier.load_state_dict({name.removeprefix(PREFIX): torch.from_numpy(value) for name, value in arrays.items()})
    return classifier.eval()


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

    def batches() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for _ in range(EPOCHS):
            for batch in training[torch.randperm(len(training))[:whole]].split(BATCH):
                yield centred(x[batch]), y[batch]

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        classifier = build(images.shape[1:], classes)
        shuffled = torch.randperm(len(x))
        aside = round(VALIDATION_SHARE * len(x))
        validation, training = shuffled[:aside], shuffled[aside:]
        whole = len(training) // BATCH * BATCH or len(training)  # a last batch of one would have no variance
        for _ in range(CYCLES):
            classifier.train()
            train_cycle(classifier, batches(), EPOCHS * -(-whole // BATCH), LEARNING_RATE)
            if accuracy(classifier, images[validation.numpy()], labels[validation.numpy()]) >= required:
                break
    return classifier


def centred(grey_levels: torch.Tensor) -> torch.Tensor:
    """Grey levels from 0 to 255 as float32 in [-1, 1]."""
    return grey_levels.float().div_(127.5).sub_(1)


@torch.no_grad()
def outputs(layers: nn.Sequential, grey_levels: torch.Tensor) -> torch.Tensor:
    """(n, ...) on the CPU: what some layers make of (n, C, H, W) images of grey levels from 0 to 255."""
    layers.eval()
    device = next(layers.parameters()).device
    return torch.cat([layers(centred(chunk.to(device))) for chunk in grey_levels.split(CHUNK)]).cpu()


def predict(classifier: nn.Sequential, grey_levels: torch.Tensor) -> np.ndarray:
    """(n,) int64: the class of the largest logit for each of (n, C, H, W) images of grey levels from 0 to 255."""
    return outputs(classifier, grey_levels).argmax(dim=1).numpy()


def accuracy(classifier: nn.Sequential, images: np.ndarray, labels: np.ndarray) -> float:
    """The share of (n, C, H, W) uint8 images that is read as labelled."""
    return float(np.mean(predict(classifier, torch.from_numpy(images)) == labels))

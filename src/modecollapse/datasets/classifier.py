"""What the classifiers that count modes share: a training cycle, the accuracy they need, weights in a data file."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import nn

from modecollapse.errors import StudyError

WEIGHT_DECAY = 1e-2
LABEL_SMOOTHING = 0.1
PREFIX = "classifier."


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

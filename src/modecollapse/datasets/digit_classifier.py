"""The classifier that says which digit an 8 x 8 image shows; stacked digits are counted with it."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from modecollapse.errors import StudyError

REQUIRED_ACCURACY = 0.97
EPOCHS = 40
BATCH = 64
LEARNING_RATE = 2e-3


def build() -> nn.Sequential:
    """Two 3 x 3 convolutions and two linear layers: (n, 1, 8, 8) in [-1, 1] to (n, 10) logits."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def train(images: np.ndarray, labels: np.ndarray, seed: int) -> nn.Sequential:
    """Train on (n, 8, 8) float32 images and (n,) int64 labels; cross-entropy, Adam, a fixed budget."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        classifier = build()
        adam = torch.optim.Adam(classifier.parameters(), lr=LEARNING_RATE)
        x, y = torch.from_numpy(images)[:, None], torch.from_numpy(labels)
        for _ in range(EPOCHS):
            for batch in torch.randperm(len(x)).split(BATCH):
                adam.zero_grad()
                nn.functional.cross_entropy(classifier(x[batch]), y[batch]).backward()
                adam.step()
    return classifier


@torch.no_grad()
def predict(classifier: nn.Module, images: np.ndarray) -> np.ndarray:
    """(n,) int64: the digit of the largest logit for each of (n, 8, 8) images."""
    chunks = torch.from_numpy(images.astype(np.float32))[:, None].split(8192)
    return torch.cat([classifier(chunk).argmax(dim=1) for chunk in chunks]).numpy()


def require(accuracy: float, required: float = REQUIRED_ACCURACY) -> None:
    """Stop a study whose measuring instrument is not good enough (StudyError)."""
    if not accuracy >= required:
        raise StudyError(
            f"stacked-digits: the digit classifier reads {accuracy:.4f} of the held-out digits; "
            f"allowed: at least {required}. Mode counts made with it would not mean anything."
        )

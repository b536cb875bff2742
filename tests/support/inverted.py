"""Blocks of few and simple images for the tests of inversion."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from blocks import RECIPE, make_block

from modecollapse import datasets
from modecollapse.datasets import Dataset
from modecollapse.study.inversion import Inversion
from modecollapse.study.specs import Block
from modecollapse.training.loop import train_block

SEEDS, TRAINING, HELD_OUT, STEPS = (3, 5), 120, 40, 2
SETTINGS = Inversion(images=9, restarts=2, iterations=6)
PERCEPTRON = {"generator": {"hidden": [8], "activation": "relu", "output": "tanh"}}
CONVOLUTIONAL = {
    "generator": {"channels": [6, 4], "kernel": 3, "activation": "relu", "normalisation": "batch", "output": "tanh"},
    "discriminator": {"channels": [4, 6], "kernel": 3, "activation": "leaky-relu"},
}


def block_on(pixels: str, networks: dict[str, Any], **recipe: Any) -> Block:
    """Seeds on CIFAR-10 with that range."""
    used = {**RECIPE["networks"], **networks}
    block = make_block(seeds=SEEDS, dataset="cifar10", steps=STEPS, evaluations=1, batch=8, networks=used, **recipe)
    spec = block.cell.dataset
    spec = spec.model_copy(update={"options": spec.options | {"range": pixels}})
    return block.model_copy(update={"cell": block.cell.model_copy(update={"dataset": spec})})


def data_of(block: Block) -> bytes:
    """A data file of CIFAR-10 as the family writes it; an image has one colour and one edge."""
    rng = np.random.default_rng(0)
    pictures = np.repeat(rng.integers(40, 200, (TRAINING + HELD_OUT, 3)), 32 * 32, axis=1).reshape(-1, 3, 32, 32)
    pictures[:, :, :, 16:] += rng.integers(0, 56, (len(pictures), 1, 1, 1))
    low, high = {"symmetric": (-1.0, 1.0), "unit": (0.0, 1.0)}[block.cell.dataset.options["range"]]
    arrays = {"family": "cifar10", "images": pictures.astype(np.uint8), "labels": np.zeros(len(pictures), np.uint8)}
    arrays |= {"training": TRAINING, "held_out": HELD_OUT, "classes": 10, "pixels": [low, high], "sources": "{}"}
    return datasets.to_bytes({name: np.array(value) for name, value in arrays.items()}, block.cell.dataset.config_hash)


def load(block: Block) -> Dataset:
    """The data set of a block."""
    spec = block.cell.dataset
    return datasets.load(spec.family, io.BytesIO(data_of(block)), spec.config_hash)


def run(folder: Path, block: Block) -> Path:
    """The run folder of a block, trained."""
    folder.mkdir()
    (folder / "data.npz").write_bytes(data_of(block))
    train_block(block, folder / "data.npz", folder / "run")
    return folder / "run"

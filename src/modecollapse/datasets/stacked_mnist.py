"""Stacked-MNIST: three MNIST digits as the channels of one image, 1000 modes (VEEGAN poster, Table 2).

The default is the definition in the code of VEEGAN's co-author (Valkov): a fixed set of 50,000 stacks, drawn from the
training and test digits together. Definitions at other sizes than 28 x 28, and GDPP's with unequal modes, are not here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from modecollapse.datasets import finite_rows, mnist
from modecollapse.datasets.images import Images
from modecollapse.datasets.random_numbers import RandomNumbers
from modecollapse.study.streams import stream_seed

LABEL = "Stacked-MNIST"
SHAPE = (3, 28, 28)
MODES = 1000
SAMPLES = 26000
STORED_AS = "float16"  # distinguishes all 256 grey levels
UNINFORMATIVE = ("high_quality_percent",)  # the classifier puts every finite image into some mode
OPTIONS = {
    "triples": {"default": 50_000, "least": 0, "most": 1_000_000},  # of a fixed training set; 0: fresh batches
    "digits": ["all", "train"],  # that are stacked: all 70,000, or the 60,000 of the training part
    "range": ["symmetric", "unit"],  # of the pixels: [-1, 1] or [0, 1]
}
PRESETS = {
    "valkov": {},  # VEEGAN's co-author, StackedMNIST_data_setup.py
    "pacgan": {"triples": 128_000, "range": "unit"},  # PacGAN's "VEEGAN experiment"; its generator ends in tanh
    "pacgan-unrolled": {"triples": 0, "digits": "train"},  # PacGAN's "unrolled experiment"
    "meg": {"triples": 128_000, "digits": "train"},  # energy_based_generative_models, data/mnist.py
}


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, np.ndarray]:
    """The arrays of MNIST and, if there is one, the fixed training set: (N, 3) int32 indices of digits."""
    made = mnist.arrays({"range": options["range"]}, root_seed)
    if options["digits"] == "all":
        made["training"] = len(made["images"])
    if options["triples"]:
        rng = np.random.default_rng(stream_seed(root_seed, "stacked-mnist", "triples"))
        made["triples"] = rng.integers(made["training"], size=(options["triples"], 3), dtype=np.int32)
    return made


class Dataset(Images):
    """Stacks of three independent digits; a mode is the three digits read as a number from 000 to 999.

    The oracle's stacks are of test digits, on which the classifier was not trained. Training never uses these stacks,
    though with `digits` all it uses the digits.
    """

    stack = 3

    def __init__(self, triples: np.ndarray | None = None, **images: np.ndarray) -> None:
        """`triples` (N, 3) int32 indices of training digits; the digits and their classifier as `Images` has them."""
        super().__init__(**images)
        self.modes = MODES
        self.mode_weights = np.kron(np.kron(self.mode_weights, self.mode_weights), self.mode_weights)
        self.triples = triples
        self._triples = None if triples is None else torch.from_numpy(triples)

    def to(self, device: str) -> Dataset:
        """Move what `sample` reads, and the classifier."""
        super().to(device)
        self._triples = None if self._triples is None else self._triples.to(device)
        return self

    def sample(self, n: int, random: RandomNumbers) -> torch.Tensor:
        """(n, 3, 28, 28) float32: stacks of the fixed set with replacement, or of any training digits."""
        if self._triples is None:
            stacks = random.rows(self._training, n, 3)
        else:
            stacks = self._training[random.rows(self._triples, n)]
        return self._scaled(stacks.flatten(1, 2))

    def assign(self, samples: np.ndarray) -> np.ndarray:
        """(n,) int64: the three digits the classifier reads, whatever its confidence; -1 for non-finite images."""
        read = self._read(samples).reshape(-1, self.stack)
        return np.where(finite_rows(samples), read @ np.array([100, 10, 1]), -1)

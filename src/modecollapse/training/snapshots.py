"""Snapshots: the first samples of some evaluations, so that the course of a training can be drawn.

They are among the samples that are evaluated, so keeping them draws no further random number.
"""

from __future__ import annotations

import numpy as np

from modecollapse.study.specs import Block

POINTS, IMAGES = 256, 8  # samples of a seed at a step
STORED_AS = "float16"  # for nine steps 9 kB a run in the plane, 113 kB for images of 28 x 28


class Snapshots:
    """The array (S, T, POINTS or IMAGES, *shape) of a block's T kept steps; steps still to come hold NaN."""

    def __init__(self, block: Block) -> None:
        self.steps = block.cell.snapshot_steps
        self.samples = IMAGES if block.cell.dataset.kind == "images" else POINTS
        shape = (len(block.seeds), len(self.steps), self.samples, *block.cell.dataset.shape)
        self.kept = np.full(shape, np.nan, STORED_AS)

    def add(self, step: int, samples: np.ndarray) -> None:
        """Keep the first of the (S, n, *shape) samples of an evaluation, if its step is one of those kept."""
        if step in self.steps:
            self.kept[:, self.steps.index(step)] = self.of(samples)

    def of(self, samples: np.ndarray) -> np.ndarray:
        """Of (S, n, *shape) samples what a snapshot keeps: the first ones of each seed, in half precision."""
        with np.errstate(over="ignore"):  # beyond half precision is infinite
            return samples[:, : self.samples].astype(STORED_AS)

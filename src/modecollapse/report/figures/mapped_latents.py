"""What a reconstructor F makes of real and of generated items, after Figure 1 of the VEEGAN poster."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from modecollapse import networks, reading
from modecollapse.datasets import Dataset
from modecollapse.study.streams import stream_seed
from modecollapse.training.record import read_block


@torch.no_grad()
def mapped(run: Path, seed: int, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """F(x) of unseen data and F(G(z)) of the stored samples, (n, K) each, by the weights of one seed of a run."""
    block = read_block(run)
    index, spec = block.seeds.index(seed), block.cell.dataset
    weights = load_file(run / "weights.safetensors")
    F = networks.build("reconstructor", block.cell.training, spec.shape)
    F.load_state_dict({name.removeprefix("F."): of[index] for name, of in weights.items() if name.startswith("F.")})
    samples = reading.npy(run / "samples.npy")[index]
    real = dataset.oracle(len(samples), np.random.default_rng(stream_seed(0, "mapped latents", spec.name)))
    of_real, of_fake = (F(torch.from_numpy(np.array(items, dtype=np.float32))).numpy() for items in (real, samples))
    return of_real, of_fake

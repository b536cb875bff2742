"""The outputs of F that a figure shows are those that its run had at the end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from blocks import RECIPE, make_block, make_dataset, write_data

from modecollapse.report.figures.mapped_latents import mapped
from modecollapse.training.loop import train_block
from modecollapse.variants.point_distances import energy_distance


def test_outputs_of_f_are_as_far_from_normal_as_the_trace_says(tmp_path: Path) -> None:
    specs = RECIPE["networks"] | {"generator": {"kind": "ring", "kept": 2, "sd": 0.01}}
    recipe = {"networks": specs, "latent": 2, "batch": 128, "steps": 150, "evaluations": 10}
    train_block(make_block("latent-map", (900, 901), **recipe), write_data(tmp_path / "ring.npz"), tmp_path / "run")
    trace = pd.read_parquet(tmp_path / "run" / "trace.parquet").groupby("seed").last()
    outputs = {seed: mapped(tmp_path / "run", seed, make_dataset()) for seed in (900, 901)}
    normal = torch.from_numpy(np.random.default_rng(1).standard_normal((2500, 2)))
    for seed, found in outputs.items():
        assert [points.shape for points in found] == [(2500, 2), (2500, 2)]
        for points, name in zip(found, ("energy_data", "energy_fake"), strict=True):
            energy = energy_distance(torch.from_numpy(points).double(), normal).item()
            assert abs(energy - trace.loc[seed, f"mean_aux_{name}"]) < 0.05, (seed, name)
    assert not np.allclose(outputs[900][0], outputs[901][0], atol=0.01)

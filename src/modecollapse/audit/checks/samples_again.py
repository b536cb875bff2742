"""The stored weights of every generator make the stored samples: neither was exchanged for those of another run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Result
from modecollapse.study.recipe import Conv
from modecollapse.study.specs import Block
from modecollapse.training.draws import evaluation_latents, initial_networks

TITLE = "Samples, generated again"
SAMPLES, WEIGHTS = "samples.npy", "weights.safetensors"
# Of the largest sample: a network alone rounds otherwise than in a batch of seeds, and images are halved in precision.
TOLERANCE = {"float32": 1e-4, "float16": 2e-3}


def check(bundle: Bundle) -> Result:
    """Generate the samples of every block whose weights and samples are there, and compare."""
    result = Result(of="runs")
    lacking = convolutional = 0
    for path, block in bundle.blocks.items():
        if isinstance(block.cell.training.networks.of_role("generator"), Conv):
            convolutional += 1
            continue
        files = {name: f"runs/{path}/{name}" for name in (SAMPLES, WEIGHTS)}
        if any(file in bundle.withheld for file in files.values()):
            lacking += 1
            continue
        try:
            _compare(bundle.folder, files, block, result)
        except (OSError, ValueError, KeyError, IndexError, RuntimeError, SafetensorError) as error:
            told = " ".join(str(error).split())[:200]
            result.expect(False, files[WEIGHTS], "", f"cannot be set beside the samples: {told}")
    if lacking:
        result.notes.append(f"{lacking} blocks not looked at, for their samples or weights are withheld")
    if convolutional:
        result.notes.append(f"{convolutional} blocks of convolutional networks not looked at: it would take hours")
    return result


@torch.no_grad()
def _compare(folder: Path, files: dict[str, str], block: Block, result: Result) -> None:
    samples = np.load(folder / files[SAMPLES], allow_pickle=False)
    weights = load((folder / files[WEIGHTS]).read_bytes())
    own = {name.removeprefix("G."): value for name, value in weights.items() if name.startswith("G.")}
    latents = evaluation_latents(block, "cpu")
    for index, network in enumerate(initial_networks(block, {"G": "generator"}, "cpu")["G"]):
        network.load_state_dict({name: value[index] for name, value in own.items()})
        made, stored = network(latents).numpy(), samples[index].astype(np.float32)
        finite = stored[np.isfinite(stored)]
        tolerance = TOLERANCE[str(samples.dtype)] * max(1.0, float(np.abs(finite).max(initial=0.0)))
        same = made.shape == stored.shape and _alike(made, stored, tolerance)
        result.expect(same, files[SAMPLES], f"seed {block.seeds[index]}", "are not what its weights generate")


def _alike(made: np.ndarray, stored: np.ndarray, tolerance: float) -> bool:
    """Whether all finite numbers of the stored samples are the made ones; what is not finite is so in both."""
    finite = np.isfinite(stored)
    beyond = ~np.isfinite(made) | (np.abs(made) > np.finfo(np.float16).max)
    return bool(np.all(np.abs(made[finite] - stored[finite]) <= tolerance) and np.all(beyond[~finite]))

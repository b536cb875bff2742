"""From a run folder to IvOM: rows of the tidy table, and what was found, for pictures and for later measures.

Batch norm uses the statistics of the first 2,500 evaluation latents, by which the run's first stored samples are
normalised: an image then depends on its own latents alone. The untrained generators of the same seeds are inverted
beside the trained ones, on the same targets from the same starts.

`Found`, by name, with S seeds, R restarts, n targets of a pool (test, train), all on [0, 1]:

- seeds (S,)
- POOL_errors_trained, POOL_errors_untrained (S, R, n) float64: the mean squared error of every restart
- POOL_latents (S, n, K) float32: the best latents of the trained generators
- POOL_targets, POOL_reconstructions, POOL_nearest (8, *shape) float16: the first targets, what the trained generator of
  the block's first seed makes of them, and the nearest of that seed's stored samples
"""

from __future__ import annotations

import io
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from scipy.spatial.distance import cdist
from torch import Tensor, nn

from modecollapse import files, reading
from modecollapse.datasets import Dataset, finite_rows
from modecollapse.errors import StudyError
from modecollapse.measures import STATUS_OK, STATUS_UNDEFINED
from modecollapse.measures.devices import check_one_kind
from modecollapse.measures.ivom import (
    POOLS,
    Generator,
    Inverted,
    draw_starts,
    invert,
    on_unit_scale,
    target_seed,
    targets,
)
from modecollapse.measures.table import STATUS_DIVERGED, diverged_steps, tidy
from modecollapse.study.inversion import Inversion
from modecollapse.study.plan import Block
from modecollapse.training import record
from modecollapse.training.arithmetic import name_of
from modecollapse.training.draws import evaluation_latents, initial_networks
from modecollapse.training.engine import SAMPLING_CHUNK

Found = dict[str, np.ndarray]
PICTURES = 8  # targets that are kept as pictures
UNTRAINED, TRAINED = "untrained", "trained"


def invert_block(
    folder: Path, dataset: Dataset, settings: Inversion, device: str = "cpu"
) -> tuple[pd.DataFrame, Found]:
    """The rows of a finished block of images, and what was found.

    A row's value is the mean error over the targets, infinite where the generator's images are not finite. StudyError
    where the run folder is damaged, or was trained on another kind of device than `device`.
    """
    block = record.read_block(folder)
    spec, recipe = block.cell.dataset, block.cell.training
    run = reading.json_file(folder / "run.json")
    check_one_kind([(str(folder), run["device"]), (f"{folder}, inverted here", name_of(device))])
    pools = targets(spec, dataset, settings.images)
    images = torch.from_numpy(np.concatenate([pools[pool] for pool in POOLS])).to(device)
    rng = np.random.default_rng(target_seed(spec, "starts"))
    starts = draw_starts(recipe.prior, settings.restarts, len(images), recipe.latent, rng).to(device)
    latents = evaluation_latents(block, device)[:SAMPLING_CHUNK]
    networks = {UNTRAINED: untrained(block, device), TRAINED: trained(folder, block, device)}
    generators = {stage: [_on_unit_scale(one, latents, dataset) for one in of] for stage, of in networks.items()}
    found = {
        stage: [invert(one, images, starts, settings.iterations) for one in of] for stage, of in generators.items()
    }
    rows = _rows(block, 0, found[UNTRAINED], set())
    rows += _rows(block, recipe.steps, found[TRAINED], {s for s, at in diverged_steps(run).items() if at is not None})
    samples = np.load(folder / "samples.npy", mmap_mode="r", allow_pickle=False)[0].astype(np.float32)
    best = torch.from_numpy(found[TRAINED][0].latents).to(device)
    kept = _pictures(generators[TRAINED][0], best, pools, on_unit_scale(samples, dataset))
    return tidy(rows, run["device"]), {"seeds": np.array(block.seeds), **_by_pool(found), **kept}


def untrained(block: Block, device: str = "cpu") -> list[nn.Module]:
    """The generator of every seed as it was before its first step."""
    return initial_networks(block, {"G": "generator"}, device)["G"]


def trained(folder: Path, block: Block, device: str = "cpu") -> list[nn.Module]:
    """The generator of every seed with the weights of a run folder; StudyError where they are not of this block."""
    path, generators = folder / files.WEIGHTS, untrained(block, device)
    if not path.exists():
        again = "to move this run and its copy in results/kept or results/reported away, and to train again"
        raise StudyError(f"{path}: is missing, as in a run that was copied; allowed: {again}")
    try:
        weights = load_file(path, device)
        own = {name.removeprefix("G."): value for name, value in weights.items() if name.startswith("G.")}
        for index, generator in enumerate(generators):
            generator.load_state_dict({name: value[index] for name, value in own.items()})
    except (OSError, SafetensorError, RuntimeError, IndexError) as error:
        problem = " ".join(str(error).split())
        raise StudyError(f"{path}: {problem}; allowed: the weights of the run beside it") from None
    return generators


@torch.no_grad()
def frozen(generator: nn.Module, z: Tensor) -> nn.Module:
    """A copy of a generator in which every batch norm uses the mean and variance it has on the latents z, (n, K).

    On z itself it makes what the generator makes; without batch norm it is the generator. The copy's parameters take no
    gradients. Training keeps no running statistics, so z should be many draws of the prior.
    """
    copy = deepcopy(generator).requires_grad_(False).eval()
    norms = [module for module in copy.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(_keep_statistics) for norm in norms]
    copy(z)
    for hook in hooks:
        hook.remove()
    return copy


def _keep_statistics(norm: nn.Module, inputs: tuple[Any, ...]) -> None:
    """Of (n, C) or (n, C, H, W) inputs, over all but C; the variance is the biased one, as in training."""
    (h,) = inputs
    variance, mean = torch.var_mean(h, dim=[0, *range(2, h.dim())], correction=0)
    norm.track_running_stats, norm.running_mean, norm.running_var = True, mean, variance


def to_bytes(found: Found) -> bytes:
    """`Found` as a file: NumPy's npz, without pickle or time stamp."""
    buffer = io.BytesIO()
    np.savez(buffer, **found)
    return buffer.getvalue()


def _on_unit_scale(network: nn.Module, latents: Tensor, dataset: Dataset) -> Generator:
    fixed = frozen(network, latents)
    return lambda z: on_unit_scale(fixed(z), dataset)


def _rows(block: Block, step: int, found: list[Inverted], diverged: set[int]) -> list[dict[str, Any]]:
    """A row for each seed and pool; the targets of the pools are one after the other."""
    cell, rows = block.cell, []
    key = {"experiment": cell.experiment, "dataset": cell.dataset.name, "variant": cell.variant.name}
    key |= {"step": step, "config_hash": cell.config_hash}
    for seed, of_seed in zip(block.seeds, found, strict=True):
        for pool, errors in zip(POOLS, np.split(of_seed.mse, len(POOLS)), strict=True):
            own = STATUS_OK if np.isfinite(errors).all() else STATUS_UNDEFINED
            value = {"measure": f"ivom_{pool}", "value": float(errors.mean()), "n": len(errors)}
            rows.append(key | value | {"seed": seed, "status": STATUS_DIVERGED if seed in diverged else own})
    return rows


def _by_pool(found: dict[str, list[Inverted]]) -> Found:
    """Errors and latents of all seeds, by pool."""
    arrays = {f"errors_{stage}": np.stack([one.each for one in of_stage]) for stage, of_stage in found.items()}
    arrays = {name: np.split(errors, len(POOLS), axis=2) for name, errors in arrays.items()}
    arrays["latents"] = np.split(np.stack([one.latents for one in found[TRAINED]]), len(POOLS), axis=1)
    return {f"{pool}_{name}": parts[index] for name, parts in arrays.items() for index, pool in enumerate(POOLS)}


@torch.no_grad()
def _pictures(generator: Generator, latents: Tensor, pools: dict[str, np.ndarray], samples: np.ndarray) -> Found:
    """For the first targets of each pool: the target, its reconstruction, and the nearest sample, in half precision."""
    kept: Found = {}
    for pool, best in zip(POOLS, latents.chunk(len(POOLS)), strict=True):
        first = pools[pool][:PICTURES]
        kept[f"{pool}_targets"] = first
        kept[f"{pool}_reconstructions"] = generator(best[:PICTURES]).cpu().numpy()
        kept[f"{pool}_nearest"] = _nearest(first, samples[finite_rows(samples)])
    with np.errstate(over="ignore"):  # beyond half precision is infinite
        return {name: images.astype(np.float16) for name, images in kept.items()}


def _nearest(images: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """The nearest of finite samples to each image; NaN where there is none."""
    if not len(samples):
        return np.full_like(images, np.nan)
    flat, others = (of.reshape(len(of), -1).astype(np.float64) for of in (images, samples))
    return samples[cdist(flat, others).argmin(axis=1)]

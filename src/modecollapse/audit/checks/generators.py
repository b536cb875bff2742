"""The outputs of generators without training: step 0 from the streams of initial weights, samples from stored weights.

Step 0 of a trace is keyed by data set, variant, seed and root seed alone, so it reveals runs that were relabelled or
exchanged. Stored weights must make the stored samples. The trace's last evaluation must be of these samples or, where
they are withheld, of those that the weights make. The first and last snapshots must be of the same generators.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load

from modecollapse import datasets, reading, variants
from modecollapse.audit.bundle import Bundle, Trace
from modecollapse.audit.finding import Result
from modecollapse.errors import StudyError, one_line
from modecollapse.study.network_specs import Conv
from modecollapse.study.specs import Block, DatasetSpec
from modecollapse.training import arithmetic
from modecollapse.training.draws import evaluation_latents, initial_networks
from modecollapse.training.engine import Engine
from modecollapse.training.snapshots import Snapshots
from modecollapse.training.trace import SAMPLE_MEAN, counts_column, sample_mean

TITLE = "Generators, made again"
DIFFERENT_SHARE = 1e-3  # of the samples may change mode on another processor
MOST_IMAGES = 10_000  # that convolutional generators are asked for
TOLERANCE = {"float32": 1e-4, "float16": 2e-3}  # of the largest sample, for the same reason
DAMAGED = (StudyError, OSError, ValueError, KeyError, IndexError, RuntimeError, SafetensorError)


@dataclass(frozen=True)
class _Run:
    """A stored block with the data set that it was trained on."""

    path: str
    block: Block
    trace: Trace
    dataset: datasets.Dataset


def check(bundle: Bundle) -> Result:
    """Make the untrained and the stored generators of every block again, and compare what they generate."""
    arithmetic.configure()
    try:
        return _check(bundle)
    finally:
        torch.set_flush_denormal(False)  # of all that follows in this process, as in the jobs of those stages


def _check(bundle: Bundle) -> Result:
    result = Result(of="runs")
    loaded: dict[str, datasets.Dataset | None] = {}
    for path, block in bundle.blocks.items():
        spec = block.cell.dataset
        if isinstance(block.cell.training.networks.of_role("generator"), Conv) and spec.samples > MOST_IMAGES:
            reason = "convolutional generators take hours, so its generators were not made again"
            result.left_open.append(f"runs/{path}: {reason}")
            continue
        try:
            if spec.name not in loaded:
                loaded[spec.name] = _data(result, bundle, spec)
            dataset = loaded[spec.name]
            if path in bundle.traces and dataset:
                _block(result, bundle, _Run(path, block, bundle.traces[path], dataset))
        except DAMAGED as error:
            result.expect(False, f"runs/{path}", "", f"its generators cannot be made again: {one_line(error)}")
    return result


def _data(result: Result, bundle: Bundle, spec: DatasetSpec) -> datasets.Dataset | None:
    """The data set of its file or, where that is withheld, made again; None where it cannot be."""
    file = f"data/{spec.name}.npz"
    if file not in bundle.withheld:
        return datasets.load(spec.family, bundle.folder / file, spec.config_hash)
    try:
        made = datasets.to_bytes(datasets.create(spec.family, spec.options, spec.root_seed), spec.config_hash)
    except (StudyError, OSError) as error:
        problem = f"it is withheld and cannot be made here: {one_line(error)}"
        result.left_open.append(f"{file}: {problem}; so no generator on it was made again")
        return None
    return datasets.load(spec.family, io.BytesIO(made), spec.config_hash)


def _block(result: Result, bundle: Bundle, run: _Run) -> None:
    """Compare the untrained generators with step 0 of the trace, and the trained ones with samples and its end."""
    block = run.block
    objective = variants.create(block.cell.variant.objective, block.cell.variant.options)
    networks = initial_networks(block, objective.networks, "cpu", objective.packing)
    engine, latents = Engine(networks, block.cell.training, objective), evaluation_latents(block, "cpu")
    untrained = _as_stored(block, engine.generate(latents))
    for seed, made in zip(block.seeds, untrained, strict=True):
        _evaluation(result, run, seed, 0, made)
    file, samples = (f"runs/{run.path}/{name}" for name in ("weights.safetensors", "samples.npy"))
    stored = None if samples in bundle.withheld else np.load(bundle.folder / samples, allow_pickle=False)
    _snapshots(result, bundle, run, untrained, stored)
    if not bundle.has(file):
        result.left_open.append(f"{file}: it is not here, so nothing shows that it made the samples")
        return
    weights = load(reading.regular_bytes(bundle.folder / file))
    shapes, planned = ({name: value.shape for name, value in of.items()} for of in (weights, engine.weights()))
    if not result.expect(shapes == planned, file, "", "are not of the networks that its variant has"):
        return
    with torch.no_grad():
        for name, parameter in engine.parameters["G"].items():
            value = weights[f"G.{name}"]
            parameter.copy_(value if value.shape == parameter.shape else value[0])
    for index, (seed, output) in enumerate(zip(block.seeds, engine.generate(latents), strict=True)):
        made = _as_stored(block, output)
        _evaluation(result, run, seed, block.cell.training.steps, made if stored is None else stored[index])
        if stored is not None:
            same = made.shape == stored[index].shape and _close(made, stored[index])
            result.expect(same, samples, f"seed {seed}", "are not what its weights generate")


def _snapshots(result: Result, bundle: Bundle, run: _Run, untrained: np.ndarray, samples: np.ndarray | None) -> None:
    """Compare the snapshots of step 0 with untrained generators' samples, and the last ones with the stored samples."""
    file, planned = f"runs/{run.path}/snapshots.npy", Snapshots(run.block)
    if file in bundle.withheld:
        result.left_open.append(f"{file}: it is withheld, so it was not compared with samples")
        return
    kept = reading.npy(bundle.folder / file)
    wrong = f"are {kept.dtype} of shape {kept.shape}, planned are {planned.kept.dtype} of {planned.kept.shape}"
    fits = kept.shape == planned.kept.shape and kept.dtype == planned.kept.dtype
    if result.expect(fits, file, "", wrong) and planned.steps:
        for index, step, made in ((0, 0, untrained), (-1, planned.steps[-1], samples)):
            same = made is None or _close(planned.of(made), kept[:, index])
            result.expect(same, file, f"step {step}", "are not the first samples of that evaluation")


def _evaluation(result: Result, run: _Run, seed: int, step: int, samples: np.ndarray) -> None:
    """Compare one row of a trace with samples: their mean and how many are in each mode."""
    file, where = f"runs/{run.path}/trace.parquet", f"seed {seed}"
    row = (run.trace["seed"] == seed) & (run.trace["step"] == step)
    recorded, mean = run.trace[SAMPLE_MEAN][row], sample_mean(samples)
    near = len(recorded) == 1 and np.isclose(recorded[0], mean, rtol=1e-3, atol=1e-5, equal_nan=True)
    problem = f"step {step}: the mean sample is {recorded.tolist()}; the generator makes {mean:.6g}"
    result.expect(bool(near), file, where, problem)
    for rule, expected in datasets.count_modes(samples, run.dataset).items():
        column = counts_column(rule)
        counts = run.trace[column][row]
        same = len(counts) == 1 and np.abs(counts[0] - expected).sum() <= 2 * DIFFERENT_SHARE * len(samples)
        total = str(counts[0].sum()) if len(counts) == 1 else f"{len(counts)} rows, not one"
        problem = f"step {step}: {column} counts {total}; the generator makes {expected.sum()}"
        result.expect(bool(same), file, where, problem)


def _as_stored(block: Block, made: torch.Tensor) -> np.ndarray:
    with np.errstate(over="ignore"):
        return made.numpy().astype(block.cell.dataset.declared("STORED_AS"))


def _close(made: np.ndarray, stored: np.ndarray) -> bool:
    """Whether all finite numbers of the stored samples are the made ones; what is not finite is so in both."""
    tolerance, made, stored = TOLERANCE[str(stored.dtype)], made.astype(np.float32), stored.astype(np.float32)
    finite = np.isfinite(stored)
    largest = max(1.0, float(np.abs(stored[finite]).max(initial=0.0)))
    beyond = ~np.isfinite(made) | (np.abs(made) > np.finfo(np.float16).max)
    return bool(np.all(np.abs(made[finite] - stored[finite]) <= tolerance * largest) and np.all(beyond[~finite]))

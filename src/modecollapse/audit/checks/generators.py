"""What generators show without training: step 0 from the streams of initial weights, samples from stored weights.

Step 0 of a trace is keyed by data set, variant, seed and root seed alone, so it tells runs that were relabelled or
exchanged. Stored weights must make the stored samples. The trace's last evaluation must be of these samples or, where
they are withheld, of what the weights make.
"""

from __future__ import annotations

import io

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load

from modecollapse import datasets, reading, variants
from modecollapse.audit import reading as audited
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Result
from modecollapse.errors import StudyError
from modecollapse.study.recipe import Conv
from modecollapse.study.specs import Block, DatasetSpec
from modecollapse.training import arithmetic
from modecollapse.training.draws import evaluation_latents, initial_networks
from modecollapse.training.engine import Engine
from modecollapse.training.trace import SAMPLE_MEAN, counts_column, sample_mean

TITLE = "Generators, made again"
DIFFERENT_SHARE = 1e-3  # of the samples may change mode on another processor
MOST_IMAGES = 10_000  # that convolutional generators are asked for
TOLERANCE = {"float32": 1e-4, "float16": 2e-3}  # of the largest sample, for the same reason
DAMAGED = (StudyError, OSError, ValueError, KeyError, IndexError, RuntimeError, SafetensorError)


def check(bundle: Bundle) -> Result:
    """Make the untrained and the stored generators of every block again, and compare what they generate."""
    result = Result(of="runs")
    arithmetic.configure()
    traces, loaded = audited.traces(bundle)[0], {}
    for path, block in bundle.blocks.items():
        spec = block.cell.dataset
        if reason := _why_not(block):
            result.left_open.append(f"runs/{path}: {reason}, so its generators were not made again")
            continue
        try:
            if spec.name not in loaded:
                loaded[spec.name] = _data(result, bundle, spec)
            if path in traces and loaded[spec.name]:
                engine, latents = _untrained(block), evaluation_latents(block, "cpu")
                _step_zero(result, path, block, traces[path], loaded[spec.name], engine.generate(latents))
                _trained(result, bundle, path, engine, latents, traces[path], loaded[spec.name])
        except DAMAGED as error:
            result.expect(False, f"runs/{path}", "", f"its generators cannot be made again: {audited.one_line(error)}")
    return result


def _why_not(block: Block) -> str:
    """Why the generators of a block are not run, in words; empty where they are."""
    slow = isinstance(block.cell.training.networks.of_role("generator"), Conv)
    return "convolutional generators take hours" if slow and block.cell.dataset.samples > MOST_IMAGES else ""


def _data(result: Result, bundle: Bundle, spec: DatasetSpec) -> datasets.Dataset | None:
    """The data set of its file or, where that is withheld, made again; None where it cannot be."""
    file = f"data/{spec.name}.npz"
    if file not in bundle.withheld:
        return datasets.load(spec.family, bundle.folder / file, spec.config_hash)
    try:
        made = datasets.to_bytes(datasets.create(spec.family, spec.options, spec.root_seed), spec.config_hash)
    except (StudyError, OSError) as error:
        problem = f"it is withheld and cannot be made here: {audited.one_line(error)}"
        result.left_open.append(f"{file}: {problem}; so no generator on it was made again")
        return None
    return datasets.load(spec.family, io.BytesIO(made), spec.config_hash)


def _untrained(block: Block) -> Engine:
    objective = variants.create(block.cell.variant.objective, block.cell.variant.options)
    networks = initial_networks(block, objective.networks, "cpu", objective.packing)
    return Engine(networks, block.cell.training, objective)


def _step_zero(
    result: Result, path: str, block: Block, trace: audited.Trace, dataset: datasets.Dataset, made: torch.Tensor
) -> None:
    """Compare what the trace tells of the untrained generators."""
    for index, seed in enumerate(block.seeds):
        _outputs(result, path, seed, 0, trace, _stored(block, made[index]), dataset)


def _outputs(
    result: Result,
    path: str,
    seed: int,
    step: int,
    trace: audited.Trace,
    samples: np.ndarray,
    dataset: datasets.Dataset,
) -> None:
    """Compare one row of a trace with the samples that the generator makes: their mean and their counts."""
    row, file, where = (trace["seed"] == seed) & (trace["step"] == step), f"runs/{path}/trace.parquet", f"seed {seed}"
    told, mean = trace[SAMPLE_MEAN][row], sample_mean(samples)
    near = len(told) == 1 and np.isclose(told[0], mean, rtol=1e-3, atol=1e-5, equal_nan=True)
    problem = f"step {step}: the mean sample is {told.tolist()}; the generator makes {mean:.6g}"
    result.expect(bool(near), file, where, problem)
    for rule, expected in datasets.count_modes(samples, dataset).items():
        found = trace[counts_column(rule)][row]
        same = len(found) == 1 and np.abs(found[0] - expected).sum() <= 2 * DIFFERENT_SHARE * len(samples)
        problem = f"step {step}: {counts_column(rule)} counts {_total(found)}; the generator makes {expected.sum()}"
        result.expect(bool(same), file, where, problem)


def _total(found: np.ndarray) -> str:
    return str(found[0].sum()) if len(found) == 1 else f"{len(found)} rows, not one"


def _stored(block: Block, made: torch.Tensor) -> np.ndarray:
    with np.errstate(over="ignore"):
        return made.numpy().astype(block.cell.dataset.declared("STORED_AS"))


def _trained(
    result: Result,
    bundle: Bundle,
    path: str,
    engine: Engine,
    latents: torch.Tensor,
    trace: audited.Trace,
    dataset: datasets.Dataset,
) -> None:
    """Compare what the stored weights generate with the stored samples, and either with the trace's last evaluation."""
    block, file = bundle.blocks[path], f"runs/{path}/weights.safetensors"
    if file in bundle.withheld:
        result.left_open.append(f"{file}: it is withheld, so nothing shows that it made the samples")
        return
    weights = load(reading.regular_bytes(bundle.folder / file))
    shapes, planned = ({name: value.shape for name, value in of.items()} for of in (weights, engine.weights()))
    if not result.expect(shapes == planned, file, "", "are not of the networks that its variant has"):
        return
    with torch.no_grad():
        for name, parameter in engine.parameters["G"].items():
            value = weights[f"G.{name}"]
            parameter.copy_(value if value.shape == parameter.shape else value[0])
    made = engine.generate(latents)
    samples = f"runs/{path}/samples.npy"
    stored = None if samples in bundle.withheld else np.load(bundle.folder / samples, allow_pickle=False)
    last = block.cell.training.steps
    for index, seed in enumerate(block.seeds):
        own = _stored(block, made[index])
        _outputs(result, path, seed, last, trace, own if stored is None else stored[index], dataset)
        if stored is not None:
            same = own.shape == stored[index].shape and _alike(own, stored[index])
            result.expect(same, samples, f"seed {seed}", "are not what its weights generate")


def _alike(made: np.ndarray, stored: np.ndarray) -> bool:
    """Whether all finite numbers of the stored samples are the made ones; what is not finite is so in both."""
    tolerance, made, stored = TOLERANCE[str(stored.dtype)], made.astype(np.float32), stored.astype(np.float32)
    finite = np.isfinite(stored)
    largest = max(1.0, float(np.abs(stored[finite]).max(initial=0.0)))
    beyond = ~np.isfinite(made) | (np.abs(made) > np.finfo(np.float16).max)
    return bool(np.all(np.abs(made[finite] - stored[finite]) <= tolerance * largest) and np.all(beyond[~finite]))

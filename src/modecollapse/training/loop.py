"""Training a block from its first step to its last, through interruptions, into its run folder."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save as save_tensors

from modecollapse import datasets, files, variants
from modecollapse.datasets import Dataset, finite_rows
from modecollapse.study.plan import Block
from modecollapse.training import arithmetic, checkpoint, record
from modecollapse.training.draws import Draws, evaluation_latents, initial_networks
from modecollapse.training.engine import Engine
from modecollapse.training.progress import TrainingProgress
from modecollapse.training.trace import Trace
from modecollapse.training.window import named

SECONDS_BETWEEN_CHECKPOINTS = 60.0
NEVER = -1


def train_block(block: Block, data: Path, folder: Path, device: str = "cpu") -> None:
    """Train `block` on the data file and write samples, trace, weights and run.json into `folder`.

    An interrupted block goes on from its last checkpoint to the bits it would have reached. A seed that diverges is
    recorded with the step; the others are not touched by it.
    """
    arithmetic.configure()
    spec = block.cell.dataset
    dataset = datasets.load(spec.family, data, spec.config_hash).to(device)
    run = _Run(block, dataset, record.provenance(block, data), folder, device)
    run.resume_or_begin()
    with TrainingProgress(f"{block.cell.path} {block.name}", block.cell.training.steps, len(block.seeds)) as progress:
        while run.step < block.cell.training.steps:
            run.advance()
            progress.update(run.step, run.trace.mean_modes)
    run.finish()


def evaluation_steps(steps: int, evaluations: int) -> set[int]:
    """The evaluated steps: 0, and `evaluations` more at equal distances up to the last."""
    return {round(i * steps / evaluations) for i in range(evaluations + 1)}


class _Run:
    """The state of a block between two steps."""

    def __init__(self, block: Block, dataset: Dataset, provenance: dict[str, Any], folder: Path, device: str) -> None:
        cell = block.cell
        self.block, self.recipe, self.dataset = block, cell.training, dataset
        self.provenance, self.folder, self.device = provenance, folder, device
        self.objective = variants.create(cell.variant.objective, cell.variant.options)
        packing = self.objective.packing
        networks = initial_networks(block, self.objective.networks, device, packing)
        self.engine = Engine(networks, cell.training, self.objective)
        self.draws = Draws(block, dataset, self.objective.noise, device, packing)
        self.latents = evaluation_latents(block, device)
        self.evaluated = evaluation_steps(cell.training.steps, cell.training.evaluations)
        self.trace = Trace()
        self.step = self._generation = 0
        self.diverged_at = torch.full((len(block.seeds),), NEVER, device=device)
        self._identity = {"config_hash": cell.config_hash, "seeds": str(block.seeds)}
        self._identity |= {"code": provenance["code"], "data": provenance["data"]}
        self._identity |= {"torch": str(torch.__version__), "device": device}
        self._before = {"wall": 0.0, "process": 0.0}
        self._wall, self._process = time.monotonic(), time.process_time()
        self._last_checkpoint = time.monotonic()

    def resume_or_begin(self) -> None:
        """Take up the last checkpoint; without one, evaluate the untrained networks and pre-train."""
        saved = checkpoint.load(self.folder, self._identity)
        if saved:
            self._restore(*saved)
            return
        self._evaluate({})
        steps, updates = self.objective.pretraining()
        for _ in range(steps):
            self.engine.step(updates, self.draws.batch)
        if steps:
            self.save_checkpoint()

    def advance(self) -> None:
        """One training step, and what is due after it."""
        losses = self.engine.train(self.draws.batch)
        self.step += 1
        finite = torch.stack(list(losses.values())).isfinite().all(0)
        if self.step == self.recipe.steps:
            finite &= self.engine.finite_parameters()
        self.diverged_at[(self.diverged_at == NEVER) & ~finite] = self.step
        if self.step in self.evaluated:
            last = named(loss=losses, grad_norm=self.engine.gradient_norms(), state=self.engine.traced_state())
            self._evaluate(last | named(mean=self._window_means()))
        if time.monotonic() - self._last_checkpoint > SECONDS_BETWEEN_CHECKPOINTS:
            self.save_checkpoint()

    def finish(self) -> None:
        """Write the block's files; run.json comes last and vouches for the others."""
        stored = io.BytesIO()
        np.save(stored, self._samples(), allow_pickle=False)
        files.write_bytes(self.folder / "samples.npy", stored.getvalue())
        files.write_bytes(self.folder / "trace.parquet", self.trace.to_bytes())
        weights = {name: value.cpu().contiguous() for name, value in self.engine.weights().items()}
        files.write_bytes(self.folder / "weights.safetensors", save_tensors(weights))
        record.write(self.folder, self.block, self.provenance, self._outcome(), self._seconds(), self.device)
        checkpoint.remove(self.folder)

    def save_checkpoint(self) -> None:
        """Write all that the rest of the run depends on."""
        trace = torch.frombuffer(bytearray(self.trace.to_bytes()), dtype=torch.uint8)
        tensors = {
            "trace": trace,
            "diverged_at": self.diverged_at,
            **self.engine.state(),
            **self.draws.state(),
        }
        facts = {**self._identity, "step": self.step, "seconds": self._seconds()}
        checkpoint.save(self.folder, self._generation, tensors, facts)
        self._generation += 1
        self._last_checkpoint = time.monotonic()

    def _restore(self, tensors: dict[str, torch.Tensor], facts: dict[str, Any]) -> None:
        self.step, self._before, self._generation = facts["step"], facts["seconds"], facts["generation"] + 1
        self.trace = Trace.from_bytes(tensors["trace"].numpy().tobytes())
        self.diverged_at = tensors["diverged_at"].to(self.device)
        self.engine.restore(tensors)
        self.draws.restore(tensors)

    def _window_means(self) -> dict[str, torch.Tensor]:
        """The means over the steps since the last evaluation, (S,) each; NaN for good once a seed has diverged."""
        diverged = self.diverged_at != NEVER
        return {name: mean.masked_fill(diverged, torch.nan) for name, mean in self.engine.window.close().items()}

    def _evaluate(self, scalars: dict[str, torch.Tensor]) -> None:
        samples = self._samples()
        counts = [datasets.count_modes(of_seed, self.dataset) for of_seed in samples]
        nonfinite = np.array([np.count_nonzero(~finite_rows(of_seed)) for of_seed in samples])
        columns = {name: value.cpu().numpy() for name, value in scalars.items()}
        self.trace.add(self.step, self.block.seeds, counts, samples.shape[1], nonfinite, columns)

    def _samples(self) -> np.ndarray:
        """(S, n, *shape) in the precision that is stored, so that measuring the file repeats the evaluation."""
        stored_as = self.block.cell.dataset.declared("STORED_AS")
        with np.errstate(over="ignore"):  # beyond half precision is infinite, and counted as such
            return self.engine.generate(self.latents).cpu().numpy().astype(stored_as)

    def _outcome(self) -> list[dict[str, Any]]:
        return [
            {
                "seed": seed,
                "status": "ok" if step == NEVER else "diverged",
                "step": None if step == NEVER else step,
            }
            for seed, step in zip(self.block.seeds, self.diverged_at.tolist(), strict=True)
        ]

    def _seconds(self) -> dict[str, float]:
        return {
            "wall": self._before["wall"] + time.monotonic() - self._wall,
            "process": self._before["process"] + time.process_time() - self._process,
        }

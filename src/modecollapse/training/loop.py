"""Training a block from its first step to its last, through interruptions, into its run folder."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save as save_tensors

from modecollapse import datasets, files, variants
from modecollapse.datasets import Dataset, finite_rows
from modecollapse.study.specs import Block
from modecollapse.training import arithmetic, checkpoint, lock, memory, record
from modecollapse.training.draws import BatchSampler, evaluation_latents, initial_networks, initial_seed
from modecollapse.training.engine import NEVER, Engine
from modecollapse.training.execution import COMPILED, EAGER, prepare, step_of
from modecollapse.training.interrupts import Interrupts
from modecollapse.training.progress import TrainingProgress
from modecollapse.training.run_folder import RunFolder
from modecollapse.training.snapshots import Snapshots
from modecollapse.training.trace import SAMPLE_MEAN, Trace, sample_mean
from modecollapse.training.window import named

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_CHECKPOINTS = 60.0


def train_block(
    block: Block,
    data: Path,
    folder: Path,
    device: str = "cpu",
    wait: bool = False,
    code: str = "",
    declared: dict[str, str] | None = None,
    execution: str = EAGER,
    reuse: Collection[Path] = (),
) -> None:
    """Train `block` on the data file and write samples, snapshots, trace, weights and run.json into `folder`.

    An interrupted block resumes from its last checkpoint and ends with the bits of an uninterrupted one; a finished
    block whose files are intact is left alone, and one that is finished below runs/ of a results folder in `reuse` is
    copied from there, perhaps without its weights. A diverged seed is recorded with its step and changes no other seed.
    `code` is the fingerprint of the code (`study.fingerprint`): a checkpoint of other code is not resumed. `declared`,
    the hashes of what the results will be judged by (`study.declared`), is copied into the record. `execution` is one
    of `execution.MODES`; where nothing can be compiled, eager takes the place of compiled, which is an incident.

    Raises Interrupted after a signal that asks to stop, with all saved; StudyError where another process trains in the
    folder (`wait` waits for it instead), and where memory runs out.
    """
    arithmetic.configure()
    title, spec = f"{block.cell.path} {block.name}", block.cell.dataset
    dataset = datasets.load(spec.family, data, spec.config_hash)
    provenance = record.provenance(code, data)
    with Interrupts() as interrupts, lock.held(folder, wait, interrupts), memory.shortage_explained(title):
        machine, (executed, incident) = arithmetic.describe(device), prepare(execution, device)
        identity = record.identity(block, provenance, machine, executed)
        began = {"started": record.now(), "declared": declared}
        run_folder = RunFolder(folder, title, identity, machine["cpu"], began)
        if run_folder.is_finished():
            logger.info("%s: is finished and its files are intact, so there is nothing to do", folder)
            return
        if taken := next((kept for kept in reuse if run_folder.take(kept / "runs" / block.path)), None):
            logger.info("%s: is finished in %s and was copied from there", title, taken)
            return
        _Run(block, dataset.to(device), provenance, run_folder, device, executed).train(interrupts, incident)


class _Run:
    """The state of a block between two steps."""

    def __init__(
        self,
        block: Block,
        dataset: Dataset,
        provenance: dict[str, Any],
        folder: RunFolder,
        device: str,
        execution: dict[str, Any],
    ) -> None:
        cell = block.cell
        self.block, self.recipe, self.dataset = block, cell.training, dataset
        self.provenance, self.folder, self.device, self.execution = provenance, folder, device, execution
        self.objective = variants.create(cell.variant.objective, cell.variant.options)
        packing = self.objective.packing
        networks = initial_networks(block, self.objective.networks, device, packing)
        self.engine = Engine(networks, cell.training, self.objective, execution["mode"] == COMPILED)
        self.sampler = BatchSampler(block, dataset, self.objective.noise, device, packing)
        self.latents = evaluation_latents(block, device)
        self.evaluated = set(cell.training.evaluated)
        self.trace, self.snapshots = Trace(), Snapshots(block)
        self.step = 0
        self._before = {"wall": 0.0, "process": 0.0}
        self._wall, self._process = time.monotonic(), time.process_time()
        self._last_checkpoint = time.monotonic()

    def train(self, interrupts: Interrupts, incident: str | None) -> None:
        """Train to the last step and write the files; a signal stops the run between two steps, with a checkpoint.

        An incident of the start is recorded first, after those of the checkpoint.
        """
        self.resume_or_begin(interrupts)
        if incident:
            self.folder.add_incident(incident)
        with TrainingProgress(self.folder.title, self.recipe.steps, len(self.block.seeds)) as progress:
            self.train_step = step_of(self.execution["mode"], self.engine, self.sampler)
            while self.step < self.recipe.steps:
                if interrupts.asked:
                    self.folder.add_incident(f"stopped by {interrupts.asked.name} at step {self.step}")
                    self.save_checkpoint()
                    interrupts.stop(f"at step {self.step} of {self.recipe.steps}: the same command goes on from there")
                self.advance()
                progress.update(self.step, self.trace.mean_modes)
        self.finish()

    def resume_or_begin(self, interrupts: Interrupts) -> None:
        """Load the last checkpoint; without one, evaluate the untrained networks and pre-train."""
        saved = self.folder.last_checkpoint(self._check)
        if saved:
            self._restore(*saved)
            return
        self._evaluate({})
        steps, updates = self.objective.pretraining()
        for step in range(steps):
            if interrupts.asked:
                interrupts.stop(f"at pretraining step {step} of {steps}: nothing saved, the same command begins anew")
            self.engine.step(updates, self.sampler.batch)
        if steps:
            self.save_checkpoint()

    def advance(self) -> None:
        """One training step, then an evaluation and a checkpoint where they are due."""
        losses = self.train_step()
        self.step += 1
        if self.step == self.recipe.steps:
            self.engine.note_divergence(self.engine.finite_parameters())
        if self.step in self.evaluated:
            last = named(loss=losses, grad_norm=self.engine.gradient_norms(), state=self.engine.traced_state())
            self._evaluate(last | named(mean=self._window_means()))
        if time.monotonic() - self._last_checkpoint > SECONDS_BETWEEN_CHECKPOINTS:
            self.save_checkpoint()

    def finish(self) -> None:
        """Write the block's files; run.json holds the others' checksums, so an older one is deleted before them."""
        folder = self.folder.path
        (folder / record.NAME).unlink(missing_ok=True)
        for name, array in (("samples.npy", self._samples()), ("snapshots.npy", self.snapshots.kept)):
            stored = io.BytesIO()
            np.save(stored, array, allow_pickle=False)
            files.write_bytes(folder / name, stored.getvalue())
        files.write_bytes(folder / "trace.parquet", self.trace.to_bytes())
        weights = {name: value.cpu().contiguous() for name, value in self.engine.weights().items()}
        files.write_bytes(folder / files.WEIGHTS, save_tensors(weights))
        made_from = self.folder.began | self.provenance | {"streams": self._streams()}
        outcome, incidents = self._outcome(), self.folder.incidents
        record.write(folder, self.block, made_from, outcome, incidents, self._seconds(), self.device, self.execution)
        checkpoint.remove(folder)

    def save_checkpoint(self) -> None:
        """Write all that the rest of the run depends on."""
        self.folder.save(self._state(), {"step": self.step, "seconds": self._seconds()})
        self._last_checkpoint = time.monotonic()

    def _state(self) -> dict[str, torch.Tensor]:
        trace = torch.frombuffer(bytearray(self.trace.to_bytes()), dtype=torch.uint8)
        kept = {"trace": trace, "snapshots": torch.from_numpy(self.snapshots.kept)}
        return {**kept, **self.engine.state(), **self.sampler.state()}

    def _check(self, tensors: dict[str, torch.Tensor], facts: dict[str, Any]) -> None:
        """ValueError where a checkpoint does not hold what this run, which has not trained yet, would resume from."""
        if facts["step"] not in range(self.recipe.steps + 1):
            raise ValueError(f"its step {facts['step']} is not one of {self.recipe.steps}")
        checkpoint.check_tensors(tensors, self._state())

    def _restore(self, tensors: dict[str, torch.Tensor], facts: dict[str, Any]) -> None:
        self.step, self._before = facts["step"], facts["seconds"]
        self.trace = Trace.from_bytes(tensors["trace"].numpy().tobytes())
        self.snapshots.kept[:] = tensors["snapshots"].numpy()
        self.engine.restore(tensors)
        self.sampler.restore(tensors)

    def _window_means(self) -> dict[str, torch.Tensor]:
        """The means over the steps since the last evaluation, (S,) each; NaN from a seed's divergence on."""
        diverged = self.engine.diverged_at != NEVER
        return {name: mean.masked_fill(diverged, torch.nan) for name, mean in self.engine.window.close().items()}

    def _evaluate(self, scalars: dict[str, torch.Tensor]) -> None:
        samples = self._samples()
        self.snapshots.add(self.step, samples)
        counts = [datasets.count_modes(of_seed, self.dataset) for of_seed in samples]
        nonfinite = np.array([np.count_nonzero(~finite_rows(of_seed)) for of_seed in samples])
        columns = {SAMPLE_MEAN: np.array([sample_mean(of_seed) for of_seed in samples])}
        columns |= {name: value.cpu().numpy() for name, value in scalars.items()}
        self.trace.add(self.step, self.block.seeds, counts, samples.shape[1], nonfinite, columns)

    def _samples(self) -> np.ndarray:
        """(S, n, *shape) in the stored precision, so that measuring the file repeats the evaluation."""
        stored_as = self.block.cell.dataset.declared("STORED_AS")
        with np.errstate(over="ignore"):  # beyond half precision is infinite, and counted as such
            return self.engine.generate(self.latents).cpu().numpy().astype(stored_as)

    def _outcome(self) -> list[dict[str, Any]]:
        """The status of each seed, with the step of its divergence."""
        steps = [None if step == NEVER else step for step in self.engine.diverged_at.tolist()]
        return [
            {"seed": seed, "status": "ok" if step is None else "diverged", "step": step}
            for seed, step in zip(self.block.seeds, steps, strict=True)
        ]

    def _streams(self) -> list[dict[str, Any]]:
        """The seed of every stream: `init` of each network, and of each draw by its kind."""
        drawn = zip(self.block.seeds, self.sampler.stream_seeds(), strict=True)
        symbols = self.objective.networks
        return [
            {"seed": seed, "init": {symbol: initial_seed(self.block, seed, symbol) for symbol in symbols}, "draws": of}
            for seed, of in drawn
        ]

    def _seconds(self) -> dict[str, float]:
        return {
            "wall": self._before["wall"] + time.monotonic() - self._wall,
            "process": self._before["process"] + time.process_time() - self._process,
        }

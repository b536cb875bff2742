"""A block from its first step to its files: interrupted, killed, diverged, on more threads."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from blocks import make_block, make_dataset, write_data
from safetensors.torch import load_file

from modecollapse import files
from modecollapse.errors import StudyError
from modecollapse.study.evaluations import evaluation_steps, snapshot_steps
from modecollapse.study.specs import Block
from modecollapse.study.streams import stream_seed
from modecollapse.training import checkpoint, loop
from modecollapse.training.draws import evaluation_latents, initial_networks
from modecollapse.training.engine import Engine
from modecollapse.training.loop import train_block
from modecollapse.training.progress import TrainingProgress
from modecollapse.training.snapshots import Snapshots

OUTPUTS = ("samples.npy", "snapshots.npy", "trace.parquet", "weights.safetensors")
STEPS = 60
BLOCK = make_block("veegan", seeds=(2, 5), options={"pretraining_steps": 5})


class Killed(Exception):
    """Stands for a kill between two steps."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data") / "ring.npz")


@pytest.fixture(scope="module")
def uninterrupted(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted")
    train_block(BLOCK, data, folder)
    return folder


@pytest.fixture
def checkpoint_every(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make the loop write a checkpoint after every so many steps."""
    save = loop._Run.save_checkpoint

    def choose(steps: int) -> None:
        monkeypatch.setattr(loop, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
        monkeypatch.setattr(loop._Run, "save_checkpoint", lambda run: None if run.step % steps else save(run))

    return choose


def train_until(step: int, folder: Path, data: Path, block: Block = BLOCK, **more: object) -> None:
    """Train and raise right after `step`; 0 is before the first step."""
    with pytest.MonkeyPatch.context() as patch:
        update, advance = TrainingProgress.update, loop._Run.advance

        def after(progress: TrainingProgress, at: int, modes: float) -> None:
            update(progress, at, modes)
            if at == step:
                raise Killed

        def before(run: loop._Run) -> None:
            if step == 0:
                raise Killed
            advance(run)

        patch.setattr(TrainingProgress, "update", after)
        patch.setattr(loop._Run, "advance", before)
        with pytest.raises(Killed):
            train_block(block, data, folder, **more)


def same_files(one: Path, other: Path) -> bool:
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in OUTPUTS)


def record_of(folder: Path) -> dict[str, object]:
    return json.loads((folder / "run.json").read_text())


# --- interruption; faults that are injected into processes, with negative controls, are in tests/slow/faults ---


# a checkpoint every 7 steps, an evaluation every 15: before, at and after each, the first and the last step
@pytest.mark.parametrize("step", [0, 1, 6, 7, 8, 14, 15, 16, 42, 59, STEPS])
def test_interrupted_run_ends_at_the_same_bits(step, tmp_path, data, uninterrupted, checkpoint_every):
    checkpoint_every(7)
    train_until(step, tmp_path, data)
    assert not (tmp_path / "run.json").exists()
    assert list(tmp_path.glob("checkpoint-*"))  # the first one follows the pretraining
    train_block(BLOCK, data, tmp_path)
    assert same_files(tmp_path, uninterrupted)
    assert not list(tmp_path.glob("checkpoint-*"))


@pytest.mark.parametrize("every", [1, 7])
def test_run_interrupted_several_times_and_with_a_torn_checkpoint_ends_at_the_same_bits(
    every, tmp_path, data, uninterrupted, checkpoint_every, caplog
):
    checkpoint_every(every)
    for step in (20, 21, 22, 40):
        train_until(step, tmp_path, data)
        (_, facts), _ = checkpoint.load(tmp_path, {})
        # the newest one counts, also when an earlier process wrote the other
        assert facts["step"] == (step if every == 1 else step // 7 * 7)
    newest = max(tmp_path.glob("checkpoint-?.safetensors"), key=lambda path: path.stat().st_mtime_ns)
    newest.write_bytes(newest.read_bytes()[:-100])
    train_block(BLOCK, data, tmp_path)
    assert newest.name in caplog.text
    assert same_files(tmp_path, uninterrupted)


# --- separate processes ---


def start(block: Block, data: Path, folder: Path, checkpoints: float = 60.0, **environment: str) -> subprocess.Popen:
    """`python -m modecollapse train` as a process, with `checkpoints` seconds between checkpoints."""
    main = f"import modecollapse.training.loop as l; l.SECONDS_BETWEEN_CHECKPOINTS = {checkpoints}; "
    main += "import runpy; runpy.run_module('modecollapse', run_name='__main__', alter_sys=True)"
    command = [sys.executable, "-c", main, "train", block.model_dump_json(), "--data", data, "--out", folder]
    package = str(Path(loop.__file__).parents[2])
    return subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": package, **environment}, stderr=subprocess.DEVNULL
    )


def test_killed_process_is_resumed_by_the_same_command_to_the_same_bits(tmp_path, data):
    block = make_block(seeds=(2, 5), steps=600)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    train_block(block, data, whole)

    process = start(block, data, killed, checkpoints=0.05)
    deadline = time.monotonic() + 60
    while not (killed / checkpoint.SLOTS[1]).exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(random.uniform(0, 0.15))
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (killed / "run.json").exists()

    assert start(block, data, killed, checkpoints=0.05).wait() == 0
    assert same_files(whole, killed)
    assert sorted(path.name for path in killed.iterdir()) == sorted((*OUTPUTS, "run.json"))


def test_number_of_threads_in_the_environment_changes_nothing(tmp_path, data):
    # a batch so large that torch would share its sums out among the threads
    block = make_block("veegan", steps=3, batch=100_000, evaluations=1)
    limits = {n: {"OMP_NUM_THREADS": n, "MKL_NUM_THREADS": n} for n in ("1", "2")}
    processes = [start(block, data, tmp_path / n, **environment) for n, environment in limits.items()]
    assert [process.wait() for process in processes] == [0, 0]
    assert same_files(tmp_path / "1", tmp_path / "2")


# --- what a run writes ---


EVALUATED = {
    (60, 4): [0, 15, 30, 45, 56, 57, 58, 59, 60],
    (1000, 2): [0, 500, 920, 940, 960, 980, 1000],
    (25_000, 50): list(range(0, 25_001, 500)),  # five of them are in the last tenth as it is
    (1000, 60): [round(i * 1000 / 60) for i in range(61)],
    (20, 4): [0, 5, 10, 15, 19, 20],  # the last tenth has two steps
    (41, 10): [0, 4, 8, 12, 16, 20, 25, 29, 33, 37, 38, 39, 40, 41],
    **{(10, 3): [0, 3, 7, 10], (5, 5): [0, 1, 2, 3, 4, 5], (7, 1): [0, 7], (1, 1): [0, 1]},
}


def test_schedules_have_five_evaluations_or_all_in_the_last_tenth_and_nine_snapshots_where_eight_are_planned():
    assert {case: evaluation_steps(*case) for case in EVALUATED} == EVALUATED
    for steps, evaluations in product([*range(1, 70), 999, 25_000], [*range(1, 70), 100]):
        if evaluations <= steps:
            found, tenth = evaluation_steps(steps, evaluations), -(-steps // 10)
            assert (found[0], found[-1]) == (0, steps)
            assert found == sorted(set(found))
            late = [step for step in found if 10 * step > 9 * steps]
            assert len(late) >= min(5, tenth)
            distances = [after - before for before, after in pairwise(late)]
            assert not distances or max(distances) - min(distances) <= 1
            even = {round(i * steps / evaluations) for i in range(evaluations + 1)}
            assert set(found) - set(late) == {step for step in even if 10 * step <= 9 * steps}
            kept = snapshot_steps(steps, evaluations)
            assert (kept[0], kept[-1], set(kept) <= set(found)) == (0, steps, True)
            assert min(evaluations, steps / 12) < 8 or len(kept) == 9


def test_run_record_vouches_for_the_files_and_says_how_they_were_made(uninterrupted, data):
    record = record_of(uninterrupted)
    assert record["files"] == {name: files.sha256(uninterrupted / name) for name in OUTPUTS}
    assert Block.model_validate(record["block"]) == BLOCK
    assert record["data"] == files.sha256(data)
    assert record["config_hash"] == BLOCK.cell.config_hash
    expected = {"experiment": "test", "dataset": "ring", "variant": "veegan", "seeds": [2, 5]}
    expected |= {"threads": 1, "deterministic": True, "device": "cpu", "steps": STEPS, "batch": 16}
    assert {key: record[key] for key in expected} == expected
    assert record["status"] == [{"seed": seed, "status": "ok", "step": None} for seed in (2, 5)]
    assert record["versions"]["torch"] == torch.__version__
    assert record["execution"] == {"mode": "eager", "compiler": None}
    assert set(record["versions"]) == {"python", "torch", "numpy"}
    assert record["seed_steps_per_second"] == pytest.approx(2 * STEPS / record["wall_seconds"])
    assert record["process_seconds"] > 0
    assert {"cpu", "commit", "dirty", "platform", "host"} <= set(record)
    assert record["started"] <= record["ended"] <= datetime.now(UTC).isoformat(timespec="seconds")
    root = BLOCK.cell.dataset.root_seed
    for streams, seed in zip(record["streams"], BLOCK.seeds, strict=True):
        assert streams["draws"] == {
            name: {kind: stream_seed(root, "ring", "veegan", seed, name, kind) for kind in kinds}
            for name, kinds in (("x", ("integers", "normal", "uniform")), ("z", ["normal"]), ("eps", ["normal"]))
        }
        assert streams["init"] == {
            symbol: stream_seed(root, "ring", "veegan", seed, "init", symbol) for symbol in ("D", "G", "F")
        }


def test_a_run_that_goes_on_keeps_what_was_declared_when_it_began(data, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    monkeypatch.setattr("modecollapse.training.record.now", lambda: "2026-01-01T00:00:00+00:00")
    train_until(30, tmp_path, data, declared={"settings": "first"})
    monkeypatch.setattr("modecollapse.training.record.now", lambda: "2026-01-02T00:00:00+00:00")
    train_block(BLOCK, data, tmp_path, declared={"settings": "second"})
    record = record_of(tmp_path)
    assert record["declared"] == {"settings": "first"}
    assert (record["started"][:10], record["ended"][:10]) == ("2026-01-01", "2026-01-02")


def test_run_record_names_the_commit_that_the_run_began_with(data, tmp_path, monkeypatch):
    """An edit or a commit during the run is not what made its numbers."""
    commits, step = ["at the beginning"], loop.Engine.step
    monkeypatch.setattr(loop.Engine, "step", lambda *arguments: commits.insert(0, "later") or step(*arguments))
    monkeypatch.setattr("modecollapse.training.record._commit", lambda: {"commit": commits[0], "dirty": False})
    train_block(make_block(steps=1, evaluations=1), data, tmp_path)
    assert record_of(tmp_path)["commit"] == "at the beginning"


def test_data_of_another_configuration_is_refused(tmp_path):
    other = write_data(tmp_path / "ring.npz", root_seed=8)
    with pytest.raises(StudyError, match="other options or another root seed"):
        train_block(BLOCK, other, tmp_path / "run")


def test_samples_are_what_the_stored_weights_generate(uninterrupted):
    samples = np.load(uninterrupted / "samples.npy", allow_pickle=False)
    weights = load_file(uninterrupted / "weights.safetensors")
    assert samples.dtype == np.float32
    assert samples.shape == (2, 2500, 2)
    networks = initial_networks(BLOCK, {"G": "generator"}, "cpu")["G"]
    for index, network in enumerate(networks):
        untrained = network(evaluation_latents(BLOCK, "cpu")[:256]).detach().numpy()  # the pretraining moves F alone
        np.testing.assert_allclose(np.load(uninterrupted / "snapshots.npy")[index, 0], untrained, rtol=1e-3)
        network.load_state_dict({name[2:]: value[index] for name, value in weights.items() if name.startswith("G.")})
        made = network(evaluation_latents(BLOCK, "cpu")).detach().numpy()
        np.testing.assert_allclose(samples[index], made, atol=1e-5)


def test_snapshots_are_the_first_samples_of_runs_that_end_there(uninterrupted, data, tmp_path):
    kept = np.load(uninterrupted / "snapshots.npy", allow_pickle=False)
    assert (kept.dtype, kept.shape) == (np.float16, (2, 6, 256, 2))
    assert BLOCK.cell.snapshot_steps == [0, 15, 30, 45, 56, 60]
    options = BLOCK.cell.variant.options
    train_block(make_block("veegan", (2, 5), options=options, steps=30), data, tmp_path)
    for index, folder in ((2, tmp_path), (5, uninterrupted)):
        samples = np.load(folder / "samples.npy")
        assert np.array_equal(kept[:, index], samples[:, :256].astype(np.float16))


@pytest.mark.parametrize(("dataset", "steps", "samples"), [("gaussians-1200d", 0, 256), ("stacked-digits", 6, 8)])
def test_only_what_can_be_drawn_has_snapshots(dataset, steps, samples):
    block = make_block(dataset=dataset, seeds=(0, 1))
    assert len(block.cell.snapshot_steps) == steps
    assert Snapshots(block).kept.shape == (2, steps, samples, *block.cell.dataset.shape)


def test_trace_holds_every_seed_at_every_evaluation(uninterrupted):
    trace = pd.read_parquet(uninterrupted / "trace.parquet")
    steps = EVALUATED[STEPS, 4]
    assert list(zip(trace["seed"], trace["step"], strict=True)) == [(s, step) for step in steps for s in (2, 5)]
    scalars = ["loss_D", "loss_GF", "grad_norm_D", "grad_norm_G", "grad_norm_F"]
    scalars += ["mean_loss_D", "mean_loss_GF", "mean_aux_D_from_half", "mean_aux_z_error"]
    assert trace[trace["step"] == 0][scalars].isna().all(axis=None)
    assert np.isfinite(trace[trace["step"] > 0][scalars]).all(axis=None)
    assert (trace["n"] == 2500).all()
    assert (trace["n_nonfinite"] == 0).all()
    for samples, counts in zip(np.load(uninterrupted / "samples.npy"), trace["mode_counts"][-2:], strict=True):
        modes = make_dataset().assign(samples)
        assert counts.tolist() == np.bincount(modes[modes >= 0], minlength=8).tolist()


@pytest.mark.parametrize("variant", ["veegan", "began", "wgan"])
def test_trace_holds_the_means_of_all_steps_since_the_evaluation_before(variant, data, tmp_path):
    """60 steps in windows of 8 and 9, against the same run evaluated at every step."""
    every, some = (make_block(variant, seeds=(2, 5), evaluations=n) for n in (STEPS, 7))
    train_block(every, data, tmp_path / "every")
    train_block(some, data, tmp_path / "some")
    last, means = (pd.read_parquet(tmp_path / name / "trace.parquet") for name in ("every", "some"))
    traced = {f"mean_{name}" for name in last if name.startswith(("loss_", "state_"))}
    assert traced == {name for name in means if name.startswith(("mean_loss_", "mean_state_"))}
    names = sorted(name for name in means if name.startswith("mean_"))
    for seed, rows in means.groupby("seed"):
        steps = last[(last["seed"] == seed) & (last["step"] > 0)].set_index("step")
        ends = rows["step"].tolist()
        for before, end in zip(ends, ends[1:], strict=False):
            for name in names:  # a window of one step is that step
                of_steps = steps.loc[before + 1 : end, name.removeprefix("mean_") if name in traced else name]
                assert len(of_steps) == end - before
                [mean] = rows.loc[rows["step"] == end, name]
                assert mean == pytest.approx(of_steps.mean(), rel=1e-12)


@pytest.mark.parametrize("steps", [0, 9])
def test_pretraining_runs_its_steps_and_moves_only_the_reconstructor(steps, data, tmp_path, monkeypatch):
    weights, step = [], Engine.step

    def spy(engine: Engine, updates: list, *rest: object) -> dict[str, torch.Tensor]:
        weights.append((updates[0].name, engine.weights()))
        return step(engine, updates, *rest)

    monkeypatch.setattr(Engine, "step", spy)
    block = make_block("veegan", seeds=(2, 5), steps=3, evaluations=1, options={"pretraining_steps": steps})
    train_block(block, data, tmp_path)
    assert [name for name, _ in weights] == ["F"] * steps + ["D"] * 3
    start, trained = weights[0][1], weights[steps][1]
    moved = {name.split(".")[0] for name in start if not torch.equal(start[name], trained[name])}
    assert moved == ({"F"} if steps else set())


def test_log_shows_the_progress(data, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("modecollapse.training.progress.SECONDS_BETWEEN_LINES", 0.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    caplog.set_level(logging.INFO)
    train_block(make_block(seeds=(1, 2), steps=3, evaluations=1), data, tmp_path)
    lines = [record.getMessage() for record in caplog.records]
    title = "test/ring/gan-nonsaturating seeds-1-2: step"
    assert [line.startswith(f"{title} {step} of 3, ") for step, line in enumerate(lines, 1)] == [True] * 3
    assert "seed-steps/s" in lines[-1]


# --- divergence ---


def test_divergence_is_remembered_through_an_interruption(data, tmp_path, checkpoint_every):
    block = make_block(seeds=(0,), optimizer={"kind": "adam", "lr": 1e30, "beta1": 0.5})
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    train_block(block, data, whole)
    checkpoint_every(10)
    train_until(35, resumed, data, block)
    train_block(block, data, resumed)
    status = [record_of(folder)["status"] for folder in (whole, resumed)]
    assert status[0] == status[1]
    assert same_files(whole, resumed)


def test_weights_that_overflow_in_the_last_step_count_as_diverged(data, tmp_path, monkeypatch):
    """The loss of the last step is finite; what it left behind is not."""
    step = Engine.step

    def last(engine: Engine, *arguments: object) -> dict[str, torch.Tensor]:
        losses = step(engine, *arguments)
        with torch.no_grad():
            engine.parameters["G"]["body.4.bias"].fill_(float("inf"))
        return losses

    monkeypatch.setattr(Engine, "step", last)
    train_block(make_block(steps=1, evaluations=1), data, tmp_path)
    [outcome] = record_of(tmp_path)["status"]
    assert outcome == {"seed": 0, "status": "diverged", "step": 1}

"""Run blocks are trained again: the same bits here, the same distribution elsewhere, and nothing is left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file, save_file

from modecollapse import datasets, files
from modecollapse.audit import retraining
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import rerun
from modecollapse.audit.retraining import Ended
from modecollapse.study import plan
from modecollapse.study.fingerprint import training_code
from modecollapse.study.load import load_study
from modecollapse.study.specs import Block
from modecollapse.training.loop import train_block

CONFIG = Path(__file__).resolve().parents[2] / "config"
RUN = "runs/matched/ring/gan-minimax/seeds-0-5"
KEYS = {"study": "tiny", "seeds": 6, "block_size": 6, "steps": 20, "datasets": ["ring"], "variants": ["gan-minimax"]}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of one block of six seeds, with all that is read of it."""
    folder = tmp_path_factory.mktemp("tiny")
    study = load_study([CONFIG / "config.yaml"], KEYS)
    files.write_text(folder / "study.json", study.model_dump_json())
    shutil.copy(CONFIG / "claims.yaml", folder)
    spec = plan.dataset_spec(study, "ring")
    data = folder / "data" / "ring.npz"
    files.write_bytes(
        data, datasets.to_bytes(datasets.create(spec.family, spec.options, spec.root_seed), spec.config_hash)
    )
    [block] = plan.blocks(study, plan.cells(study)[0])
    train_block(block, data, folder / "runs" / block.path, code=training_code(block.cell))
    return consistent(folder)


@pytest.fixture
def study(trained: Path, tmp_path: Path) -> Path:
    """A copy to be tampered with."""
    return Path(shutil.copytree(trained, tmp_path / "study"))


@pytest.fixture
def at_once(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training again takes no time: it comes to the run that was trained first. Data are really made."""
    really = retraining.run_all

    def copied(commands: dict[str, list[str]], folder: Path) -> dict[str, Ended]:
        if not all("train" in command for command in commands.values()):
            return really(commands, folder)
        for command in commands.values():
            shutil.copytree(trained / RUN, command[command.index("--out") + 1])
        return {name: Ended(0, 1.0, "") for name in commands}

    monkeypatch.setattr(retraining, "run_all", copied)


def consistent(folder: Path) -> Path:
    """Record and manifest agree with the files again, as whoever alters one would see to."""
    change_record(folder, lambda record: record["files"].update(digests(folder)))
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "MANIFEST.sha256")
    lines = [f"{files.sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in paths]
    files.write_text(folder / "MANIFEST.sha256", "".join(lines))
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {name: files.sha256(folder / RUN / name) for name in rerun.OUTPUTS}


def change_record(folder: Path, change: Callable[[dict], object]) -> None:
    path = folder / RUN / "run.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


def change_trace(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = folder / RUN / "trace.parquet"
    change(pd.read_parquet(path)).to_parquet(path)


def found(folder: Path, blocks: int = 2) -> list[str]:
    return [str(finding) for finding in rerun.check(Bundle(consistent(folder)), blocks).findings]


def test_bits_are_equal_and_nothing_stays(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    result = rerun.check(Bundle(trained), blocks=5)  # more than there are
    assert result.findings == []
    assert result.looked_at == 1
    assert any("bits equal" in note and RUN.removeprefix("runs/") in note for note in result.notes)
    assert list(tmp_path.iterdir()) == []


def test_withheld_data_are_made_again(study: Path, at_once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    made, command = [], retraining.train_command

    def noted(block: Block, data: Path, out: Path, device: str) -> list[str]:
        made.append(files.sha256(data))
        return command(block, data, out, device)

    monkeypatch.setattr(retraining, "train_command", noted)
    recorded = files.sha256(study / "data" / "ring.npz")
    (study / "data" / "ring.npz").unlink()
    result = rerun.check(Bundle(study))
    assert result.findings == []
    assert any("bits equal" in note for note in result.notes)
    assert made == [recorded]


def test_an_altered_weight_is_found(study: Path, at_once: None) -> None:
    path = study / RUN / "weights.safetensors"
    weights = load_file(path)
    name = sorted(weights)[0]
    weights[name].flat[0] = np.nextafter(weights[name].flat[0], np.float32(1))
    save_file(weights, path)
    [finding] = found(study)
    assert finding.startswith(f"{RUN}/weights.safetensors: trained again")


def test_altered_samples_are_found(study: Path, at_once: None) -> None:
    samples = np.load(study / RUN / "samples.npy")
    samples[0, 0, 0] += 1
    np.save(study / RUN / "samples.npy", samples)
    [finding] = found(study)
    assert finding.startswith(f"{RUN}/samples.npy")


@pytest.mark.parametrize("key", ["status", "streams", "steps", "config_hash", "seeds"])
def test_a_record_that_tells_otherwise_is_found(study: Path, at_once: None, key: str) -> None:
    change_record(study, lambda record: record.update({key: "otherwise"}))
    assert found(study) == [f"{RUN}/run.json: {key}: trained again, it is another one"]


def test_another_digest_of_the_data_is_found(study: Path, at_once: None) -> None:
    change_record(study, lambda record: record.update(data="0" * 64))
    [finding] = found(study)
    assert finding.startswith("data/ring.npz: its SHA-256 is not 0000")


def test_withheld_data_of_another_digest_are_found(study: Path, at_once: None) -> None:
    (study / "data" / "ring.npz").unlink()
    change_record(study, lambda record: record.update(data="0" * 64))
    [finding] = found(study)
    assert finding.startswith(f"{RUN}/run.json: data: its data, made again, have SHA-256")


def test_another_version_leads_to_the_test(study: Path, at_once: None) -> None:
    change_record(study, lambda record: record["versions"].update(torch="1.0"))
    result = rerun.check(Bundle(consistent(study)))
    assert result.findings == []
    assert result.looked_at == 1
    assert any("versions.torch was 1.0" in note for note in result.notes)
    assert any("modes: mean" in note and "p 1" in note for note in result.notes)


def test_another_version_does_not_excuse_another_distribution(study: Path, at_once: None) -> None:
    change_record(study, lambda record: record["versions"].update(torch="1.0"))
    change_trace(study, lambda trace: trace.assign(mode_counts=[np.full(8, 300)] * len(trace)))
    assert any("high_quality_percent: mean" in finding for finding in found(study))


def test_divergence_is_a_measure(study: Path, at_once: None) -> None:
    def diverged(record: dict) -> None:
        record["versions"]["torch"] = "1.0"
        record["status"] = [{"seed": seed, "status": "diverged", "step": 3} for seed in range(6)]

    change_record(study, diverged)
    [finding] = found(study)
    assert "diverged: mean 0 in 6 seeds trained again, 1 in 6 stored" in finding


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-20]),
        lambda path: path.write_text("no trace"),
        lambda path: path.unlink(),
        lambda path: pd.DataFrame({"seed": ["x"], "step": [20]}).to_parquet(path),
    ],
)
def test_a_damaged_trace_is_a_finding(study: Path, at_once: None, damage: Callable[[Path], object]) -> None:
    change_record(study, lambda record: record["versions"].update(torch="1.0"))
    damage(study / RUN / "trace.parquet")
    result = rerun.check(Bundle(study))
    assert [finding.file for finding in result.findings] == [f"{RUN}/trace.parquet"]


def test_a_withheld_trace_is_a_note(study: Path, at_once: None) -> None:
    change_record(study, lambda record: record["versions"].update(torch="1.0"))
    (study / RUN / "trace.parquet").unlink()
    files.write_json(study / "withheld.json", {f"{RUN}/trace.parquet": 100_000})
    result = rerun.check(Bundle(study))
    assert result.findings == []
    assert result.looked_at == 0
    assert any("withheld" in note for note in result.notes)


@pytest.mark.parametrize("other", [False, True])
def test_another_writer_of_the_trace_is_read(study: Path, at_once: None, monkeypatch, other: bool) -> None:
    path = study / RUN / "trace.parquet"
    table = pq.read_table(path)
    if other:
        table = table.set_column(2, "n", [[value + 1 for value in table["n"].to_pylist()]])
    pq.write_table(table, path, compression="none")
    writers = iter(["another writer", "this writer"])
    monkeypatch.setattr(pq, "read_metadata", lambda _: SimpleNamespace(created_by=next(writers)))
    result = rerun.check(Bundle(consistent(study)))
    assert [finding.file for finding in result.findings] == ([f"{RUN}/trace.parquet"] if other else [])
    assert any("equal in content, written by another writer" in note for note in result.notes) != other


def test_the_same_writer_writes_the_same_bytes(study: Path, at_once: None) -> None:
    path = study / RUN / "trace.parquet"
    pq.write_table(pq.read_table(path), path, compression="none")
    [finding] = found(study)
    assert finding.startswith(f"{RUN}/trace.parquet")


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: record.pop("block"),
        lambda record: record["block"]["cell"]["training"].update(steps=40),
        lambda record: record.update(files=None),
        lambda record: record["files"].update({"samples.npy": 3}),
        lambda record: record.pop("data"),
    ],
)
def test_a_record_that_cannot_be_trained_from_is_a_finding(study: Path, at_once: None, damage) -> None:
    change_record(study, damage)
    result = rerun.check(Bundle(study))
    assert [finding.file for finding in result.findings] == [f"{RUN}/run.json"]


def test_a_missing_record_is_a_finding(study: Path, at_once: None) -> None:
    (study / RUN / "run.json").unlink()
    assert [finding.file for finding in rerun.check(Bundle(study)).findings] == [f"{RUN}/run.json"]


def test_training_that_fails_is_a_finding(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = [sys.executable, "-c", "import sys; print('no\\nmemory', file=sys.stderr); sys.exit(3)"]
    monkeypatch.setattr(retraining, "train_command", lambda *_: failing)
    [finding] = found(study)
    assert finding == f"{RUN}/run.json: training it again ended with status 3: memory"


def test_data_that_cannot_be_made_are_a_note(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (study / "data" / "ring.npz").unlink()
    failing = [sys.executable, "-c", "import sys; sys.exit('no images')"]
    monkeypatch.setattr(retraining, "data_command", lambda *_: failing)
    result = rerun.check(Bundle(consistent(study)))
    assert result.findings == []
    assert any("cannot be made here: no images" in note for note in result.notes)


@pytest.mark.parametrize("asking", [signal.SIGINT, signal.SIGTERM])
def test_an_end_from_outside_leaves_nothing(tmp_path: Path, asking: signal.Signals) -> None:
    sleeper = "import os, pathlib, time; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(600)"
    program = f"""
import signal, sys, tempfile
from pathlib import Path
from modecollapse.audit.retraining import cleaning_up, run_all
signal.signal(signal.SIGINT, signal.default_int_handler)
with cleaning_up(), tempfile.TemporaryDirectory(dir=".") as folder:
    run_all({{"sleep": [sys.executable, "-c", {sleeper!r}]}}, Path(folder))
"""
    audit = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, stderr=subprocess.PIPE)
    pid = tmp_path / "pid"
    wait_until(lambda: pid.exists() and pid.read_text())
    audit.send_signal(asking)
    audit.communicate(timeout=60)
    assert audit.returncode != 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pid"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def wait_until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)

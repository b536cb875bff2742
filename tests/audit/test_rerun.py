"""Run blocks are trained again: the same bits here, the same distribution elsewhere, and nothing is left behind."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from audit.changes import Change, put, record, samples, trace, weights, written
from audited_study import CLAIMS, CONFIG, write_manifest
from scipy import stats
from small_study import edit_json

from modecollapse import files, stages
from modecollapse.audit import retraining
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import rerun
from modecollapse.audit.finding import Result
from modecollapse.audit.retraining import Ended
from modecollapse.study import plan
from modecollapse.study.fingerprint import training_code
from modecollapse.study.load import load_study
from modecollapse.study.specs import Block

RUN = "runs/matched/ring/gan-minimax/seeds-0-5"
RECORD, TRACE, SAMPLES, WEIGHTS = (
    f"{RUN}/{name}" for name in ("run.json", "trace.parquet", "samples.npy", "weights.safetensors")
)
DATA = "data/ring.npz"
KEYS = {"study": "tiny", "seeds": 6, "block_size": 6, "steps": 20, "datasets": ["ring"], "variants": ["gan-minimax"]}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of one block of six seeds, with all that is read of it."""
    folder = tmp_path_factory.mktemp("tiny")
    study = load_study([CONFIG], KEYS)
    files.write_text(folder / "study.json", study.model_dump_json())
    shutil.copy(CLAIMS, folder)
    stages.data(plan.dataset_spec(study, "ring"), folder / DATA)
    [block] = plan.blocks(study, plan.cells(study)[0])
    stages.train(block, folder / DATA, folder / RUN, code=training_code(block.cell))
    write_manifest(folder)
    return folder


@pytest.fixture
def study(trained: Path, tmp_path: Path) -> Path:
    """A copy to be tampered with."""
    return Path(shutil.copytree(trained, tmp_path / "study"))


@pytest.fixture
def at_once(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training again takes no time: it gives the run that was trained first. Data are really made."""
    really = retraining.run_all

    def copied(commands: dict[str, list[str]]) -> dict[str, Ended]:
        if not all("train" in command for command in commands.values()):
            return really(commands)
        for command in commands.values():
            shutil.copytree(trained / RUN, command[command.index("--out") + 1])
        return {name: Ended(0, 1.0, "") for name in commands}

    monkeypatch.setattr(retraining, "run_all", copied)


def checked(folder: Path, consistent: bool = True, blocks: int = 2) -> Result:
    """The check, after record and manifest are made to agree with the files, as whoever alters one would see to."""
    if consistent:
        digests = {name: files.sha256(folder / RUN / name) for name in files.RUN_OUTPUTS}
        edit_json(folder / RECORD, lambda record: record["files"].update(digests))
        write_manifest(folder)
    return rerun.check(Bundle(folder), blocks)


def test_bits_are_equal_and_nothing_stays(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    result = checked(trained, consistent=False, blocks=5)  # more than there are
    assert (result.findings, result.looked_at) == ([], 1)
    assert any("bits equal" in note and RUN.removeprefix("runs/") in note for note in result.notes)
    assert list(tmp_path.iterdir()) == []


def test_withheld_data_are_made_again(study: Path, at_once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    made, command = [], retraining.train_command

    def noted(block: Block, data: Path, out: Path, *how: str) -> list[str]:
        made.append(files.sha256(data))
        return command(block, data, out, *how)

    monkeypatch.setattr(retraining, "train_command", noted)
    recorded = files.sha256(study / DATA)
    (study / DATA).unlink()
    result = checked(study, consistent=False)
    assert (result.findings, made) == ([], [recorded])
    assert any("bits equal" in note for note in result.notes)
    put(RECORD, data="0" * 64)(study)
    [finding] = checked(study, consistent=False).findings
    assert str(finding).startswith(f"{RECORD}: data: its data, made again, have SHA-256")


def a_weight(stored: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The last digit of the first weight is another one."""
    first = stored[sorted(stored)[0]]
    first.flat[0] = np.nextafter(first.flat[0], np.float32(1))
    return stored


def a_sample(stored: np.ndarray) -> None:
    """A coordinate of the first sample is larger by one."""
    stored[0, 0, 0] += 1


# Alterations which record and manifest then vouch for, and the finding that the check must come to.
ALTERED: dict[str, tuple[Change, str]] = {
    "a weight": (weights(a_weight, RUN), f"{WEIGHTS}: trained again, its SHA-256 is"),
    "a sample": (samples(a_sample, RUN), f"{SAMPLES}: trained again, its SHA-256 is"),
    "the compression of the trace": (
        lambda f: pq.write_table(pq.read_table(f / TRACE), f / TRACE, compression="none"),  # of the same writer
        f"{TRACE}: trained again, its SHA-256 is",
    ),
    "the digest of the data": (put(RECORD, data="0" * 64), f"{DATA}: its SHA-256 is not 0000"),
    **{
        key: (put(RECORD, **{key: "otherwise"}), f"{RECORD}: {key}: trained again, it is another")
        for key in ("status", "streams", "steps", "config_hash", "seeds")
    },
}
other_torch = record(lambda run: run["versions"].update(torch="1.0"), RECORD)
# Damage that nothing vouches for, by the file of the one finding; that of a trace is met where bits may differ.
DAMAGED: dict[str, list[Change]] = {
    TRACE: [
        lambda folder: os.truncate(folder / TRACE, (folder / TRACE).stat().st_size - 20),
        written(TRACE, "no trace"),
        lambda folder: (folder / TRACE).unlink(),
        lambda folder: pd.DataFrame({"seed": ["x"], "step": [20]}).to_parquet(folder / TRACE),
    ],
    RECORD: [
        record(lambda run: run.pop("block"), RECORD),
        record(lambda run: run["block"]["cell"]["training"].update(steps=40), RECORD),
        put(RECORD, files=None),
        record(lambda run: run["files"].update({"samples.npy": 3}), RECORD),
        record(lambda run: run.pop("data"), RECORD),
        lambda folder: (folder / RECORD).unlink(),
    ],
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_alteration_is_found(study: Path, at_once: None, name: str) -> None:
    change, problem = ALTERED[name]
    change(study)
    [finding] = checked(study).findings
    assert str(finding).startswith(problem)


@pytest.mark.parametrize(("file", "change"), [(file, change) for file in DAMAGED for change in DAMAGED[file]])
def test_damage_is_a_finding(study: Path, at_once: None, file: str, change: Change) -> None:
    if file == TRACE:
        other_torch(study)
    change(study)
    assert [finding.file for finding in checked(study, consistent=False).findings] == [file]


def test_another_version_leads_to_the_test(study: Path, at_once: None) -> None:
    other_torch(study)
    result = checked(study)
    assert (result.findings, result.looked_at) == ([], 1)
    assert any("versions.torch was 1.0" in note for note in result.notes)
    assert any("modes: mean" in note and "p 1" in note for note in result.notes)
    trace(lambda rows: rows.assign(mode_counts=[np.full(8, 300)] * len(rows)), RUN)(study)
    assert any("high_quality_percent: mean" in str(finding) for finding in checked(study).findings)


def test_divergence_is_a_measure(study: Path, at_once: None) -> None:
    other_torch(study)
    record(lambda run: [outcome.update(status="diverged", step=3) for outcome in run["status"]], RECORD)(study)
    [finding] = checked(study).findings
    assert "diverged: mean 0 in 6 seeds trained again, 1 in 6 stored" in str(finding)


def test_a_withheld_trace_is_a_note(study: Path, at_once: None) -> None:
    other_torch(study)
    (study / TRACE).unlink()
    files.write_json(study / "withheld.json", {TRACE: 100_000})
    result = checked(study, consistent=False)
    assert (result.findings, result.looked_at) == ([], 0)
    assert any("withheld" in note for note in result.notes)


@pytest.mark.parametrize("other", [False, True])
def test_a_trace_of_another_writer_is_read(study: Path, at_once: None, monkeypatch, other: bool) -> None:
    table = pq.read_table(study / TRACE)
    if other:
        table = table.set_column(2, "n", [[value + 1 for value in table["n"].to_pylist()]])
    pq.write_table(table, study / TRACE, compression="none")
    writers, read = iter(["another writer", "this writer"]), pq.read_metadata
    monkeypatch.setattr(
        pq, "read_metadata", lambda at: SimpleNamespace(created_by=next(writers)) if isinstance(at, Path) else read(at)
    )
    result = checked(study)
    assert [finding.file for finding in result.findings] == [TRACE] * other
    assert any("equal in content, written by another writer" in note for note in result.notes) != other


def test_training_that_fails_is_a_finding_and_data_that_cannot_be_made_are_a_note(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [sys.executable, "-c", "import sys; print('no\\nmemory', file=sys.stderr); sys.exit(3)"]
    monkeypatch.setattr(retraining, "train_command", lambda *_: failing)
    [finding] = checked(study).findings
    assert str(finding) == f"{RECORD}: training it again ended with status 3: memory"
    (study / DATA).unlink()
    monkeypatch.setattr(retraining, "data_command", lambda *_: failing)
    result = checked(study)
    assert result.findings == []
    assert any("cannot be made here: memory" in note for note in result.notes)


@pytest.mark.parametrize("asking", [signal.SIGINT, signal.SIGTERM])
def test_an_end_from_outside_leaves_nothing(tmp_path: Path, asking: signal.Signals) -> None:
    sleeper = "import os, pathlib, time; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(600)"
    program = f"""
import signal, sys, tempfile
from modecollapse.audit.retraining import cleaning_up, run_all
signal.signal(signal.SIGINT, signal.default_int_handler)
with cleaning_up(), tempfile.TemporaryDirectory(dir=".") as folder:
    run_all({{"sleep": [sys.executable, "-c", {sleeper!r}]}})
"""
    audit = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, stderr=subprocess.PIPE)
    pid, end = tmp_path / "pid", time.monotonic() + 60
    while not (pid.exists() and pid.read_text()):
        assert time.monotonic() < end
        time.sleep(0.05)
    audit.send_signal(asking)
    audit.communicate(timeout=60)
    assert audit.returncode != 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pid"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


BLOCKS = [f"matched/ring/variant-{i}/seeds-0-4" for i in range(8)]
ROOTS = [hashlib.sha256(str(i).encode()).hexdigest() for i in range(2000)]


def test_nobody_chooses_the_blocks_that_are_trained_again() -> None:
    ranked = sorted(BLOCKS, key=lambda block: hashlib.sha256(f"{ROOTS[0]} {block}".encode()).hexdigest())
    assert rerun.chosen(ROOTS[0], reversed(BLOCKS), 3) == ranked[:3]
    counts = Counter(block for root in ROOTS for block in rerun.chosen(root, BLOCKS, 2))
    assert set(counts) == set(BLOCKS)
    assert stats.chisquare(list(counts.values())).pvalue > 1e-3
    assert [len(set(rerun.chosen(ROOTS[0], BLOCKS, count))) for count in (0, -1, 8, 100)] == [0, 0, 8, 8]

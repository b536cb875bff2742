"""Writing: a file is the whole new version or the whole old one, and nothing is replaced that somebody else made."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from default_config import DEFAULT

from modecollapse import datasets, files, writing
from modecollapse.errors import StudyError
from modecollapse.measures.inversion import to_bytes
from modecollapse.study import plan
from modecollapse.study.load import load_study

OLD, NEW = b"old", b"new" * 1000


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file that is about to be replaced."""
    (tmp_path / "table.parquet").write_bytes(OLD)
    return tmp_path / "table.parquet"


def test_a_write_replaces_the_file_and_returns_its_checksum(old: Path) -> None:
    assert files.write_bytes(old, NEW) == hashlib.sha256(NEW).hexdigest() == files.sha256(old) == files.digest(NEW)
    assert old.read_bytes() == NEW
    assert list(old.parent.iterdir()) == [old]
    files.write_text(old.parent / "a" / "b c" / "é.txt", "ü\n")
    assert (old.parent / "a" / "b c" / "é.txt").read_bytes() == "ü\n".encode()


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_failing_write_leaves_the_old_file_and_nothing_else(
    old: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, call, fail)
    expected = "No space left on device, writing 3000 bytes: .*table.parquet'" if isinstance(error, OSError) else None
    with pytest.raises(type(error), match=expected):
        files.write_bytes(old, NEW)
    assert old.read_bytes() == OLD
    assert list(old.parent.iterdir()) == [old]


def test_litter_of_killed_writers_is_removed_and_nothing_else(old: Path) -> None:
    kept = ["table.parquet", "a.tmp.b", "b.tmp", "tmp.1"]
    for name in (*kept, "table.parquet.tmp.4711", "checkpoint-0.safetensors.sha256.tmp.1"):
        (old.parent / name).touch()
    assert files.remove_litter(old.parent) == ["checkpoint-0.safetensors.sha256.tmp.1", "table.parquet.tmp.4711"]
    assert sorted(path.name for path in old.parent.iterdir()) == sorted(kept)


def test_the_name_is_taken_only_after_the_bytes_reached_the_disk(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(old.read_bytes()))
    files.write_bytes(old, NEW)
    assert seen == [OLD, NEW]  # first the bytes, while the name is still the old file's, then the folder


def test_a_file_that_is_too_large_for_the_disk_is_an_error_that_names_it(old: Path) -> None:
    code = (
        "import resource, signal; from pathlib import Path; from modecollapse import files\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))\n"
        f"files.write_bytes(Path({str(old)!r}), bytes(1000))"
    )
    source = Path(files.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=source, check=False)
    expected = f"OSError: [Errno 27] File too large, writing 1000 bytes: {str(old)!r}"
    assert (done.returncode, done.stderr.strip().splitlines()[-1]) == (1, expected)
    assert [(path, path.read_bytes()) for path in old.parent.iterdir()] == [(old, OLD)]


def test_json_has_no_nan_and_no_infinity(old: Path) -> None:
    for number in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="not JSON compliant"):
            files.write_json(old, {"a": [number]})
    assert old.read_bytes() == OLD


RING = plan.dataset_spec(load_study([DEFAULT]), "ring").model_dump_json()


def document() -> bytes:
    """A zip that is no data file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr("[Content_Types].xml", "<x/>")
    return stream.getvalue()


TABLE = pd.DataFrame({"a": [1]}).to_parquet()
OWN = {
    "data file (.npz)": [datasets.to_bytes({"x": np.zeros(3)}, "0"), to_bytes({"errors": np.zeros((2, 2))})],
    "table (.parquet)": [TABLE],
    "PDF": [b"%PDF-1.7\n..."],
}
OTHERS = [b"name,mean\nring,8\n", b"%!PS", document(), b"\x93NUMPY\x01\x00", b"\x00"]


@pytest.mark.parametrize("kind", OWN)
def test_a_file_of_the_kind_or_an_empty_one_may_be_written_over_and_any_other_stays(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "out"
    writing.check_file("--out", path, kind)
    for content in (b"", *OWN[kind]):
        path.write_bytes(content)
        writing.check_file("--out", path, kind)
    for content in (*OTHERS, *(content for other, owned in OWN.items() if other != kind for content in owned)):
        path.write_bytes(content)
        with pytest.raises(StudyError, match="stays as it is; allowed: a new name"):
            writing.check_file("--out", path, kind)


def test_folders_pipes_devices_and_inputs_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(StudyError, match="is a folder or no regular file; allowed: the name of a PDF"):
            writing.check_file("--out", path, "PDF")
    data, runs = tmp_path / "ring.npz", tmp_path / "runs"
    data.write_bytes(OWN["data file (.npz)"][0])
    runs.mkdir()
    (runs / "samples.npz").write_bytes(data.read_bytes())
    (tmp_path / "link.npz").symlink_to(data)
    for out in (data, runs / ".." / "ring.npz", tmp_path / "link.npz", runs, runs / "samples.npz"):
        with pytest.raises(StudyError, match="reads or writes besides"):
            writing.check_file("--out", out, "data file (.npz)", [data, runs])


CALIBRATE = ["calibrate", RING, "--data", "ring.npz", "--measures", "modes", "--replicates", "2"]
MEASURE = ["measure", "run", "--data", "ring.npz", "--measures", "modes"]
INVERT = ["invert", "run", "--data", "ring.npz", "--settings", "{}"]
CONTROLS = ["invert-controls", RING, "--data", "ring.npz", "--settings", "{}", "--latents", "2"]
TRAIN = ["train", "{}", "--data", "ring.npz"]
OVERWRITING = [
    (["data", RING, "--out", "thesis.tex"], "--out: thesis.tex is no data file"),
    (["data", RING, "--out", "run"], "--out: run is a folder"),
    ([*CALIBRATE, "--out", "ring.npz"], "--out: ring.npz is, or lies in, what this command reads"),
    ([*CALIBRATE, "--out", "thesis.tex"], "--out: thesis.tex is no table"),
    ([*MEASURE, "--out", "run/trace.parquet"], "--out: run/trace.parquet is, or lies in"),
    ([*MEASURE, "--out", "new", "--cells", "new"], "--cells: new is, or lies in"),
    ([*MEASURE, "--out", "new", "--cells", "thesis.tex"], "--cells: thesis.tex is no table"),
    ([*INVERT, "--out", "new", "--pictures", "thesis.tex"], "--pictures: thesis.tex is no data file"),
    ([*INVERT, "--out", "new", "--pictures", "ring.npz"], "--pictures: ring.npz is, or lies in"),
    ([*CONTROLS, "--out", "thesis.tex"], "--out: thesis.tex is no table"),
    (["report", "run", "--out", "thesis.tex"], "--out: thesis.tex is no PDF"),
    ([*TRAIN, "--out", "."], "--out: . holds "),
    ([*TRAIN, "--out", "work"], "--out: work holds notes/chapter.txt, which is not"),
    ([*TRAIN, "--out", "thesis.tex"], "--out: thesis.tex is a link or no folder"),
    ([*TRAIN, "--out", "link"], "--out: link is a link or no folder"),
]


@pytest.mark.parametrize(("arguments", "said"), OVERWRITING)
def test_no_command_writes_over_what_it_did_not_make(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str]
) -> None:
    contents = {
        "thesis.tex": b"\\documentclass{article}",
        "ring.npz": OWN["data file (.npz)"][0],
        "run/run.json": b"{}",
        "run/trace.parquet": TABLE,
        "work/notes/chapter.txt": b"years of work",
    }
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "link").symlink_to("run")
    monkeypatch.chdir(tmp_path)
    line = refused(*arguments)
    assert line.startswith(said)
    assert "; allowed: " in line
    assert {str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == contents


def test_what_training_writes_is_its_own_and_what_looks_like_it_is_not(tmp_path: Path) -> None:
    training = ["run.json", *files.RUN_OUTPUTS, "samples.npy.tmp.123", ".nfs00000000a1b2", "training.lock"]
    for name in (*training, "checkpoint-1.safetensors.sha256"):
        (tmp_path / name).touch()
    writing.check_folder("--out", tmp_path, writing.is_run_file, "")
    for name in ("notes.tmp.1", "checkpoint-best.pt", "Run.json", "samples.npy.bak", "sub/run.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
        with pytest.raises(StudyError, match="not of its kind"):
            writing.check_folder("--out", tmp_path, writing.is_run_file, "")
        (tmp_path / name).unlink()

"""A file is either the whole new version or the whole old one."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from modecollapse import files

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
    assert done.returncode not in (0, -signal.SIGXFSZ)
    expected = f"OSError: [Errno 27] File too large, writing 1000 bytes: {str(old)!r}"
    assert done.stderr.strip().splitlines()[-1] == expected
    assert old.read_bytes() == OLD
    assert list(old.parent.iterdir()) == [old]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_has_no_nan_and_no_infinity(old: Path, number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(old, {"a": [number]})
    assert old.read_bytes() == OLD

"""What a command may write over: nothing that this package did not make. It stands beside `reading.py`."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from modecollapse.errors import StudyError
from modecollapse.files import RUN_OUTPUTS
from modecollapse.reading import printable

# How files of each kind begin. A zip is a data file only if an array comes first, unlike the documents of an office.
KINDS: dict[str, re.Pattern[bytes]] = {
    "data file (.npz)": re.compile(rb"PK\x03\x04.{26}[^/]{1,100}\.npy", re.DOTALL),
    "table (.parquet)": re.compile(rb"PAR1"),
    "figure (.svg)": re.compile(rb"<\?xml[^>]*>\s*<!DOCTYPE svg"),
    "PDF": re.compile(rb"%PDF-"),
    "page (.html)": re.compile(rb"<!doctype html>\n<html"),
}
RUN_FILES = re.compile(
    rf"(run\.json|{'|'.join(map(re.escape, RUN_OUTPUTS))}|training\.lock"
    r"|checkpoint-[01]\.safetensors(\.sha256)?)(\.tmp\.\d+)?|\.nfs[0-9a-f]+"  # NFS: removed, but still open
)


def check_file(option: str, out: Path, kind: str, inputs: Iterable[Path] = ()) -> None:
    """StudyError unless `out` is absent, empty, or a file that begins as its kind does.

    `inputs`, what else the command reads or writes, is never written over: neither such a file nor one that lies in
    such a folder.
    """
    name = f"{option}: {printable(str(out))}"
    place = out.resolve()
    for read in inputs:
        if place == read.resolve() or (out.exists() and read.resolve() in place.parents):
            raise StudyError(
                f"{name} is, or lies in, what this command reads or writes besides; allowed: another place"
            )
    if not out.exists():
        return
    if not stat.S_ISREG(out.stat().st_mode):
        raise StudyError(f"{name} is a folder or no regular file; allowed: the name of a {kind}")
    with open(out, "rb") as stream:
        head = stream.read(256)
    if head and not KINDS[kind].match(head):
        raise StudyError(f"{name} is no {kind} and stays as it is; allowed: a new name, or that of an earlier {kind}")


def check_folder(option: str, folder: Path, own: Callable[[str], bool], allowed: str) -> None:
    """StudyError unless `folder` is absent or all in it is the command's own, whose path below it `own` knows.

    Links and other special files are nobody's own, and neither is a folder without own files in it. `allowed` ends the
    message.
    """
    name = f"{option}: {printable(str(folder))}"
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise StudyError(f"{name} is a link or no folder; allowed: {allowed}")
    for place, folders, names in os.walk(folder):
        if not (folders or names) and Path(place) != folder:
            raise StudyError(f"{name} holds an empty folder {printable(place)[:80]}; allowed: {allowed}")
        for path in (Path(place, name) for name in (*folders, *names)):
            below = path.relative_to(folder).as_posix()
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:  # another process, which is at work in the folder, removed it just now
                continue
            if not (own(below) if stat.S_ISREG(mode) else stat.S_ISDIR(mode)):
                raise StudyError(f"{name} holds {printable(below)[:80]}, which is not of its kind; allowed: {allowed}")


def is_run_file(below: str) -> bool:
    """Whether a path below a run folder is a name that training writes."""
    return RUN_FILES.fullmatch(below) is not None

"""Damage to a results folder: what somebody might do to any of its files, by name, and the file that it is done to."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socket
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from small_study import edit_json, edit_parquet

STRANGE = "\x1b[2J\x9b31m\u202e[red]\r\n[/b]<script>#panic()$\\u{1}\ud800\0"
CELL = STRANGE.replace("\ud800", "")  # no encoding has that one
RUN = "runs/matched/ring/veegan/seeds-0-2"
RECORD, FIGURE, TIDY = f"{RUN}/run.json", "figures/intervals_matched_ring.svg", "tables/measures.parquet"
Change = Callable[[Path], object]


def holds(content: bytes | str) -> Change:
    """The file holds this."""
    return lambda path: path.write_bytes(content.encode() if isinstance(content, str) else content)


def gone_for(make: Change) -> Change:
    """The file is gone, and in its place is something else."""
    return lambda path: (path.unlink(), make(path))


def bound(path: Path) -> None:
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as end:  # the name of a socket is short
        end.bind(path.name)


def flipped(path: Path) -> None:
    """One bit in every hundred bytes is another one."""
    data = bytearray(path.read_bytes())
    for at in range(0, len(data), 100):
        data[at] ^= 4
    path.write_bytes(data)


def status(value: Any) -> Change:
    """A record whose status is another value."""
    return lambda path: edit_json(path, lambda record: record.update(status=value))


def csv(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Change:
    """Another table as CSV."""
    return lambda path: change(pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)


def parquet(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Change:
    """Another table as Parquet."""
    return lambda path: edit_parquet(path, change)


def inside(text: str) -> Change:
    """In the middle of a text, this in place of three characters."""

    def change(path: Path) -> None:
        whole = path.read_text(encoding="utf-8")
        at = len(whole) // 2
        path.write_text(whole[:at] + text + whole[at + 3 :], encoding="utf-8", errors="replace")

    return change


def array(shape: str, kind: str = "'<f8'", version: int = 1) -> Change:
    """A NumPy header that promises what is not there, or nothing that can be read."""
    raw = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}\n".encode("utf-8", "replace")
    return holds(b"\x93NUMPY" + bytes([version, 0]) + len(raw).to_bytes(2 * version, "little") + raw + bytes(48))


def archive(*names: str, size: int = 10) -> Change:
    """A zip with members of these names."""
    packed = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, bytes(size))
    return holds(packed.getvalue())


def svg(inner: str, start: str = "") -> Change:
    """A picture of something else."""
    return holds(f'{start}<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{inner}</svg>')


ENTITY = '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
VALUES = [None, True, -1, 2**80, 1e308, STRANGE, "y" * 10_000, [], {}, [[1]], json.loads("[" * 80 + "]" * 80)]
# fmt: off
DAMAGE: dict[str, tuple[str, Change]] = {
    "half a trace": (f"{RUN}/trace.parquet", lambda path: os.truncate(path, path.stat().st_size // 2)),
    "half the weights": (f"{RUN}/weights.safetensors", lambda path: os.truncate(path, path.stat().st_size // 2)),
    "bits of samples": (f"{RUN}/samples.npy", flipped),
    "bits of a table": (TIDY, flipped),
    "zeros": ("data/ring.npz", holds(bytes(1000))),
    "nothing": ("tables/summary.csv", holds("")),
    "no UTF-8": ("claims.yaml", holds(b"\xff\xfe")),
    "a number that is too large": (RECORD, holds("[1e999]")),
    "another format": (TIDY, holds("seed,step\n1\n")),
    "nested lists": ("environment.json", holds("[" * 200_000)),
    "nested YAML": ("claims.yaml", holds("- " * 5000)),
    "nested keys of YAML": ("claims.yaml", holds("? " * 200_000)),
    "an alias": ("claims.yaml", inside("&a [*a]")),
    "a socket": (f"{RUN}/weights.safetensors", gone_for(bound)),
    "a folder": ("report.pdf", gone_for(Path.mkdir)),
    "a full folder": (TIDY, gone_for(lambda path: (path.mkdir(), (path / "part.parquet").write_bytes(b"PAR1")))),
    "a link to its folder": (FIGURE, gone_for(lambda path: path.symlink_to("."))),
    "a file for its folder": (RECORD, lambda path: (shutil.rmtree(path.parent), path.parent.write_bytes(b"a file"))),
    "another key": (RECORD, lambda path: edit_json(path, lambda record: record.update({STRANGE: record.pop("seeds")}))),
    "keys twice": ("study.json", lambda path: path.write_text(path.read_text().replace("{", '{"a": 1, "a": 2, '))),
    **{f"status {str(value)[:9]!r}": (RECORD, status(value)) for value in VALUES},
    "another column": ("tables/table1.csv", csv(lambda t: t.rename(columns={"modes": CELL}))),
    "a column less": ("tables/verdicts.csv", csv(lambda t: t.drop(columns="outcome"))),
    "values of a column": ("tables/summary.csv", csv(lambda t: t.assign(mean=CELL))),
    "an infinite value": ("tables/summary.csv", csv(lambda t: t.assign(mean=t["mean"].mask(t.index == 1, "1e400")))),
    "no rows": ("tables/pairs.csv", csv(lambda t: t.iloc[:0])),
    "rows twice": ("tables/claims.csv", csv(lambda t: pd.concat([t, t.iloc[:3]]))),
    "another column of Parquet": (TIDY, parquet(lambda t: t.rename(columns={"value": CELL}))),
    "text as values": (TIDY, parquet(lambda t: t.assign(value=CELL))),
    "half of the rows": ("measures/matched/ring/runs.parquet", parquet(lambda t: t.sample(frac=0.5, random_state=1))),
    "strange text": ("claims.yaml", inside(STRANGE)),
    "a terminal's title": ("MANIFEST.sha256", inside("\x1b]0;x\x07")),
    "a quote": ("tables/verdicts.csv", inside('"')),
    "text of a figure": (FIGURE, inside(STRANGE)),
    "objects": (f"{RUN}/samples.npy", array("(3,)", "'|O'")),
    "records of NumPy": (f"{RUN}/samples.npy", array("(3,)", "[('a', '<f8')]")),
    "a large array": (f"{RUN}/samples.npy", array("(99999999999, 99999)")),
    "a nested shape": (f"{RUN}/samples.npy", array("(" * 900)),
    "an unknown version": (f"{RUN}/samples.npy", array("(2,)", version=9)),
    "members outside": ("data/ring.npz", archive("../../out.npy", "/tmp/out.npy", STRANGE[:5])),
    "members twice": ("data/ring.npz", archive("points.npy", "points.npy")),
    "members that grow": ("data/ring.npz", archive("points.npy", size=20_000_000)),
    "an entity": (FIGURE, svg("<text>&x;</text>", ENTITY)),
    "nested groups": (FIGURE, svg("<g>" * 3000)),
    "odd sizes": (FIGURE, svg('<rect width="1e30" height="-1"/>')),
}  # fmt: on

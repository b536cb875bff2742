"""Damage to a results folder: what somebody might do to any of its files, by name."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import socket
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from nested_changes import at, places

STRANGE = "\x1b[2J\x9b31m\u202e[red]\r\n[/b]<script>#panic()$\\u{1}\ud800\0"
Change = Callable[[Path, random.Random], None]


def truncated(path: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(len(data) + 1)])


def flipped(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes() or b"0")
    for _ in range(rng.choice([1, 8, 200])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def replaced(path: Path, rng: random.Random) -> None:
    """Something that is no such file: nested without end, empty, of zeros, a text, another format."""
    buffer = io.BytesIO()
    np.savez(buffer, a=np.zeros(3))
    nested = (rng.choice(["[", '{"a":', "- ", "? "]) * rng.choice([100, 5000, 200_000])).encode()
    others = [b"", bytes(1000), b"\xff\xfe", b"seed,step\n1\n", b"[1e999]", buffer.getvalue()]
    path.write_bytes(rng.choice([*others, *[nested] * 5]))


def linked(path: Path, rng: random.Random) -> None:
    targets = [path.name, "/dev/zero", "/etc/hostname", "nowhere", ".", str(path.parent / f"{path.name}.moved")]
    path.rename(path.with_name(f"{path.name}.moved"))
    path.symlink_to(rng.choice(targets))


def special(path: Path, rng: random.Random) -> None:
    """A pipe, a socket, or a folder with or without a file."""
    path.unlink()
    kind = rng.choice(["pipe", "socket", "folder", "full folder"])
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as end:  # the name of a socket is short
            end.bind(path.name)
    else:
        path.mkdir()
        if kind == "full folder":
            (path / "part.parquet").write_bytes(b"PAR1")


def a_file(path: Path, rng: random.Random) -> None:
    """A file in place of the folder around it."""
    shutil.rmtree(path.parent)
    path.parent.write_bytes(b"a file")


def inside_json(path: Path, rng: random.Random) -> None:
    """One value of a JSON document of another kind, a key renamed, doubled or left out."""
    content = json.loads(path.read_text(encoding="utf-8"))
    *way, key = rng.choice(places(content))
    holder, deep = at(content, way), json.loads("[" * 80 + "]" * 80)
    values = [None, True, -1, 0, 1.5, 2**80, 1e308, "", "x", STRANGE, "y" * 10_000, [], {}, [[1]], {"a": 1}, deep]
    holder[key] = rng.choice(values)
    if isinstance(holder, dict) and rng.random() < 0.3:
        holder[rng.choice([STRANGE, f"{key}x"])] = holder.pop(key)
    text = json.dumps(content)
    if rng.random() < 0.1:
        text = text.replace("{", '{"seed": 1, "seed": 2, ', 1)
    path.write_text(text.replace("1.5", "NaN") if rng.random() < 0.1 else text, encoding="utf-8")


def inside_table(path: Path, rng: random.Random) -> None:
    """A column renamed, left out, doubled or of another type, a value that cannot be, rows left out."""
    is_csv = path.suffix == ".csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False) if is_csv else pd.read_parquet(path)
    if table.empty:
        return
    column, strange = rng.choice(list(table.columns)), STRANGE.replace("\ud800", "")  # no encoding has that one
    cells, values = table[column].astype(str).tolist(), ["", "x", "-1", "nan", "inf", "1e400", strange]
    cells[rng.randrange(len(cells))] = rng.choice(values)
    changes = [
        lambda: table.rename(columns={column: rng.choice(["", "other", strange])}),
        lambda: table.drop(columns=column),
        lambda: table.assign(**{column: rng.choice(values)}),
        lambda: table.assign(**{column: cells}),
        lambda: table.sample(frac=rng.choice([0.0, 0.5, 0.9]), random_state=rng.randrange(99)),
        lambda: pd.concat([table, table.iloc[: rng.randrange(3)]]),
    ]
    table = rng.choice(changes)()
    if is_csv:
        table.to_csv(path, index=False, lineterminator="\n")
    else:
        table.to_parquet(path, index=rng.random() < 0.2)


def inside_text(path: Path, rng: random.Random) -> None:
    """Somewhere in a text, strange characters in place of others."""
    text = path.read_text(encoding="utf-8", errors="replace")
    at = rng.randrange(len(text) + 1)
    text = text[:at] + rng.choice([STRANGE, "\x1b]0;x\x07", "\0", "*a", "&a [*a]", ",", '"', "-1"]) + text[at + 3 :]
    path.write_text(text, encoding="utf-8", errors="replace")


def odd_array(path: Path, rng: random.Random) -> None:
    """A NumPy header that promises what is not there, or nothing that can be read."""
    shapes = ["(99999999999, 99999)", "(-1,)", "(" * 900, "()", "(0,)", "(3, 2)", "'a'", "-" * 4000 + "1"]
    kinds = ["'|O'", "'<f8'", "'<f4'", "[('a', '<f8')]", "'<M8[s]'", "'<U9'", "'V9999'", "None", STRANGE]
    header = f"{{'descr': {rng.choice(kinds)}, 'fortran_order': False, 'shape': {rng.choice(shapes)}, }}\n"
    raw = header.encode("utf-8", "replace")
    version, size = rng.choice([(1, struct.pack("<H", len(raw))), (2, struct.pack("<I", 2**31)), (9, b"")])
    path.write_bytes(b"\x93NUMPY" + bytes([version, 0]) + size + raw + bytes(rng.choice([0, 24, 48])))


def odd_zip(path: Path, rng: random.Random) -> None:
    """Members outside of the folder, twice, or that unpack to far more."""
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in rng.choices(["../../out.npy", "/tmp/out.npy", "points.npy", "points.npy", STRANGE[:5]], k=3):
            archive.writestr(name, bytes(rng.choice([10, 20_000_000])))


def odd_svg(path: Path, rng: random.Random) -> None:
    """Pictures of other files, texts, nesting and sizes that no figure has."""
    image = '<image href="{}" width="9" height="9"/>'
    images = [image.format("../../../../etc/hostname"), image.format("/etc/hostname")]
    others = ["<text>" + "x" * 100 + "</text>", "<g>" * 3000, '<rect width="1e30" height="-1"/>']
    start = '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/hostname">]>' if rng.random() < 0.3 else ""
    inner = rng.choice(images + others)
    path.write_text(f'{start}<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{inner}</svg>')


ANY: tuple[Change, ...] = (truncated, flipped, replaced, replaced, linked, special, special, a_file)
OF_KIND: dict[str, tuple[Change, ...]] = {
    ".json": (inside_json, inside_json, inside_text),
    ".csv": (inside_table, inside_table, inside_text),
    ".parquet": (inside_table,),
    ".npy": (odd_array,),
    ".npz": (odd_zip, odd_array),
    ".svg": (odd_svg, inside_text),
    ".yaml": (inside_text,),
    ".sha256": (inside_text,),
}


def damage(folder: Path, rng: random.Random, files: int = 1) -> list[str]:
    """Change some files at random, of each kind as often; returns what was done."""
    kinds: dict[str, list[Path]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        kinds.setdefault(path.name if path.parent == folder else path.suffix, []).append(path)
    done = []
    for path in [rng.choice(kinds[kind]) for kind in rng.sample(sorted(kinds), files)]:
        fitting = OF_KIND.get(path.suffix, ())
        change = rng.choice(fitting if fitting and rng.random() < 0.7 else ANY)
        change = replaced if change is a_file and path.parent == folder else change
        if path.is_file():  # it may be gone with its folder
            change(path, rng)
            done.append(f"{path.relative_to(folder)}: {change.__name__}")
    return done

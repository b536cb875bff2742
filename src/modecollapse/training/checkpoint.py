"""Checkpoints: everything a block needs to resume, in one safetensors file with a checksum beside it.

Two generations are kept, in two slots that take turns, so that a kill at any moment leaves one of them whole. A file
that is torn, altered, incomplete or of another configuration is never loaded: the other generation is used instead,
and without one training starts from step 0; the caller receives the reason. Weights that are not finite are no fault:
a diverged seed is a result, and its block continues.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from modecollapse import files

Tensors = dict[str, torch.Tensor]
Facts = dict[str, Any]
SLOTS = ("checkpoint-0.safetensors", "checkpoint-1.safetensors")
GROWING = ("trace", "window.sums")  # tensors whose first axis depends on how far the run is


def save(folder: Path, generation: int, tensors: Tensors, facts: Facts) -> None:
    """Write checkpoint number `generation` over the one before the last.

    `facts` is plain JSON data: TypeError or ValueError where it is not, with both files untouched.
    """
    path = folder / SLOTS[generation % len(SLOTS)]
    text = json.dumps({**facts, "generation": generation}, allow_nan=False)
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    contiguous["facts"] = torch.frombuffer(bytearray(text.encode()), dtype=torch.uint8)
    digest = files.write_bytes(path, save_tensors(contiguous))
    files.write_text(_checksum(path), digest + "\n")


def load(
    folder: Path, identity: Facts, check: Callable[[Tensors, Facts], None] = lambda *_: None
) -> tuple[tuple[Tensors, Facts] | None, list[str]]:
    """The newest intact checkpoint whose facts carry `identity` (configuration, code, ...), or None.

    The second value says of each unused file why it was not used. `check` raises ValueError for unusable content.
    """
    intact, problems = [], []
    for path in (folder / slot for slot in SLOTS):
        if not path.exists():
            continue
        try:
            intact.append(_read(path, identity, check))
        except (ValueError, OSError, SafetensorError) as problem:
            problems.append(f"{path.name} not used: {problem}")
    return max(intact, key=lambda found: found[1]["generation"], default=None), problems


def check_tensors(tensors: Tensors, expected: Tensors) -> None:
    """ValueError where a tensor is missing, not expected, or of another type or shape than the expected one."""
    for name in sorted(tensors.keys() ^ expected.keys()):
        raise ValueError(f"its tensor {name} is {'missing' if name in expected else 'not one of this run'}")
    for name, tensor in tensors.items():
        found, wanted = (_described(name, t) for t in (tensor, expected[name]))
        if found != wanted:
            raise ValueError(f"its tensor {name} is {found}, not {wanted}")


def remove(folder: Path) -> None:
    """Delete the checkpoints of a finished block, half-written ones too: a later rerun starts from step 0."""
    for path in folder.glob("checkpoint-*"):
        path.unlink(missing_ok=True)


def _read(path: Path, identity: Facts, check: Callable[[Tensors, Facts], None]) -> tuple[Tensors, Facts]:
    data = path.read_bytes()
    if _checksum(path).read_text().strip() != files.digest(data):
        raise ValueError("its SHA-256 is not the one recorded when it was written")
    tensors = load_tensors(data)
    if "facts" not in tensors:
        raise ValueError("its tensor facts is missing")
    facts = json.loads(bytes(tensors.pop("facts").tolist()))
    for key, value in identity.items():
        if facts.get(key) != value:
            raise ValueError(f"it belongs to another {key}")
    check(tensors, facts)
    return tensors, facts


def _described(name: str, tensor: torch.Tensor) -> str:
    shape = ["any", *tensor.shape[1:]] if name in GROWING else list(tensor.shape)
    return f"{str(tensor.dtype).removeprefix('torch.')} {shape}".replace("'", "")


def _checksum(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")

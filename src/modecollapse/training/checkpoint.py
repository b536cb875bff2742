"""Checkpoints: everything a block needs to go on, in one safetensors file with a checksum beside it.

Two generations are kept, in two slots that take turns, so that a kill at any moment leaves one of them whole. A file
that is torn, altered or of another configuration is never loaded: the other generation takes its place, and without
one training starts afresh; either is said on the log.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from modecollapse import files

logger = logging.getLogger(__name__)
SLOTS = ("checkpoint-0.safetensors", "checkpoint-1.safetensors")


def save(folder: Path, generation: int, tensors: dict[str, torch.Tensor], facts: dict[str, Any]) -> None:
    """Write checkpoint number `generation` over the one before the last. `facts` is plain JSON data."""
    path = folder / SLOTS[generation % len(SLOTS)]
    text = json.dumps({**facts, "generation": generation})
    note = torch.frombuffer(bytearray(text.encode()), dtype=torch.uint8)
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    digest = files.write_bytes(path, save_tensors({**contiguous, "facts": note}))
    files.write_text(_checksum(path), digest + "\n")


def load(folder: Path, identity: dict[str, str]) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
    """The newest intact checkpoint whose facts carry `identity` (configuration, code, ...), or None."""
    intact = []
    for path in (folder / slot for slot in SLOTS):
        if not path.exists():
            continue
        try:
            intact.append(_read(path, identity))
        except (ValueError, OSError, SafetensorError) as problem:
            logger.warning("%s is not used: %s", path.name, problem)
    return max(intact, key=lambda checkpoint: checkpoint[1]["generation"], default=None)


def remove(folder: Path) -> None:
    """Drop the checkpoints of a finished block, half-written ones too: a later rerun starts afresh."""
    for path in folder.glob("checkpoint-*"):
        path.unlink(missing_ok=True)


def _read(path: Path, identity: dict[str, str]) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    data = path.read_bytes()
    if _checksum(path).read_text().strip() != files.digest(data):
        raise ValueError("its SHA-256 is not the one recorded when it was written")
    tensors = load_tensors(data)
    facts = json.loads(bytes(tensors.pop("facts").tolist()))
    for key, value in identity.items():
        if facts.get(key) != value:
            raise ValueError(f"it belongs to another {key}")
    return tensors, facts


def _checksum(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")

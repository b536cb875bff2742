"""What a release may withhold for its size: the largest samples, snapshots, data and parts of the tidy table.

Traces, records, tables and figures are never withheld. How large samples and snapshots are follows from the plan,
and the order from sizes and names, so nobody can choose which runs are not shown. Weights are never released.
"""

from __future__ import annotations

import math

import numpy as np

from modecollapse.audit.bundle import WITHHELD, Bundle
from modecollapse.audit.finding import Finding
from modecollapse.errors import StudyError
from modecollapse.training.snapshots import Snapshots

MEGABYTE = 1_000_000
ENDS = ("/samples.npy", "/snapshots.npy", ".npz")
HEADER = 0.2  # a file may differ from its arrays' bytes by this share of them and one kilobyte more


def may_be_withheld(path: str) -> bool:
    """Whether a released study may lack a file."""
    return path.endswith(ENDS) or (path.startswith("measures/") and path.endswith(".parquet"))


def choose_withheld(sizes: dict[str, int], room: float) -> dict[str, int]:
    """Of files with their bytes, those to withhold for the others to fit into `room` bytes: largest first.

    StudyError where what must be kept does not fit.
    """
    left, withheld = sum(sizes.values()), {}
    for path in sorted(filter(may_be_withheld, sizes), key=lambda path: (-sizes[path], path)):
        if left <= room:
            break
        withheld[path] = sizes[path]
        left -= sizes[path]
    if left > room:
        raise StudyError(f"--megabytes: {room / MEGABYTE:g} is not enough; allowed: {left / MEGABYTE:.1f} or more")
    return withheld


def problems(bundle: Bundle, listed: dict[str, str]) -> list[Finding]:
    """Withheld files that may not be, that are smaller than kept ones, or whose size the plan contradicts."""
    found, withheld = [], bundle.withheld
    for path, size in withheld.items():
        if path not in listed or not may_be_withheld(path):
            allowed = "samples, snapshots, data and parts of the tidy table"
            found.append(Finding(WITHHELD, path, f"is not among what may be withheld: {allowed}"))
        elif bundle.has(path):
            found.append(Finding(WITHHELD, path, "is said to be withheld, and is there"))
        elif (right := planned_bytes(bundle, path)) is not None and abs(size - right) > HEADER * right + 1024:
            found.append(Finding(WITHHELD, path, f"is said to have {size:,} bytes; by the plan it has about {right:,}"))
    kept = {p: (bundle.folder / p).stat().st_size for p in listed if may_be_withheld(p) and bundle.has(p)}
    first = min(kept, key=lambda path: (-kept[path], path), default="")
    for path, size in withheld.items() if kept else ():
        if (-size, path) > (-kept[first], first):
            problem = f"has {size:,} bytes and is withheld, though {first} with {kept[first]:,} was kept"
            found.append(Finding(WITHHELD, path, f"{problem}; the largest go first, of equal ones by their names"))
    return found


def planned_bytes(bundle: Bundle, path: str) -> int | None:
    """How many bytes the arrays of a run's samples or snapshots have by the plan; None for other files."""
    folder, _, name = path.removeprefix("runs/").rpartition("/")
    block = bundle.blocks.get(folder)
    if block is None or not path.startswith("runs/"):
        return None
    if name == "samples.npy":
        spec = block.cell.dataset
        item = np.dtype(spec.declared("STORED_AS")).itemsize
        return len(block.seeds) * spec.samples * math.prod(spec.shape) * item
    if name == "snapshots.npy":
        return Snapshots(block).kept.nbytes
    return None

"""What a release may withhold for its size: the largest samples, weights, data and parts of the tidy table.

Traces, records, tables and figures are never withheld. How large samples and weights are follows from the plan,
and the order from sizes and names, so nobody can choose which runs are not shown.
"""

from __future__ import annotations

import numpy as np

from modecollapse.audit.bundle import WITHHELD, Bundle
from modecollapse.audit.finding import Finding
from modecollapse.study.specs import Block
from modecollapse.training.draws import initial_networks
from modecollapse.variants import create

ENDS = ("/samples.npy", "/weights.safetensors", ".npz")
HEADER = 0.2  # by how much of its arrays' bytes, and one kilobyte more, a file may differ from them


def may_be_withheld(path: str) -> bool:
    """Whether a released study may lack a file."""
    return path.endswith(ENDS) or (path.startswith("measures/") and path.endswith(".parquet"))


def problems(bundle: Bundle, listed: dict[str, str]) -> list[Finding]:
    """What is withheld though it may not be, or said to be larger than it can be, or smaller than what was kept."""
    found, withheld = [], bundle.withheld
    for path, size in withheld.items():
        if path not in listed or not may_be_withheld(path):
            told = "is not among what may be withheld: samples, weights, data and parts of the tidy table"
            found.append(Finding(WITHHELD, path, told))
        elif bundle.has(path):
            found.append(Finding(WITHHELD, path, "is said to be withheld, and is there"))
        elif (right := planned_bytes(bundle, path)) and abs(size - right) > HEADER * right + 1024:
            found.append(Finding(WITHHELD, path, f"is said to have {size:,} bytes; by the plan it has about {right:,}"))
    kept = {p: (bundle.folder / p).stat().st_size for p in listed if may_be_withheld(p) and bundle.has(p)}
    if kept and withheld:
        first, *_ = sorted(kept, key=lambda path: (-kept[path], path))
        for path, size in withheld.items():
            if (-size, path) > (-kept[first], first):
                told = f"has {size:,} bytes and is withheld, though {first} with {kept[first]:,} was kept"
                found.append(Finding(WITHHELD, path, f"{told}; the largest go first, of equal ones by their names"))
    return found


def planned_bytes(bundle: Bundle, path: str) -> int | None:
    """How many bytes the arrays of a run's samples or weights have by the plan; None for other files."""
    folder, _, name = path.removeprefix("runs/").rpartition("/")
    block = bundle.blocks.get(folder)
    if block is None or not path.startswith("runs/"):
        return None
    if name == "samples.npy":
        spec = block.cell.dataset
        return (
            len(block.seeds) * spec.samples * int(np.prod(spec.shape)) * np.dtype(spec.declared("STORED_AS")).itemsize
        )
    return _weights(block)


def _weights(block: Block) -> int:
    objective = create(block.cell.variant.objective, block.cell.variant.options)
    one = block.model_copy(update={"seeds": block.seeds[:1]})
    networks = initial_networks(one, objective.networks, "cpu", objective.packing)
    parameters = (p for copies in networks.values() for p in copies[0].parameters())
    return len(block.seeds) * sum(p.numel() * p.element_size() for p in parameters)

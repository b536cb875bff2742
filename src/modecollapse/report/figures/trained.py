"""What a network of one seed, as it was at the end of its training, makes of points. Loads torch: import it late."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from modecollapse import networks
from modecollapse.files import WEIGHTS
from modecollapse.training import arithmetic
from modecollapse.training.record import read_block
from modecollapse.variants import create


@torch.no_grad()
def outputs(run: Path, index: int, symbol: str, items: np.ndarray) -> np.ndarray | None:
    """The outputs, (n, ...), for (n, *shape) items, of the network of a symbol, such as `D`, of one seed of a block.

    None where the run folder has no weights, as after a copy of a finished run (`train --reuse`).
    """
    if not (run / WEIGHTS).is_file():
        return None
    arithmetic.configure()
    cell = read_block(run).cell
    role = create(cell.variant.objective, cell.variant.options).networks[symbol]
    network = networks.build(role, cell.training, cell.dataset.shape).eval()
    own = {name: of[index] for name, of in load_file(run / WEIGHTS).items() if name.startswith(f"{symbol}.")}
    network.load_state_dict({name.removeprefix(f"{symbol}."): value for name, value in own.items()})
    return network(torch.from_numpy(np.array(items, dtype=np.float32))).numpy()

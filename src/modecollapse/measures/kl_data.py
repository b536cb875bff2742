"""KL(samples' modes || the data's modes), in nats: the reverse KL as VEEGAN's text has it, of generator and data.

The published code has a uniform reference, as `reverse_kl` has. Here it is the share of each mode in what the training
data, by its labels; a perfect sampler scores about (K - 1) / (2 n), and more where a classifier misreads. A mode that
has samples but no share in the data makes it infinite, as the definition says; no data set here has such a mode.
"""

from __future__ import annotations

import math

from modecollapse.measures.mode_weights import kl_to_reference
from modecollapse.measures.sampled import Sampled

LABEL = "KL to data (nats)"
DECIMALS = 3
NOTE = "divergence of the captured modes from their shares in the data; less is better"
READS = "samples"
BETTER = "less"


def value(sampled: Sampled) -> float:
    """0 upwards; infinite too without any high-quality sample, which has no modes to compare."""
    counts = sampled.counts
    return kl_to_reference(counts, sampled.reference.mode_weights) if counts.sum() else math.inf


def support(modes: int) -> tuple[float, float]:
    """0 without an upper limit, since a mode may be as rare in the data as can be."""
    return 0.0, math.inf

"""How many modes a sampler has, how evenly it spreads over them, and how many of its samples are in one.

- modes (VEEGAN, "Synthetic Dataset"): modes that are nearest to at least one high-quality sample.
- covered_modes: modes with at least half of the samples that each of K equal ones would have, n / (2 K). Unlike modes
  with one sample, they do not grow with the number of samples alone, nor with stray ones.
- effective_modes: how many equally weighted modes have the reverse KL that was measured, K exp(-KL). The 150 modes that
  VEEGAN is published to capture of Stacked-MNIST, with a KL of 2.95, are 52 effective ones.
- high_quality_percent (VEEGAN): the share of all samples, non-finite ones included, within reach of their nearest mode.
  For a classifier every finite image is in some mode.

Divergences are KL(samples || reference) in nats, as VEEGAN and PacGAN have it:

- reverse_kl: the reference is uniform for every data set, as in the published code. A perfect sampler scores about
  (K - 1) / (2 n), not 0, and a sampler of m modes at least ln(K / m). Where the modes have other weights p, a perfect
  sampler scores KL(p || uniform) more, such as 0.040 on a ring of seven modes of which one has weight 2/8.
- kl_data: the reference is the share of each mode in the training data, by its labels, as VEEGAN's text has it. A
  perfect sampler scores more than (K - 1) / (2 n) where a classifier misreads images. A mode with samples but without a
  share in the data makes it infinite; no data set here has such a mode.
- total_variation: the share of high-quality samples to move until all modes are equal. m of K modes, equally often,
  score 1 - m / K. A perfect sampler scores about sqrt(K / (2 pi n)).

The measures that end in `_shell` read the counts of the shell rule. In many dimensions the samples of a Gaussian lie on
a shell, so that a rule that wants them near the centre accepts none (see `datasets/gaussians_1200d.py`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import entropy

if TYPE_CHECKING:
    from modecollapse.measures.sampled import Sampled

DECIMALS = 2
BETTER = "more"
MEASURES = {
    "modes": {
        "LABEL": "Modes captured",
        "RANGE": (0, "K"),
        "NOTE": "modes that are nearest to a high-quality sample; more is better",
        "MAIN": True,
    },
    "covered_modes": {
        "LABEL": "Covered modes",
        "RANGE": (0, "K"),
        "NOTE": "modes with at least half of their share of all samples; more is better",
    },
    "effective_modes": {
        "LABEL": "Effective modes",
        "RANGE": (0, "K"),
        "NOTE": "equally weighted modes with the same divergence, K exp(-KL); more is better",
    },
    "high_quality_percent": {
        "LABEL": "% high quality samples",
        "RANGE": (0, 100),
        "NOTE": "share of samples within reach of a mode; more is better up to the oracle",
        "SHARE_OF_SAMPLES": True,
        "MAIN": True,
    },
    "reverse_kl": {
        "LABEL": "Reverse KL (nats)",
        "DECIMALS": 3,
        "BETTER": "less",
        "RANGE": (0, "ln K"),
        "NOTE": "divergence of the captured modes from the uniform distribution; less is better",
        "MAIN": True,
    },
    "kl_data": {
        "LABEL": "KL to data (nats)",
        "DECIMALS": 3,
        "BETTER": "less",
        "RANGE": (0, None),  # a mode may be as rare in the data as can be
        "NOTE": "divergence of the captured modes from their shares in the data; less is better",
        "READS": "samples",
    },
    "total_variation": {
        "LABEL": "Total variation",
        "DECIMALS": 3,
        "BETTER": "less",
        "RANGE": (0, 1),
        "NOTE": "share of the captured samples to move until all modes are equal; less is better",
    },
    "modes_shell": {
        "LABEL": "Modes (shell rule)",
        "RANGE": (0, "K"),
        "NOTE": "modes nearest to a sample as far from them as real data is; more is better",
        "RULE": "shell",
        "MAIN": True,
    },
    "high_quality_percent_shell": {
        "LABEL": "% high quality (shell rule)",
        "RANGE": (0, 100),
        "NOTE": "share of samples as far from a mode as real data is; more is better up to the oracle",
        "SHARE_OF_SAMPLES": True,
        "RULE": "shell",
        "MAIN": True,
    },
}


def modes(counts: np.ndarray, n: int) -> float:
    """How many modes have a sample."""
    return float(np.count_nonzero(counts))


def covered_modes(counts: np.ndarray, n: int) -> float:
    """How many modes have at least half of the n / K samples that each is due; samples in no mode are among the n."""
    return float(np.count_nonzero((counts >= 0.5 * n / len(counts)) & (counts > 0)))


def effective_modes(counts: np.ndarray, n: int) -> float:
    """From 1 to K; NaN without any high-quality sample."""
    most = float(len(counts))
    return min(float(most * np.exp(-kl_to_uniform(counts))), most) if counts.sum() else math.nan


def high_quality_percent(counts: np.ndarray, n: int) -> float:
    """100 times the share of the n samples that `counts` holds."""
    return 100.0 * float(counts.sum()) / n


def reverse_kl(counts: np.ndarray, n: int) -> float:
    """KL(counts || uniform), from 0 to ln K; NaN without any high-quality sample."""
    return min(kl_to_uniform(counts), math.log(len(counts))) if counts.sum() else math.nan


def kl_data(sampled: Sampled) -> float:
    """KL(counts || the data's mode weights), 0 upwards; NaN without any high-quality sample."""
    counts = sampled.counts
    return max(float(entropy(counts, sampled.reference.mode_weights)), 0.0) if counts.sum() else math.nan


def total_variation(counts: np.ndarray, n: int) -> float:
    """From 0 to 1 - 1 / K; NaN without any high-quality sample."""
    total = counts.sum()
    return float(np.abs(counts / total - 1 / len(counts)).sum() / 2) if total else math.nan


def kl_to_uniform(counts: np.ndarray) -> float:
    """KL(counts || uniform) of (K,) counts with a sum above 0; by rounding it may exceed ln K by 1e-16."""
    return max(float(entropy(counts, np.ones(len(counts)))), 0.0)


modes_shell = modes
high_quality_percent_shell = high_quality_percent

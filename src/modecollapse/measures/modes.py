"""How many modes a sampler has, and how many of its samples are in one, from (K,) counts among n samples.

- modes (VEEGAN, "Synthetic Dataset"): modes that are nearest to at least one high-quality sample.
- covered_modes: modes with at least half of the samples that each of K equal ones would have, n / (2 K). Unlike modes
  with one sample, they do not grow with the number of samples alone, nor with stray ones.
- effective_modes: how many equally weighted modes have the reverse KL that was measured, K exp(-KL). The 150 modes that
  VEEGAN is published to capture of Stacked-MNIST, with a KL of 2.95, are 52 effective ones.
- high_quality_percent (VEEGAN, "Synthetic Dataset"): the share of all samples, non-finite ones included, that are
  within reach of their nearest mode. For a classifier every finite image is in some mode.

The measures that end in `_shell` read the counts of the shell rule. In many dimensions the samples of a Gaussian lie on
a shell, so that a rule that wants them near the centre accepts none (see `datasets/gaussians_1200d.py`).
"""

from __future__ import annotations

import math

import numpy as np

from modecollapse.measures.mode_weights import kl_to_uniform

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
        "MAIN": True,
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
    if counts.sum() == 0:
        return math.nan
    return min(float(len(counts) * np.exp(-kl_to_uniform(counts))), float(len(counts)))


def high_quality_percent(counts: np.ndarray, n: int) -> float:
    """100 times the share of the n samples that `counts` holds."""
    return 100.0 * float(counts.sum()) / n


modes_shell = modes
high_quality_percent_shell = high_quality_percent

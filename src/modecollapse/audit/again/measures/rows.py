"""Measures of the samples in every mode, a second time: all evaluations of a block at once, from definitions."""

from __future__ import annotations

import numpy as np
from scipy.special import rel_entr, xlogy

from modecollapse.audit.again.measures.modes import DEFAULT, SHELL

# Of each measure of counts, the counts that it reads: the trace's column.
READS = {
    "modes": DEFAULT,
    "high_quality_percent": DEFAULT,
    "reverse_kl": DEFAULT,
    "effective_modes": DEFAULT,
    "covered_modes": DEFAULT,
    "total_variation": DEFAULT,
    "modes_shell": SHELL,
    "high_quality_percent_shell": SHELL,
}
CLASSES = {"bags_percent": [8], "shoes_percent": [5, 7, 9], "clothes_percent": [0, 1, 2, 3, 4, 6]}  # of Fashion-MNIST
ONLY_FASHION = "fashion-mnist"
DATA_KL = "kl_data"  # of the last step's counts, beside the data's weights
# Measures of samples beside training points that only the first implementation's generator draws: the least and the
# largest value, and nothing more, is looked at.
LIMITS = {
    "precision": (0.0, 1.0),
    "recall": (0.0, 1.0),
    "coverage": (0.0, 1.0),
    "density": (0.0, np.inf),
    "different_bins": (0.0, 1.0),
    "birthday_batch": (2.0, 2500.0),
    "sliced_wasserstein": (0.0, np.inf),
    "mmd": (-1.0, 2.0),
}
MAY_BE_UNDEFINED = {"reverse_kl", "effective_modes", "total_variation"}  # without any sample in a mode
INVERTED = ("ivom_test", "ivom_train")
LEAST_FINITE = 6  # finite samples, of which measures of samples need as many

Values = tuple[np.ndarray, np.ndarray]  # (R,) values, and (R,) bool: the formula has none, so it is the worst one


def known(measure: str) -> bool:
    """Whether there is anything here about a measure."""
    return measure in (*READS, *CLASSES, DATA_KL, *LIMITS, *INVERTED)


def of_counts(measures: list[str], family: str, columns: tuple[str, ...]) -> list[str]:
    """Those of the measures that are made of counts, for data of a family with these columns of counts."""
    about = [name for name in measures if READS.get(name) in columns]
    return about + [name for name in measures if name in CLASSES and family == ONLY_FASHION]


def values(measure: str, counts: np.ndarray, n: np.ndarray) -> Values:
    """A measure of (R, K) counts among (R,) samples."""
    counts, n = np.asarray(counts, dtype=np.int64), np.asarray(n, dtype=np.int64)
    total, modes = counts.sum(axis=1), counts.shape[1]
    always = np.zeros(len(counts), dtype=bool)
    base = measure.removesuffix("_shell")
    if measure in CLASSES:
        return 100.0 * counts[:, CLASSES[measure]].sum(axis=1) / n, always
    if base == "modes":
        return np.sign(counts).sum(axis=1).astype(np.float64), always
    if base == "high_quality_percent":
        return 100.0 * total / n, always
    if base == "covered_modes":
        return ((2 * modes * counts >= n[:, None]) & (counts > 0)).sum(axis=1).astype(np.float64), always
    some, empty = np.maximum(total, 1), total == 0
    if base == "total_variation":  # in whole numbers up to the last division
        moved = np.abs(modes * counts - total[:, None]).sum(axis=1)
        return np.where(empty, 1.0, moved / (2.0 * modes * some)), empty
    share = counts / some[:, None]
    divergence = np.clip(xlogy(share, share * modes).sum(axis=1), 0, np.log(modes))
    if base == "effective_modes":
        return np.where(empty, 0.0, modes * np.exp(-divergence)), empty
    return np.where(empty, np.log(modes), divergence), empty


def data_kl(counts: np.ndarray, weights: np.ndarray, usable: np.ndarray) -> Values:
    """KL(modes of the samples || the data's) of (S, K) counts; `usable` (S,): enough samples are finite."""
    total = counts.sum(axis=1, keepdims=True)
    divergence = np.maximum(rel_entr(counts / np.maximum(total, 1), weights / weights.sum()).sum(axis=1), 0)
    found = np.where(usable & (total[:, 0] > 0), divergence, np.inf)
    return found, ~np.isfinite(found)

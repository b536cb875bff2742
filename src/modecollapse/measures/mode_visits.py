"""Which modes a generator visits: the dominant one at each evaluation, hopping between them, the captured set.

`counts` is shape (T, K): the high-quality samples in each mode at T evaluations. A sampler of all K modes also has a
fullest mode at each evaluation, by chance, which changes (K - 1) / K of the time. So a mode counts as dominant only
where it leads the second fullest by more than `clear` standard deviations of counting noise; with `clear` 0 the fullest
mode is dominant, and nothing is where two are equally full.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from modecollapse.measures.series import NO_LEADER, OK, SHORT, Found, missing

NOBODY = -1
CLEAR = 3.0
SHUFFLES = 200


def dominant_modes(counts: np.ndarray, clear: float = CLEAR) -> np.ndarray:
    """(T,): the mode that leads at each evaluation, NOBODY where none does.

    The difference of two counts a and b from equally full modes has about the variance a + b.
    """
    counts = np.asarray(counts, dtype=np.int64)
    leads = counts.argmax(1)
    second, first = np.sort(np.column_stack([counts, np.zeros_like(leads)]), axis=1)[:, -2:].T
    return np.where(first - second > clear * np.sqrt(first + second), leads, NOBODY)


def hopping_rate(leads: np.ndarray) -> Found:
    """The share of successive evaluations, both with a dominant mode, whose dominant modes differ."""
    return _of_pairs(leads, lambda before, after: float((before != after).mean()))


def mutual_information(leads: np.ndarray) -> Found:
    """The mutual information of the dominant modes of successive evaluations, in nats, without correction.

    0 where a mode says nothing of the next; the entropy of the modes where it determines the next, be it by staying or
    by a fixed round; so 0 also for a single mode throughout. Few evaluations raise it: compare `shuffled_information`.
    """
    return _of_pairs(leads, _information)


def shuffled_information(leads: np.ndarray, rng: np.random.Generator) -> Found:
    """The mean of the mutual information when the order of one side is random: what chance alone would give."""

    def by_chance(before: np.ndarray, after: np.ndarray) -> float:
        return float(np.mean([_information(before, rng.permutation(after)) for _ in range(SHUFFLES)]))

    return _of_pairs(leads, by_chance)


def turnover(counts: np.ndarray) -> Found:
    """The mean Jaccard distance of successive captured sets: 0 where the set stays, 1 where nothing of it does.

    Two empty sets are equal.
    """
    captured = counts > 0
    if len(captured) < 2:
        return missing(SHORT)
    both = (captured[1:] & captured[:-1]).sum(1)
    either = (captured[1:] | captured[:-1]).sum(1)
    return float((1 - (both + (either == 0)) / np.maximum(either, 1)).mean()), OK


def modes_ever(counts: np.ndarray) -> Found:
    """How many modes were captured at any evaluation; more than at the end where the generator wanders."""
    return float((counts > 0).any(0).sum()), OK


def _of_pairs(leads: np.ndarray, measure: Callable[[np.ndarray, np.ndarray], float]) -> Found:
    """A measure of the leaders of successive evaluations that both have one."""
    before, after = leads[:-1], leads[1:]
    led = (before != NOBODY) & (after != NOBODY)
    if not led.any():
        return missing(SHORT if len(leads) < 2 else NO_LEADER)
    return measure(before[led], after[led]), OK


def _information(before: np.ndarray, after: np.ndarray) -> float:
    names = np.unique([before, after])
    joint = np.zeros((names.size, names.size))
    np.add.at(joint, (np.searchsorted(names, before), np.searchsorted(names, after)), 1 / before.size)
    independent = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    seen = joint > 0
    return max(0.0, float((joint[seen] * np.log(joint[seen] / independent[seen])).sum()))

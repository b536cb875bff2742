"""Which modes a generator visits, and when it has all of them, written a second time, in whole numbers."""

from __future__ import annotations

from math import ceil

import numpy as np
from scipy.special import xlogy
from sklearn.metrics import mutual_info_score

from oracles.series import OK, TINY, Found, Value, end, second_half, swings

CENSORED = "censored"
IN_A_ROW, SHUFFLES = 4, 200


def qualities(counts: np.ndarray, n: np.ndarray) -> dict[str, np.ndarray]:
    """The modes with a sample and the share of samples in a mode, (T,) each, of (T, K) counts among (T,) samples."""
    return {"modes": (counts > 0).sum(axis=1).astype(np.float64), "hq": counts.sum(axis=1) / n}


def of_quality(steps: np.ndarray, counts: np.ndarray, n: np.ndarray) -> Found:
    """Swings, endpoints and times of coverage of one run."""
    quality, modes = qualities(counts, n), counts.shape[1]
    found: Found = {}
    for name, series in quality.items():
        last = end(series)
        found |= swings(name, series)
        found[f"endpoint:{name}"] = Value(float(last.sum() / len(last)))
        found[f"within_sd:{name}"] = _spread(last)
    full = second_half(quality["modes"]) >= modes
    found["full_coverage_share"] = Value(float(full.sum() / len(full)))
    lost = (full[:-1] & ~full[1:]).sum()
    found["full_coverage_losses"] = Value(float(lost)) if len(full) >= 2 else None
    for share in (0.5, 0.9, 1.0):
        wanted = quality["modes"] >= ceil(share * modes - TINY * modes)
        found[f"coverage_time:{share:g}"] = held_since(steps, wanted, IN_A_ROW)
    return found


def held_since(steps: np.ndarray, holds: np.ndarray, in_a_row: int) -> Value:
    """The first step from which a condition holds that many evaluations in a row, or the last step as censored."""
    if len(holds) >= in_a_row:
        runs = np.convolve(holds.astype(int), np.ones(in_a_row, dtype=int), "valid") == in_a_row
        if runs.any():
            return Value(float(steps[np.flatnonzero(runs)[0]]), OK)
    return Value(float(steps[-1]), CENSORED)


def visits(counts: np.ndarray, rng: np.random.Generator) -> Found:
    """How the dominant mode and the captured modes change, of (T, K) counts; `rng` shuffles as the study names it."""
    leads, fullest = leaders(counts, 9), leaders(counts, 0)
    before, after = _pairs(leads)
    captured = counts > 0
    either, differ = (captured[1:] | captured[:-1]).sum(1), (captured[1:] ^ captured[:-1]).sum(1)
    information = float(mutual_info_score(before, after)) if len(before) else None
    return {
        "dominated_share": Value(float((leads >= 0).sum() / len(leads))),
        "hopping_rate": _hops(leads),
        "hopping_rate_fullest": _hops(fullest),
        "mode_information": None if information is None else Value(max(information, 0.0)),
        "mode_information_shuffled": Value(_by_chance(before, after, rng)) if len(before) else None,
        "turnover": Value(float((differ / np.maximum(either, 1)).mean())) if len(counts) >= 2 else None,
        "modes_ever": Value(float((counts.max(axis=0) > 0).sum())),
    }


def leaders(counts: np.ndarray, squared_sds: int) -> np.ndarray:
    """(T,) the fullest mode where (a - b)^2 > squared_sds (a + b) for it and the second, and a > b; else -1."""
    padded = np.column_stack([counts.astype(np.int64), np.zeros(len(counts), dtype=np.int64)])
    ordered = np.partition(padded, -2, axis=1)
    second, first = ordered[:, -2], ordered[:, -1]
    clear = (first > second) & ((first - second) ** 2 > squared_sds * (first + second))
    return np.where(clear, counts.argmax(axis=1), -1)


def _pairs(leads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The leaders of successive evaluations that both have one, as numbers from 0."""
    both = (leads[:-1] >= 0) & (leads[1:] >= 0)
    named = np.unique(np.concatenate([leads[:-1][both], leads[1:][both]]), return_inverse=True)[1]
    return named[: both.sum()], named[both.sum() :]


def _hops(leads: np.ndarray) -> Value | None:
    before, after = _pairs(leads)
    return Value(float((before != after).sum() / len(before))) if len(before) else None


def _by_chance(before: np.ndarray, after: np.ndarray, rng: np.random.Generator) -> float:
    """The mean mutual information over shuffles: sum c ln c of joint counts, less that of both sides."""
    pairs, names = len(before), int(max(before.max(), after.max())) + 1
    after = after.astype(np.int64)
    shuffled = np.stack([rng.permutation(after) for _ in range(SHUFFLES)])
    cells = (np.arange(SHUFFLES)[:, None] * names + before) * names + shuffled
    joint = np.bincount(cells.ravel(), minlength=SHUFFLES * names**2).reshape(SHUFFLES, -1)
    sides = sum(xlogy(count, count).sum() for count in (np.bincount(before), np.bincount(after)))
    information = (xlogy(joint, joint).sum(axis=1) - sides) / pairs + np.log(pairs)
    return float(np.maximum(information, 0).mean())


def _spread(last: np.ndarray) -> Value | None:
    """The standard deviation, with one degree of freedom taken for the mean."""
    if len(last) < 2:
        return None
    return Value(float(np.sqrt(((last - last.mean()) ** 2).sum() / (len(last) - 1))))

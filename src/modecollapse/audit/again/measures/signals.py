"""How training signals go with quality in a run, a second time: rank correlations and their bootstrap.

A resample is kept as how often it holds each evaluation, so ranks come from cumulated counts and nothing is sorted. The
random numbers are those that the study names (`streams.seed`): a limit is a function of them, and must come out again.
"""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np
from scipy.stats import rankdata

from modecollapse.audit.again.measures.series import Found, Value, until_broken
from modecollapse.audit.again.measures.streams import rng_of

SIGNALS = ("state_M_global", "seen_L_x", "seen_D_from_half")
DRAWS = 2000
LEAST, LEAST_INTERVAL = 4, 8
NOTHING_LEFT = 1e-12


def is_signal(name: str) -> bool:
    """Whether what the trace has means of could tell convergence."""
    return name.startswith("loss_") or name in SIGNALS


def agreement(seed: int, signals: dict[str, np.ndarray], quality: dict[str, np.ndarray]) -> Found:
    """Of every signal with every quality, (T,) each: Spearman's correlation, its limits, and what time leaves of it."""
    found: Found = {}
    for name, series in signals.items():
        for aim, values in quality.items():
            known, status = until_broken(series + 0 * values)
            pair = series[: len(known)], values[: len(known)]
            found |= _of_pair(f"{name}:{aim}", *pair, status, rng_of("convergence", seed, name, aim))
    return found


def _of_pair(name: str, a: np.ndarray, b: np.ndarray, status: str, rng: np.random.Generator) -> Found:
    if len(a) < LEAST or np.ptp(a) == 0 or np.ptp(b) == 0:
        return {}
    first, second = rankdata(a), rankdata(b)
    found: Found = {f"rank_correlation:{name}": Value(_correlation(first, second), status)}
    left, right = _without_time(first), _without_time(second)
    rest = (left @ left) * (right @ right) / (_squares(first) * _squares(second))
    if rest >= NOTHING_LEFT:
        partial = float(np.clip(left @ right / sqrt((left @ left) * (right @ right)), -1, 1))
        found[f"given_time:{name}"] = Value(partial, status)
    if len(a) >= LEAST_INTERVAL:
        drawn = resampled(first, second, rng)
        if len(drawn):
            lower, upper = np.quantile(drawn, [0.025, 0.975])
            found[f"rank_correlation:{name}:lower"] = Value(float(lower), status)
            found[f"rank_correlation:{name}:upper"] = Value(float(upper), status)
    return found


def resampled(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Spearman's correlation in each resample of blocks in which both vary, at most `DRAWS` of them."""
    size = len(a)
    length = min(ceil(sqrt(size)), size)
    blocks = -(-size // length)
    starts = rng.integers(size, size=(DRAWS, blocks, 1))[:, :, 0]
    last = size - length * (blocks - 1)  # the last block is cut to what is still wanted
    times = _cover(starts[:, :-1], length, size) + _cover(starts[:, -1:], last, size)
    middle = (size + 1) / 2
    left, right = (_midranks(times, values) - middle for values in (a, b))
    squares = [np.einsum("di,di->d", times, side**2) for side in (left, right)]
    vary = (squares[0] > 0) & (squares[1] > 0)
    products = np.einsum("di,di,di->d", times, left, right)
    return np.clip(products[vary] / np.sqrt(squares[0][vary] * squares[1][vary]), -1, 1)


def _cover(starts: np.ndarray, length: int, size: int) -> np.ndarray:
    """(D, size): how often each evaluation is in the circular blocks of a length that begin at (D, B) starts."""
    width = size + length
    places = (starts + width * np.arange(len(starts))[:, None]).ravel()
    begun = np.cumsum(np.bincount(places, minlength=len(starts) * width).reshape(-1, width), axis=1)
    begun[:, length:] -= begun[:, :-length].copy()
    begun[:, :length] += begun[:, size:]  # around the end
    return begun[:, :size].astype(np.float64)


def _midranks(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(D, T) ranks of each evaluation's value among resamples that hold it `times`; equal values share the mean."""
    levels, place = np.unique(values, return_inverse=True)
    distinct = len(levels) == len(values)
    held = times[:, np.argsort(place)] if distinct else times @ np.eye(len(levels))[place]
    ranks = np.cumsum(held, axis=1) - (held - 1) / 2
    return ranks[:, place]


def _without_time(ranks: np.ndarray) -> np.ndarray:
    """What a straight line in the evaluation's place leaves."""
    time = np.arange(len(ranks)) - (len(ranks) - 1) / 2
    centred = ranks - ranks.mean()
    return centred - time * (time @ centred) / (time @ time)


def _squares(values: np.ndarray) -> float:
    centred = values - values.mean()
    return float(centred @ centred)


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.clip(np.corrcoef(a, b)[0, 1], -1, 1))

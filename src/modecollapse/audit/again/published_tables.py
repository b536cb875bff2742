"""What published tables say about themselves, computed again from the values of claims.yaml.

Whether a printed number can be a mean of five integers or of five shares of 2,500 samples, which standard deviations
and divergences go with it, whether it is above what real data score, and whether captions and columns agree.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.special import gammainc

FILE = "tables/published_audit.csv"
COLUMNS = ["source", "place", "dataset", "column", "method", "check", "outcome", "detail"]
RUNS, SAMPLES, MOST_RUNS = 5, 2500, 20  # the authors' runs and samples a run; up to how many runs are tried
MODES = {"ring": 8, "grid": 25, "gaussians-1200d": 10, "stacked-mnist": 1000}
# Dimensions and standard deviations within which a sample counts.
MIXTURES = {"ring": (2, 3.0), "grid": (2, 3.0), "gaussians-1200d": (700, 10.0)}
BASES = {"nats": math.e, "bits": 2.0, "decimal digits": 10.0}
BEST = {"veegan-poster": "VEEGAN"}  # whom the captions call the best
LESS_IS_BETTER = ("reverse_kl", "ivom_test")
DECIMAL = re.compile(r"\d+(\.\d+)?")

Value = dict[str, Any]
Told = tuple[str, str, str]  # check, outcome, detail


def rows(values: list[Value]) -> list[dict[str, str]]:
    """The rows of the table, COLUMNS: those of each number in order, then those of whole columns."""
    found = []
    for value in values:
        modes = next((v for v in values if _same(v, value, "dataset", "method") and v["measure"] == "modes"), None)
        found += [_row(value, told) for told in _of_number(value, modes)]
    sources = list(dict.fromkeys(value["source"] for value in values))
    for measure, step, known in (("modes", Fraction(1), MODES), ("high_quality_percent", Fraction(1, 25), MIXTURES)):
        for source in sources:
            own = [v for v in values if (v["source"], v["measure"]) == (source, measure) and v["dataset"] in known]
            found += [_one_number_of_runs(own, measure, step)] if own else []
    found += [_row(v, _caption(v, values)) for v in values if v["method"] == BEST.get(v["source"])]
    return found + list(_spreads(values))


def rounding_faults(value: Value) -> Iterator[str]:
    """What is wrong with how an entry of `values` gives its number: digits as text, no more of them than declared."""
    entries = [("", value), *((" of a remeasurement", other) for other in value.get("remeasured") or [])]
    for whose, entry in entries:
        texts = {"printed": entry.get("printed")} | ({} if entry.get("spread") is None else {"spread": entry["spread"]})
        for key, text in texts.items():
            if not isinstance(text, str) or not DECIMAL.fullmatch(text):
                yield f"{key}{whose} is {text!r}, expected the printed digits as text"
    decimals, printed = value.get("decimals"), str(value.get("printed"))
    if decimals is not None and (not isinstance(decimals, int) or decimals < len(printed.partition(".")[2])):
        yield f"decimals is {decimals!r}, but {printed} is printed"


def can_be_mean(printed: str, runs: int, step: Fraction, halves: str = "either") -> bool:
    """Whether the mean of `runs` multiples of `step` can print so; a half may be rounded "up", "down" or "either"."""
    size, low, high = step / runs, Fraction(printed) - _half(printed), Fraction(printed) + _half(printed)
    first, last = math.ceil(low / size), math.floor(high / size)
    first += halves == "down" and first * size == low
    last -= halves == "up" and last * size == high
    return first <= last


def fitting(printed: Iterable[str], step: Fraction, halves: str = "either") -> list[int]:
    """The numbers of runs, up to MOST_RUNS, with which all the printed numbers can be means."""
    texts = list(printed)
    return [runs for runs in range(1, MOST_RUNS + 1) if all(can_be_mean(text, runs, step, halves) for text in texts)]


def real_data(dataset: str) -> float:
    """The percentage of samples of a mixture that lie within reach of their mode: a gamma distribution's."""
    dimensions, reach = MIXTURES[dataset]
    return 100 * float(gammainc(dimensions / 2, reach**2 / 2))


def _of_number(value: Value, modes: Value | None) -> Iterator[Told]:
    printed, measure, dataset = value["printed"], value["measure"], value["dataset"]
    if measure == "modes" and dataset in MODES:
        runs = fitting([printed], Fraction(1))
        yield f"mean of {RUNS} integers", _judged(RUNS in runs), _fit(runs)
        yield _sd_of_modes(printed, MODES[dataset])
    if measure == "reverse_kl" and dataset in MODES and modes is not None and float(modes["printed"]) > 0:
        yield from _divergence(printed, modes["printed"], MODES[dataset])
    if measure == "high_quality_percent" and dataset in MIXTURES:
        yield _beside_real_data(printed, real_data(dataset))
        runs = fitting([printed], Fraction(100, SAMPLES))
        yield f"mean of {RUNS} percentages of {SAMPLES:,} samples", _judged(RUNS in runs), _fit(runs)
        if modes is not None:
            yield _a_sample_each(printed, modes["printed"])
    if measure == "ivom_test" and value.get("spread") is not None and float(printed) > 0:
        yield _spread(float(printed), float(value["spread"]))


def _sd_of_modes(printed: str, k: int) -> Told:
    check, mean = "standard deviation of modes", Fraction(printed)
    if mean - _half(printed) > k:
        return check, "inconsistent", f"{printed} is more than the {k} modes there are"
    inside = min(mean, Fraction(k))
    part = inside - math.floor(inside)
    least, most = math.sqrt(part * (1 - part)), math.sqrt(inside * (k - inside))
    detail = f"not printed; a distribution with this mean has {least:.2f} to {most:.2f}"
    total = RUNS * mean
    if mean <= k and total.denominator == 1:
        even = [int(total) // RUNS + (place < int(total) % RUNS) for place in range(RUNS)]
        apart = _most_apart(float(total), float(k))
        detail += f", {RUNS} runs (sample sd) {np.std(even, ddof=1):.2f} to {np.std(apart, ddof=1):.2f}"
    return check, "note", detail


def _most_apart(total: float, top: float) -> list[float]:
    """RUNS values from 0 to `top` with this total and the largest sd: all but one at the ends."""
    full = min(int(total // top), RUNS)
    return ([top] * full + [total - full * top] + [0.0] * RUNS)[:RUNS]


def _divergence(printed: str, modes: str, k: int) -> Iterator[Told]:
    low, high = (float(Fraction(printed) + sign * _half(printed)) for sign in (-1, 1))
    fewest = -math.log(min(float(Fraction(modes) + _half(modes)), k) / k)
    units = {name: math.log(base) for name, base in BASES.items()}
    possible = [name for name, size in units.items() if fewest <= high * size and low * size <= math.log(k)]
    least = math.log(k) - math.log(min(float(modes), k))
    detail = f"with {modes} of {k:,} modes at least {least:.2f} nats, at most {math.log(k):.2f}"
    detail += f"; as far from uniform as {k / math.exp(float(printed)):.1f} equal modes"
    yield "KL against modes", _judged("nats" in possible), detail
    yield "unit of KL", "note", f"possible in {' or '.join(possible) or 'no unit'}"


def _beside_real_data(printed: str, real: float) -> Told:
    share = real / 100
    error = 100 * math.sqrt(share * (1 - share) / (SAMPLES * RUNS))
    detail = f"perfect samples score {real:.2f} % (standard error over {RUNS} runs {error:.2f})"
    if Fraction(printed) - _half(printed) <= real:
        return "oracle", "consistent", detail
    return "oracle", "inconsistent" if float(printed) > 100 else "note", f"{detail}: samples closer to modes than data"


def _a_sample_each(printed: str, modes: str) -> Told:
    most = (Fraction(printed) + _half(printed)) * SAMPLES / 100
    detail = f"{float(printed) * SAMPLES / 100:,.2f} high-quality samples a run for {modes} modes"
    return "samples for modes", _judged(Fraction(modes) - _half(modes) <= most), detail


def _spread(mean: float, spread: float) -> Told:
    """RUNS values that are not negative have their largest sd where all but one are 0: the mean times sqrt(RUNS)."""
    check, most = "meaning of the spread", mean * math.sqrt(RUNS) * (1 + 1e-12)
    readings = {"a standard deviation": spread, "a standard error": spread * math.sqrt(RUNS)}
    possible = [f"{name} (sd {100 * sd / mean:.1f}% of the mean)" for name, sd in readings.items() if sd <= most]
    if not possible:
        return check, "inconsistent", f"too large for {RUNS} values that are not negative"
    return check, "note", f"ambiguous, not stated: of {RUNS} runs {' or '.join(possible)}"


def _one_number_of_runs(own: list[Value], measure: str, step: Fraction) -> dict[str, str]:
    printed = [value["printed"] for value in own]
    fits = fitting(printed, step)
    one_way = {runs for halves in ("up", "down") for runs in fitting(printed, step, halves)}
    detail = f"numbers of runs that fit all {len(own)}, up to {MOST_RUNS}: {_spans(fits)}"
    mixed = [runs for runs in fits if runs not in one_way]
    if mixed:
        detail += f"; {_spans(mixed)} only if halves are rounded up in one place and down in another"
    place = ", ".join(dict.fromkeys(value["place"] for value in own))
    told = f"one number of runs: {RUNS}", _judged(RUNS in fits), detail
    return _row(own[0], told) | {"place": place, "dataset": "all", "method": "all", "column": measure}


def _caption(value: Value, values: list[Value]) -> Told:
    rivals = [v for v in values if _same(v, value, "dataset", "measure") and v is not value]
    sign = -1 if value["measure"] in LESS_IS_BETTER else 1
    better = [v for v in rivals if (float(v["printed"]) - float(value["printed"])) * sign > 0]
    words = ", ".join(f"{v['method']} {v['printed']}" for v in better)
    told = f"behind {words}" if better else f"is the best of {len(rivals) + 1}"
    return "best as the caption says", _judged(not better), f"{value['printed']} {told}"


def _spreads(values: list[Value]) -> Iterator[dict[str, str]]:
    columns: dict[tuple, list[Value]] = {}
    for value in values:
        if value.get("spread") is not None and float(value["spread"]) > 0 and float(value["printed"]) > 0:
            columns.setdefault((value["source"], value["place"], value["column"]), []).append(value)
    for own in (column for column in columns.values() if len(column) > 1):
        sizes, shares = [float(v["spread"]) for v in own], [float(v["spread"]) / float(v["printed"]) for v in own]
        least, most = own[int(np.argmin(sizes))], own[int(np.argmax(sizes))]
        detail = f"{most['spread']} ({most['method']}) is {max(sizes) / min(sizes):.0f} times {least['spread']}"
        detail += f" ({least['method']}); relative to the means {min(shares):.1%} to {max(shares):.1%}"
        yield _row(own[0], ("spreads between methods", "note", detail)) | {"method": "all"}


def _row(value: Value, told: Told) -> dict[str, str]:
    own = {name: str(value[name]) for name in COLUMNS[:5]}
    return own | dict(zip(COLUMNS[5:], told, strict=True))


def _same(one: Value, other: Value, *keys: str) -> bool:
    return all(one[key] == other[key] for key in ("source", "place", *keys))


def _half(printed: str) -> Fraction:
    """Half a unit of the last printed decimal."""
    return Fraction(1, 2 * 10 ** len(printed.partition(".")[2]))


def _judged(possible: bool) -> str:
    return "consistent" if possible else "inconsistent"


def _fit(runs: list[int]) -> str:
    return f"numbers of runs that fit, up to {MOST_RUNS}: {_spans(runs)}"


def _spans(numbers: list[int]) -> str:
    """Ascending whole numbers in words: `8, 10 to 20`."""
    ends = [n for n in numbers if n - 1 not in numbers], [n for n in numbers if n + 1 not in numbers]
    words = [f"{a} to {b}" if b > a + 1 else ", ".join(map(str, range(a, b + 1))) for a, b in zip(*ends, strict=True)]
    return ", ".join(words) or "none"

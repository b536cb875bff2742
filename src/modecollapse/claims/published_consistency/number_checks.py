"""The checks of one published number, beside the mode count of its row: (check, outcome, detail) each.

outcome: "inconsistent" where a number cannot be what its source says, "consistent" where it can, "note" where the check
only says what the number means.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import groupby

from modecollapse.claims.published import Value
from modecollapse.claims.published_consistency import printed_means as means

RUNS = 5  # over which the authors' page says that the numbers are averages
SAMPLES = 2500  # a run, from which it says that modes and high-quality samples of the mixtures are counted
STEP = 100 / SAMPLES  # percent: one sample
MODES = {"ring": 8, "grid": 25, "gaussians-1200d": 10, "stacked-mnist": 1000}
UNITS = {"nats": math.e, "bits": 2, "decimal digits": 10}  # the base of the logarithm
Check = tuple[str, str, str]


def number_checks(value: Value, modes: Value | None) -> Iterator[Check]:
    """(check, outcome, detail) of one number, beside the mode count of its row."""
    printed, k = value.printed, MODES.get(value.dataset)
    if value.measure == "modes" and k:
        yield _mean_of(f"mean of {RUNS} integers", printed, 1.0)
        yield _spread_of_modes(printed, k)
    if value.measure == "reverse_kl" and k and modes is not None and modes.value > 0:
        yield from _divergence(printed, modes.printed, k)
    if value.measure == "high_quality_percent" and value.dataset in means.REACH:
        yield _against_oracle(printed, means.ceiling(value.dataset))
        yield _mean_of(f"mean of {RUNS} percentages of {SAMPLES:,} samples", printed, STEP)
        if modes is not None:
            yield _samples_for_modes(printed, modes.printed)
    if value.measure == "ivom_test" and value.spread is not None and value.value > 0:
        yield _meaning_of_spread(value.value, float(value.spread))


def judged(possible: bool) -> str:
    """The outcome of a check that decides."""
    return "consistent" if possible else "inconsistent"


def _mean_of(check: str, printed: str, step: float) -> Check:
    """GRIM: of mode counts, or of shares of samples, of which each run's is a multiple of 0.04 %."""
    runs = means.run_counts([printed], step=step)
    return check, judged(RUNS in runs), f"numbers of runs that fit, up to 20: {spans(runs)}"


def _spread_of_modes(printed: str, k: int) -> Check:
    """The sd that a mean of mode counts allows, the mean taken at its word."""
    mean, check = float(printed), "standard deviation of modes"
    if means.interval(printed)[0] > k:
        return check, "inconsistent", f"{printed} is more than the {k} modes there are"
    least, most = means.sd_bounds(min(mean, k), 0, k)
    detail = f"not printed; a distribution with this mean has {least:.2f} to {most:.2f}"
    if mean <= k and (RUNS * Fraction(printed)).denominator == 1:
        detail += ", {} runs (sample sd) {:.2f} to {:.2f}".format(RUNS, *means.sd_bounds(mean, 0, k, runs=RUNS))
    return check, "note", detail


def _divergence(printed: str, modes: str, k: int) -> Iterator[Check]:
    """Whether the KL is between what the mode count and K allow, whichever way both were rounded, and in which unit."""
    low, high = map(float, means.interval(printed))
    floor = means.kl_floor(min(float(means.interval(modes)[1]), k), k)
    nats = {unit: math.log(base) for unit, base in UNITS.items()}
    possible = [unit for unit, size in nats.items() if floor <= high * size and low * size <= math.log(k)]
    detail = f"with {modes} of {k:,} modes at least {means.kl_floor(min(float(modes), k), k):.2f} nats, at most"
    detail += f" {math.log(k):.2f}; as far from uniform as {k * math.exp(-float(printed)):.1f} equal modes"
    yield "KL against modes", judged("nats" in possible), detail
    yield "unit of KL", "note", f"possible in {' or '.join(possible) or 'no unit'}"


def _against_oracle(printed: str, oracle: float) -> Check:
    """A percentage above that of perfect samples is no error of the table, but no virtue either."""
    error = math.sqrt(oracle * (100 - oracle) / (SAMPLES * RUNS))
    detail = f"perfect samples score {oracle:.2f} % (standard error over {RUNS} runs {error:.2f})"
    if means.interval(printed)[0] <= oracle:
        return "oracle", "consistent", detail
    return "oracle", "note" if float(printed) <= 100 else "inconsistent", f"{detail}: samples closer to modes than data"


def _samples_for_modes(printed: str, modes: str) -> Check:
    """A captured mode needs a high-quality sample."""
    possible = means.interval(modes)[0] <= means.interval(printed)[1] * SAMPLES / 100
    samples = float(Fraction(printed)) * SAMPLES / 100
    return "samples for modes", judged(possible), f"{samples:,.2f} high-quality samples a run for {modes} modes"


def _meaning_of_spread(mean: float, spread: float) -> Check:
    """What the +- can mean if it is over runs; values that are never negative limit it."""
    most = means.sd_bounds(mean, 0, RUNS * mean, integer=False, runs=RUNS)[1]
    readings = {"a standard deviation": spread, "a standard error": spread * math.sqrt(RUNS)}
    possible = [f"{name} (sd {sd / mean:.1%} of the mean)" for name, sd in readings.items() if sd <= most]
    if not possible:
        return "meaning of the spread", "inconsistent", f"too large for {RUNS} values that are not negative"
    return "meaning of the spread", "note", f"ambiguous, not stated: of {RUNS} runs {' or '.join(possible)}"


def spans(numbers: Iterable[int]) -> str:
    """Ascending integers in words: `8, 10 to 20`."""
    runs = [[n for _, n in own] for _, own in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{s[0]} to {s[-1]}" if len(s) > 2 else ", ".join(map(str, s)) for s in runs) or "none"

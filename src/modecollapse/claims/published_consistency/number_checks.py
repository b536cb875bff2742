"""The checks of one published number, beside the mode count of its row: (check, outcome, detail) each.

outcome: "inconsistent" where a number cannot be what its source says, "consistent" where it can, "note" where the check
only tells what the number means.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from modecollapse.claims.published import Value
from modecollapse.claims.published_consistency.printed_means import (
    REACH,
    above_oracle,
    ceiling,
    compatible_runs,
    exact,
    half_unit,
    kl_floor,
    sd_bounds,
)

RUNS = 5  # over which the authors' page says that the numbers are averages
SAMPLES = 2500  # a run, from which it says that modes and high-quality samples of the mixtures are counted
MODES = {"ring": 8, "grid": 25, "gaussians-1200d": 10, "stacked-mnist": 1000}
UNITS = {"nats": math.e, "bits": 2, "decimal digits": 10}  # the base of the logarithm


def number_checks(value: Value, modes: Value | None, oracle: float | None) -> Iterator[tuple[str, str, str]]:
    """(check, outcome, detail) of one number, beside the mode count of its row."""
    if value.measure == "modes" and value.dataset in MODES:
        yield _mean_of_integers(value.printed)
        yield _spread_of_modes(value.printed, MODES[value.dataset])
    if value.measure == "reverse_kl" and value.dataset in MODES and modes is not None and modes.value > 0:
        yield from _divergence(value.printed, modes.printed, MODES[value.dataset])
    if value.measure == "high_quality_percent" and value.dataset in REACH:
        yield _against_oracle(value.printed, ceiling(value.dataset) if oracle is None else oracle)
        yield _mean_of_percentages(value.printed)
        if modes is not None:
            yield _samples_for_modes(value.printed, modes.printed)
    if value.measure == "ivom_test" and value.spread is not None and value.value > 0:
        yield _meaning_of_spread(value.printed, value.spread)


def judged(possible: bool) -> str:
    """The outcome of a check that decides."""
    return "consistent" if possible else "inconsistent"


def _mean_of_integers(printed: str) -> tuple[str, str, str]:
    """GRIM for mode counts."""
    runs = compatible_runs(printed)
    return f"mean of {RUNS} integers", judged(RUNS in runs), f"numbers of runs that fit, up to 20: {spans(runs)}"


def _mean_of_percentages(printed: str) -> tuple[str, str, str]:
    """GRIM for shares of samples: each run's is a multiple of 0.04 %."""
    runs = compatible_runs(printed, step=100 / SAMPLES)
    detail = f"numbers of runs that fit, up to 20: {spans(runs)}"
    return f"mean of {RUNS} percentages of {SAMPLES:,} samples", judged(RUNS in runs), detail


def _spread_of_modes(printed: str, k: int) -> tuple[str, str, str]:
    """The sd that a mean of mode counts allows, the mean taken at its word."""
    mean, check = float(printed), "standard deviation of modes"
    if exact(printed) - half_unit(printed) > k:
        return check, "inconsistent", f"{printed} is more than the {k} modes there are"
    least, most = sd_bounds(min(mean, k), 0, k)
    detail = f"not printed; a distribution with this mean has {least:.2f} to {most:.2f}"
    if mean <= k and (RUNS * exact(printed)).denominator == 1:
        least, most = sd_bounds(mean, 0, k, runs=RUNS)
        detail += f", {RUNS} runs (sample sd) {least:.2f} to {most:.2f}"
    return check, "note", detail


def _divergence(printed: str, modes: str, k: int) -> Iterator[tuple[str, str, str]]:
    """Whether the KL is between what the mode count and K allow, whichever way both were rounded, and in which unit."""
    low, high = (float(exact(printed) + sign * half_unit(printed)) for sign in (-1, 1))
    floor = kl_floor(min(float(exact(modes) + half_unit(modes)), k), k)
    nats = {unit: math.log(base) for unit, base in UNITS.items()}
    possible = [unit for unit, size in nats.items() if floor <= high * size and low * size <= math.log(k)]
    least, most = kl_floor(min(float(modes), k), k), math.log(k)
    detail = f"with {modes} of {k:,} modes at least {least:.2f} nats, at most {most:.2f}"
    detail += f"; as far from uniform as {k * math.exp(-float(printed)):.1f} equal modes"
    yield "KL against modes", judged("nats" in possible), detail
    yield "unit of KL", "note", f"possible in {' or '.join(possible) or 'no unit'}"


def _against_oracle(printed: str, oracle: float) -> tuple[str, str, str]:
    """A percentage above that of perfect samples is no error of the table, but no virtue either."""
    error = math.sqrt(oracle * (100 - oracle) / (SAMPLES * RUNS))
    detail = f"perfect samples score {oracle:.2f} % (standard error over {RUNS} runs {error:.2f})"
    if not above_oracle(printed, oracle):
        return "oracle", "consistent", detail
    return "oracle", "note" if float(printed) <= 100 else "inconsistent", f"{detail}: samples closer to modes than data"


def _samples_for_modes(printed: str, modes: str) -> tuple[str, str, str]:
    """A captured mode needs a high-quality sample of its own."""
    samples = float(exact(printed)) * SAMPLES / 100
    most = (exact(printed) + half_unit(printed)) * SAMPLES / 100
    possible = exact(modes) - half_unit(modes) <= most
    return "samples for modes", judged(possible), f"{samples:,.2f} high-quality samples a run for {modes} modes"


def _meaning_of_spread(printed: str, spread: str) -> tuple[str, str, str]:
    """What the +- can mean if it is over runs; values that are never negative limit it."""
    mean, half_width = float(printed), float(spread)
    most = sd_bounds(mean, 0, RUNS * mean, integer=False, runs=RUNS)[1]
    readings = {"a standard deviation": half_width, "a standard error": half_width * math.sqrt(RUNS)}
    possible = [f"{name} (sd {sd / mean:.1%} of the mean)" for name, sd in readings.items() if sd <= most]
    if not possible:
        return "meaning of the spread", "inconsistent", f"too large for {RUNS} values that are not negative"
    return "meaning of the spread", "note", f"ambiguous, not stated: of {RUNS} runs {' or '.join(possible)}"


def spans(numbers: Iterable[int]) -> str:
    """Ascending integers in words: `8, 10 to 20`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    return ", ".join(f"{s[0]} to {s[-1]}" if len(s) > 2 else ", ".join(map(str, s)) for s in spans) or "none"

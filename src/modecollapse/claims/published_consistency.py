"""Which numbers of the published tables can be what they are said to be; no run of ours is needed.

A check has an outcome: "inconsistent" where a number cannot be what its source says, "consistent" where it can, "note"
where it only says what the number means.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from operator import attrgetter

from modecollapse.claims import printed_means as means
from modecollapse.claims.published import Value

RUNS = 5  # over which the authors' page says that the numbers are averages
SAMPLES = 2500  # a run, from which it says that modes and high-quality samples of the mixtures are counted
STEP = 100 / SAMPLES  # percent: one sample
MODES = {"ring": 8, "grid": 25, "gaussians-1200d": 10, "stacked-mnist": 1000}
UNITS = {"nats": math.e, "bits": 2, "decimal digits": 10}  # the base of the logarithm
BEST = {"veegan-poster": "VEEGAN"}  # the method that a source's captions call the best
LESS_IS_BETTER = ("reverse_kl", "ivom_test")
ROW_OF = attrgetter("source", "place", "dataset", "method")  # shared by the numbers in one row of a table
COLUMN_OF = attrgetter("source", "place", "dataset", "measure")
OUTCOME = {True: "consistent", False: "inconsistent"}  # of a check that decides, by whether the number is possible
Check = tuple[str, str, str]  # its name, the outcome and the detail
Row = dict[str, str]


def consistency_rows(values: Sequence[Value]) -> list[Row]:
    """A row of strings a check: source, place, dataset, column, method, check, outcome, detail.

    First the checks of each number in the order of `values`, then those of whole columns (method and dataset "all").
    """
    rows = []
    for value in values:
        modes = next((v for v in values if ROW_OF(v) == ROW_OF(value) and v.measure == "modes"), None)
        rows += [_row(value, *check) for check in _number_checks(value, modes)]
    return rows + [*_run_counts(values), *_captions(values), *_spreads(values)]


def _row(value: Value, check: str, outcome: str, detail: str, **other: str) -> Row:
    """A row about one number, or about a whole column where `other` replaces what names the number."""
    of = {name: getattr(value, name) for name in ("source", "place", "dataset", "column", "method")}
    return of | other | {"check": check, "outcome": outcome, "detail": detail}


def _number_checks(value: Value, modes: Value | None) -> Iterator[Check]:
    """The checks of one number, beside the mode count of its row."""
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


def _mean_of(check: str, printed: str, step: float) -> Check:
    """GRIM: of mode counts, or of shares of samples, of which each run's is a multiple of 0.04 %."""
    runs = means.run_counts([printed], step=step)
    return check, OUTCOME[RUNS in runs], f"numbers of runs that fit, up to 20: {_spans(runs)}"


def _spread_of_modes(printed: str, k: int) -> Check:
    """The sd that a mean of mode counts allows, the mean taken at its word."""
    mean, check = float(printed), "standard deviation of modes"
    if means.interval(printed)[0] > k:
        return check, "inconsistent", f"{printed} is more than the {k} modes there are"
    least, most = means.sd_bounds(min(mean, k), k)
    detail = f"not printed; a distribution with this mean has {least:.2f} to {most:.2f}"
    total = RUNS * Fraction(printed)
    if mean <= k and total.denominator == 1:
        least, most = means.sample_sd_bounds(int(total), k, RUNS)
        detail += f", {RUNS} runs (sample sd) {least:.2f} to {most:.2f}"
    return check, "note", detail


def _divergence(printed: str, modes: str, k: int) -> Iterator[Check]:
    """Whether the KL is between what the mode count and K allow, whichever way both were rounded, and in which unit."""
    low, high = map(float, means.interval(printed))
    floor = means.kl_floor(min(float(means.interval(modes)[1]), k), k)
    nats = {unit: math.log(base) for unit, base in UNITS.items()}
    possible = [unit for unit, size in nats.items() if floor <= high * size and low * size <= math.log(k)]
    detail = f"with {modes} of {k:,} modes at least {means.kl_floor(min(float(modes), k), k):.2f} nats, at most"
    detail += f" {math.log(k):.2f}; as far from uniform as {k * math.exp(-float(printed)):.1f} equal modes"
    yield "KL against modes", OUTCOME["nats" in possible], detail
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
    return "samples for modes", OUTCOME[possible], f"{samples:,.2f} high-quality samples a run for {modes} modes"


def _meaning_of_spread(mean: float, spread: float) -> Check:
    """What the +- can mean if it is over runs: the sd of n values that are never negative is at most sqrt(n) means."""
    sds = {"a standard deviation": spread, "a standard error": spread * math.sqrt(RUNS)}
    possible = [f"{name} (sd {sd / mean:.1%} of the mean)" for name, sd in sds.items() if sd <= math.sqrt(RUNS) * mean]
    if not possible:
        return "meaning of the spread", "inconsistent", f"too large for {RUNS} values that are not negative"
    return "meaning of the spread", "note", f"ambiguous, not stated: of {RUNS} runs {' or '.join(possible)}"


def _run_counts(values: Sequence[Value]) -> Iterator[Row]:
    """Whether one number of runs fits all mode counts, and all percentages, of a source."""
    for measure, step, known in (("modes", 1.0, MODES), ("high_quality_percent", STEP, means.REACH)):
        for source in dict.fromkeys(v.source for v in values):
            own = [v for v in values if (v.source, v.measure) == (source, measure) and v.dataset in known]
            if not own:
                continue
            printed = [v.printed for v in own]
            fits, up, down = (means.run_counts(printed, step=step, halves=h) for h in ("either", "up", "down"))
            detail = f"numbers of runs that fit all {len(own)}, up to 20: {_spans(fits)}"
            if both_ways := [n for n in fits if n not in (*up, *down)]:
                detail += f"; {_spans(both_ways)} only if halves are rounded up in one place and down in another"
            named = {"place": ", ".join(dict.fromkeys(v.place for v in own)), "dataset": "all", "method": "all"}
            check = f"one number of runs: {RUNS}"
            yield _row(own[0], check, OUTCOME[RUNS in fits], detail, column=measure, **named)


def _captions(values: Sequence[Value]) -> Iterator[Row]:
    """Whether the method that the captions call the best is so in every column; equal numbers are no fault.

    The poster's captions speak of the most modes and the better samples, and count IvOM as a measure of collapse.
    """
    for value in values:
        if value.method != BEST.get(value.source):
            continue
        sign = -1 if value.measure in LESS_IS_BETTER else 1
        rivals = [v for v in values if COLUMN_OF(v) == COLUMN_OF(value) and v is not value]
        better = [v for v in rivals if sign * v.value > sign * value.value]
        words = ", ".join(f"{v.method} {v.printed}" for v in better)
        detail = f"{value.printed} {'behind ' + words if better else 'is the best of ' + str(len(rivals) + 1)}"
        yield _row(value, "best as the caption says", OUTCOME[not better], detail)


def _spreads(values: Sequence[Value]) -> Iterator[Row]:
    """How far the printed spreads of one column, those that are not 0, are from each other."""
    columns = defaultdict(list)
    for v in values:
        if v.spread is not None and float(v.spread) > 0 and v.value > 0:
            columns[v.source, v.place, v.column].append(v)
    for own in columns.values():
        if len(own) < 2:
            continue
        least, most = (pick(own, key=lambda v: float(v.spread)) for pick in (min, max))
        relative = sorted(float(v.spread) / v.value for v in own)
        detail = f"{most.spread} ({most.method}) is {float(most.spread) / float(least.spread):.0f} times {least.spread}"
        detail += f" ({least.method}); relative to the means {relative[0]:.1%} to {relative[-1]:.1%}"
        yield _row(own[0], "spreads between methods", "note", detail, method="all")


def _spans(numbers: Iterable[int]) -> str:
    """Ascending integers in words: `8, 10 to 20`."""
    runs = [[n for _, n in own] for _, own in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{s[0]} to {s[-1]}" if len(s) > 2 else ", ".join(map(str, s)) for s in runs) or "none"

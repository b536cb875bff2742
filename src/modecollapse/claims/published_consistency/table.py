"""The table of consistency checks: of each published number, and of whole columns and sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from modecollapse.claims.published import Value
from modecollapse.claims.published_consistency.number_checks import MODES, RUNS, STEP, judged, number_checks, spans
from modecollapse.claims.published_consistency.printed_means import REACH, run_counts

BEST = {"veegan-poster": "VEEGAN"}  # the method that a source's captions call the best
LESS_IS_BETTER = ("reverse_kl", "ivom_test")


def consistency_rows(values: Sequence[Value]) -> list[dict[str, str]]:
    """A row of strings a check: source, place, dataset, column, method, check, outcome, detail.

    First the checks of each number in the order of `values`, then those of whole columns (method and dataset "all").
    outcome: as in `number_checks`.
    """
    rows = []
    for value in values:
        modes = next((v for v in values if _key(v) == _key(value) and v.measure == "modes"), None)
        rows += [_row(value, *check) for check in number_checks(value, modes)]
    return rows + _run_counts(values) + _captions(values) + _spreads(values)


def _row(value: Value, check: str, outcome: str, detail: str, **other: str) -> dict[str, str]:
    """A row about one number, or about a whole column where `other` replaces what names the number."""
    of = {name: getattr(value, name) for name in ("source", "place", "dataset", "column", "method")}
    return of | other | {"check": check, "outcome": outcome, "detail": detail}


def _key(value: Value) -> tuple[str, str, str, str]:
    """The numbers of one method about one data set in one table share it."""
    return value.source, value.place, value.dataset, value.method


def _run_counts(values: Sequence[Value]) -> list[dict[str, str]]:
    """Whether one number of runs fits all mode counts, and all percentages, of a source."""
    rows = []
    for measure, step, known in (("modes", 1.0, MODES), ("high_quality_percent", STEP, REACH)):
        for source in dict.fromkeys(v.source for v in values):
            own = [v for v in values if (v.source, v.measure) == (source, measure) and v.dataset in known]
            if not own:
                continue
            fits, up, down = (
                run_counts([v.printed for v in own], step=step, halves=h) for h in ("either", "up", "down")
            )
            detail = f"numbers of runs that fit all {len(own)}, up to 20: {spans(fits)}"
            if both_ways := [n for n in fits if n not in (*up, *down)]:
                detail += f"; {spans(both_ways)} only if halves are rounded up in one place and down in another"
            named = {"place": ", ".join(dict.fromkeys(v.place for v in own)), "dataset": "all", "method": "all"}
            check = f"one number of runs: {RUNS}"
            rows.append(_row(own[0], check, judged(RUNS in fits), detail, column=measure, **named))
    return rows


def _captions(values: Sequence[Value]) -> list[dict[str, str]]:
    """Whether the method that the captions call the best is so in every column; equal numbers are no fault.

    The poster's captions speak of the most modes and the better samples, and count IvOM as a measure of collapse.
    """
    rows = []
    for value in values:
        if value.method != BEST.get(value.source):
            continue
        sign = -1 if value.measure in LESS_IS_BETTER else 1
        key = (value.source, value.place, value.dataset, value.measure)
        rivals = [v for v in values if (v.source, v.place, v.dataset, v.measure) == key and v is not value]
        better = [v for v in rivals if sign * v.value > sign * value.value]
        words = ", ".join(f"{v.method} {v.printed}" for v in better)
        detail = f"{value.printed} {'behind ' + words if better else 'is the best of ' + str(len(rivals) + 1)}"
        rows.append(_row(value, "best as the caption says", judged(not better), detail))
    return rows


def _spreads(values: Sequence[Value]) -> list[dict[str, str]]:
    """How far the printed spreads of one column, those that are not 0, are from each other."""
    columns = defaultdict(list)
    for v in values:
        if v.spread is not None and float(v.spread) > 0 and v.value > 0:
            columns[v.source, v.place, v.column].append(v)
    rows = []
    for own in columns.values():
        if len(own) < 2:
            continue
        least, most = (pick(own, key=lambda v: float(v.spread)) for pick in (min, max))
        relative = sorted(float(v.spread) / v.value for v in own)
        detail = f"{most.spread} ({most.method}) is {float(most.spread) / float(least.spread):.0f} times {least.spread}"
        detail += f" ({least.method}); relative to the means {relative[0]:.1%} to {relative[-1]:.1%}"
        rows.append(_row(own[0], "spreads between methods", "note", detail, method="all"))
    return rows

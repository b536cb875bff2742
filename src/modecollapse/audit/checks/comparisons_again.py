"""The comparisons of variants are what a second implementation makes of the tidy table."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from modecollapse.audit.again.comparisons import baseline as comparisons_baseline
from modecollapse.audit.again.comparisons import disagreements as comparisons_disagreements
from modecollapse.audit.again.comparisons import order as comparisons_order
from modecollapse.audit.again.comparisons import pairs as comparisons_pairs
from modecollapse.audit.again.comparisons import ranks as comparisons_ranks
from modecollapse.audit.again.comparisons import signals as comparisons_signals
from modecollapse.audit.again.comparisons import stability as comparisons_stability
from modecollapse.audit.again.comparisons import times as comparisons_times
from modecollapse.audit.again.comparisons.endpoints import families
from modecollapse.audit.again.comparisons.rows import known, trained, within
from modecollapse.audit.again.comparisons.written import rows_of
from modecollapse.audit.again.tables.compare import Table, compare
from modecollapse.audit.again.tables.ranges import Range, range_of
from modecollapse.audit.again.tables.rows import FILE
from modecollapse.audit.bundle import CLAIMS, Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.errors import StudyError
from modecollapse.measures import support

TITLE = "Comparisons, computed again"
SETTINGS = {"alpha": (0.0, 0.5), "window": (1, 10**6), "draws": (1, 99_999)}  # and what they may be
OF_COURSES = {*comparisons_signals.SIGNALS, *comparisons_signals.QUALITIES}


def check(bundle: Bundle) -> Result:
    """Compare pairs, baseline, ranks, stability, disagreements, coverage times and signals with their recomputation."""
    result = Result(of="values in the tables of comparisons")
    settings = _settings(bundle, result)
    if settings is None:
        return result
    rows, found = trained(lambda: bundle.measures, bundle.facts["datasets"])
    result.add(found)
    if rows.empty:
        result.notes.append(f"{FILE} has no rows that can be compared with the tables of comparisons")
        return result
    for table in _tables(bundle, rows, settings, result):
        compared, found, _ = compare(bundle.folder, table)
        result.looked_at += compared
        result.add(found)
        if not table.rows:
            result.notes.append(f"{table.file} has no rows: too few runs, variants or data sets")
    result.findings = list(dict.fromkeys(result.findings))  # a row of the tidy table may be in two of them
    return result


def _tables(bundle: Bundle, rows: pd.DataFrame, settings: dict[str, float], result: Result) -> Iterator[Table]:
    """The tables as they should be; what is wrong with rows, and with numbers beside each other, goes to `result`."""
    alpha, window, draws = settings["alpha"], int(settings["window"]), int(settings["draws"])
    better = {name: entry["better"] for name, entry in bundle.facts["measures"].items()}
    modes = {name: entry["modes"] for name, entry in bundle.facts["datasets"].items()}

    def ranges(dataset: str, measure: str) -> Range:
        return range_of(measure, modes[dataset]) or support(measure, modes[dataset])

    def taken(parts: tuple[pd.DataFrame, list[Finding]]) -> pd.DataFrame:
        result.add(parts[1])
        return parts[0]

    values = taken(within(taken(known(rows[rows["step"] > 0], better)), ranges))
    cells = families(values, window, ranges, better)
    written = rows_of(bundle.folder, comparisons_pairs.FILE, comparisons_pairs.KEYS)
    pairs = comparisons_pairs.pairs(cells, better, ranges, draws, written)
    yield comparisons_pairs.table(pairs, alpha, draws)
    result.add(comparisons_order.out_of_order(pairs))
    yield comparisons_baseline.table(pairs, alpha, draws, written)
    yield comparisons_ranks.table(cells, pairs, better)
    result.add(comparisons_ranks.sums(rows_of(bundle.folder, comparisons_ranks.FILE, comparisons_ranks.KEYS)))
    yield comparisons_stability.table(cells, better, draws)
    yield comparisons_disagreements.table(cells, pairs, better)
    written = rows_of(bundle.folder, comparisons_times.FILE, comparisons_times.KEYS)
    yield comparisons_times.table(taken(known(rows, comparisons_times.TIMES)), draws, written)
    yield comparisons_signals.table(taken(known(rows, OF_COURSES)), draws)


def _settings(bundle: Bundle, result: Result) -> dict[str, float] | None:
    """The settings that the comparisons hang on; None where they cannot be read, which is a finding."""
    try:
        found = bundle.registry["settings"]
        settings = {name: found[name] for name in SETTINGS}
    except (StudyError, LookupError, TypeError) as error:
        result.expect(False, CLAIMS, "settings", f"cannot be read: {' '.join(str(error).split())}")
        return None
    for name, (low, high) in SETTINGS.items():
        if not isinstance(settings[name], int | float) or not low <= settings[name] <= high:
            result.expect(False, CLAIMS, f"settings: {name}", f"is {settings[name]!r}, expected {low} to {high}")
            return None
    return settings

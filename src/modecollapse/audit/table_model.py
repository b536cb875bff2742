"""The tables as they must be: columns in order and what stands in them.

Written out a second time, not taken from the code that writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pandas as pd

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Finding

TIDY = {
    "experiment": "str",
    "dataset": "str",
    "variant": "str",
    "seed": "int64",
    "step": "int64",
    "measure": "str",
    "value": "float64",
    "n": "int64",
    "status": "str",
    "config_hash": "str",
    "device": "str",
}
CELLS = {
    "experiment": "str",
    "dataset": "str",
    "variant": "str",
    "config_hash": "str",
    "seeds": "int64",
    "measure": "str",
    "value": "float64",
    "status": "str",
}

# What stands in a column of a CSV; a name is text that is not empty.
NAME, TEXT, WHOLE, NUMBER, FLAG = "a name", "text", "a whole number", "a number", "True or False"
WHOLE_OR_NONE, NUMBER_OR_NONE = "a whole number or nothing", "a number or nothing"
# Measures without an upper limit: of these means may be infinite.
UNLIMITED = ("density", "kl_data", "sliced_wasserstein", "ivom_train", "ivom_test")


def _of(kind: str, columns: str) -> dict[str, str]:
    return dict.fromkeys(columns.split(), kind)


_CELL = _of(NAME, "experiment dataset variant")
_CONTRAST = _of(NUMBER_OR_NONE, "difference difference_lower difference_upper")
_CONTRAST |= _of(NUMBER, "superiority superiority_lower superiority_upper p p_holm")
_ENDS = {"better": TEXT, "meaningful": FLAG, "detectable": NUMBER_OR_NONE, "least_p": NUMBER}
TABLES: dict[str, dict[str, str]] = {
    "summary.csv": {
        **_CELL,
        **_of(NAME, "measure"),
        **_of(WHOLE, "step n n_diverged n_undefined"),
        **_of(NUMBER, "mean"),
        **_of(NUMBER_OR_NONE, "lower upper sd"),
        **_of(NUMBER, "min max"),
    },
    "pairs.csv": {
        **_of(NAME, "experiment dataset measure first second"),
        **_of(WHOLE, "n_first n_second"),
        **_of(NUMBER, "mean_first mean_second"),
        **_CONTRAST,
        **_of(NUMBER, "p_bh"),
        **_ENDS,
    },
    "baseline.csv": {
        **_of(NAME, "experiment dataset measure variant baseline"),
        **_of(WHOLE, "n n_baseline"),
        **_of(NUMBER, "mean mean_baseline"),
        **_CONTRAST,
        **_ENDS,
    },
    "ranks.csv": {
        **_of(NAME, "experiment dataset measure variant"),
        **_of(WHOLE, "n"),
        **_of(NUMBER, "mean rank"),
        **_of(WHOLE, "rank_low rank_high"),
        **_of(NUMBER_OR_NONE, "best_share best_three_share"),
    },
    "stability.csv": {
        **_of(NAME, "experiment measure statistic"),
        **_of(TEXT, "dataset second_dataset"),
        **_of(WHOLE, "variants"),
        **_of(NUMBER_OR_NONE, "value lower upper p"),
        **_of(NAME, "status"),
        **_of(TEXT, "variant"),
    },
    "disagreements.csv": {
        **_of(NAME, "experiment dataset kind measure second_measure"),
        **_of(TEXT, "variant second_variant"),
        **_of(NUMBER_OR_NONE, "superiority second_superiority value"),
        **_of(NAME, "status"),
    },
    "coverage_times.csv": {
        **_of(NAME, "experiment dataset measure variant"),
        **_of(WHOLE, "n reached"),
        **_of(NUMBER, "budget"),
        **_of(NUMBER_OR_NONE, "median"),
        **_of(NUMBER, "restricted_mean"),
        **_of(NUMBER_OR_NONE, "shared_budget difference p p_holm"),
    },
    "signals.csv": {
        **_of(NAME, "experiment dataset variant signal quality"),
        **_of(WHOLE, "runs diverged"),
        **_of(NUMBER_OR_NONE, "correlation across p"),
        **_of(NAME, "status"),
    },
    "verdicts.csv": {
        **_of(NAME, "claim part rule source"),
        **_of(TEXT, "place experiment dataset variant against measure published"),
        **_of(WHOLE_OR_NONE, "n n_failed"),
        **_of(NUMBER_OR_NONE, "estimate lower upper oracle rounding"),
        **_of(TEXT, "margin"),
        **_of(NUMBER_OR_NONE, "d_repro d_refute"),
        **_of(NAME, "verdict outcome"),
        **_of(TEXT, "reason"),
        **_of(WHOLE_OR_NONE, "seeds_needed"),
        **_of(TEXT, "at_this_budget"),
        **_of(WHOLE_OR_NONE, "steps reference_steps"),
        **_of(TEXT, "recipe worst_score final_step complete_case detail remeasured"),
        **_of(NAME, "registry"),
    },
    "claims.csv": {
        **_of(NAME, "claim source place says"),
        **_of(TEXT, "note experiment"),
        **_of(WHOLE, "parts"),
        **_of(NAME, "verdict outcome at_this_budget outcome_at_this_budget"),
    },
    "verdict_counts.csv": {
        **_of(NAME, "source"),
        **_of(TEXT, "experiment"),
        **_of(WHOLE, "REPRODUCED NOT_REPRODUCED PARTIALLY INCONCLUSIVE NOT_TESTABLE NOT_RUN"),
    },
    "flips.csv": {
        **_of(NAME, "claim"),
        **_of(TEXT, "experiment by dataset method measure first first_verdict second second_verdict"),
    },
    "published_audit.csv": {
        **_of(NAME, "source place dataset column method check outcome"),
        **_of(TEXT, "detail"),
    },
    "poster_table2.csv": {
        **_of(NAME, "method experiment variant row dataset of column measure published"),
        **_of(NAME, "n measured steps budget"),
        **_of(TEXT, "note"),
    },
}
# What the report prints, all of it text: the first columns; the others depend on the study.
_ROW = "experiment dataset variant data_set"
PRINTED = {
    **dict.fromkeys(("table1.csv", "table2.csv", "samples.csv", "inversions.csv"), f"{_ROW} kind row n n_diverged"),
    "convergence.csv": f"{_ROW} row",
    "began.csv": f"{_ROW} row gamma",
    "detection.csv": f"{_ROW} row n collapsed",
}


def typed_problems(table: pd.DataFrame, types: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(column, problem) where a Parquet table has not exactly these columns and types, or an empty place."""
    if list(table.columns) != list(types):
        yield "", f"its columns are {', '.join(map(str, table.columns))}; expected {', '.join(types)}"
        return
    for name, kind in types.items():
        if str(table[name].dtype) != kind:
            yield name, f"is of type {table[name].dtype}, not {kind}"
        elif table[name].isna().any():
            yield name, f"{int(table[name].isna().sum())} of {len(table)} rows have no value"


@lru_cache(maxsize=64)
def read(bundle: Bundle, name: str) -> tuple[pd.DataFrame | None, list[Finding]]:
    """A table of TABLES with its numbers as such, None where there is none, and what is wrong with it."""
    file = f"tables/{name}"
    try:
        text = bundle.table(name)
    except Exception as error:  # a damaged file can raise anything
        return None, [Finding(file, "", f"cannot be read: {' '.join(str(error).split())[:200]}")]
    expected = list(TABLES.get(name, PRINTED.get(name, "").split()))
    given = list(text.columns) if name in TABLES else list(text.columns)[: len(expected)]
    if given != expected:
        return None, [Finding(file, "", f"its columns are {', '.join(text.columns)}; expected {', '.join(expected)}")]
    wrong = [_wrong(file, column, text, kind) for column, kind in TABLES.get(name, {}).items()]
    found = [finding for finding in wrong if finding]
    numeric = [column for column, kind in TABLES.get(name, {}).items() if kind not in (NAME, TEXT, FLAG)]
    return (None, found) if found else (text.assign(**{column: _number(text[column]) for column in numeric}), [])


def line(index: int) -> str:
    """Where a row of a CSV stands."""
    return f"line {index + 2}"


def _wrong(file: str, column: str, text: pd.DataFrame, kind: str) -> Finding | None:
    """The first value of a column that is not of its kind, and how many more are not."""
    values = text[column]
    bad = ~_holds(values, kind)
    if kind in (NUMBER, NUMBER_OR_NONE):
        limited = ~text["measure"].isin(UNLIMITED) if "measure" in text else pd.Series(True, index=text.index)
        bad |= limited & np.isinf(_number(values))
    if not bad.any():
        return None
    first = int(np.flatnonzero(bad)[0])
    more = f", and {int(bad.sum()) - 1} more" if bad.sum() > 1 else ""
    return Finding(file, f"{line(first)}, {column}", f"{values[first]!r} is not allowed; expected: {kind}{more}")


def _holds(values: pd.Series, kind: str) -> pd.Series:
    """Which values are of a kind."""
    if kind == TEXT:
        return pd.Series(True, index=values.index)
    if kind == NAME:
        return values != ""
    if kind == FLAG:
        return values.isin(["True", "False"])
    number = _number(values)
    right = number.notna()
    if kind in (WHOLE, WHOLE_OR_NONE):
        right = np.isfinite(number) & (number == np.floor(number)) & (number >= 0)
    return right | (values == "") if kind in (WHOLE_OR_NONE, NUMBER_OR_NONE) else right


def _number(values: pd.Series) -> pd.Series:
    return pd.to_numeric(values, errors="coerce").astype("float64")

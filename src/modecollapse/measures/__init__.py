"""Measures: they read what a run left behind, so that one can be added without training again.

A file declares its measures in a literal MEASURES, by name, and has a function of the same name for each:

    MEASURES = {
        "modes": {
            "LABEL": "Modes captured",
            "DECIMALS": 2,  # that are printed
            "RANGE": (0, "K"),  # lowest and highest value: a number, "K", "ln K", or None where there is no limit
            "BETTER": "more",  # or "less"; variants are not ranked by a measure without it
            "NOTE": "modes that are nearest to a high-quality sample; more is better",  # for captions
            "MAIN": True,  # one of the dozen measures that a reader looks at first
            "SHARE_OF_SAMPLES": True,  # per cent of the samples, each of which counts or does not
        },
    }

What all measures of a file share may stand beside MEASURES instead. A measure READS one of three things:

- `counts`, the default: the function is given (K,) high-quality samples in each mode and the number n of all samples,
  at every evaluation. A measure of the counts by another rule than the data set's default one declares its RULE.
- `samples`: the function is given a `sampled.Sampled`, the samples at the last step beside training data.
- `inversions`: there is no function; `invert` writes the rows.

A function returns NaN where its formula has no value. A measure of some families of data sets alone names them in
FAMILIES. No interval is derived from a RANGE without a limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.problems import unknown

if TYPE_CHECKING:
    import numpy as np

    from modecollapse.study.summary import StudySummary

STATUS_OK, STATUS_UNDEFINED = "ok", "undefined"
COUNTS, SAMPLES, INVERSIONS = "counts", "samples", "inversions"


def value(measure: str, counts: np.ndarray, n: int) -> tuple[float, str]:
    """A measure of `counts`, (K,) high-quality samples in each mode among `n`, and its status.

    The status is `undefined` where the formula has no value; the value is then the worst of the range.
    """
    return _with_status(measure, _function(measure)(counts, n), len(counts))


def value_of_samples(measure: str, sampled: Any, modes: int) -> tuple[float, str]:
    """A measure of a `Sampled`, and its status: `undefined`, with the worst value, where too few samples are finite."""
    return _with_status(measure, _function(measure)(sampled) if sampled.usable else math.nan, modes)


def support(measure: str, modes: int) -> tuple[float, float]:
    """The lowest and the highest value the measure can take with K = `modes`."""
    _check(measure)
    low, high = catalogue.declared("measures", measure, "RANGE")
    limits = {"K": float(modes), "ln K": math.log(modes)}
    return -math.inf if low is None else float(low), math.inf if high is None else float(limits.get(high, high))


def supports(summary: StudySummary) -> Callable[[str, str], tuple[float, float]]:
    """`support` by the names of a data set and a measure of a study."""
    return lambda dataset, measure: support(measure, summary.datasets[dataset].modes)


def rule(measure: str) -> str | None:
    """The rule of the data set whose counts the measure reads; None is the default one."""
    return catalogue.declarations("measures", measure).get("RULE")


def is_share_of_samples(measure: str) -> bool:
    """Whether the measure is the per cent of samples that have a property, so that independent samples are binomial."""
    return catalogue.declarations("measures", measure).get("SHARE_OF_SAMPLES", False)


def reads(measure: str) -> str:
    """What the measure reads: COUNTS, SAMPLES or INVERSIONS."""
    _check(measure)
    return catalogue.declarations("measures", measure).get("READS", COUNTS)


def of_rules(chosen: Iterable[str], rules: Collection[str | None]) -> list[str]:
    """Those of the chosen measures that read the counts of one of the rules."""
    return [measure for measure in chosen if reads(measure) == COUNTS and rule(measure) in rules]


def of_samples(chosen: Iterable[str]) -> list[str]:
    """Those of the chosen measures that read samples."""
    return [measure for measure in chosen if reads(measure) == SAMPLES]


def _with_status(measure: str, found: float, modes: int) -> tuple[float, str]:
    if math.isnan(found):
        worst = catalogue.declarations("measures", measure).get("BETTER") == "less"
        return support(measure, modes)[worst], STATUS_UNDEFINED
    return found, STATUS_OK if math.isfinite(found) else STATUS_UNDEFINED


def _function(measure: str) -> Callable[..., float]:
    _check(measure)
    file = catalogue.source("measures", measure)
    function = getattr(import_module(f"modecollapse.measures.{file.stem}"), measure, None)
    if not callable(function):
        raise StudyError(f"measures/{file.name}: has no function {measure}; allowed: one for each name in MEASURES")
    return function


def _check(measure: str) -> None:
    """StudyError for a name that no file declares."""
    offered = catalogue.names("measures")
    if measure not in offered:
        raise StudyError(f"--measures: {unknown(measure, offered, more=catalogue.LISTED)}")

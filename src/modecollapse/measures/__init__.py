"""Measures: one file each. They read what a run left behind, so a measure can be added without training again.

A file declares LABEL, DECIMALS (that are printed), NOTE (what it is and which way is better, for captions), BETTER
(`more` or `less`, without which variants are not ranked by it) and, if not `counts`, what it READS:

- `counts`: `value(counts, n)` of (K,) high-quality samples in each mode among n; known at every evaluation. Where it
  reads the counts of another rule than a data set's default one, it declares RULE; data sets without that rule then
  have no such measure.
- `samples`: `value(sampled)` of a `sampled.Sampled`, the samples at the last step beside training data. BETTER must be
  declared.
- `inversions`: nothing to compute here; `invert` has written its rows.

All define `support(modes)`, the range of the values; an infinite end means that no interval is derived from it. Where a
measure is about some families of data sets alone, it declares FAMILIES.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.problems import unknown

if TYPE_CHECKING:
    from modecollapse.study.summary import StudySummary

STATUS_OK, STATUS_UNDEFINED = "ok", "undefined"
COUNTS, SAMPLES, INVERSIONS = "counts", "samples", "inversions"


def value(measure: str, counts: np.ndarray, n: int) -> tuple[float, str]:
    """A measure of `counts`, (K,) high-quality samples in each mode among `n`, and its status.

    The status is `undefined` where the formula has no value; the value is then the worst of the support.
    """
    return module(measure).value(counts, n)


def value_of_samples(measure: str, sampled: Any, modes: int) -> tuple[float, str]:
    """A measure of a `Sampled`, and its status: `undefined`, with the worst value, where too few samples are finite."""
    if not sampled.usable:
        return support(measure, modes)[module(measure).BETTER == "less"], STATUS_UNDEFINED
    found = module(measure).value(sampled)
    return found, STATUS_OK if np.isfinite(found) else STATUS_UNDEFINED


def support(measure: str, modes: int) -> tuple[float, float]:
    """The lowest and the highest value the measure can take with K = `modes`."""
    return module(measure).support(modes)


def supports(summary: StudySummary) -> Callable[[str, str], tuple[float, float]]:
    """`support` by the names of a data set and a measure of a study."""
    return lambda dataset, measure: support(measure, summary.datasets[dataset].modes)


def rule(measure: str) -> str | None:
    """The rule of the data set whose counts the measure reads; None is the default one."""
    return getattr(module(measure), "RULE", None)


def reads(measure: str) -> str:
    """What the measure reads: COUNTS, SAMPLES or INVERSIONS."""
    return getattr(module(measure), "READS", COUNTS)


def of_rules(chosen: Iterable[str], rules: Collection[str | None]) -> list[str]:
    """Those of the chosen measures that read the counts of one of the rules."""
    return [measure for measure in chosen if reads(measure) == COUNTS and rule(measure) in rules]


def of_samples(chosen: Iterable[str]) -> list[str]:
    """Those of the chosen measures that read samples."""
    return [measure for measure in chosen if reads(measure) == SAMPLES]


def module(measure: str) -> Any:
    """The file of a measure; StudyError where there is none."""
    offered = catalogue.names("measures")
    if measure not in offered:
        raise StudyError(f"--measures: {unknown(measure, offered, more=catalogue.LISTED)}")
    return import_module(f"modecollapse.measures.{measure}")

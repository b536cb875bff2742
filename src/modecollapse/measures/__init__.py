"""Measures: one file each. They read counts, so a measure can be added without training anything again.

A file declares LABEL, DECIMALS (that are printed) and NOTE (what it is and which way is better, for captions), and
defines `value(counts, n)` and `support(modes)`, the range of its values. Where it reads the counts of another rule than
a data set's default one, it declares RULE; data sets without that rule then have no such measure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib import import_module
from typing import Any

import numpy as np

from modecollapse.errors import StudyError
from modecollapse.study import catalogue

STATUS_OK, STATUS_UNDEFINED = "ok", "undefined"


def value(measure: str, counts: np.ndarray, n: int) -> tuple[float, str]:
    """A measure of `counts`, (K,) high-quality samples in each mode among `n`, and its status.

    The status is `undefined` where the formula has no value; the value is then the worst of the support.
    """
    return module(measure).value(counts, n)


def support(measure: str, modes: int) -> tuple[float, float]:
    """The lowest and the highest value the measure can take with K = `modes`."""
    return module(measure).support(modes)


def rule(measure: str) -> str | None:
    """The rule of the data set whose counts the measure reads; None is the default one."""
    return getattr(module(measure), "RULE", None)


def of_rules(chosen: Iterable[str], rules: Collection[str | None]) -> list[str]:
    """Those of the chosen measures that read the counts of one of the rules."""
    return [measure for measure in chosen if rule(measure) in rules]


def module(measure: str) -> Any:
    """The file of a measure; StudyError where there is none."""
    offered = catalogue.names("measures")
    if measure not in offered:
        raise StudyError(f"--measures: {measure!r} is unknown; allowed: {', '.join(offered)}")
    return import_module(f"modecollapse.measures.{measure}")

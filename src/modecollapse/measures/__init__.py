"""Measures: one file each. They read counts, so a measure can be added without training anything again.

A file declares LABEL, DECIMALS (that are printed) and NOTE (what it is and which way is better, for captions), and
defines `value(counts, n)` and `support(modes)`, the range of its values.
"""

from __future__ import annotations

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


def module(measure: str) -> Any:
    """The file of a measure; StudyError where there is none."""
    offered = catalogue.names("measures")
    if measure not in offered:
        raise StudyError(f"--measures: {measure!r} is unknown; allowed: {', '.join(offered)}")
    return import_module(f"modecollapse.measures.{measure}")

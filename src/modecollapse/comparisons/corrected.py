"""What a comparison is worth among those made together with it: Holm's correction and what could have been seen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from modecollapse.statistics.detectable import detectable_superiority
from modecollapse.statistics.multiplicity import holm, least_p

_detectable = cache(detectable_superiority)  # a sum over all rank sums, and the same for every family of one size


def corrected(family: Sequence[dict[str, Any]], alpha: float, draws: int) -> list[dict[str, Any]]:
    """The comparisons of a family, rows of `pairs`, with `p_holm`, `better`, `detectable` and `least_p` for `alpha`."""
    adjusted = holm([row["p"] for row in family])
    each = alpha / len(family)  # what the smallest p must reach
    return [
        row
        | {"p_holm": float(p), "better": _winner(row) if p <= alpha else ""}
        | {"detectable": _detectable(row["n_first"], row["n_second"], each, draws=draws)}
        | {"least_p": least_p(row["n_first"], row["n_second"], draws)}
        for row, p in zip(family, adjusted, strict=True)
    ]


def _winner(row: dict[str, Any]) -> str:
    return row["first"] if row["superiority"] > 0.5 else row["second"]

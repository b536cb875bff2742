"""Audits of published tables by themselves: which printed numbers can be what they are said to be.

None of them needs a run of ours. `audit_rows` applies the functions of `numbers` to the numbers of `claims.published`.
"""

from __future__ import annotations

from modecollapse.claims.audits.numbers import (
    above_oracle,
    ceiling,
    compatible_runs,
    granular,
    kl_floor,
    same_run_count,
    sd_bounds,
)
from modecollapse.claims.audits.rows import audit_rows

__all__ = [
    "above_oracle",
    "audit_rows",
    "ceiling",
    "compatible_runs",
    "granular",
    "kl_floor",
    "same_run_count",
    "sd_bounds",
]

"""Rows as a table whose columns and their types are declared, also where there are no rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

TEXT, WHOLE, NUMBER, FLAG = "str", "int64", "float64", "bool"


def frame(rows: Sequence[Mapping[str, Any]], types: Mapping[str, str]) -> pd.DataFrame:
    """The columns of `types`, in its order; None becomes NaN in a column of numbers, which a CSV leaves empty."""
    return pd.DataFrame(list(rows), columns=list(types)).astype(dict(types))

"""The verdicts in reach as a table on a terminal."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Column, Table


def print_reachable(rows: list[dict[str, Any]], console: Console) -> None:
    """`rows` of `reachable_verdicts`: one line for the parts of a claim that can end alike and for the same reason."""
    table = Table(
        Column("claim", no_wrap=True),
        "experiment",
        Column("parts", justify="right"),
        "verdicts in reach",
        "for more, it would take",
        title="What the claims can come to (INCONCLUSIVE is always possible)",
    )
    alike = ["claim", "experiment", "reachable", "needs"]
    for key, parts in pd.DataFrame(rows).groupby(alike, sort=False):
        claim, experiment, reachable, needs = key
        table.add_row(claim, experiment or "-", str(len(parts)), reachable, needs or "-")
    console.print(table)

"""The table of all claims of a finished study: `python tests/support/claims_table.py results/release` prints it.

A row is a claim in an experiment: what decided it, its decisive tests with their effects, the verdict, and whether the
effect that was seen goes with what the document says or against it, whatever the verdict.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from modecollapse import reading

DIRECTIONS = {"REPRODUCED": "with it", "NOT_REPRODUCED": "against it", "PARTIALLY": "in part"}
HEAD = "| claim | document | decided by | experiment | n | effects [interval] | verdict | effect goes |\n"
HEAD += "|---|---|---|---|---|---|---|---|\n"


def table(results: Path) -> str:
    """The table as Markdown, from claims.csv and verdicts.csv of a results folder."""
    claims, tests = (reading.csv(results / "tables" / f"{name}.csv") for name in ("claims", "verdicts"))
    text = HEAD
    for claim in claims.to_dict("records"):
        own = tests[(tests["claim"] == claim["claim"]) & (tests["experiment"] == claim["experiment"])]
        own = own[(own["role"] == "primary") & (own["outcome"] != "NOT_RUN")]
        n = ", ".join(sorted({f"{float(value):.0f}" for value in own["n"] if value != ""}))
        seen = claim["outcome"] if claim["outcome"] in DIRECTIONS else claim["at_budget_outcome"]
        cells = [claim["claim"], claim["source"], claim["decided_by"] or "-", claim["experiment"] or "-", n or "-"]
        cells += ["; ".join(effect(row) for row in own.to_dict("records") if row["estimate"] != "") or "-"]
        cells += [f"{claim['outcome']}{reasons(own)}", DIRECTIONS.get(seen, "open")]
        text += f"| {' | '.join(cells)} |\n"
    return text


def effect(row: dict[str, str]) -> str:
    """The estimate of a test with its interval, and its p where it has no interval."""
    numbers = [float(row[key]) for key in ("estimate", "lower", "upper") if row[key] != ""]
    value, *interval = [f"{number:.3g}" for number in numbers]
    return f"{row['dataset']}, {row['variant']}: {row['measure']} {value}" + (
        f" [{', '.join(interval)}]" if interval else ""
    )


def reasons(own: pd.DataFrame) -> str:
    """Why the tests of a claim are as they are, each reason once."""
    found = dict.fromkeys(reason for reason in own["reason"] if reason)
    return f" ({', '.join(found)})" if found else ""


if __name__ == "__main__":
    print(table(Path(sys.argv[1])), end="")

"""The table that the fault tests print."""

from __future__ import annotations

import fault_table
import pytest


def test_rows_stand_in_the_order_of_their_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fault_table, "_rows", [])
    for case in ("slurm node dies", "18 (DAG)", "8", "18", "slurm job cancelled", "18 (slurm)"):
        fault_table.add(case, "how", "what", 1.25)
    lines = fault_table.lines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == [
        "8",
        "18",
        "18 (DAG)",
        "18 (slurm)",
        "slurm job cancelled",
        "slurm node dies",
    ]
    assert len({len(line) for line in lines}) == 1

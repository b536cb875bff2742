"""convergence.csv and began.csv, computed again: the median over the runs of a cell, with the ends."""

from __future__ import annotations

from collections.abc import Iterator

from modecollapse.audit.again.tables.compare import Cell, Table
from modecollapse.audit.again.tables.plan import NONE, Facts
from modecollapse.audit.again.tables.rows import Group, Run

KEYS = ["experiment", "dataset", "variant"]
FIRST = [*KEYS, "data_set", "row"]
FLAG, TIME, CENSORED = "diverged", "coverage_time:", "censored"
# Decimals, in the order of the columns. Those of modes are only where modes are counted.
OF_MODES = {
    "coverage_time:1": 0,
    "full_coverage_share": 2,
    "within_sd:modes": 2,
    "drawdown:modes": 1,
    "hopping_rate": 2,
}
CONVERGENCE = {
    FLAG: 0,
    **OF_MODES,
    "sign_changes:loss_D": 2,
    "peak_share:loss_D": 2,
    "D_from_half": 3,
    "last_to_first:grad_norm_G": 2,
}
RATIO = "began_ratio"  # whoever has it is held in BEGAN's balance
BEGAN = {
    RATIO: 3,
    "began_ratio_deviation": 2,
    "began_k": 3,
    "began_k_at_0": 2,
    "began_k_at_1": 2,
    "began_M_global": 3,
    "rank_correlation:state_M_global:hq": 2,
    "given_time:state_M_global:hq": 2,
    "rank_correlation:state_M_global:modes": 2,
}
MEASURES = {*CONVERGENCE, *BEGAN}


def convergence(facts: Facts, groups: dict[Group, list[Run]]) -> Table:
    """convergence.csv: a row a cell."""
    rows = []
    for cell, row in cells(facts):
        shown = CONVERGENCE if counts_modes(facts, cell[1]) else CONVERGENCE.keys() - OF_MODES.keys()
        rows.append(row | {name: text_of(facts, groups, cell, name, CONVERGENCE[name]) for name in shown})
    return _table("convergence", list(CONVERGENCE), rows)


def began(facts: Facts, groups: dict[Group, list[Run]]) -> Table:
    """began.csv: a row a cell that is held in balance."""
    rows = []
    for cell, row in cells(facts):
        if (*cell, RATIO) in groups:
            gamma = str(facts["variants"][cell[2]]["options"].get("gamma", NONE))
            texts = {name: text_of(facts, groups, cell, name, places) for name, places in BEGAN.items()}
            rows.append(row | {"gamma": gamma} | texts)
    return _table("began", ["gamma", *BEGAN], rows)


def cells(facts: Facts) -> Iterator[tuple[tuple[str, str, str], dict[str, str | Cell]]]:
    """The cells of a study in its order, each with the start of its row."""
    for cell in facts["cells"]:
        key = cell["experiment"], cell["dataset"], cell["variant"]
        labels = facts["datasets"][key[1]]["label"], facts["variants"][key[2]]["label"]
        yield key, dict(zip(FIRST, (*key, *labels), strict=True))


def counts_modes(facts: Facts, dataset: str) -> bool:
    """Whether some measure of a data set reads counts."""
    return any(facts["measures"][name]["reads"] == "counts" for name in facts["datasets"][dataset]["measures"])


def _table(name: str, columns: list[str], rows: list[dict[str, str | Cell]]) -> Table:
    head = [*FIRST, *columns]
    return Table(f"tables/{name}.csv", head, KEYS, [{c: row.get(c, NONE) for c in head} for row in rows])


def text_of(facts: Facts, groups: dict[Group, list[Run]], cell: tuple[str, str, str], name: str, places: int) -> str:
    """How many runs diverged, or the spread over the runs, with their number where some have no value."""
    runs = groups.get((*cell, name), [])
    if not runs:
        return NONE
    if name == FLAG:
        return f"{sum(run.value for run in runs):.0f}"
    # A time that did not come within the budget sorts behind one that came at its end.
    values = sorted((run.value, _is_least(name, run)) for run in runs)
    few = f", n = {len(runs)}" if len(runs) < len(facts["seeds"]) else ""
    return _spread(values, places) + few


def _is_least(name: str, run: Run) -> bool:
    """Whether the value is but the least that the run's can be: the budget, within which the event did not come."""
    return run.status == CENSORED or (name.startswith(TIME) and run.value >= run.step)


def _spread(values: list[tuple[float, bool]], places: int) -> str:
    """`240 [120, ≥ 500]`: the median and the ends of sorted values, or one of the three where they print the same."""
    below, above = values[(len(values) - 1) // 2], values[len(values) // 2]
    middle = ((below[0] + above[0]) / 2, below[1] or above[1])
    texts = [("≥ " if least else "") + _rounded(value, places) for value, least in (middle, values[0], values[-1])]
    return texts[0] if len(set(texts)) == 1 else f"{texts[0]} [{texts[1]}, {texts[2]}]"


def _rounded(value: float, places: int) -> str:
    """With commas at thousands, and no sign before a zero."""
    text = f"{value:,.{places}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text

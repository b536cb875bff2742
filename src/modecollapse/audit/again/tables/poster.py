"""poster_table2.csv, computed again: Table 2 of the poster beside what every experiment measured."""

from __future__ import annotations

from typing import Any

from modecollapse.audit.again.tables.compare import Cell, Table
from modecollapse.audit.again.tables.plan import NONE, Facts, places
from modecollapse.audit.again.tables.printed import Mean
from modecollapse.audit.again.tables.published import Published, Value
from modecollapse.audit.again.tables.rows import Group
from modecollapse.audit.again.tables.summary import Summed

SOURCE, PLACE = "veegan-poster", "Table 2"
KEYS = ["method", "experiment", "variant", "dataset", "measure"]
COLUMNS = ["method", "experiment", "variant", "row", "dataset", "of", "column", "measure", "published"]
COLUMNS += ["n", "measured", "steps", "budget", "note"]


def table(facts: Facts, summary: dict[Group, Summed], published: Published) -> Table:
    """A row for each printed number, experiment, and variant that stands for the method there, or one for nobody."""
    experiments = list(dict.fromkeys(cell["experiment"] for cell in facts["cells"]))
    rows = []
    for value in published.values:
        if (value.source, value.place) != (SOURCE, PLACE):
            continue
        for experiment in experiments:
            own = dict.fromkeys(cell["variant"] for cell in facts["cells"] if cell["experiment"] == experiment)
            standing = [name for name in own if name in published.methods[value.method]]
            rows += [_row(facts, summary, experiment, name, value) for name in standing or [None]]
    return Table("tables/poster_table2.csv", COLUMNS, KEYS, rows)


def _row(
    facts: Facts, summary: dict[Group, Summed], experiment: str, variant: str | None, value: Value
) -> dict[str, str | Cell]:
    dataset = _of_family(facts, experiment, value.dataset)
    cell = _planned(facts, experiment, dataset, variant)
    row: dict[str, str | Cell] = dict.fromkeys(COLUMNS, NONE)
    row |= {"method": value.method, "experiment": experiment, "dataset": value.dataset, "column": value.column}
    row |= {"measure": value.measure, "published": value.text, "of": dataset or NONE}
    row |= {"variant": variant, "row": facts["variants"][variant]["label"]} if variant else {}
    summed = summary.get((experiment, dataset, variant, value.measure))
    if cell is None or summed is None:
        return row | {"note": _why_not(facts, variant, cell, value)}
    entry = facts["datasets"][dataset]
    changed = ", ".join(f"{option} = {chosen}" for option, chosen in entry["options"].items())
    note = "" if entry["as_published"] else f"{entry['label']} with other options than the published: {changed}"
    measured = Mean(summed, facts["measures"][value.measure]["decimals"])
    steps, budget = f"{cell['steps']:,}", _budget(cell["steps"], cell["reference_steps"])
    return row | {"n": summed.cells["n"], "measured": measured, "steps": steps, "budget": budget, "note": note}


def _of_family(facts: Facts, experiment: str, family: str) -> str | None:
    """The experiment's first data set of a family that is defined as published, else the first of the family."""
    own = [name for place, name in places(facts, None) if place == experiment]
    own = [name for name in own if facts["datasets"][name]["family"] == family]
    return next((name for name in own if facts["datasets"][name]["as_published"]), own[0] if own else None)


def _planned(facts: Facts, *key: str | None) -> dict[str, Any] | None:
    for cell in facts["cells"]:
        if (cell["experiment"], cell["dataset"], cell["variant"]) == key:
            return cell
    return None


def _why_not(facts: Facts, variant: str | None, cell: dict[str, Any] | None, value: Value) -> str:
    if value.dataset not in {entry["family"] for entry in facts["datasets"].values()}:
        return f"{value.column.split(', ')[0]} is not in this study; config/images.yaml runs it"
    if variant is None:
        return "no variant of this experiment stands for the method"
    if cell is None:
        return "no recipe for it in this experiment"
    return f"not measured: {value.measure} is not among the study's measures"


def _budget(steps: int, reference: int | None) -> str:
    """A share of the steps of the work that the recipe is from: in whole percent, below ten to two digits."""
    if reference is None:
        return NONE
    percent = 100 * steps / reference
    return f"{percent:.0f}%" if percent >= 10 else f"{percent:.2g}%"

"""The tidy table and the table of cells, computed again from runs and data by a second implementation."""

from __future__ import annotations

from collections import Counter as Tally
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.audit.again.measures import modes, rows
from modecollapse.audit.again.measures.block import Block, measured
from modecollapse.audit.again.measures.cells import cell
from modecollapse.audit.again.measures.replicates import CALIBRATION, Calibrated, rows_of, unlike_counts, unlike_draws
from modecollapse.audit.again.measures.table import cleaned, compare
from modecollapse.audit.again.measures.trace import Planned
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Result
from modecollapse.reading import npz
from modecollapse.study import specs

TITLE = "Measures, computed again"
TABLE, CELLS = "tables/measures.parquet", "tables/cells.parquet"
KEY = ["experiment", "dataset", "variant", "seed", "step", "measure"]
TOLD = ["n", "status", "config_hash", "device"]
CELL_KEY = ["experiment", "dataset", "variant", "measure"]
CELL_TOLD = ["seeds", "status", "config_hash"]


def check(bundle: Bundle) -> Result:
    """Every row of both tables against runs, samples, traces and data; calibration as a distribution."""
    result = Result(of="rows")
    data = _data(bundle, result)
    blocks = _blocks(bundle, data, result)
    table = _read(bundle, TABLE, [*KEY, "value", *TOLD], result)
    if table is not None:
        unknown = [name for name in bundle.study.measures if not rows.known(name)]
        if unknown:
            result.notes.append(f"not computed again, for nothing is known of them here: {', '.join(unknown)}")
        table = table[~table["measure"].isin(unknown)]
        aside = table["experiment"] == CALIBRATION
        inverted = table["measure"].isin(rows.INVERTED)
        _compare_runs(bundle, blocks, table[~aside & ~inverted], result)
        _compare_inversions(bundle, table[inverted], result)
        _compare_calibration(bundle, data, table[aside & ~inverted], result)
    cells = _read(bundle, CELLS, [*CELL_KEY, "value", *CELL_TOLD], result)
    if cells is not None:
        _compare_cells(bundle, blocks, cells, result)
    return result


def _name(row: dict[str, Any]) -> str:
    return "{experiment}/{dataset}/{variant}/seed {seed}/step {step}/{measure}".format_map(row)


def _cell_name(row: dict[str, Any]) -> str:
    return "{experiment}/{dataset}/{variant}/{measure}".format_map(row)


def _data(bundle: Bundle, result: Result) -> dict[str, modes.Arrays]:
    """The arrays of every data file whose samples can be counted here."""
    found = {}
    for spec in _specs(bundle).values():
        file = f"data/{spec.name}.npz"
        if file in bundle.withheld:
            result.notes.append(f"{file} is withheld: samples and calibration of {spec.name} not computed again")
            continue
        try:
            found[spec.name] = npz(bundle.folder / file)
            if modes.counter(spec.family, found[spec.name]) is None:
                result.notes.append(f"not computed again: the counts of samples of {spec.name}, its classifier's")
        except Exception as error:  # a damaged file makes the reader raise what it likes
            found.pop(spec.name, None)
            result.expect(False, file, "", f"cannot be read: {_line(error)}")
    return found


def _specs(bundle: Bundle) -> dict[str, specs.DatasetSpec]:
    return {cell.dataset.name: cell.dataset for cell in bundle.cells}


def _blocks(bundle: Bundle, data: dict[str, modes.Arrays], result: Result) -> dict[str, tuple[Planned, Block]]:
    """What every planned block comes to, but for those whose traces are withheld."""
    found, withheld, unlisted = {}, Tally(), Tally()
    for path, block in bundle.blocks.items():
        place, planned = f"runs/{path}", _planned(block, bundle.study.measures)
        if f"{place}/trace.parquet" in bundle.withheld:
            withheld["traces"] += 1
            continue
        arrays = data.get(planned.dataset)
        counter = modes.counter(planned.family, arrays) if arrays is not None else None
        weights = modes.weights(planned.family, arrays) if arrays is not None else None
        again = measured(bundle.folder / place, place, planned, counter, weights)
        if counter is not None and not again.recounted and not again.findings:
            withheld["samples"] += 1
            if f"{place}/samples.npy" not in bundle.withheld:
                result.expect(False, f"{place}/samples.npy", "", "missing, so it was not counted again")
        unlisted.update(name for name in planned.measures if name in rows.LIMITS)
        unlisted.update(name for name in planned.measures if name == rows.DATA_KL and weights is None)
        result.add(again.findings)
        found[path] = planned, again
    if withheld["traces"]:
        result.notes.append(f"{withheld['traces']} traces are withheld: the rows of their runs not computed again")
    if withheld["samples"]:
        result.notes.append(f"samples of {withheld['samples']} blocks are withheld: the trace's counts stand for them")
    if unlisted:
        names = ", ".join(unlisted)
        result.notes.append(
            f"not computed again, but for their range: {names} (beside training points drawn elsewhere)"
        )
    return found


def _planned(block: specs.Block, measures: list[str]) -> Planned:
    planned = block.cell
    return Planned(
        experiment=planned.experiment,
        dataset=planned.dataset.name,
        variant=planned.variant.name,
        seeds=block.seeds,
        steps=planned.training.steps,
        family=planned.dataset.family,
        modes=planned.dataset.modes,
        samples=planned.dataset.samples,
        measures=list(measures),
        gamma=planned.variant.options.get("gamma"),
        config_hash=planned.config_hash,
    )


def _read(bundle: Bundle, file: str, columns: list[str], result: Result) -> pd.DataFrame | None:
    try:
        table = pd.read_parquet(bundle.folder / file)
    except Exception as error:  # a damaged file makes the reader raise what it likes
        result.expect(False, file, "", f"cannot be read: {_line(error)}")
        return None
    named = _cell_name if columns[:4] == CELL_KEY else _name
    clean, findings = cleaned(table, columns, file, named)
    result.add(findings)
    return clean


def _compare_runs(
    bundle: Bundle, blocks: dict[str, tuple[Planned, Block]], table: pd.DataFrame, result: Result
) -> None:
    """Rows of runs; those of runs that could not be computed again are left out, for that is a finding of its own."""
    parts, lost = [], set(bundle.blocks)
    for path, (planned, block) in blocks.items():
        if block.rows is not None:
            lost.discard(path)
            of_run = {name: getattr(planned, name) for name in ("experiment", "dataset", "variant", "config_hash")}
            parts.append(block.rows.assign(**of_run, device=block.device))
    left_out = {
        (block.cell.experiment, block.cell.dataset.name, block.cell.variant.name, seed)
        for path, block in bundle.blocks.items()
        for seed in (block.seeds if path in lost else ())
    }
    if left_out:
        runs = pd.MultiIndex.from_frame(table[KEY[:4]])
        table = table[~runs.isin(list(left_out))]
    expected = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*KEY, "value", *TOLD, "others"])
    if not parts:
        result.notes.append("no run could be computed again")
    result.looked_at += len(expected)
    result.add(compare(table, expected, KEY, TOLD, TABLE, _name, rows.LIMITS))


def _compare_inversions(bundle: Bundle, table: pd.DataFrame, result: Result) -> None:
    """IvOM's rows against those of inversions/, which made them; the inversions themselves are not repeated."""
    files = [
        path.relative_to(bundle.folder).as_posix() for path in sorted(bundle.folder.glob("inversions/**/*.parquet"))
    ]
    parts = [part for file in files if (part := _read(bundle, file, [*KEY, "value", *TOLD], result)) is not None]
    if not parts and table.empty:
        return
    result.notes.append("not computed again: ivom_test, ivom_train; their rows are compared with those in inversions/")
    expected = pd.concat([*parts, table.head(0)], ignore_index=True)
    expected["others"] = [()] * len(expected)
    result.looked_at += len(expected)
    result.add(compare(table, expected, KEY, TOLD, TABLE, _name, {}))


def _compare_calibration(bundle: Bundle, data: dict[str, modes.Arrays], table: pd.DataFrame, result: Result) -> None:
    """Oracle and nulls: which rows there are, and that their values are those of such data."""
    about = [
        Calibrated(spec.name, spec.family, spec.modes, spec.samples, spec.config_hash, data.get(spec.name))
        for spec in _specs(bundle).values()
    ]
    measures, expected = bundle.study.measures, []
    for each in about:
        expected += rows_of(each, measures, bundle.study.calibration_replicates)
        result.add(unlike_counts(table, each, TABLE))
        if each.counter is None:
            result.notes.append(f"calibration of {each.name}: only ranges were looked at, not drawn again")
        else:
            result.add(unlike_draws(table, each, measures, TABLE))
    if rows.DATA_KL in measures:
        result.notes.append(f"calibration: {rows.DATA_KL} not drawn again")
    frame = pd.DataFrame(expected, columns=[*KEY, "value", *TOLD, "others"])
    result.looked_at += len(frame)
    result.add(compare(table, frame, KEY, TOLD, TABLE, _name, rows.LIMITS))


def _compare_cells(
    bundle: Bundle, blocks: dict[str, tuple[Planned, Block]], table: pd.DataFrame, result: Result
) -> None:
    """What the seeds of a cell show together, where all of them could be read."""
    expected, lost = [], set()
    for planned in bundle.cells:
        name = planned.experiment, planned.dataset.name, planned.variant.name
        paths = [path for path, block in bundle.blocks.items() if block.cell.path == planned.path]
        if any(path not in blocks or blocks[path][1].rows is None for path in paths):
            lost.add(name)
            continue
        runs = [run for path in paths for run in blocks[path][1].runs]
        with np.errstate(all="ignore"):
            found = cell(runs)
        for measure, value in found.items():
            told = len(runs), value.status, planned.config_hash
            expected.append((*name, measure, value.value, *told, value.others))
    table = table[~pd.MultiIndex.from_frame(table[CELL_KEY[:3]]).isin(list(lost))] if lost else table
    frame = pd.DataFrame(expected, columns=[*CELL_KEY, "value", *CELL_TOLD, "others"])
    if lost:
        result.notes.append(f"{len(lost)} cells not computed again, for want of a trace")
    result.looked_at += len(frame)
    result.add(compare(table, frame, CELL_KEY, CELL_TOLD, CELLS, _cell_name, {}))


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]

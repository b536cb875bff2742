"""No number is impossible: bounds of measures, counts that exceed their samples, intervals without their mean."""

from __future__ import annotations

import numpy as np
import pandas as pd

from modecollapse.audit import limits, reading, table_model
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Finding, Result

TITLE = "Bounds"
CLOCK = 2.0  # seconds by which a clock and a stopwatch may differ, at one second's resolution


def check(bundle: Bundle) -> Result:
    """Look at records, traces, the tidy table and the tables made from it."""
    result = Result(of="numbers and relations of numbers")
    for path, run in reading.noted_runs(bundle, result).items():
        _record(result, bundle, path, run)
    for path, trace in reading.traces(bundle)[0].items():
        _trace(result, bundle, path, trace)
    table = reading.noted_tidy(bundle, result)
    if table is not None:
        _values(result, bundle, table)
        _relations(result, bundle, table)
    cells, _ = reading.of_cells(bundle)
    if cells is not None:
        wrong = cells[cells["measure"].str.startswith("auc:") & ~cells["value"].between(0, 1)]
        result.looked_at += len(cells)
        result.add(Finding(reading.OF_CELLS, _place(row), f"{row['value']:g} is not in 0 to 1") for row in _rows(wrong))
    for name, rules in limits.TABLES.items():
        _table(result, bundle, name, rules)
    return result


def _record(result: Result, bundle: Bundle, path: str, run: reading.RunRecord) -> None:
    """Steps, batch and times of one run."""
    file, training = f"runs/{path}/run.json", bundle.blocks[path].cell.training
    for key in ("steps", "batch"):
        found, planned = getattr(run, key), getattr(training, key)
        result.expect(found == planned, file, key, f"trained with {found}, configured are {planned}")
    for seed, step in run.diverged.items():
        problem = f"seed {seed} diverged at step {step} of {training.steps}"
        result.expect(step <= training.steps, file, "status", problem)
    for key in ("wall_seconds", "process_seconds"):
        result.expect(getattr(run, key) > 0, file, key, f"{getattr(run, key):g} s for {run.steps} steps")
    result.expect(run.lasted >= 0, file, "ended", f"{run.ended} is before it started, {run.started}")
    problem = f"{run.wall_seconds:.1f} s are more than from start to end, {run.lasted:.0f} s, without interruption"
    within = bool(run.incidents) or run.wall_seconds <= run.lasted + CLOCK
    result.expect(within or run.lasted < 0, file, "wall_seconds", problem)
    speed = run.steps * len(run.seeds) / run.wall_seconds if run.wall_seconds else 0.0
    problem = f"{run.seed_steps_per_second:g}, computed from the others {speed:g}"
    result.expect(bool(np.isclose(run.seed_steps_per_second, speed)), file, "seed_steps_per_second", problem)


def _trace(result: Result, bundle: Bundle, path: str, trace: reading.Trace) -> None:
    """Counts within the samples, K modes, and losses that are numbers unless the run diverged."""
    file, spec = f"runs/{path}/trace.parquet", bundle.blocks[path].cell.dataset
    n, run = trace["n"], reading.runs(bundle).get(path)
    every = {name: counts for name, counts in trace.items() if name.startswith(reading.COUNTS)}
    _first(result, file, trace, n != spec.samples, f"n is not the {spec.samples} samples of {spec.name}")
    _first(result, file, trace, (trace["n_nonfinite"] < 0) | (trace["n_nonfinite"] > n), "n_nonfinite is not in 0 to n")
    for name, counts in every.items():
        modes = counts.shape[1]
        result.expect(modes == spec.modes, file, name, f"has {modes} modes, {spec.name} has {spec.modes}")
        _first(result, file, trace, (counts < 0).any(axis=1), f"{name} has a count below 0")
        over = counts.sum(axis=1) + trace["n_nonfinite"] > n
        _first(result, file, trace, over, f"{name} and n_nonfinite add up to more than n")
    if run is None:
        return
    ends = np.array([run.diverged.get(seed, np.inf) for seed in trace["seed"].tolist()])
    due = (trace["step"] > 0) & (trace["step"] < ends)
    for name, values in trace.items():
        if name.startswith(("loss_", "mean_loss_")):
            _first(result, file, trace, due & ~np.isfinite(values), f"{name} is not finite, and run.json says ok")


def _first(result: Result, file: str, trace: reading.Trace, bad: np.ndarray, problem: str) -> None:
    """Count the rows and name the first bad one."""
    result.looked_at += len(bad)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        more = f" (and {int(bad.sum()) - 1} rows more)" if bad.sum() > 1 else ""
        result.add([Finding(file, f"seed {trace['seed'][row]}, step {trace['step'][row]}", problem + more)])


def _values(result: Result, bundle: Bundle, table: pd.DataFrame) -> None:
    """Every row within the bounds of its measure."""
    result.looked_at += len(table)
    facts, value = bundle.facts["datasets"], table["value"].to_numpy()
    known = set(facts)
    unknown = set()
    for (dataset, measure), index in table.groupby(["dataset", "measure"], observed=True).indices.items():
        bounds = limits.of(measure, facts[dataset]["modes"]) if dataset in known else None
        if bounds is None:
            unknown |= {measure} & set(bundle.study.measures)
            continue
        low, high = bounds
        slack = 1e-9 * max(1.0, abs(low), abs(high) if np.isfinite(high) else 1.0)
        bad = index[~((value[index] >= low - slack) & (value[index] <= high + slack))]
        for row in _rows(table.iloc[bad[:20]]) if len(bad) else ():
            result.add([Finding(reading.MEASURES, _place(row), f"{row['value']:g} is not in {low:g} to {high:g}")])
    samples = table["dataset"].map({name: entry["samples"] for name, entry in facts.items()}).astype("float64")
    other = table[(table["n"] != samples) & ~table["measure"].astype(str).str.startswith("ivom_") | (table["n"] < 1)]
    for row in _rows(other.head(20)):
        expected = facts[row["dataset"]]["samples"] if row["dataset"] in known else "a data set of the study"
        result.add([Finding(reading.MEASURES, _place(row), f"is of {row['n']} samples, expected {expected}")])
    if unknown:
        result.notes.append(f"no bounds are known here of {', '.join(sorted(unknown))}")


def _relations(result: Result, bundle: Bundle, table: pd.DataFrame) -> None:
    """Of the counts by each rule: a mode takes a sample, and reverse KL is ln K less an entropy of at most ln m."""
    key, largest = ["experiment", "dataset", "variant", "seed", "step"], bundle.facts["datasets"]
    for rule in ("", "_shell"):
        parts = {name: table[table["measure"] == f"{name}{rule}"].drop_duplicates(key) for name in limits.COUNTED}
        joined = parts.pop("modes")[[*key, "n", "value"]].rename(columns={"value": "modes"})
        for name, rows in parts.items():
            if len(rows):
                joined = joined.merge(rows[[*key, "value"]].rename(columns={"value": name}), on=key, how="left")
        most = joined["dataset"].map({name: entry["modes"] for name, entry in largest.items()}).astype("float64")
        for problem, bad in limits.impossible(joined, np.log(most)).items():
            result.looked_at += len(bad)
            result.add(
                Finding(reading.MEASURES, f"{_place(row)}, modes{rule}", problem.format(**row))
                for row in _rows(joined[bad].head(20))
            )


def _table(result: Result, bundle: Bundle, name: str, rules: limits.Rules) -> None:
    """A CSV: columns within their ranges, and columns in order."""
    table, wrong = table_model.read(bundle, name)
    if table is None:
        result.notes.append(f"{name} was not looked at: {wrong[0].problem}")
        return
    for column, (low, high) in rules.ranges.items():
        bad = table[column].notna() & ~table[column].between(low - 1e-9, high + 1e-9)
        _line(result, f"tables/{name}", table, bad, column, f"is not in {low:g} to {high:g}")
    for columns in rules.ascending:
        for below, above in zip(columns, columns[1:], strict=False):
            slack = 1e-9 * (1 + table[above].abs().where(np.isfinite(table[above]), 0.0))
            bad = table[below] > table[above] + slack  # an empty one compares as False
            _line(result, f"tables/{name}", table, bad, below, f"is more than {above}")


def _line(result: Result, file: str, table: pd.DataFrame, bad: pd.Series, column: str, problem: str) -> None:
    result.looked_at += len(table)
    for index in np.flatnonzero(bad)[:20]:
        where = f"{table_model.line(int(index))}, {column}"
        result.add([Finding(file, where, f"{table[column].iloc[index]:g} {problem}")])


def _rows(table: pd.DataFrame) -> list[dict]:
    return table.to_dict("records")


def _place(row: dict) -> str:
    """A row of the tidy table as a finding names it."""
    place = f"{row['experiment']}/{row['dataset']}/{row['variant']}"
    parts = [f"{key} {row[key]}" for key in ("seed", "step") if key in row]
    return ", ".join([place, *parts, *([str(row["measure"])] if "measure" in row else [])])

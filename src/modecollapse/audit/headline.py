"""The headline numbers of a finished study, computed a second time: one file that is read in ten minutes.

Modes, high-quality share and reverse KL of every seed on data sets of points, means, intervals and published numbers'
verdicts. It imports nothing of this package: `python src/modecollapse/audit/headline.py results/reported` compares."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import sys
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import yaml
from scipy.optimize import brentq
from scipy.spatial.distance import cdist
from scipy.stats import t as student

PUBLISHED = {  # the data sets of points by family, with the options of the published ones
    "ring": {"radius": 1.0, "sd": 0.01, "nominal_sd": 0.0, "angles": "eight", "points": 0},
    "grid": {"spacing": 2.0, "sd": 0.05, "nominal_sd": 0.0, "points": 0},
    "gaussians-1200d": {"off_tolerance": 0.1, "points": 0},
}
SHIFTS = (-1.0, -0.5, 0.0, 0.5, -2.0, -2.5, 10.0, 0.25, -13.0, -5.5)  # PacGAN, VEEGAN1200DPackingMixture
MEASURES = ("modes", "high_quality_percent", "reverse_kl")
LARGEST = {"modes": float, "high_quality_percent": lambda modes: 100.0, "reverse_kl": math.log}  # the least is 0
NOT_JUDGED = ("gaussians-1200d", "reverse_kl")  # real data are never of high quality there, so it has no value
SAMPLES = 2500  # that a run is measured on
MOVED = 5  # counts that may differ from the trace's: last digits move a thousandth of the samples, two counts each
TOLERANCE = 1e-9  # of a written number (relative, absolute below 1); of a zone's ends (share of the support)
MOST_BYTES, MOST_VALUES, MOST_SEEDS, MOST_CELLS = (1 << 22, 1 << 30), 1 << 24, 500, 5_000  # text, arrays
KEYS = {"summary.csv": ("experiment", "dataset", "variant", "measure"), "verdicts.csv": ("part",)}
NOT_LOOKED_AT = "Not looked at: other measures, claims, rows, columns; images: {}; withheld: the samples of {} blocks"
Row = dict[str, Any]


def modes_of_data(family: str, options: Row) -> tuple[np.ndarray, float]:
    """The (K, d) centres, and how near to one a sample is of high quality: 3 sd, in 1200 dimensions 10 (VEEGAN)."""
    if family == "gaussians-1200d":
        return np.outer(SHIFTS, np.ones(1200)), 10.0
    if family == "ring":
        modes = {"eight": 8, "eight-closed": 7, "nine-closed": 8, "circle": 256}[options["angles"]]  # closed: one twice
        angles = 2 * np.pi * np.arange(modes) / modes
        centres = options["radius"] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    else:
        centres = np.array(list(product(options["spacing"] * np.arange(-2, 3), repeat=2)))
    return centres.astype(np.float32).astype(float), 3 * (options["nominal_sd"] or options["sd"])


def mode_counts(samples: np.ndarray, centres: np.ndarray, reach: float) -> np.ndarray:
    """(K,) of (n, d) samples those within reach of their nearest centre, by that centre; a NaN is near none."""
    distances = cdist(samples.astype(float), centres)
    close = distances.min(axis=1) <= reach
    return np.bincount(distances[close].argmin(axis=1), minlength=len(centres))


def measured(counts: np.ndarray) -> list[float]:
    """MEASURES of (K,) counts. With p = counts / sum, reverse KL is sum p ln(K p), and ln K where the sum is 0."""
    p, most = counts[counts > 0] / max(counts.sum(), 1), math.log(len(counts))
    divergence = float(np.sum(p * np.log(p * len(counts)))) if len(p) else most
    return [float(len(p)), 100 * counts.sum() / SAMPLES, min(max(divergence, 0.0), most)]


def share_at_most(at: float, points: Sequence[float], less: float = 0.0) -> float:
    """P(sum w_i x_i <= at) for points x and weights w that are uniform on the simplex, exactly; `less` is subtracted.
    Such weights are exponential variables over their sum: those of means x_i - at must end, one by one, before those of
    means at - x_i. Of two with means a and b the first ends first with chance b / (a + b); the other starts anew."""
    above, below = [float(x - at) for x in points if x > at], [float(at - x) for x in points if x < at]
    chances = [1.0] * (len(below) + 1)  # by how many of those below are to come, when none above is
    for a in above:
        chances[0] = 0.0
        for j, b in enumerate(below, 1):
            chances[j] = (b * chances[j] + a * chances[j - 1]) / (a + b)
    return chances[-1] - less


def interval(values: np.ndarray, most: float, tail: float) -> Row:
    """Gaffke's interval (2005; arXiv 1905.06208) for a mean in [0, most]: its quantiles at `tail` by random weights."""
    ends = {"lower": ([*values, 0.0], tail), "upper": ([*values, most], 1 - tail)}
    return {name: brentq(share_at_most, -1.0, most + 1.0, of) for name, of in ends.items()}


def zone_of(number: float, value: Row, settings: Row, most: float) -> tuple[float, float, float, float]:
    """The least and largest mean that are `number`, for a margin and rounding; half the margin, and the rounding."""
    decimals = value.get("decimals", len(value["printed"].partition(".")[2]))
    [(kind, size)], rounding = settings["margins"][value["measure"]].items(), 0.5 / 10**decimals
    low, high = number - rounding, number + rounding
    if kind == "odds":  # p / (most - p) is divided by the margin, and multiplied
        low, high = max(low, 0.0), min(high, most)
        low, high = most * low / (low + size * (most - low)), most * size * high / (size * high + most - high)
        return low, high, (high - low) / 4, rounding
    size *= {"absolute": 1, "share": most}[kind]
    return low - size, high + size, size / 2, rounding


def has_arrived(values: np.ndarray, steps: np.ndarray, value: Row, settings: Row, most: float) -> bool:
    """Whether the mean change of runs (S, T) from third to fourth quarter of steps (T,) lies within half a margin."""
    weights, quarter, n = np.diff(steps, prepend=0), np.ceil(4 * np.asarray(steps) / steps[-1]), len(values)
    third, fourth = (values[:, quarter == q] @ weights[quarter == q] / weights[quarter == q].sum() for q in (3, 4))
    reach = student.ppf(0.95, n - 1) * (fourth - third).std(ddof=1) / math.sqrt(n) if n > 1 else math.inf
    return bool(abs((fourth - third).mean()) + reach <= zone_of(fourth.mean(), value, settings, most)[2])


def value_verdict(values: np.ndarray, value: Row, settings: Row, most: float) -> str:
    """docs/verdicts.md: an interval in the zone reproduces the number; one apart refutes it, if the number is also
    outside of the 95 % prediction interval for a mean of as few runs as it may have, which vary as ours do."""
    values, number = np.sort(values), float(value["printed"])
    alpha, runs = settings["alpha"], settings["plausible_runs"][0]
    if len(values) < settings["fewest_runs"]:
        return "INCONCLUSIVE(too_few_runs)"
    least, largest, _, rounding = zone_of(number, value, settings, most)
    low, high = least - TOLERANCE * most, largest + TOLERANCE * most
    lower, upper = interval(values, most, alpha).values()
    if low <= lower and upper <= high:
        return "REPRODUCED"
    if lower <= high and upper >= low:
        kept = alpha ** (1 / len(values))  # equal values v have [kept v, kept v + (1 - kept) most]
        reachable = max(0.0, low / kept) <= min(most, (high - (1 - kept) * most) / kept)
        is_floor = low <= np.clip(values.mean(), values[0], values[-1]) <= high and not reachable
        return f"INCONCLUSIVE({'n_below_resolution_floor' if is_floor else 'ci_straddles_margin'})"
    variance, side = np.ptp(values) and values.var(ddof=1), math.copysign(1, number - values.mean())
    reach = student.ppf(0.975, len(values) - 1) * math.sqrt(variance * (1 / len(values) + 1 / runs)) + rounding
    common = runs == 1 and np.mean(side * values >= side * number - rounding) > 0.05  # ours may lie as far out
    if common or abs(number - values.mean()) <= reach:
        return "INCONCLUSIVE(original_n_too_small)"
    return f"NOT_REPRODUCED({'above' if lower > high else 'below'})"


def verdicts_at_budget(values: np.ndarray, failed: np.ndarray, value: Row, settings: Row, most: float) -> Row:
    """The verdicts with failed runs at their worst and left out, and the one at this budget: open where they differ."""
    worst, complete = (value_verdict(seen, value, settings, most) for seen in (values, values[~failed]))
    alike = worst == complete or (worst.split("(")[0] == complete.split("(")[0] != "NOT_REPRODUCED")
    found = "INCONCLUSIVE(all_failed)" if failed.all() else worst if alike else "INCONCLUSIVE(failures)"
    return {"at_budget_": found, "worst_score_": worst, "complete_case_": complete}


def need(holds: Any, problem: str) -> None:
    """ValueError where something does not hold."""
    if not holds:
        raise ValueError(problem)


def one_line(message: Any) -> str:
    """An error or a text as a short printable sentence."""
    text = f"{message}" if isinstance(message, (str, ValueError)) else f"{type(message).__name__} {message}"
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))[:250]


def read(folder: Path, name: str, parse: Callable[[bytes], Any]) -> Any:
    """`parse` of a regular file below the folder; ValueError of one line that names it, whatever is wrong with it."""
    try:
        path, most = os.path.join(os.path.realpath(folder), name), MOST_BYTES[name.endswith((".npy", ".parquet"))]
        regular = os.path.realpath(path) == path and os.path.isfile(path) and os.path.getsize(path) <= most
        need(regular, f"is no regular file of at most {most:,} bytes, or behind a symbolic link")
        return parse(Path(path).read_bytes())
    except Exception as error:  # a damaged file makes a reader raise what it likes
        raise ValueError(f"{name}: {one_line(error)}") from None


def planned_cells(data: bytes) -> list[Row]:
    """Each experiment, data set and variant of study.json with the recipe that names it most closely, data first."""
    study, cells, lists = json.loads(data), [], ("datasets", "variants", "measures", "seeds")
    known: dict[str, set[str]] = {}  # the measures by data set: experiments that share one are measured alike
    defined = [(key, name, entry) for key, own in study["definitions"].items() for name, entry in own.items()]
    made_of = {(key, name): entry.get("family") or entry.get("objective") or name for key, name, entry in defined}
    for title, experiment in study["experiments"].items():
        datasets, variants, measures, seeds = (experiment[key] or study[key] for key in lists)
        seeds = range(seeds) if isinstance(seeds, int) else sorted(seeds)
        need(len(seeds) <= MOST_SEEDS and len(datasets) * len(variants) <= MOST_CELLS, "plans too many seeds or cells")
        for names in product([title], datasets, variants):
            need(all(re.fullmatch("[a-z0-9-]{1,64}", name) for name in names), "has a name not of a-z, 0-9 and -")
            family, objective = (made_of.get((key, name), name) for key, name in zip(lists, names[1:], strict=False))
            kind, covering = "points" if family in PUBLISHED else "images", []
            for recipe in experiment["recipes"].values():
                parts = [recipe["by_dataset"].get(name, {}) for name in (family, names[1])]
                run = parts[1].get("variants") or parts[0].get("variants")
                parts += [recipe["by_variant"].get(name, {}) for name in (objective, names[2])]
                on_data = recipe["kind"] == kind or names[1] in (recipe["datasets"] or ())
                if on_data and all(names[2] in (listed or names) for listed in (run, recipe["variants"])):
                    rank = recipe["datasets"] is not None, recipe["variants"] is not None, len(covering)
                    covering.append((*rank, {key: part[key] for part in (recipe, *parts) for key in part}))
            for *_, cell in covering and [max(covering)]:
                known.setdefault(names[1], set()).update(measures)
                cell |= {"names": names, "family": family, "seeds": list(seeds), "measures": known[names[1]]}
                cells.append(cell | {"steps": study["steps"] or cell["steps"]})
    return cells


def trace_of(data: bytes) -> Row:
    """(R,) seed and step; (R, K) mode_counts; (R,) lost: a mean of losses is NaN, as it is once a seed has diverged."""
    file = pq.ParquetFile(io.BytesIO(data))
    columns = [c for i in range(file.num_row_groups) for c in file.metadata.row_group(i).to_dict()["columns"]]
    need(sum(c["num_values"] for c in columns) <= MOST_VALUES, f"holds more than {MOST_VALUES:,} values")
    losses = [name for name in file.schema_arrow.names if name.startswith("mean_loss_")]
    table = file.read(["seed", "step", "mode_counts", *losses], use_threads=False)
    found = {name: np.array(table[name].to_pylist(), dtype=np.int64) for name in ("seed", "step", "mode_counts")}
    means = np.array([table[name].to_pylist() for name in losses], dtype=float).reshape(len(losses), -1)
    return found | {"lost": np.isnan(means).any(axis=0) & (found["step"] > 0)}


def evaluations(steps: int, count: int) -> list[int]:
    """The evaluated steps: 0 and `count` at equal distances; at least five, or all, are in the last tenth."""
    count, late = min(count, steps, MOST_VALUES), [steps - i * math.ceil(steps / 10) // 5 for i in range(5)]
    even = [round(i * steps / count) for i in range(count + 1)]
    enough = sum(10 * step > 9 * steps for step in even) >= 5
    return even if enough else sorted({step for step in even if 10 * step <= 9 * steps} | set(late))


def add_runs(cell: Row, folder: Path, withheld: Row, known: Row) -> None:
    """Put `values` (S, T, 3) of MEASURES, `ends` (S, 3), the means over the last tenth of the steps, and `failed` (S,)
    into a cell, and the options of its data into `known`."""
    place, runs = "/".join(("runs", *cell["names"])), {}
    cell["evaluated"] = evaluations(cell["steps"], cell["evaluations"])
    for block in (f"{place}/{name}" for name in sorted(os.listdir(folder / place))[:MOST_SEEDS]):
        record, trace = read(folder, f"{block}/run.json", json.loads), read(folder, f"{block}/trace.parquet", trace_of)
        data, file = record["block"]["cell"]["dataset"], f"{block}/samples.npy"
        recorded = *(record[name] for name in (*KEYS["summary.csv"][:3], "steps")), data["family"], data["options"]
        planned = *cell["names"], cell["steps"], cell["family"], known.setdefault(cell["names"][1], data["options"])
        need(recorded == planned, f"{block}/run.json: is of another cell or of other data")
        centres, reach = modes_of_data(data["family"], data["options"])
        cell["options"], cell["modes"], samples = data["options"], len(centres), [None] * len(record["seeds"])
        if file not in withheld or os.path.lexists(folder / file):
            samples = read(folder, file, lambda data: np.load(io.BytesIO(data), allow_pickle=False))
        for seed, status, own in zip(record["seeds"], record["status"], samples, strict=True):
            rows, where = trace["seed"] == seed, f"{block}/trace.parquet: seed {seed}"
            steps, counts, lost = trace["step"][rows], trace["mode_counts"][rows], trace["lost"][rows]
            need(steps.tolist() == cell["evaluated"], f"{where} has other evaluations than planned")
            diverged = steps >= (status["step"] or math.inf)
            need(np.array_equal(lost, diverged), f"{where} diverged at another step than run.json says")
            last = counts[-1] if own is None else mode_counts(own, centres, reach)
            need(np.abs(last - counts[-1]).sum() <= MOVED, f"{file}: the trace counted other samples of seed {seed}")
            runs[seed] = [measured(row) for row in (*counts[:-1], last)], lost[-1]
    need(sorted(runs) == cell["seeds"], f"{place}: has other seeds than planned")
    cell["values"], cell["failed"] = (np.array(part) for part in zip(*runs.values(), strict=True))
    cell["ends"] = cell["values"][:, 10 * np.array(cell["evaluated"]) > 9 * cell["steps"]].mean(axis=1)


def mean_of(cell: Row, measure: str) -> Row:
    """The row of summary.csv on a cell and a measure."""
    column, failed = MEASURES.index(measure), cell["failed"]
    values, undefined = cell["ends"][:, column], (measure == "reverse_kl") & (cell["values"][:, -1, 0] == 0) & ~failed
    row = {"n": len(values), "n_diverged": failed.sum(), "n_undefined": undefined.sum()}
    row |= {"mean": values.mean(), "last_step": cell["values"][:, -1, column].mean()}
    return row | interval(values, LARGEST[measure](cell["modes"]), 0.025)


def verdict_of(cell: Row, value: Row, settings: Row, known: float | None) -> Row:
    """The row of verdicts.csv on a cell and a published number."""
    most, column, failed = LARGEST[value["measure"]](cell["modes"]), MEASURES.index(value["measure"]), cell["failed"]
    work = cell["steps"] * cell["optimizers"].get("generator", cell["optimizer"])["lr"]  # of the source: `known`
    values = np.where(failed, most if value["measure"] == "reverse_kl" else 0.0, cell["ends"][:, column])  # the worst
    row = {"n": len(values), "n_failed": failed.sum(), "steps": cell["steps"], "work": work, "source_work": known or ""}
    row |= {"estimate": values.mean()} | interval(values, most, settings["alpha"])
    views, seen = verdicts_at_budget(values, failed, value, settings, most), cell["values"][~failed, :, column]
    is_long = known is not None and work >= known / 4 * (1 - TOLERANCE)
    decides = not len(seen) or (is_long and has_arrived(seen, cell["evaluated"], value, settings, most))
    limit = "" if decides else "no_reference" if known is None else "still_moving"
    for view, text in (views | {"": f"INCONCLUSIVE({limit})" if limit else views["at_budget_"]}).items():
        row[f"{view}outcome"], _, row[f"{view}reason"] = text.rstrip(")").partition("(")
    return row


def verdicts_of(data: bytes, cells: list[Row], elsewhere: set[str]) -> dict[tuple[str, ...], Row]:
    """The rows of verdicts.csv on the numbers of claims.yaml, by part, but for those on data sets `elsewhere`."""
    need(not any(isinstance(token, yaml.AliasToken) for token in yaml.scan(data)), "holds an alias, which may grow")
    claims, rows = yaml.safe_load(data), {}
    for claim, value in product(claims["claims"], claims["values"]):
        family, measure, method = value["dataset"], value["measure"], value["method"]
        test = {"rule": "values", "place": value["place"]}
        if claim["source"] != value["source"] or test not in claim["tests"] or family in elsewhere:
            continue
        sources = claims["sources"][value["source"]].get("work", [])
        known = next((entry["rate_x_steps"] for entry in sources if family in entry["datasets"]), None)
        found = [cell for cell in cells if (cell["family"], cell["options"]) == (family, PUBLISHED.get(family))]
        found = [cell for cell in found if cell["names"][2] in claims["methods"][method]]
        is_run = found and measure in found[0]["measures"] and (family, measure) != NOT_JUDGED
        for cell in found if is_run else found[:1] or [{"names": (family,)}]:
            names = (claim["id"], *cell["names"], measure, method, str(claim["tests"].index(test)))
            row = verdict_of(cell, value, claims["settings"], known) if is_run and measure in MEASURES else {}
            rows[("/".join(names),)] = row if is_run else {"outcome": "NOT_RUN"}
    return rows


def headline(folder: Path) -> Row:
    """Our rows of each table in KEYS; the data sets `elsewhere` and the files `withheld`, not seen; the `problems`."""
    withheld = read(folder, "withheld.json", json.loads) if os.path.lexists(folder / "withheld.json") else {}
    planned = read(folder, "study.json", planned_cells)
    elsewhere = {name for c in planned if c["family"] not in PUBLISHED for name in (c["family"], c["names"][1])}
    means, cells, problems, known = {}, [], [], {}
    for cell in (cell for cell in planned if cell["family"] in PUBLISHED):
        try:
            add_runs(cell, folder, withheld, known)
            means |= {(*cell["names"], m): mean_of(cell, m) for m in MEASURES if m in cell["measures"]}
            cells.append(cell)
        except Exception as error:  # what is wrong with one cell leaves the others
            problems.append(f"{'/'.join(cell['names'])}: {one_line(error)}")
    hidden = [name for name in withheld if name.endswith("samples.npy")]
    verdicts = read(folder, "claims.yaml", lambda data: verdicts_of(data, cells, elsewhere))
    found = {"summary.csv": means, "verdicts.csv": verdicts, "elsewhere": elsewhere, "withheld": hidden}
    for file in KEYS:
        try:
            problems += read(folder, f"tables/{file}", lambda data, file=file: differences(data, file, found))
        except ValueError as error:
            problems.append(f"{error}")
    return found | {"problems": problems}


def differences(data: bytes, file: str, found: Row) -> list[str]:
    """Where a table differs from our rows of it."""
    ours, key, other = found[file], KEYS[file], {"calibration", "untrained"}  # rows of no trained run
    rows = csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True)
    table = [row for row in rows if row["dataset"] not in found["elsewhere"] and row.get("rule", "values") == "values"]
    table = [row for row in table if "rule" in row or (row["measure"] in MEASURES and not other & {*row.values()})]
    written = {tuple(row[name] for name in key): row for row in table}
    problems = [f"{'/'.join(name)}: is in one of table and computation alone" for name in ours.keys() ^ written.keys()]
    problems += ["a row is there twice"] * (len(written) < len(table))
    for name in ours.keys() & written.keys():
        for column, value in ours[name].items():
            text = written[name][column]
            near = not isinstance(value, str) and abs(float(text or "nan") - value) <= TOLERANCE * max(1.0, abs(value))
            if text != value and not near:
                problems.append(f"{'/'.join(name)}: {column} is {text!r}, here {value}")
    return [f"tables/{file}: {one}" for one in sorted(problems)]


def main(folder: Path) -> int:
    """Print every number and every difference from the tables; 1 where there is one or a file is damaged, else 0."""
    try:
        found = headline(folder)
    except ValueError as error:
        return print(error) or 1
    for name, row in (found["summary.csv"] | found["verdicts.csv"]).items():
        numbers = [f"{c} {row[c]:.6g}" for c in ("n", "mean", "estimate", "lower", "upper") if c in row]
        texts = [row[column] for column in ("at_budget_outcome", "outcome", "reason") if column in row]
        print(one_line(" ".join(("/".join(name), *numbers, *texts))))
    print(NOT_LOOKED_AT.format(", ".join(sorted(found["elsewhere"])) or "none", len(found["withheld"])))
    print(*map(one_line, found["problems"]), f"{len(found['problems'])} differences or damaged files", sep="\n")
    return 1 if found["problems"] else 0


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:2])))

"""The headline numbers of a finished study, computed a second time in one file that is read in ten minutes.

For every planned cell of a data set of points it computes modes, high-quality share and reverse KL of each seed: at the
last step from the samples themselves, before it from the counts in the trace. From these follow the means over seeds
with their intervals, and the verdict on every published number. It imports nothing of this package;
`python src/modecollapse/audit/headline.py results/reported` compares it with tables/summary.csv and verdicts.csv.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import stat
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
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
RING_MODES = {"eight": 8, "eight-closed": 7, "nine-closed": 8}  # closed: two of the angles are the same centre
SHIFTS = (-1.0, -0.5, 0.0, 0.5, -2.0, -2.5, 10.0, 0.25, -13.0, -5.5)  # PacGAN, VEEGAN1200DPackingMixture
MEASURES = ("modes", "high_quality_percent", "reverse_kl")
LARGEST = {"modes": float, "high_quality_percent": lambda modes: 100.0, "reverse_kl": math.log}  # the least is 0
NOT_JUDGED = ("gaussians-1200d", "reverse_kl")  # real data are never of high quality there, so it has no value
SAMPLES = 2500  # that a run is measured on
MOVED = (
    5  # by how much counts may differ from the trace's: last digits move a thousandth of the samples, two counts each
)
DRAWS, ERRORS = 20_000, 6.0  # random weights behind a written interval; standard errors by which they may miss
TOLERANCE = 1e-9  # of a written number (relative, absolute below 1); of a zone's ends (share of the support)
MOST_BYTES, MOST_ROWS, MOST_SEEDS = 1 << 30, 1 << 20, 500
CELL = ("experiment", "dataset", "variant")
TABLES = {"tables/summary.csv": ("means", (*CELL, "measure")), "tables/verdicts.csv": ("verdicts", ("part",))}
Row = dict[str, Any]


def modes_of_data(family: str, options: Row) -> tuple[np.ndarray, float]:
    """The (K, d) centres, and how near to one a sample is of high quality: 3 sd, in 1200 dimensions 10 (VEEGAN)."""
    if family == "gaussians-1200d":
        return np.outer(SHIFTS, np.ones(1200)), 10.0
    if family == "ring":
        angles = 2 * np.pi * np.arange(RING_MODES[options["angles"]]) / RING_MODES[options["angles"]]
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


def endpoint(values: np.ndarray, window: int) -> float:
    """What a run counts for in verdicts: the mean of the last `window` of (T,) values, at most half after step 0."""
    last = values[1:][-max(1, min(window, (len(values) - 1) // 2)) :]
    return float(np.clip(last.mean(), last.min(), last.max()))


def share_at_most(points: Sequence[float], at: float) -> float:
    """P(sum w_i x_i <= at) where the weights w are uniform on the simplex, exactly.

    Such weights are exponential variables over their sum. So it is the chance that those of means x_i - at, of the
    points above and one after another, are over before those of means at - x_i of the points below. Of two that run
    together, of means a and b, the first is over first with the chance b / (a + b), and the other has no memory.
    """
    above, below = [x - at for x in points if x > at], [at - x for x in points if x < at]
    chances = [1.0] * (len(below) + 1)  # by how many of those below are to come, when none above is
    for a in above:
        chances[0] = 0.0
        for j, b in enumerate(below, 1):
            chances[j] = (b * chances[j] + a * chances[j - 1]) / (a + b)
    return chances[-1]


def interval(values: Sequence[float], most: float, tail: float) -> tuple[list[float], list[float]]:
    """Gaffke's interval for the mean of values in [0, most], each end missed with the chance `tail` (2005; arXiv 1905.06208).

    An end is a quantile of the weighted mean of the values and the bound on that side. Both come as [exact, lowest,
    highest]: the tables have them from random weights, which may give anything from lowest to highest.
    """

    def end(bound: float, share: float) -> float:
        points = [float(x) for x in (*values, bound)]
        low, high = min(points), max(points)
        return low if low == high else brentq(lambda at: share_at_most(points, at) - share, low, high)

    off = ERRORS * math.sqrt(tail * (1 - tail) / DRAWS)
    shares = np.clip([tail, tail - off, tail + off], 0, 1)
    return [end(0.0, share) for share in shares], [end(most, 1 - share) for share in shares[[0, 2, 1]]]


def zone_of(value: Row, settings: Row, most: float) -> tuple[float, float, tuple[float, float]]:
    """A published number, its rounding, and the means that reproduce it: within rounding and margin."""
    printed, decimals, margins = value["printed"], value.get("decimals"), settings["margins"]
    number, rounding = float(printed), 0.5 / 10 ** (len(printed.partition(".")[2]) if decimals is None else decimals)
    [(kind, size)] = margins.get(f"{value['dataset']}/{value['measure']}", margins.get(value["measure"])).items()
    if kind == "factor":
        return number, rounding, (max(number - rounding, 0.0) / size, (number + rounding) * size)
    size *= {"absolute": 1, "share": most, "relative": number}[kind]
    return number, rounding, (number - rounding - size, number + rounding + size)


def value_verdict(values: np.ndarray, ends: Sequence[float], value: Row, settings: Row, most: float) -> str:
    """docs/verdicts.md: an interval in the zone reproduces the number, one apart refutes it if it is `further_out`."""
    number, rounding, zone = zone_of(value, settings, most)
    low, high = zone[0] - TOLERANCE * most, zone[1] + TOLERANCE * most
    if len(values) < settings["fewest_runs"]:
        return "INCONCLUSIVE(too_few_runs)"
    if low <= ends[0] and ends[1] <= high:
        return "REPRODUCED"
    if ends[0] <= high and ends[1] >= low:
        kept = settings["alpha"] ** (1 / len(values))  # so many equal values v have the interval [kept v, ...
        reachable = max(0.0, low / kept) <= min(
            most, (high - (1 - kept) * most) / kept
        )  # ... kept v + (1 - kept) most]
        is_floor = zone[0] <= values.mean() <= zone[1] and not reachable
        return f"INCONCLUSIVE({'n_below_resolution_floor' if is_floor else 'ci_straddles_margin'})"
    out = further_out(values, number, rounding, value, min(settings["plausible_runs"]))
    if all(out):
        return f"NOT_REPRODUCED({'above' if ends[0] > high else 'below'})"
    return f"INCONCLUSIVE({'underspecified_original' if any(out) else 'original_n_too_small'})"


def further_out(values: np.ndarray, number: float, rounding: float, value: Row, runs: int) -> list[bool]:
    """By each reading of its spread, whether a mean of `runs` runs is outside the 95 % prediction interval from ours."""
    mean, ours, spread = values.mean(), np.ptp(values) and values.var(ddof=1), float(value.get("spread") or 0)
    theirs = {"sd-of-runs": spread**2 / runs, "standard-error": spread**2}
    variances = [theirs.get(reading, ours / runs) for reading in value.get("readings") or [""]]  # they vary as ours
    as_far = values <= number + rounding if number < mean else values >= number - rounding
    common = runs == 1 and as_far.mean() > 0.05  # a single run may be one of those of ours that lie as far out
    reach = student.ppf(0.975, len(values) - 1) * np.sqrt(ours / len(values) + np.array(variances))
    return [not common and bool(abs(number - mean) - rounding > one) for one in reach]


def at_this_budget(values: np.ndarray, failed: np.ndarray, value: Row, settings: Row, most: float) -> list[str]:
    """The verdict with failed runs at their worst, open where it is another without them; then what draws may give."""
    if failed.all():
        return ["INCONCLUSIVE(all_failed)"]
    found, texts = [], {}
    for own in (values, values[~failed]):
        ends = product(*interval(own, most, settings["alpha"]))
        found.append([value_verdict(own, pair, value, settings, most) for pair in ends])
    for one, other in product(*found) if failed.any() else zip(*found, strict=True):
        alike = one == other or (one.split("(")[0] == other.split("(")[0] != "NOT_REPRODUCED")
        texts[one if alike else f"INCONCLUSIVE(failures: {one}, without them {other})"] = None
    return list(texts)


def need(holds: Any, problem: str) -> None:
    """ValueError where something does not hold."""
    if not holds:
        raise ValueError(problem)


def one_line(error: Exception) -> str:
    """An error as a short printable sentence."""
    text = f"{error}" if isinstance(error, ValueError) else f"{type(error).__name__} {error}"
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))[:250]


def read(folder: Path, name: str, parse: Callable[[bytes], Any]) -> Any:
    """`parse` of a regular file below the folder; ValueError of one line that names it, whatever is wrong with it."""
    try:
        path = os.path.join(os.path.realpath(folder), name)
        need(os.path.realpath(path) == path, "lies behind a symbolic link")
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:  # a pipe without a writer does not wait
            facts, most = os.fstat(stream.fileno()), MOST_BYTES if name.endswith(".npy") else MOST_BYTES >> 6
            need(stat.S_ISREG(facts.st_mode) and facts.st_size <= most, f"is no regular file of at most {most:,} bytes")
            return parse(stream.read(most))
    except Exception as error:  # a damaged file makes a reader raise what it likes
        raise ValueError(f"{name}: {one_line(error)}") from None


def planned_cells(data: bytes) -> list[Row]:
    """Each experiment, data set and variant of study.json with its recipe; one that names the variant goes first."""
    study, cells = json.loads(data), []
    seeds = range(study["seeds"]) if isinstance(study["seeds"], int) else sorted(study["seeds"])
    need(len(seeds) <= MOST_SEEDS, f"plans more than {MOST_SEEDS} seeds")
    for names in product(study["experiments"], study["datasets"], study["variants"]):
        need(all(re.fullmatch("[a-z0-9-]{1,64}", name) for name in names), "has a name that is not of a-z, 0-9 and -")
        recipes = [recipe for recipe in study["experiments"][names[0]] if names[1] in recipe["datasets"]]
        recipes = [recipe for recipe in recipes if names[2] in (recipe["variants"] or names)]
        for recipe in sorted(recipes, key=lambda recipe: not recipe["variants"])[:1]:
            cell = dict(zip(CELL, names, strict=True)) | {"seeds": list(seeds), "measures": study["measures"]}
            cell["family"] = (study["definitions"]["datasets"].get(names[1]) or {}).get("family") or names[1]
            cell["steps"], cell["reference_steps"] = study["steps"] or recipe["steps"], recipe["reference_steps"]
            count = min(recipe["evaluations"], cell["steps"], MOST_ROWS)
            cells.append(cell | {"evaluated": [round(i * cell["steps"] / count) for i in range(count + 1)]})
    return cells


def trace_of(data: bytes) -> Row:
    """(R,) seed and step; (R, K) mode_counts; (R,) lost: a mean of losses is NaN, as it is once a seed has diverged."""
    file = pq.ParquetFile(pa.BufferReader(data))
    need(file.metadata.num_rows <= MOST_ROWS and file.metadata.num_columns <= 1000, "has too many rows or columns")
    losses = [name for name in file.schema_arrow.names if name.startswith("mean_loss_")]
    table = file.read(["seed", "step", "mode_counts", *losses], use_threads=False)
    found = {name: np.array(table[name].to_pylist(), dtype=np.int64) for name in ("seed", "step", "mode_counts")}
    means = np.array([table[name].to_pylist() for name in losses], dtype=float).reshape(len(losses), -1)
    return found | {"lost": np.isnan(means).any(axis=0) & (found["step"] > 0)}


def add_runs(cell: Row, folder: Path, withheld: Row) -> None:
    """Put `values` (S, T, 3), MEASURES by seed and evaluation, `failed` (S,) and facts of its data into a cell."""
    place, runs, cell["traced"] = "runs/" + "/".join(cell[name] for name in CELL), {}, 0
    for block in (f"{place}/{name}" for name in sorted(os.listdir(folder / place))[:MOST_SEEDS]):
        record, trace = read(folder, f"{block}/run.json", json.loads), read(folder, f"{block}/trace.parquet", trace_of)
        data, file = record["block"]["cell"]["dataset"], f"{block}/samples.npy"
        told = {**record, "family": data["family"]}
        need(
            all(told[name] == cell[name] for name in (*CELL, "family", "steps")),
            f"{block}/run.json: is of another cell",
        )
        centres, reach = modes_of_data(data["family"], data["options"])
        cell["options"], cell["modes"], samples = data["options"], len(centres), [None] * len(record["seeds"])
        cell["traced"] += file in withheld
        if file not in withheld:
            samples = read(folder, file, lambda data: list(np.load(io.BytesIO(data), allow_pickle=False)))
        for seed, status, own in zip(record["seeds"], record["status"], samples, strict=True):
            rows, where = trace["seed"] == seed, f"{block}/trace.parquet: seed {seed}"
            steps, counts, lost = trace["step"][rows], trace["mode_counts"][rows], trace["lost"][rows]
            need(steps.tolist() == cell["evaluated"], f"{where} has other evaluations than planned")
            since = math.inf if status["step"] is None else status["step"]
            need(np.array_equal(lost, steps >= since), f"{where} diverged at another step than run.json says")
            last = counts[-1] if own is None else mode_counts(own, centres, reach)
            need(np.abs(last - counts[-1]).sum() <= MOVED, f"{file}: the trace counted other samples of seed {seed}")
            runs[seed] = [measured(row) for row in (*counts[:-1], last)], lost[-1]
    need(sorted(runs) == cell["seeds"], f"{place}: has other seeds than planned")
    cell["values"], cell["failed"] = (np.array(part) for part in zip(*runs.values(), strict=True))


def means_of(cell: Row) -> dict[tuple[str, ...], Row]:
    """The rows of summary.csv on a cell, at its last step."""
    rows = {}
    for column, measure in enumerate(MEASURES):
        last = cell["values"][:, -1, column]
        undefined = (measure == "reverse_kl") & (cell["values"][:, -1, 0] == 0) & ~cell["failed"]
        row = {"n": len(last), "n_diverged": cell["failed"].sum(), "n_undefined": undefined.sum(), "mean": last.mean()}
        row["lower"], row["upper"] = interval(last, LARGEST[measure](cell["modes"]), 0.025)
        rows |= {(*(cell[name] for name in CELL), measure): row} if measure in cell["measures"] else {}
    return rows


def verdict_of(cell: Row, value: Row, settings: Row) -> Row:
    """The row of verdicts.csv on a cell and a published number. The budget guard: too few steps decide nothing."""
    most, column = LARGEST[value["measure"]](cell["modes"]), MEASURES.index(value["measure"])
    values = np.array([endpoint(course, settings["window"]) for course in cell["values"][:, :, column]])
    values[cell["failed"]] = most if value["measure"] == "reverse_kl" else 0.0  # the worst
    row = {"n": len(values), "n_failed": cell["failed"].sum(), "estimate": values.mean()}
    row["lower"], row["upper"] = interval(values, most, settings["alpha"])
    row["steps"], row["reference_steps"] = steps, reference = cell["steps"], cell["reference_steps"]
    row["at_this_budget"] = told = at_this_budget(values, cell["failed"], value, settings, most)
    if reference is not None and steps < reference:
        told = [f"INCONCLUSIVE(short_budget: {steps:,} of {reference:,} steps)"]
    return row | {"verdict": told, "outcome": [text.split("(")[0] for text in told]}


def verdicts_of(data: bytes, cells: list[Row], elsewhere: set[str]) -> dict[tuple[str, ...], Row]:
    """The rows of verdicts.csv on the numbers of claims.yaml, by part, but for those on data sets `elsewhere`."""
    need(not any(isinstance(token, yaml.AliasToken) for token in yaml.scan(data)), "holds an alias, which may grow")
    claims, rows = yaml.safe_load(data), {}
    for claim, value in product(claims["claims"], claims["values"]):
        family, measure, method = value["dataset"], value["measure"], value["method"]
        test = {"rule": "values", "place": value["place"]}
        if claim["source"] != value["source"] or test not in claim["tests"] or family in elsewhere:
            continue
        found = [cell for cell in cells if (cell["family"], cell["options"]) == (family, PUBLISHED.get(family))]
        found = [cell for cell in found if cell["variant"] in claims["methods"][method]]
        is_run = found and measure in found[0]["measures"] and (family, measure) != NOT_JUDGED
        for cell in found if is_run else found[:1] or [dict.fromkeys(CELL, "")]:
            names = claim["id"], *(cell[name] for name in CELL), measure, method, str(claim["tests"].index(test))
            row = verdict_of(cell, value, claims["settings"]) if is_run else {"outcome": ["NOT_RUN"]}
            rows["/".join(names),] = row
    return rows


def headline(folder: Path) -> Row:
    """`means` and `verdicts` by the keys of their tables, data sets `elsewhere`, blocks only `traced`, `problems`."""
    found: Row = {"means": {}, "elsewhere": set(), "traced": 0, "problems": []}
    withheld, cells = read(folder, "withheld.json", json.loads) if (folder / "withheld.json").exists() else {}, []
    for cell in read(folder, "study.json", planned_cells):
        if cell["family"] not in PUBLISHED:
            found["elsewhere"] |= {cell["family"], cell["dataset"]}
            continue
        try:
            add_runs(cell, folder, withheld)
            found["means"] |= means_of(cell)
            found["traced"] += cell["traced"]
            cells.append(cell)
        except Exception as error:  # what is wrong with one cell leaves the others
            found["problems"].append(f"{'/'.join(cell[name] for name in CELL)}: {one_line(error)}")
    return found | {"verdicts": read(folder, "claims.yaml", lambda data: verdicts_of(data, cells, found["elsewhere"]))}


def agrees(ours: Any, text: str) -> bool:
    """Whether a cell of a table is one of our texts, our number or, of an end of an interval, what draws may give."""
    if ours is None or (isinstance(ours, list) and isinstance(ours[0], str)):
        return re.sub(r"; \d+ seeds", "", text) in (ours or [""])
    best, least, most = ours if isinstance(ours, list) else [ours] * 3
    return least - TOLERANCE * max(1.0, best) <= float(text or "nan") <= most + TOLERANCE * max(1.0, best)


def differences(data: bytes, file: str, found: Row) -> list[str]:
    """Where one of TABLES differs from what was found."""
    ours, key = found[TABLES[file][0]], TABLES[file][1]
    table = list(csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True))
    table = [row for row in table if row["dataset"] not in found["elsewhere"]]
    if ours is found["means"]:
        other = {"calibration", "untrained"}
        table = [row for row in table if row["measure"] in MEASURES and other.isdisjoint(row[name] for name in CELL)]
    written = {tuple(row[name] for name in key): row for row in table if row.get("rule", "values") == "values"}
    told = [f"{file}: {'/'.join(name)}: is in the table alone" for name in written.keys() - ours.keys()]
    told += [f"{file}: {'/'.join(name)}: is not in the table" for name in ours.keys() - written.keys()]
    for name in ours.keys() & written.keys():
        texts = written[name]
        wrong = [column for column, value in ours[name].items() if not agrees(value, texts[column])]
        told += [f"{file}: {'/'.join(name)}: {c} is {texts[c]!r}, here {ours[name][c]}" for c in wrong]
    return sorted(told)


def main(folder: Path) -> int:
    """Print every number and every difference from the tables; 1 where there is one or a file is damaged, else 0."""
    try:
        found = headline(folder)
    except ValueError as error:
        return print(error) or 1
    for name, row in (found["means"] | found["verdicts"]).items():
        texts = [f"{row[column]:.6g}" for column in ("mean", "estimate") if column in row]
        texts += [f"[{row['lower'][0]:.6g}, {row['upper'][0]:.6g}] of {row['n']} runs"] if texts else []
        texts += [" or ".join(row[column]) for column in ("at_this_budget", "verdict") if column in row]
        print("/".join(name), *(texts or ["NOT_RUN"]))
    told = found["problems"]
    for file in TABLES:
        try:
            told += read(folder, file, partial(differences, file=file, found=found))
        except ValueError as error:
            told.append(f"{error}")
    print(f"Not looked at: samples of {found['traced']} blocks that were withheld, for which the trace stands in; ")
    print(*told, f"{len(told)} differences or damaged files", sep="\n")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:2])))

"""What the report prints of the run records: costs of the cells, versions and machine."""

from __future__ import annotations

from modecollapse.report import recipes
from modecollapse.report.layout import NONE
from modecollapse.report.printed import count, distinct, duration
from modecollapse.study.summary import StudySummary

CELL = ("experiment", "dataset", "variant")


def costs(summary: StudySummary, records: list[dict], works: recipes.Works) -> list[dict[str, str]]:
    """Budget, wall time, speed and code of each cell; one of several blocks has the sum, the range and all codes."""
    budgets = {cell.key: recipes.budget(cell, works) for cell in summary.cells}
    by_cell: dict[tuple, list[dict]] = {}
    for record in sorted(records, key=lambda record: record["seeds"][0]):
        by_cell.setdefault(tuple(record[k] for k in CELL), []).append(record)
    rows = []
    for cell in [cell for cell in budgets if cell in by_cell]:
        blocks = by_cell[cell]
        speeds = [count(round(block["seed_steps_per_second"])) for block in blocks]
        slowest, fastest = (f(speeds, key=lambda text: int(text.replace(",", ""))) for f in (min, max))
        row = {"budget": budgets[cell], "wall": duration(sum(block["wall_seconds"] for block in blocks))}
        row["speed"] = slowest if slowest == fastest else f"{slowest}–{fastest}"
        row["code"] = distinct(block["code"][:8] for block in blocks)
        experiment, dataset, variant = cell
        row |= {"cell": "/".join(cell), "experiment": experiment, "data_set": summary.datasets[dataset].label}
        rows.append(row | {"variant": summary.variants[variant].label})
    return rows


def environment(summary: StudySummary, records: list[dict]) -> list[list[str]]:
    """Rows of (what, value): every value that the runs have in common, or all of them."""
    dirty = " with uncommitted changes" if any(record.get("dirty") for record in records) else ""
    commits = distinct(str(r["commit"])[:12] for r in records if r.get("commit"))
    libraries = sorted({name for record in records for name in record["versions"]})
    rows = [["Study", summary.study], ["Root seed", str(summary.root_seed)]]
    rows += [[name, distinct(record["versions"].get(name, NONE) for record in records)] for name in libraries]
    facts = {"Device": "device", "Processor": "cpu", "Threads a job": "threads"}
    rows += [[label, distinct(record[key] for record in records)] for label, key in facts.items()]
    if on_gpus := [record for record in records if record["gpu"]]:  # what decides its numbers besides its model
        facts = {"Driver": "driver", "CUDA": "cuda", "cuDNN": "cudnn"}
        rows += [[label, distinct(record["gpu"][key] for record in on_gpus)] for label, key in facts.items()]
        tf32 = (any(record["flags"][f"tf32_{use}"] for use in ("matmul", "convolution")) for record in on_gpus)
        rows.append(["TF32", distinct("on" if used else "off" for used in tf32)])
        rows.append(["Deterministic", distinct("yes" if record["deterministic"] else "no" for record in on_gpus)])
    interrupted = sum(bool(record["incidents"]) for record in records)
    rows.append(["Commit", commits + dirty if commits else "not recorded"])
    return [*rows, ["Interrupted jobs", f"{interrupted} of {len(records)}"]]

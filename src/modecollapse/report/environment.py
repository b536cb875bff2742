"""What the run records say, ready to print: runs that diverged, costs of the cells, versions and machine."""

from __future__ import annotations

from modecollapse.report import recipes
from modecollapse.report.layout import NONE
from modecollapse.report.printed import count, distinct, duration
from modecollapse.study.summary import StudySummary

CELL = ("experiment", "dataset", "variant")


def diverged(summary: StudySummary, records: list[dict]) -> list[dict[str, str]]:
    """The runs that did not end well: labels, seed, status and the step it happened at."""
    return [
        _names(summary, record)
        | {
            "seed": str(run["seed"]),
            "status": run["status"],
            "step": NONE if run.get("step") is None else count(run["step"]),
        }
        for record in _ordered(summary, records)
        for run in record["status"]
        if run["status"] != "ok"
    ]


def costs(summary: StudySummary, records: list[dict]) -> list[dict[str, str]]:
    """Budget, wall time, speed and code of each cell; one of several blocks has the sum, the range and all codes."""
    budgets = {cell.key: recipes.budget(cell) for cell in summary.cells}
    by_cell: dict[tuple, list[dict]] = {}
    for record in _ordered(summary, records):
        by_cell.setdefault(tuple(record[k] for k in CELL), []).append(record)
    rows = []
    for cell, blocks in by_cell.items():
        speeds = [count(round(block["seed_steps_per_second"])) for block in blocks]
        slowest, fastest = (f(speeds, key=lambda text: int(text.replace(",", ""))) for f in (min, max))
        row = {"budget": budgets[cell], "wall": duration(sum(block["wall_seconds"] for block in blocks))}
        row["speed"] = slowest if slowest == fastest else f"{slowest}–{fastest}"
        row["code"] = distinct(block["code"][:8] for block in blocks)
        rows.append(_names(summary, blocks[0]) | row)
    return rows


def environment(summary: StudySummary, records: list[dict]) -> list[list[str]]:
    """Rows of (what, value): every value that the runs have in common, or all of them."""
    dirty = " with uncommitted changes" if any(record.get("dirty") for record in records) else ""
    commits = distinct(str(r["commit"])[:12] for r in records if r.get("commit"))
    libraries = sorted({name for record in records for name in record["versions"]})
    rows = [["Study", summary.study], ["Root seed", str(summary.root_seed)]]
    rows += [[name, distinct(record["versions"].get(name, NONE) for record in records)] for name in libraries]
    rows += [
        ["Device", distinct(record["device"] for record in records)],
        ["Processor", distinct(record["cpu"] for record in records)],
        ["Threads a job", distinct(record["threads"] for record in records)],
        *_gpu_rows(records),
        ["Commit", commits + dirty if commits else "not recorded"],
        ["Interrupted jobs", f"{sum(bool(record['incidents']) for record in records)} of {len(records)}"],
    ]
    return rows


def _gpu_rows(records: list[dict]) -> list[list[str]]:
    """What decides a GPU's numbers besides its model; nothing where none was used."""
    on_gpus = [record for record in records if record["gpu"]]
    if not on_gpus:
        return []
    facts = {"Driver": "driver", "CUDA": "cuda", "cuDNN": "cudnn"}
    rows = [[label, distinct(record["gpu"][key] for record in on_gpus)] for label, key in facts.items()]
    tf32 = (any(record["flags"][f"tf32_{use}"] for use in ("matmul", "convolution")) for record in on_gpus)
    deterministic = (record["deterministic"] for record in on_gpus)
    rows += [["TF32", distinct("on" if used else "off" for used in tf32)]]
    return [*rows, ["Deterministic", distinct("yes" if asked else "no" for asked in deterministic)]]


def _ordered(summary: StudySummary, records: list[dict]) -> list[dict]:
    """The records of the study's cells, in the order of the cells and, within one, of the seeds."""
    places = {cell.key: i for i, cell in enumerate(summary.cells)}
    kept = [record for record in records if tuple(record[k] for k in CELL) in places]
    return sorted(kept, key=lambda record: (places[tuple(record[k] for k in CELL)], record["seeds"][0]))


def _names(summary: StudySummary, record: dict) -> dict[str, str]:
    """The cell as printed, and its path as an id."""
    return {
        "cell": "/".join(record[k] for k in CELL),
        "experiment": record["experiment"],
        "data_set": summary.datasets[record["dataset"]].label,
        "variant": summary.variants[record["variant"]].label,
    }

"""What the report prints of the run records: costs, versions and machine."""

from __future__ import annotations

from collections.abc import Iterable

from modecollapse.report import recipes
from modecollapse.report.layout import NONE
from modecollapse.report.printed import count, distinct, duration, experiment_label
from modecollapse.study.summary import StudySummary


def costs(summary: StudySummary, records: list[dict], works: recipes.Works) -> list[dict[str, str]]:
    """What the runs of each experiment and data set cost: variants, share of the source's work, wall time and speed."""
    found: dict[tuple[str, str], list[dict]] = {}
    for record in records:
        found.setdefault((record["experiment"], record["dataset"]), []).append(record)
    rows = []
    for place in [place for place in dict.fromkeys(cell.key[:2] for cell in summary.cells) if place in found]:
        own = found[place]
        shares = [recipes.budget(c, works) for c in sorted(summary.cells, key=lambda c: c.work) if c.key[:2] == place]
        speeds = sorted(round(record["seed_steps_per_second"]) for record in own)
        row = {
            "cell": "/".join(place),
            "label": experiment_label(place[0]),
            "data_set": summary.datasets[place[1]].label,
        }
        row |= {"variants": count(len(shares)), "budget": _ends(shares), "speed": _ends(map(count, speeds))}
        rows.append(row | {"wall": duration(sum(record["wall_seconds"] for record in own))})
    return rows


def _ends(texts: Iterable[str]) -> str:
    """The first and the last of sorted texts, or one where they are the same."""
    first, *others = texts
    return f"{first} to {others[-1]}" if others and others[-1] != first else first


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

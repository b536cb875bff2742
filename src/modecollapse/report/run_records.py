"""What the report prints of the run records: versions and machine."""

from __future__ import annotations

from modecollapse.report.layout import NONE
from modecollapse.report.printed import distinct
from modecollapse.study.summary import StudySummary


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

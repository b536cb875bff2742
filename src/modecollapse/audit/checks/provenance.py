"""Every run is of the planned configuration, the study's data and one source tree, on one kind of machine."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from modecollapse import files
from modecollapse.audit import code_at, reading
from modecollapse.audit.bundle import MANIFEST, Bundle
from modecollapse.audit.finding import Result
from modecollapse.audit.record_model import RunRecord
from modecollapse.study.specs import Cell

TITLE = "Provenance"
HERE = "this checkout"
MOST_COMMITS = 5  # that are looked up; a study is of one
# What the trainer sets, whatever its surroundings say.
ARITHMETIC = {
    "threads": 1,
    "deterministic": True,
    "matmul_precision": "highest",
    "flags.tf32_matmul": False,
    "flags.tf32_convolution": False,
    "flags.tf32_recurrent": False,
    "flags.cudnn_deterministic": True,
    "flags.cudnn_benchmark": False,
    "flags.cublas_workspace": ":4096:8",
}
Runs = Mapping[str, RunRecord]


def check(bundle: Bundle) -> Result:
    """Compare every record with plan, data, manifest, code and the other records."""
    result = Result(of="facts of run records")
    runs = reading.noted_runs(bundle, result)
    for path, run in runs.items():
        _configuration(result, bundle, path, run)
        _digests(result, bundle, path, run)
        _arithmetic(result, bundle, path, run)
    _data(result, bundle, runs)
    _alike(result, runs)
    _code(result, bundle.cells, runs)
    return result


def _configuration(result: Result, bundle: Bundle, path: str, run: RunRecord) -> None:
    """The block is the planned one, and the hash is that of its cell."""
    file, block = f"runs/{path}/run.json", bundle.blocks[path]
    planned = json.loads(json.dumps(block.model_dump()))
    other = _first_difference(run.block, planned)
    result.expect(other is None, file, f"block{other[0]}" if other else "", other[1] if other else "")
    text = json.dumps(planned["cell"], sort_keys=True, separators=(",", ":"))
    expected = hashlib.sha256(text.encode()).hexdigest()
    problem = f"{run.config_hash[:12]}…, that of the planned configuration is {expected[:12]}…"
    result.expect(run.config_hash == expected, file, "config_hash", problem)
    for key, name in zip(("experiment", "dataset", "variant"), path.split("/"), strict=False):
        result.expect(getattr(run, key) == name, file, key, f"{getattr(run, key)}, its folder says {name}")
    for key in ("steps", "batch"):
        found, right = getattr(run, key), getattr(block.cell.training, key)
        result.expect(found == right, file, key, f"{found}, planned are {right}")


def _first_difference(found: Any, planned: Any) -> tuple[str, str] | None:
    """Where two plain contents differ first, and how; 1 is not 1.0, and true is neither."""
    if isinstance(found, dict) and isinstance(planned, dict):
        for key in (*planned, *(key for key in found if key not in planned)):
            inner = _first_difference(found.get(key, "nothing"), planned.get(key, "nothing"))
            if inner:
                return f".{key}{inner[0]}", inner[1]
        return None
    same = type(found) is type(planned) and found == planned
    return None if same else ("", f"{str(found)[:60]}, planned {str(planned)[:60]}")


def _digests(result: Result, bundle: Bundle, path: str, run: RunRecord) -> None:
    """The manifest lists what the run wrote."""
    listed = reading.listed(bundle)
    for name, digest in run.files.model_dump(by_alias=True).items():
        in_manifest = listed.get(f"runs/{path}/{name}")
        problem = f"{digest[:12]}…, in {MANIFEST} {in_manifest[:12] + '…' if in_manifest else 'not listed'}"
        result.expect(in_manifest == digest, f"runs/{path}/run.json", f"files.{name}", problem)


def _data(result: Result, bundle: Bundle, runs: Runs) -> None:
    """Every run was trained on the data file of the study; of a withheld one the manifest has the SHA-256."""
    digests: dict[str, str | None] = {}
    for name in bundle.summary.datasets:
        file = f"data/{name}.npz"
        present = bundle.has(file)
        digests[name] = files.sha256(bundle.folder / file) if present else reading.listed(bundle).get(file)
        if not present and file in bundle.withheld:
            result.notes.append(f"{file} is withheld: its SHA-256 is that of the manifest")
        result.expect(digests[name] is not None, file, "", "is missing, and the manifest does not list it")
    for path, run in runs.items():
        expected = digests.get(path.split("/")[1])
        problem = f"{run.data[:12]}…, the data file has {str(expected)[:12]}…"
        result.expect(expected in (None, run.data), f"runs/{path}/run.json", "data", problem)


def _arithmetic(result: Result, bundle: Bundle, path: str, run: RunRecord) -> None:
    """Threads and flags are those the trainer sets, and the kind of device is the study's."""
    told = run.model_dump()
    for key, right in ARITHMETIC.items():
        found = told["flags"][key.removeprefix("flags.")] if key.startswith("flags.") else told[key]
        result.expect(found == right, f"runs/{path}/run.json", key, f"{found}, the trainer sets {right}")
    kind, wanted = "cpu" if run.device == "cpu" else "cuda", bundle.study.device
    result.expect(kind == wanted, f"runs/{path}/run.json", "device", f"{run.device}, the study is for {wanted}")


def _alike(result: Result, runs: Runs) -> None:
    """Within a comparison (experiment x data set) one torch; GPU models and processors may be mixed, which is noted."""
    groups: dict[str, dict[str, RunRecord]] = {}
    for path, run in runs.items():
        groups.setdefault("/".join(path.split("/")[:2]), {})[path] = run
    facts: dict[str, Callable[[RunRecord], Any]] = {
        "device": lambda run: run.device,
        "processor": lambda run: run.cpu,
        "instructions": lambda run: run.flags.cpu_capability,
        "host": lambda run: run.host,
        "driver": lambda run: run.gpu and (run.gpu.driver, run.gpu.cuda, run.gpu.cudnn),
        "python": lambda run: run.versions.python,
        "numpy": lambda run: run.versions.numpy,
    }
    for place, group in groups.items():
        usual = Counter(run.versions.torch for run in group.values()).most_common(1)[0][0]
        for path, run in group.items():
            problem = f"{run.versions.torch}, most runs of {place} have {usual}"
            result.expect(run.versions.torch == usual, f"runs/{path}/run.json", "versions.torch", problem)
        for name, fact in facts.items():
            mixed = sorted({str(fact(run)) for run in group.values()})
            if len(mixed) > 1:
                result.notes.append(f"{place}: runs of different {name}: {', '.join(mixed[:5])}")


def _code(result: Result, cells: list[Cell], runs: Runs) -> None:
    """All runs are of the training code of one source tree: this checkout, or a commit that the records name."""
    named = Counter(run.commit for run in runs.values() if run.commit)
    trees = {HERE: code_at.here(cells)}
    for commit, _ in named.most_common(MOST_COMMITS):
        if any(_fitting(tree, runs) == len(runs) for tree in trees.values()):
            break
        try:
            trees[f"commit {commit[:12]}"] = code_at.at_commit(commit, cells)
        except LookupError as error:
            result.notes.append(str(error))
    best = max(trees, key=lambda name: _fitting(trees[name], runs))
    for path, run in runs.items():
        expected = trees[best].get(_cell(path), "none")
        problem = f"{run.code[:12]}… (commit {str(run.commit)[:12]}), {best} has {expected[:12]}…"
        result.expect(run.code == expected, f"runs/{path}/run.json", "code", problem)
    told = ", ".join(f"{commit[:12]} ({count})" for commit, count in named.items()) or "none"
    result.notes.append(f"{_fitting(trees[best], runs)} of {len(runs)} runs fit {best}; commits they name: {told}")
    if dirty := sum(bool(run.dirty) for run in runs.values()):
        result.notes.append(f"{dirty} runs were made in a working tree with changes; their training code was compared")


def _fitting(tree: Mapping[str, str], runs: Runs) -> int:
    return sum(run.code == tree.get(_cell(path)) for path, run in runs.items())


def _cell(path: str) -> str:
    return path.rpartition("/")[0]

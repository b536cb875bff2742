"""Every run is of the planned configuration, the study's data and one source tree, on one kind of machine."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from operator import attrgetter

from modecollapse import files
from modecollapse.audit import source_at_commit
from modecollapse.audit.bundle import MANIFEST, Bundle
from modecollapse.audit.finding import Result, differences
from modecollapse.audit.record_model import RunRecord
from modecollapse.study.specs import Cell

TITLE = "Provenance"
HERE = "this checkout"
MOST_COMMITS = 5  # that are looked up; a study is of one
# The settings that the trainer makes itself, whatever the environment says.
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
    runs = bundle.noted_runs(result)
    for path, run in runs.items():
        _record(result, bundle, path, run)
    _data(result, bundle, runs)
    _one_torch(result, runs)
    _code(result, bundle.cells, runs)
    return result


def _record(result: Result, bundle: Bundle, path: str, run: RunRecord) -> None:
    """The block, the hash of its cell, the listed files, the arithmetic and the device are those of plan and study."""
    file, block = f"runs/{path}/run.json", bundle.blocks[path]
    planned = json.loads(json.dumps(block.model_dump()))
    others = list(differences(planned, run.block, "block"))
    key, right, recorded = others[0] if others else ("block", "", "")
    result.expect(not others, file, key, f"{str(recorded)[:60]}, planned {str(right)[:60]}")
    expected = files.content_hash(planned["cell"])
    problem = f"{run.config_hash[:12]}…, that of the planned configuration is {expected[:12]}…"
    result.expect(run.config_hash == expected, file, "config_hash", problem)
    for key, name in zip(("experiment", "dataset", "variant"), path.split("/"), strict=False):
        result.expect(getattr(run, key) == name, file, key, f"{getattr(run, key)}, its folder says {name}")
    for key in ("steps", "batch"):
        recorded, right = getattr(run, key), getattr(block.cell.training, key)
        result.expect(recorded == right, file, key, f"{recorded}, planned are {right}")
    for name, digest in run.files.model_dump(by_alias=True).items():
        if name == files.WEIGHTS:
            _weights(result, bundle, f"runs/{path}/{name}", digest)
            continue
        listed = bundle.listed.get(f"runs/{path}/{name}")
        problem = f"{digest[:12]}…, in {MANIFEST} {listed[:12] + '…' if listed else 'not listed'}"
        result.expect(listed == digest, file, f"files.{name}", problem)
    for key, right in ARITHMETIC.items():
        recorded = attrgetter(key)(run)
        result.expect(recorded == right, file, key, f"{recorded}, the trainer sets {right}")
    kind, planned_kind = "cpu" if run.device == "cpu" else "cuda", bundle.study.device
    result.expect(kind == planned_kind, file, "device", f"{run.device}, the study is for {planned_kind}")


def _weights(result: Result, bundle: Bundle, file: str, recorded: str) -> None:
    """Weights need not be there; those that are have the SHA-256 of the record."""
    found = files.sha256(bundle.folder / file) if bundle.has(file) else recorded
    result.expect(found == recorded, file, "", f"its SHA-256 is {found[:12]}…, recorded {recorded[:12]}…")


def _data(result: Result, bundle: Bundle, runs: Runs) -> None:
    """Every run was trained on the data file of the study; of a withheld one the manifest has the SHA-256."""
    digests: dict[str, str | None] = {}
    for name in bundle.summary.datasets:
        file = f"data/{name}.npz"
        present = bundle.has(file)
        digests[name] = files.sha256(bundle.folder / file) if present else bundle.listed.get(file)
        if not present and file in bundle.withheld:
            result.notes.append(f"{file} is withheld: its SHA-256 is that of the manifest")
        result.expect(digests[name] is not None, file, "", "is missing, and the manifest does not list it")
    for path, run in runs.items():
        expected = digests.get(path.split("/")[1])
        problem = f"{run.data[:12]}…, the data file has {str(expected)[:12]}…"
        result.expect(expected in (None, run.data), f"runs/{path}/run.json", "data", problem)


def _one_torch(result: Result, runs: Runs) -> None:
    """Within a comparison (experiment x data set) there is one version of torch."""
    versions: dict[str, list[str]] = {}
    for path, run in runs.items():
        versions.setdefault("/".join(path.split("/")[:2]), []).append(run.versions.torch)
    usual = {comparison: Counter(names).most_common(1)[0][0] for comparison, names in versions.items()}
    for path, run in runs.items():
        comparison = "/".join(path.split("/")[:2])
        problem = f"{run.versions.torch}, most runs of {comparison} have {usual[comparison]}"
        same = run.versions.torch == usual[comparison]
        result.expect(same, f"runs/{path}/run.json", "versions.torch", problem)


def _code(result: Result, cells: list[Cell], runs: Runs) -> None:
    """All runs are of the training code of one source tree: this checkout, or a commit that the records name."""
    named = Counter(run.commit for run in runs.values() if run.commit)
    trees = {HERE: source_at_commit.here(cells)}
    for commit, _ in named.most_common(MOST_COMMITS):
        if any(_fitting(tree, runs) == len(runs) for tree in trees.values()):
            break
        try:
            trees[f"commit {commit[:12]}"] = source_at_commit.at_commit(commit, cells)
        except LookupError as error:
            result.notes.append(str(error))
    best = max(trees, key=lambda name: _fitting(trees[name], runs))
    for path, run in runs.items():
        expected = trees[best].get(path.rpartition("/")[0], "none")
        problem = f"{run.code[:12]}… (commit {str(run.commit)[:12]}), {best} has {expected[:12]}…"
        result.expect(run.code == expected, f"runs/{path}/run.json", "code", problem)
    commits = ", ".join(f"{commit[:12]} ({count})" for commit, count in named.items()) or "none"
    result.notes.append(f"{_fitting(trees[best], runs)} of {len(runs)} runs fit {best}; commits they name: {commits}")
    if dirty := sum(bool(run.dirty) for run in runs.values()):
        result.notes.append(f"{dirty} runs were made in a working tree with changes; their training code was compared")


def _fitting(tree: Mapping[str, str], runs: Runs) -> int:
    return sum(run.code == tree.get(path.rpartition("/")[0]) for path, run in runs.items())

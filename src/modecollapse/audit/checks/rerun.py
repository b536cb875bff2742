"""Some run blocks, trained again from their records: the same bits, or on another machine the same distribution.

Where everything that decides a run's bits is as its record says, the files must have the SHA-256 of the record;
otherwise the outcomes are tested (`audit.rerun_equivalence` says when and how).

The manifest decides which blocks are trained again, so that nobody can pick the ones that are known to pass. With
`root` the SHA-256 of MANIFEST.sha256 in hexadecimal digits, they are the blocks whose SHA-256 of "<root> <block>" is
smallest, with <block> the folder below runs/. Anybody can repeat it: `printf '%s %s' ROOT BLOCK | sha256sum`. Whoever
publishes a study could alter a file until a root suits; the more blocks are trained again, the less that helps.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from modecollapse import files, reading
from modecollapse.audit import rerun_equivalence, retraining
from modecollapse.audit.bundle import MANIFEST, STUDY, Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.audit.rerun_equivalence import ALPHA, Comparison
from modecollapse.audit.retraining import Ended
from modecollapse.errors import StudyError, one_line
from modecollapse.study.specs import Block

TITLE = "Runs, trained again"
RECORDED = ("experiment", "dataset", "variant", "seeds", "steps", "batch", "config_hash", "streams", "status")
DAMAGED = (StudyError, OSError, ValueError, LookupError, TypeError, AttributeError, pa.ArrowException)


@dataclass(frozen=True)
class Rerun:
    """A block that is trained again: its folder below runs/, its record, and the folder where it is trained."""

    name: str
    block: Block
    record: dict[str, Any]
    folder: Path

    def file(self, name: str = "run.json") -> str:
        """A file of the stored run, below the study's folder."""
        return f"runs/{self.name}/{name}"


def check(bundle: Bundle, blocks: int = 2) -> Result:
    """Train `blocks` run blocks again, as many at a time as there are processors, and compare."""
    result = Result(of="run blocks")
    try:
        planned = bundle.blocks
    except StudyError as error:
        result.add([Finding(STUDY, "", str(error))])
        return result
    names = chosen(files.sha256(bundle.folder / MANIFEST), planned, blocks)
    result.notes.append(f"{len(names)} of {len(planned)} run blocks, chosen by the SHA-256 of the manifest")
    with retraining.cleaning_up(), tempfile.TemporaryDirectory(prefix="modecollapse-audit-") as temporary:
        reruns = [rerun for name in names if (rerun := _readable(bundle, name, Path(temporary), result))]
        data = _data(bundle, reruns, Path(temporary), result)
        reruns = [rerun for rerun in reruns if rerun.name in data]
        ended = retraining.run_all(
            {r.name: retraining.train_command(r.block, data[r.name], r.folder, *_machine(r.record)) for r in reruns}
        )
        compared = [one for rerun in reruns for one in _compared(bundle, rerun, ended[rerun.name], result)]
        _judge(rerun_equivalence.with_p_values(compared), result)
    return result


def chosen(root: str, blocks: Iterable[str], count: int) -> list[str]:
    """The `count` blocks that the manifest's SHA-256 chooses, in the order of their rank; all if there are no more."""
    return sorted(blocks, key=lambda block: files.digest(f"{root} {block}".encode()))[: max(count, 0)]


def _readable(bundle: Bundle, name: str, temporary: Path, result: Result) -> Rerun | None:
    """The block as its record has it; None and a finding where that is not the planned one."""
    record = bundle.records.get(name, {})
    try:
        block = Block.model_validate(record["block"])
        digests = [record["data"], *(record["files"][output] for output in files.RUN_OUTPUTS)]
        if block != bundle.blocks[name] or not all(isinstance(digest, str) for digest in digests):
            raise ValueError("its block is not the planned one, or a SHA-256 is not text")
    except DAMAGED as error:
        problem = f"cannot be trained again from it: {one_line(error)}"
        result.add([Finding(f"runs/{name}/run.json", "", problem)])
        return None
    return Rerun(name, block, record, temporary / name.replace("/", "."))


def _data(bundle: Bundle, reruns: list[Rerun], temporary: Path, result: Result) -> dict[str, Path]:
    """The data file of each block: the stored one, or one made again where the stored one is withheld."""
    specs = {rerun.block.cell.dataset.name: rerun.block.cell.dataset for rerun in reruns}
    absent = {name: temporary / f"{name}.npz" for name in specs if not bundle.has(f"data/{name}.npz")}
    made = retraining.run_all({name: retraining.data_command(specs[name], out) for name, out in absent.items()})
    found = {}
    for rerun in reruns:
        name, recorded = rerun.block.cell.dataset.name, rerun.record["data"]
        path = absent.get(name, bundle.folder.resolve() / "data" / f"{name}.npz")
        if name in made and made[name].status:
            reason = made[name].last_line
            result.notes.append(f"{rerun.name}: its data are withheld and cannot be made here: {reason}")
        elif name not in made and files.sha256(path) != recorded:
            problem = f"its SHA-256 is not {recorded[:16]}…, which {rerun.name} was trained on"
            result.add([Finding(f"data/{name}.npz", "", problem)])
        else:
            found[rerun.name] = path
    return found


def _machine(record: dict[str, Any]) -> tuple[str, str]:
    """The device and the execution to train with: those of the record, as far as this machine has them."""
    execution = record.get("execution")
    mode = execution.get("mode") if isinstance(execution, dict) else None
    if record.get("device") != "cpu":
        import torch

        if torch.cuda.is_available():
            return "cuda", "captured" if mode == "captured" else "eager"
    return "cpu", "compiled" if mode == "compiled" else "eager"


def _compared(bundle: Bundle, rerun: Rerun, ended: Ended, result: Result) -> list[Comparison]:
    """Compare the bits where they must be equal; otherwise return what is to be tested."""
    if ended.status:
        problem = f"training it again ended with status {ended.status}: {ended.last_line[:200]}"
        result.add([Finding(rerun.file(), "", problem)])
        return []
    retrained = reading.json_file(rerun.folder / "run.json")
    title = f"{rerun.name}: trained again in {ended.seconds:.1f} s"
    reasons = rerun_equivalence.reasons_to_differ(rerun.record, retrained)
    if not reasons:
        differences = _other_bits(bundle, rerun, retrained, result.notes)
        result.add(differences)
        result.looked_at += 1
        result.notes.append(f"{title}: {'other bits' if differences else 'bits equal'}")
        return []
    result.notes.append(f"{title}; bits may differ, since {'; '.join(reasons)}")
    try:
        return rerun_equivalence.comparisons(bundle, rerun.name, rerun.folder, retrained)
    except DAMAGED as error:
        if rerun.file("trace.parquet") in bundle.withheld:
            result.notes.append(f"{rerun.name}: its trace is withheld, so nothing is tested")
        else:
            problem = f"cannot be tested against the runs trained again: {one_line(error)}"
            result.add([Finding(rerun.file("trace.parquet"), "", problem)])
        return []


def _other_bits(bundle: Bundle, rerun: Rerun, retrained: dict[str, Any], notes: list[str]) -> list[Finding]:
    """The differences of a run whose every bit must be as recorded."""
    was, now = rerun.record, retrained
    if was["data"] != now["data"]:
        problem = f"its data, made again, have SHA-256 {now['data'][:16]}…, recorded {was['data'][:16]}…"
        return [Finding(rerun.file(), "data", problem)]
    other = "trained again, it is another one"
    findings = [Finding(rerun.file(), key, other) for key in RECORDED if was.get(key) != now[key]]
    for name in files.RUN_OUTPUTS:
        before, after = was["files"][name], now["files"][name]
        if before != after and not (name == "trace.parquet" and _rewritten(bundle, rerun, notes)):
            problem = f"trained again, its SHA-256 is {after[:16]}…, recorded {before[:16]}…"
            findings.append(Finding(rerun.file(name), "", problem))
    return findings


def _rewritten(bundle: Bundle, rerun: Rerun, notes: list[str]) -> bool:
    """Whether two traces have equal columns and values, and other bytes since another Parquet library wrote them."""
    paths = (bundle.folder / rerun.file("trace.parquet"), rerun.folder / "trace.parquet")
    try:
        stored, new = map(reading.arrow, paths)
        writers = [pq.read_metadata(path).created_by for path in paths]
    except DAMAGED:
        return False
    # The values are compared as text: NaN equals NaN there, and no digit is lost.
    if writers[0] == writers[1] or stored.schema != new.schema or str(stored.to_pylist()) != str(new.to_pylist()):
        return False
    notes.append(f"{rerun.file('trace.parquet')}: equal in content, written by {writers[0]} and here by {writers[1]}")
    return True


def _judge(tests: list[Comparison], result: Result) -> None:
    """Add the findings, and a note for each tested block."""
    for name in dict.fromkeys(test.block for test in tests):
        of_block = [test for test in tests if test.block == name]
        if not of_block[0].testable:
            result.notes.append(f"{name}: {of_block[0].retrained.size} seeds are too few to be tested at {ALPHA}")
            continue
        result.looked_at += 1
        result.notes.append(f"{name}: tested at {ALPHA}, corrected by Holm: {'; '.join(map(str, of_block))}")
        result.add(
            Finding(f"runs/{name}/trace.parquet", "", f"is not of the same distribution: {test}")
            for test in of_block
            if test.rejected
        )

"""Some run blocks, trained again from their records: the same bits, or elsewhere the same distribution.

Where all that decides a run's bits is as its record says, the files must have the SHA-256 of the record; otherwise the
outcomes are tested (`audit.compatible` says which and how). Which blocks are trained again, the manifest decides
(`audit.choice`).
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from modecollapse import files
from modecollapse.audit import choice, compatible, retraining
from modecollapse.audit.bundle import MANIFEST, STUDY, Bundle
from modecollapse.audit.compatible import ALPHA, Pair, Tested
from modecollapse.audit.finding import Finding, Result
from modecollapse.audit.retraining import Ended
from modecollapse.errors import StudyError
from modecollapse.study.specs import Block

TITLE = "Runs, trained again"
OUTPUTS = ("samples.npy", "trace.parquet", "weights.safetensors")
FOLLOWS = ("experiment", "dataset", "variant", "seeds", "steps", "batch", "config_hash", "streams", "status")
UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, pa.ArrowException)


@dataclass(frozen=True)
class Rerun:
    """A block that is trained again: its folder below runs/, its record, and where it is trained."""

    name: str
    block: Block
    record: dict[str, Any]
    folder: Path

    def file(self, name: str = "run.json") -> str:
        """A file of the stored run, below the study's folder."""
        return f"runs/{self.name}/{name}"


def check(bundle: Bundle, blocks: int = 2) -> Result:
    """Train `blocks` run blocks again, all at the same time as far as there are processors, and compare."""
    result = Result(of="run blocks")
    try:
        planned = bundle.blocks
    except StudyError as error:
        result.add([Finding(STUDY, "", str(error))])
        return result
    names = choice.chosen(files.sha256(bundle.folder / MANIFEST), planned, blocks)
    result.notes.append(f"{len(names)} of {len(planned)} run blocks, chosen by the SHA-256 of the manifest")
    with retraining.cleaning_up(), tempfile.TemporaryDirectory(prefix="modecollapse-audit-") as temporary:
        reruns = [rerun for name in names if (rerun := _readable(bundle, name, Path(temporary), result))]
        data = _data(bundle, reruns, Path(temporary), result)
        reruns = [rerun for rerun in reruns if rerun.name in data]
        commands = {
            rerun.name: retraining.train_command(rerun.block, data[rerun.name], rerun.folder, _device(rerun.record))
            for rerun in reruns
        }
        ended = retraining.run_all(commands, Path(temporary))
        pairs: list[Pair] = []
        for rerun in reruns:
            pairs += _compared(bundle, rerun, ended[rerun.name], result)
        _judge(compatible.compare(pairs), result)
    return result


def _readable(bundle: Bundle, name: str, temporary: Path, result: Result) -> Rerun | None:
    """The block as its record has it; a finding and None where that is not the planned one."""
    record = bundle.records.get(name, {})
    try:
        block = Block.model_validate(record["block"])
        digests = [record["files"][output] for output in OUTPUTS]
        if block != bundle.blocks[name] or not all(isinstance(digest, str) for digest in [record["data"], *digests]):
            raise ValueError("its block is not the planned one, or a SHA-256 is not text")
    except UNREADABLE as error:
        problem = " ".join(str(error).split())[:200]
        result.add([Finding(f"runs/{name}/run.json", "", f"cannot be trained again from it: {problem}")])
        return None
    return Rerun(name, block, record, temporary / name.replace("/", "."))


def _data(bundle: Bundle, reruns: list[Rerun], temporary: Path, result: Result) -> dict[str, Path]:
    """The data file of each block: the stored one, or where that is withheld one made again."""
    specs = {rerun.block.cell.dataset.name: rerun.block.cell.dataset for rerun in reruns}
    absent = {name: temporary / f"{name}.npz" for name in specs if not bundle.has(f"data/{name}.npz")}
    made = retraining.run_all(
        {name: retraining.data_command(specs[name], out) for name, out in absent.items()}, temporary
    )
    found = {}
    for rerun in reruns:
        name, recorded = rerun.block.cell.dataset.name, rerun.record["data"]
        path = absent.get(name, bundle.folder.resolve() / "data" / f"{name}.npz")
        if name in made and made[name].status:
            result.notes.append(f"{rerun.name}: its data are withheld and cannot be made here: {made[name].said}")
        elif name not in made and files.sha256(path) != recorded:
            problem = f"its SHA-256 is not {recorded[:16]}…, which {rerun.name} was trained on"
            result.add([Finding(f"data/{name}.npz", "", problem)])
        else:
            found[rerun.name] = path
    return found


def _device(record: dict[str, Any]) -> str:
    """A GPU's run is trained again on a GPU if there is one."""
    if record.get("device") == "cpu":
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _compared(bundle: Bundle, rerun: Rerun, ended: Ended, result: Result) -> list[Pair]:
    """Compare the bits, or return what is to be tested."""
    if ended.status:
        problem = f"training it again ended with status {ended.status}: {ended.said[:200]}"
        result.add([Finding(rerun.file(), "", problem)])
        return []
    again = json.loads((rerun.folder / "run.json").read_text(encoding="utf-8"))
    title = f"{rerun.name}: trained again in {ended.seconds:.1f} s"
    reasons = compatible.differing(rerun.record, again)
    if not reasons:
        found = _other_bits(bundle, rerun, again, result.notes)
        result.add(found)
        result.looked_at += 1
        result.notes.append(f"{title}: {'other bits' if found else 'bits equal'}")
        return []
    result.notes.append(f"{title}; bits may differ, since {'; '.join(reasons)}")
    try:
        return compatible.pairs(bundle, rerun.name, rerun.folder, again)
    except UNREADABLE as error:
        problem = f"cannot be tested against the runs trained again: {' '.join(str(error).split())[:200]}"
        if rerun.file("trace.parquet") in bundle.withheld:
            result.notes.append(f"{rerun.name}: its trace is withheld, so nothing is tested")
        else:
            result.add([Finding(rerun.file("trace.parquet"), "", problem)])
        return []


def _other_bits(bundle: Bundle, rerun: Rerun, again: dict[str, Any], notes: list[str]) -> list[Finding]:
    """What is not as recorded of a run that must be the same to the last bit."""
    if rerun.record["data"] != again["data"]:
        problem = f"its data, made again, have SHA-256 {again['data'][:16]}…, recorded {rerun.record['data'][:16]}…"
        return [Finding(rerun.file(), "data", problem)]
    found = [
        Finding(rerun.file(), key, "trained again, it is another one")
        for key in FOLLOWS
        if rerun.record.get(key) != again[key]
    ]
    for name in OUTPUTS:
        was, now = rerun.record["files"][name], again["files"][name]
        if was != now and not (name == "trace.parquet" and _rewritten(bundle, rerun, notes)):
            problem = f"trained again, its SHA-256 is {now[:16]}…, recorded {was[:16]}…"
            found.append(Finding(rerun.file(name), "", problem))
    return found


def _rewritten(bundle: Bundle, rerun: Rerun, notes: list[str]) -> bool:
    """Whether two traces have the same columns and values, and other bytes since another Parquet library wrote them."""
    stored, again = bundle.folder / rerun.file("trace.parquet"), rerun.folder / "trace.parquet"
    try:
        writers = [pq.read_metadata(path).created_by for path in (stored, again)]
        tables = [pq.read_table(path) for path in (stored, again)]
    except UNREADABLE:
        return False
    if writers[0] == writers[1] or tables[0].schema != tables[1].schema:
        return False
    if str(tables[0].to_pylist()) != str(tables[1].to_pylist()):  # as text, NaN equals NaN, and no digit is lost
        return False
    notes.append(f"{rerun.file('trace.parquet')}: equal in content, written by {writers[0]} and here by {writers[1]}")
    return True


def _judge(tests: list[Tested], result: Result) -> None:
    """Findings, and a note for each tested block."""
    for name in dict.fromkeys(test.pair.block for test in tests):
        own = [test for test in tests if test.pair.block == name]
        if not own[0].able:
            result.notes.append(f"{name}: {own[0].pair.again.size} seeds are too few to be tested at {ALPHA}")
            continue
        result.looked_at += 1
        result.notes.append(f"{name}: tested at {ALPHA}, corrected by Holm: {'; '.join(map(str, own))}")
        result.add(
            Finding(f"runs/{name}/trace.parquet", "", f"is not of the same distribution: {test}")
            for test in own
            if test.rejected
        )

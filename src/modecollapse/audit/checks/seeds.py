"""Seeds are the declared ones, the same in all compared cells, and every stream follows from them by the rule."""

from __future__ import annotations

import hashlib
import json

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Result
from modecollapse.audit.record_model import Streams

TITLE = "Seeds"


def check(bundle: Bundle) -> Result:
    """Compare the seeds of every record with the plan and compute the seed of every stream a second time."""
    result = Result(of="seeds of random streams")
    runs, study = bundle.noted_runs(result), bundle.study
    declared = {experiment: study.seeds_of(experiment) for experiment in study.experiments}
    symbols = {"/".join(cell.key): list(cell.roles) for cell in bundle.summary.cells}
    by_cell: dict[str, list[int]] = {}  # of every cell whose records can all be read
    names: dict[int, set[str]] = {}
    for path, block in bundle.blocks.items():
        file, key = f"runs/{path}/run.json", (block.cell.dataset.name, block.cell.variant.name)
        by_cell.setdefault(block.cell.path, []).extend(runs[path].seeds if path in runs else block.seeds)
        if path not in runs:
            continue
        run = runs[path]
        result.expect(run.seeds == block.seeds, file, "seeds", f"are {run.seeds}, planned are {block.seeds}")
        for recorded in run.streams:
            found = _flat(recorded)
            right = _flat(streams(study.root_seed, *key, recorded.seed, symbols[block.cell.path]))
            for name, seed in found.items():
                names.setdefault(seed, set()).add("/".join((*key, f"seed {recorded.seed}", name)))
            for name in sorted({*found, *right}):
                problem = f"is {found.get(name, 'missing')}; by the rule {right.get(name, 'there is no such stream')}"
                where = f"streams of seed {recorded.seed}, {name}"
                result.expect(found.get(name) == right.get(name), file, where, problem)
    for cell, own in by_cell.items():
        planned = declared[cell.split("/")[0]]
        problem = f"has runs of seeds {sorted(own)}, declared are {planned}"
        result.expect(sorted(own) == planned, f"runs/{cell}", "", problem)
    for seed, shared in names.items():
        result.expect(len(shared) == 1, "runs", f"stream {seed}", f"is that of {', '.join(sorted(shared))}")
    listed = [name for name in declared if isinstance(study.chosen(name, "seeds"), list)]
    for seeds in dict.fromkeys(str(declared[name]) for name in listed):
        result.notes.append(f"the seeds are listed by hand: {seeds}; a count would be 0 to n - 1")
    return result


def stream_seed(root: int, *key: str | int) -> int:
    """63 bits of the SHA-256 of the canonical JSON of (root seed, data set, variant, seed, stream)."""
    text = json.dumps([root, *key], separators=(",", ":"))
    return int(hashlib.sha256(text.encode()).hexdigest()[:16], 16) >> 1


def streams(root: int, dataset: str, variant: str, seed: int, symbols: list[str]) -> Streams:
    """The streams of one run: one for each network's initial weights, one for data, one for noise."""
    key = (root, dataset, variant, seed)
    init = {symbol: stream_seed(*key, "init", symbol) for symbol in symbols}
    return Streams(seed=seed, init=init, data=stream_seed(*key, "data"), noise=stream_seed(*key, "noise"))


def _flat(of: Streams) -> dict[str, int]:
    return {**{f"init.{symbol}": seed for symbol, seed in of.init.items()}, "data": of.data, "noise": of.noise}

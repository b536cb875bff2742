"""Seeds are the declared ones, the same in all compared cells, and every stream follows from them by the rule."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from modecollapse.audit import reading
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Result
from modecollapse.audit.record_model import Streams

TITLE = "Seeds"


def check(bundle: Bundle) -> Result:
    """Compare the seeds of every record with the plan and compute the seed of every stream again."""
    result = Result(of="seeds of random streams")
    runs = reading.noted_runs(bundle, result)
    declared = {experiment: _declared(bundle, experiment) for experiment in bundle.study.experiments}
    names: dict[int, set[str]] = {}
    for path, run in runs.items():
        block = bundle.blocks[path]
        file, cell = f"runs/{path}/run.json", block.cell
        result.expect(run.seeds == block.seeds, file, "seeds", f"are {run.seeds}, planned are {block.seeds}")
        place = (cell.dataset.name, cell.variant.name)
        for told in run.streams:
            expected = streams(bundle.study.root_seed, *place, told.seed, _symbols(bundle, path))
            for name, seed in _flat(told).items():
                names.setdefault(seed, set()).add("/".join((*place, f"seed {told.seed}", name)))
            _compare(result, file, told, expected)
    _same_everywhere(result, bundle, runs, declared)
    for seed, shared in names.items():
        result.expect(len(shared) == 1, "runs", f"stream {seed}", f"is that of {', '.join(sorted(shared))}")
    low = Counter(seed % 2**32 for seed in names)
    if alike := sum(times - 1 for times in low.values()):
        result.notes.append(f"{alike} of {len(names)} streams begin as another one on a processor (32 bits of a seed)")
    listed = [name for name in declared if isinstance(bundle.study.chosen(name, "seeds"), list)]
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


def _declared(bundle: Bundle, experiment: str) -> list[int]:
    seeds = bundle.study.chosen(experiment, "seeds")
    return sorted(seeds) if isinstance(seeds, list) else list(range(seeds))


def _symbols(bundle: Bundle, path: str) -> list[str]:
    """The networks of a block's variant."""
    experiment, dataset, variant, _ = path.split("/")
    cells = bundle.summary.cells
    place = (experiment, dataset, variant)
    return next(list(c.roles) for c in cells if c.key == place)


def _flat(told: Streams) -> dict[str, int]:
    return {**{f"init.{symbol}": seed for symbol, seed in told.init.items()}, "data": told.data, "noise": told.noise}


def _compare(result: Result, file: str, told: Streams, expected: Streams) -> None:
    found, right = _flat(told), _flat(expected)
    for name in sorted({*found, *right}):
        problem = f"is {found.get(name, 'missing')}; by the rule {right.get(name, 'there is no such stream')}"
        result.expect(found.get(name) == right.get(name), file, f"streams of seed {told.seed}, {name}", problem)


def _same_everywhere(result: Result, bundle: Bundle, runs: dict, declared: dict[str, list[int]]) -> None:
    """Of every cell whose records can all be read."""
    by_cell: dict[str, list[int]] = {}
    for path, block in bundle.blocks.items():
        by_cell.setdefault(block.cell.path, []).extend(runs[path].seeds if path in runs else block.seeds)
    for cell, seeds in by_cell.items():
        wanted = declared[cell.split("/")[0]]
        problem = f"has runs of seeds {sorted(seeds)}, declared are {wanted}"
        result.expect(sorted(seeds) == wanted, f"runs/{cell}", "", problem)

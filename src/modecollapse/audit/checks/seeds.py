"""Seeds are the declared ones, the same in all compared cells, and every stream follows from them by the rule."""

from __future__ import annotations

import hashlib
import json

from modecollapse import variants
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Result
from modecollapse.audit.record_model import Streams
from modecollapse.study.specs import Cell

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
            right = streams(study.root_seed, block.cell, recorded.seed, symbols[block.cell.path])
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


def streams(root: int, cell: Cell, seed: int, symbols: list[str]) -> dict[str, int]:
    """The streams of one run by name: initial weights, data by kind of draw, latents, further noise."""
    noise = {"z": "prior", **variants.create(cell.variant.objective, cell.variant.options).noise}
    kinds = {"prior": cell.training.prior, "normal": "normal", "uniform": "uniform"}
    names = [("init", symbol) for symbol in symbols]
    names += [("x", kind) for kind in ("integers", "normal", "uniform")]
    names += [(name, kinds[kind]) for name, kind in noise.items()]
    key = (root, cell.dataset.name, cell.variant.name, seed)
    return {".".join(name): stream_seed(*key, *name) for name in names}


def _flat(of: Streams) -> dict[str, int]:
    groups = {"init": of.init, **of.draws}
    return {f"{group}.{name}": seed for group, seeds in groups.items() for name, seed in seeds.items()}

"""Whether runs trained again go with the stored ones: when their bits must be the same, and what is tested otherwise.

Training is chaotic: another last digit makes another run of the same distribution. So where machine, version or code is
another one, what is compared are the seeds' outcomes at the last evaluation: the modes captured and the per cent of
high-quality samples, by every rule that the trace has counts of, and whether the seed diverged. Each is a two-sided
permutation test of the difference of means, at ALPHA over all measures and blocks by Holm's method. Every seed counts,
a diverged one with what its last samples show. The statuses need not be the same seed by seed, for whether a run
diverges may hang on its last digits as well.

The seeds trained again are held against those of the stored block. Where these are too few for the test to be able to
reject (five against five have 252 divisions), against all stored seeds of the cell, of which the block is part. Which
of the two is decided by their numbers alone. Where all are too few, the answer is that nothing could be tested.

Both sides use the same seeds, so if they are not independent they are alike: the test then rejects less often than
ALPHA says, not more often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from modecollapse.audit.bundle import Bundle
from modecollapse.statistics.multiplicity import holm, least_p
from modecollapse.study.specs import Block
from modecollapse.training.trace import COUNTS

ALPHA = 0.01
DRAWS = 99_999  # random divisions, where there are more than that
AT_ONCE = 10_000
SEED = 20171204  # of the random divisions: the same audit says the same

# The keys of run.json that decide the bits of a run; with the data, and no move to another processor on the way.
DECIDES = ("code", "versions.torch", "platform", "cpu", "flags.cpu_capability", "device", "threads", "deterministic")
DECIDES += ("matmul_precision", "gpu.capability", "gpu.cuda", "gpu.cudnn")


@dataclass(frozen=True, eq=False)
class Pair:
    """A measure of a block: values (S,) of the seeds trained again, of the stored block, and of its whole cell."""

    block: str
    measure: str
    again: np.ndarray
    own: np.ndarray
    cell: np.ndarray


@dataclass(frozen=True, eq=False)
class Tested:
    """What came of a pair: the values held against it, p after Holm's correction, and whether it could be rejected."""

    pair: Pair
    stored: np.ndarray
    p: float
    able: bool

    @property
    def rejected(self) -> bool:
        """Whether the runs trained again are others than the stored ones."""
        return self.able and self.p < ALPHA

    def __str__(self) -> str:
        again, stored = self.pair.again, self.stored
        means = f"{again.mean():.4g} in {again.size} seeds trained again, {stored.mean():.4g} in {stored.size} stored"
        return f"{self.pair.measure}: mean {means}, p {self.p:.3g}"


def differing(recorded: dict[str, Any], again: dict[str, Any]) -> list[str]:
    """Why the bits of two runs of one configuration may differ, in words; nothing where they must be the same.

    Both are the contents of a run.json, of which the second can be trusted.
    """
    told = [(key, _value(recorded, key), _value(again, key)) for key in DECIDES]
    reasons = [f"{key} was {str(was)[:32]} and is {str(now)[:32]}" for key, was, now in told if was != now]
    if reasons and recorded.get("data") != again["data"]:
        reasons.append("its data, made again, are other ones")
    incidents = recorded.get("incidents")
    moves = incidents if isinstance(incidents, list) else []
    return reasons + [f"it {move}" for move in map(str, moves) if move.startswith("resumed") and " after " in move]


def pairs(bundle: Bundle, name: str, folder: Path, again: dict[str, Any]) -> list[Pair]:
    """The measures of a block that was trained again into `folder`, with the record `again`.

    Raises OSError, KeyError, TypeError, ValueError or pyarrow's errors where stored traces or records are damaged.
    """
    block = bundle.blocks[name]
    cell = [path for path, other in bundle.blocks.items() if other.cell.path == block.cell.path]
    stored = {
        path: outcomes(_trace(bundle.folder / "runs" / path), bundle.blocks[path], bundle.records[path]["status"])
        for path in cell
    }
    new = outcomes(_trace(folder), block, again["status"])
    return [
        Pair(name, measure, values, stored[name][measure], np.concatenate([stored[path][measure] for path in cell]))
        for measure, values in new.items()
    ]


def outcomes(trace: pd.DataFrame, block: Block, status: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """The measures of a block's seeds at their last evaluation, (S,) each; `status` is that of run.json.

    Raises KeyError, TypeError or ValueError where trace or status are damaged.
    """
    last = trace[trace["step"] == block.cell.training.steps].set_index("seed").loc[block.seeds]
    n = last["n"].to_numpy(dtype=float)
    found: dict[str, np.ndarray] = {}
    for column in (name for name in last.columns if name.startswith(COUNTS)):
        counts = np.stack([np.asarray(row, dtype=float) for row in last[column]])
        rule = column.removeprefix(COUNTS)
        found[f"modes{rule}"] = np.count_nonzero(counts, axis=1).astype(float)
        found[f"high_quality_percent{rule}"] = 100 * counts.sum(axis=1) / np.where(n > 0, n, np.nan)
    statuses = {outcome["seed"]: outcome["status"] for outcome in status}
    found["diverged"] = np.array([float(statuses[seed] != "ok") for seed in block.seeds])
    if any(values.shape != (len(block.seeds),) or not np.isfinite(values).all() for values in found.values()):
        raise ValueError("a seed has not one last evaluation with counts")
    return found


def compare(family: Sequence[Pair]) -> list[Tested]:
    """The tests of all pairs."""
    if not family:
        return []
    threshold = ALPHA / len(family)

    def able(stored: np.ndarray, again: np.ndarray) -> bool:
        return least_p(stored.size, again.size, DRAWS) < threshold

    held = [pair.own if able(pair.own, pair.again) else pair.cell for pair in family]
    adjusted = holm([permutation_p(stored, pair.again) for stored, pair in zip(held, family, strict=True)])
    return [
        Tested(pair, stored, float(p), able(stored, pair.again))
        for pair, stored, p in zip(family, held, adjusted, strict=True)
    ]


def permutation_p(first: np.ndarray, second: np.ndarray) -> float:
    """Two-sided p of the difference of two means, exact where there are at most DRAWS divisions."""
    tested = stats.permutation_test(
        (first, second),
        lambda x, y, axis: np.abs(x.mean(axis=axis) - y.mean(axis=axis)),
        alternative="greater",
        n_resamples=DRAWS,
        batch=AT_ONCE,
        vectorized=True,
        rng=np.random.default_rng(SEED),
    )
    return float(tested.pvalue)


def _value(record: dict[str, Any], key: str) -> Any:
    """What stands under a key such as `versions.torch`; None where there is nothing."""
    found: Any = record
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _trace(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "trace.parquet")

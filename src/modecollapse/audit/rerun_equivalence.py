"""Whether runs trained again agree with the stored ones: when their bits must be equal, and what is tested otherwise.

Training is chaotic: another last digit makes another run of the same distribution. So where machine, version or code
differ, the seeds' outcomes at the last evaluation are compared: the modes captured and the per cent of high-quality
samples, by every rule that the trace has counts of, and whether the seed diverged. Each is a two-sided permutation test
of the difference of means, at ALPHA over all measures and blocks by Holm's method. Every seed counts, a diverged one
with what its last samples show. The statuses need not agree seed by seed, for whether a run diverges may depend on its
last digits as well.

The seeds trained again are compared with those of the stored block. Where these are too few for the test to be able to
reject (five against five have 252 divisions), they are compared with all stored seeds of the cell. The numbers of seeds
alone decide which. Where all are too few, the audit says that nothing could be tested.

Both sides use the same seeds, so if they are not independent they are alike: the test then rejects less often than
ALPHA says, not more often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from modecollapse import reading
from modecollapse.audit.bundle import Bundle
from modecollapse.statistics.multiplicity import holm, least_p
from modecollapse.study.specs import Block
from modecollapse.training.trace import COUNTS

ALPHA = 0.01
DRAWS = 99_999  # random divisions, where there are more than that
SEED = 20171204  # of the random divisions: the same audit gives the same p

# The keys of run.json that decide the bits of a run, together with the data and moves to another processor on the way.
DECISIVE = ("code", "versions.torch", "platform", "cpu", "flags.cpu_capability", "device", "threads", "deterministic")
DECISIVE += ("matmul_precision", "gpu.capability", "gpu.cuda", "gpu.cudnn", "execution.mode", "execution.compiler")


@dataclass(frozen=True, eq=False)
class Comparison:
    """A measure of a block: values (S,) of the seeds trained again, of the stored block, and of its whole cell.

    `family` is the number of comparisons made together, and `p` the p value after Holm's correction for it.
    """

    block: str
    measure: str
    retrained: np.ndarray
    of_block: np.ndarray
    of_cell: np.ndarray
    family: int = 1
    p: float = 1.0

    @property
    def stored(self) -> np.ndarray:
        """The stored values that are used: those of the block where they suffice, otherwise those of the cell."""
        return self.of_block if self._can_reject(self.of_block) else self.of_cell

    @property
    def testable(self) -> bool:
        """Whether there are seeds enough for the test to be able to reject."""
        return self._can_reject(self.stored)

    @property
    def rejected(self) -> bool:
        """Whether the runs trained again differ from the stored ones in distribution."""
        return self.testable and self.p < ALPHA

    def _can_reject(self, stored: np.ndarray) -> bool:
        return least_p(stored.size, self.retrained.size, DRAWS) < ALPHA / self.family

    def __str__(self) -> str:
        new, old = self.retrained, self.stored
        means = f"{new.mean():.4g} in {new.size} seeds trained again, {old.mean():.4g} in {old.size} stored"
        return f"{self.measure}: mean {means}, p {self.p:.3g}"


def reasons_to_differ(recorded: dict[str, Any], retrained: dict[str, Any]) -> list[str]:
    """Why the bits of two runs of one configuration may differ, in words; empty where they must be equal.

    Both are contents of a run.json; `retrained` can be trusted.
    """
    values = [(key, _value(recorded, key), _value(retrained, key)) for key in DECISIVE]
    reasons = [f"{key} was {str(was)[:32]} and is {str(now)[:32]}" for key, was, now in values if was != now]
    if reasons and recorded.get("data") != retrained["data"]:
        reasons.append("its data, made again, are other ones")
    incidents = recorded.get("incidents")
    moves = map(str, incidents) if isinstance(incidents, list) else []
    return reasons + [f"it {move}" for move in moves if move.startswith("resumed") and " after " in move]


def _value(record: Any, key: str) -> Any:
    """The value under a key such as `versions.torch`; None where there is none."""
    for part in key.split("."):
        record = record.get(part) if isinstance(record, dict) else None
    return record


def comparisons(bundle: Bundle, name: str, folder: Path, retrained: dict[str, Any]) -> list[Comparison]:
    """The measures of a block that was trained again into `folder`, with the record `retrained`.

    Raises KeyError, TypeError, ValueError or StudyError where stored traces or records are damaged.
    """
    block = bundle.blocks[name]
    new = outcomes(reading.parquet(folder / "trace.parquet"), block, retrained["status"])
    stored = {}
    for path, other in bundle.blocks.items():
        if other.cell.path == block.cell.path:
            trace = reading.parquet(bundle.folder / "runs" / path / "trace.parquet")
            stored[path] = outcomes(trace, other, bundle.records[path]["status"])
    return [
        Comparison(
            name, measure, values, stored[name][measure], np.concatenate([of[measure] for of in stored.values()])
        )
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


def with_p_values(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The comparisons with their p values, corrected for the number of comparisons."""
    if not comparisons:
        return []
    family = [replace(one, family=len(comparisons)) for one in comparisons]
    adjusted = holm([permutation_p(one.stored, one.retrained) for one in family])
    return [replace(one, p=float(p)) for one, p in zip(family, adjusted, strict=True)]


def permutation_p(first: np.ndarray, second: np.ndarray) -> float:
    """Two-sided p of the difference of two means, exact where there are at most DRAWS divisions."""
    tested = stats.permutation_test(
        (first, second),
        lambda x, y, axis: np.abs(x.mean(axis=axis) - y.mean(axis=axis)),
        alternative="greater",
        n_resamples=DRAWS,
        batch=10_000,
        vectorized=True,
        rng=np.random.default_rng(SEED),
    )
    return float(tested.pvalue)

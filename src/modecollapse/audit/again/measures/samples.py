"""The samples of a block against its trace: counted again, they are in the modes that the last evaluation found."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from modecollapse.audit.again.measures.modes import Counted, Counter, finite
from modecollapse.audit.again.measures.rows import LEAST_FINITE
from modecollapse.audit.again.measures.training_course import Run
from modecollapse.audit.finding import Finding

POINTS = 2500  # of which measures of samples use the finite ones


@dataclass(frozen=True)
class Recounted:
    """What the samples of a seed came to, if they were counted and are those of the trace."""

    seed: int
    counted: bool = False
    usable: bool | None = None  # whether enough samples are finite for measures of samples
    doubted: bool = False  # rounding made other counts of them than the trace's, which are these
    counts: dict[str, np.ndarray] = field(default_factory=dict)


def recount(
    folder: Path, place: str, runs: list[Run], counter: Counter, nonfinite: dict[int, int]
) -> tuple[dict[int, Recounted], list[Finding]]:
    """Count samples.npy again; findings name the seeds whose samples do not repeat the trace's last evaluation.

    The first implementation allows a thousandth of the samples another mode, for processors differ in last digits; here
    only samples that are as close to the edge of a mode as rounding goes may be in another one.
    """
    file = f"{place}/samples.npy"
    again = {run.seed: Recounted(run.seed) for run in runs}
    try:
        samples = np.load(folder / "samples.npy", mmap_mode="r", allow_pickle=False)
        shape = samples.shape[:2]
    except Exception as error:  # a damaged file makes the reader raise what it likes
        return again, [Finding(file, "", f"cannot be read: {' '.join(str(error).split())[:200]}")]
    wanted = len(runs), int(runs[0].n[-1])
    if shape != wanted or samples.dtype.kind != "f":
        return again, [
            Finding(file, "", f"holds {samples.dtype} of shape {samples.shape}, expected {wanted} of floats")
        ]
    findings = []
    for run, of_seed in zip(runs, samples, strict=True):
        own = np.asarray(of_seed)
        try:
            found = counter(own)
        except (ValueError, IndexError) as error:
            return again, [*findings, Finding(file, "", f"cannot be counted: {' '.join(str(error).split())[:200]}")]
        problem = _differs(run, found, nonfinite[run.seed])
        if problem:
            findings.append(Finding(file, f"seed {run.seed}", problem))
            continue
        doubted = any((found.counts[rule] != run.rules[rule][-1]).any() for rule in found.counts)
        usable = bool(finite(own[:POINTS]).sum() >= LEAST_FINITE)
        again[run.seed] = Recounted(run.seed, True, usable, doubted, found.counts)
    return again, findings


def _differs(run: Run, found: Counted, nonfinite: int) -> str:
    """How the samples differ from what the trace has of them at the last step; nothing where they do not."""
    if found.nonfinite != nonfinite:
        return f"{found.nonfinite} samples are not finite, {nonfinite} by the trace at step {run.steps[-1]}"
    for rule, counts in found.counts.items():
        moved = int(np.abs(counts - run.rules[rule][-1]).sum())
        if moved > 2 * found.doubtful:
            here, there = (int(np.count_nonzero(each)) for each in (counts, run.rules[rule][-1]))
            told = f"{int(counts.sum())} samples in {here} modes ({rule}), by the trace"
            told += f" {int(run.rules[rule][-1].sum())} in {there} at step {run.steps[-1]}"
            return f"{told}; the counts of the modes differ by {moved}, at most {2 * found.doubtful} is rounding"
    return ""

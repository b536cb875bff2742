"""What a study asks for by itself, where the profile says nothing: as the rules of the workflow do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modecollapse.study import cost, plan
from modecollapse.study.config import Study
from modecollapse.study.cost import A_DAY, MEMORY_MB, measuring_minutes, time_limit

OTHERS = "other rules"
OTHER_MINUTES = 60  # at most, but for measuring


@dataclass(frozen=True)
class Needs:
    """Resources by rule, numbers as the profile writes them, and the longest predicted run of a rule in minutes."""

    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    longest: Mapping[str, float] = field(default_factory=dict)


def needs(study: Study) -> Needs:
    """The needs of a study: training and inverting ask for the time of the longest of their blocks."""
    blocks = [block for cell in plan.cells(study) for block in plan.blocks(study, cell)]
    inverted = set(plan.inversions(study))
    seconds = [cost.block_seconds(block, study.device) for block in blocks]
    seconds += [cost.inversion_seconds(b, study.inversion, study.device) for b in blocks if b.path in inverted]
    memory = f"{MEMORY_MB} * attempt"
    limit = time_limit(max(seconds))
    growing = f"max({limit}, min(attempt * {limit}, {A_DAY}))"
    block = {"gpu": int(study.device == "cuda"), "mem_mb": memory, "runtime": growing}
    others = {"mem_mb": memory, "runtime": f"{max(OTHER_MINUTES, measuring_minutes(study))} * attempt"}
    rules = ("train", "invert")
    return Needs(dict.fromkeys(rules, block) | {OTHERS: others}, dict.fromkeys(rules, max(seconds) / 60))

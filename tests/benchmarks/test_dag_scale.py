"""The price of a large plan: a dry run of 5,000 and of 20,000 jobs, against the same jobs with empty bodies.

`pytest tests/benchmarks/test_dag_scale.py` gives processor seconds, memory and the ratio of the two, which should be
at most 1.3. The empty workflow has the rules, inputs, outputs and wildcards of the study, and nothing else.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import yaml
from contenders import Cost, cost, in_turns, medians
from dag_copy import CONFIGURATION, command, copy_repository, environment

from modecollapse.report.layout import COMPARISONS, TABLES, VERDICTS, figure_groups
from modecollapse.study.load import load_study
from modecollapse.study.summary import summary_of

REPEATS = 2
STUDY = "large"
EMPTY = Path(__file__).with_name("empty_study.smk")
SNAKEFILE = ("--snakefile", f"workflow/{EMPTY.name}")


@pytest.mark.parametrize("seeds", [96, 384])
def test_a_large_plan(tmp_path: Path, record: Callable[..., None], rounds: int, seeds: int) -> None:
    folder = large_study(tmp_path, seeds)
    arguments = {"study": ["--configfile", CONFIGURATION], "empty": [*SNAKEFILE, "--configfile", "empty.yaml"]}
    plans = {name: listed(folder, chosen) for name, chosen in arguments.items()}
    assert plans["study"] == plans["empty"]
    assert plans["study"]["train"] == 52 * seeds

    dry = {
        name: partial(run, folder, ["--dry-run", "--quiet", "all", *chosen], folder / "nothing.txt")
        for name, chosen in arguments.items()
    }
    laps = in_turns(dry, min(rounds, REPEATS), warm_up=0)
    seconds = medians([{name: cost.seconds for name, cost in lap.items()} for lap in laps])
    memory = {f"{name} MB": max(lap[name].megabytes for lap in laps) for name in dry}
    jobs = f"{plans['study']['total']:,} jobs"
    record("dry run", jobs, **seconds, ratio=seconds["study"] / seconds["empty"], **memory)


def large_study(folder: Path, seeds: int) -> Path:
    """A copy of the repository with the default study, a job for every seed, and the empty workflow beside it."""
    copy_repository(folder, {"study": STUDY, "seeds": seeds, "block_size": 1})
    study = load_study([folder / "config" / "config.yaml", folder / CONFIGURATION])
    names = {"study": STUDY, "datasets": study.datasets, "variants": study.variants, "seeds": seeds}
    names |= {"tables": list(TABLES), "comparisons": list(COMPARISONS), "verdicts": list(VERDICTS)}
    names["figures"] = figure_groups(summary_of(study))
    (folder / "empty.yaml").write_text(yaml.safe_dump(names))
    shutil.copy(EMPTY, folder / "workflow")  # where the same profile is found
    return folder


def listed(folder: Path, arguments: list[str]) -> dict[str, int]:
    """The jobs of each rule, and their total, in a dry run's statistics."""
    output = folder / "listing.txt"
    run(folder, ["--dry-run", "--quiet", "rules", *arguments], output)
    return {rule: int(count) for rule, count in re.findall(r"^(\w\S*) +(\d+)$", output.read_text(), re.MULTILINE)}


def run(folder: Path, arguments: list[str], output: Path) -> Cost:
    """Run Snakemake in the folder; returns its cost."""
    return cost(command(*arguments), output, cwd=folder, env=environment(folder))

"""The price of a large plan: a dry run of 5,000 and of 20,000 jobs, against the same jobs with empty bodies.

`pytest tests/benchmarks/test_dag_scale.py` prints processor seconds, memory and the ratio of the two, and asserts no
time. The empty workflow has the rules, inputs, outputs and wildcards of the study, and nothing else.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest
import yaml
from dag_copy import CONFIGURATION, command, copy_repository, environment

from modecollapse.report.layout import COMPARISONS, TABLES, VERDICTS, figure_names
from modecollapse.study.load import load_study
from modecollapse.study.summary import summary_of

REPEATS = 3
STUDY = "large"
TARGET = 1.3
COLUMNS = "".join(f"{word:>10}" for word in ("jobs", "study", "empty", "ratio", "study MB", "empty MB"))
HEAD = f"Dry runs: processor seconds, the aim is a ratio of at most {TARGET}\n{COLUMNS}"
EMPTY = Path(__file__).with_name("empty_study.smk")
SNAKEFILE = ("--snakefile", f"workflow/{EMPTY.name}")


class Cost(NamedTuple):
    """The cost of a process."""

    seconds: float  # of a processor, user and system
    megabytes: float  # at most in memory


@pytest.mark.parametrize("seeds", [96, 384])
def test_a_large_plan(tmp_path: Path, line: Callable[[str, str], None], seeds: int) -> None:
    folder = large_study(tmp_path, seeds)
    arguments = {"study": ["--configfile", CONFIGURATION], "empty": [*SNAKEFILE, "--configfile", "empty.yaml"]}
    plans = {name: listed(folder, chosen) for name, chosen in arguments.items()}
    assert plans["study"] == plans["empty"]
    assert plans["study"]["train"] == 52 * seeds

    spent: dict[str, list[Cost]] = {name: [] for name in arguments}
    for _ in range(REPEATS):  # in turn, so that what else the machine does meets both
        for name, chosen in arguments.items():
            spent[name].append(run(folder, ["--dry-run", "--quiet", "all", *chosen], folder / "nothing.txt"))
    seconds = {name: median(cost.seconds for cost in costs) for name, costs in spent.items()}
    megabytes = {name: max(cost.megabytes for cost in costs) for name, costs in spent.items()}
    line(
        HEAD,
        f"{plans['study']['total']:>10}{seconds['study']:>10.1f}{seconds['empty']:>10.1f}"
        f"{seconds['study'] / seconds['empty']:>10.2f}{megabytes['study']:>10.0f}{megabytes['empty']:>10.0f}",
    )


def large_study(folder: Path, seeds: int) -> Path:
    """A copy of the repository with the default study, a job for every seed, and the empty workflow beside it."""
    copy_repository(folder, {"study": STUDY, "seeds": seeds, "block_size": 1})
    study = load_study([folder / "config" / "config.yaml", folder / CONFIGURATION])
    names = {"study": STUDY, "datasets": study.datasets, "variants": study.variants, "seeds": seeds}
    names |= {"tables": list(TABLES), "comparisons": list(COMPARISONS), "verdicts": list(VERDICTS)}
    names["figures"] = figure_names(summary_of(study))
    (folder / "empty.yaml").write_text(yaml.safe_dump(names))
    shutil.copy(EMPTY, folder / "workflow")  # where the same profile is found
    return folder


def listed(folder: Path, arguments: list[str]) -> dict[str, int]:
    """The jobs of each rule, and their total, in a dry run's statistics."""
    output = folder / "listing.txt"
    run(folder, ["--dry-run", "--quiet", "rules", *arguments], output)
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", output.read_text(), re.MULTILINE)}


def run(folder: Path, arguments: list[str], output: Path) -> Cost:
    """Run Snakemake to its end; returns its cost."""
    with output.open("w") as file:
        process = subprocess.Popen(command(*arguments), cwd=folder, env=environment(folder), stdout=file, stderr=file)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, output.read_text()[-3000:]
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)

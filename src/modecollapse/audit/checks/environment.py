"""The versions and machines of the study: as environment.yml pins them, as records name them, and as they are here.

Differences are facts, not faults, with one exception: environment.json must not claim a version other than the pinned
one where the pinned one is installed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from modecollapse import environment, reading
from modecollapse.audit.bundle import ENVIRONMENT, Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.audit.record_model import RunRecord
from modecollapse.audit.source_at_commit import REPOSITORY
from modecollapse.errors import StudyError, one_line, printable

TITLE = "Environment"
PINS = REPOSITORY / "environment.yml"
RECORDED = ("python", "torch", "numpy")
# Patch releases of these, and builds for processors or GPUs, fit one pin: they count as another processor.
SEVERAL_BUILDS = ("python", "torch")
MACHINE = ("cpu", "platform", "cpu_capability")


@dataclass
class MachineDifferences:
    """The reasons why bytes may differ here, in words: other `versions`, another `processor`.

    `compared` counts the versions and facts; `false_claims` are versions in environment.json that explain nothing,
    since the pinned ones are installed here.
    """

    compared: int = 0
    versions: list[str] = field(default_factory=list)
    processor: list[str] = field(default_factory=list)
    false_claims: list[Finding] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        """All reasons."""
        return self.versions + self.processor


def check(bundle: Bundle) -> Result:
    """Compare environment.json with environment.yml and this machine; note how the run records differ from them."""
    differences = machine_differences(bundle)
    result = Result(differences.compared, "versions and facts of machines", differences.false_claims)
    result.notes += [f"bytes may differ here: {reason}" for reason in differences.all]
    runs, pinned = bundle.noted_runs(result), pins(PINS)
    for name in RECORDED:
        used = {getattr(run.versions, name) for run in runs.values()}
        others = sorted(version for version in used if name in pinned and not fits(version, pinned[name]))
        if others:
            line = f"{name}: environment.yml asks for {pinned[name]}, runs were made with {', '.join(others)}"
            if name == "torch":
                result.left_open.append(f"{line}, so training again can test their distribution, not their bits")
            else:
                result.notes.append(line)
    result.notes += _machines(runs)
    return result


def machine_differences(bundle: Bundle) -> MachineDifferences:
    """How the machine that environment.json describes differs from this one."""
    found = MachineDifferences()
    try:
        described = reading.json_file(bundle.folder / ENVIRONMENT)
        versions = dict(described["versions"])
    except (StudyError, KeyError, TypeError, ValueError) as error:
        problem = f"does not tell what made the files: {one_line(error)}"
        found.false_claims.append(Finding(ENVIRONMENT, "", problem))
        return found
    here, pinned = environment.describe(), pins(PINS)
    found.compared = len({*versions, *here["versions"]}) + len(MACHINE)
    for name in sorted({*versions, *here["versions"]}):
        was, now = printable(str(versions.get(name, "none")))[:40], here["versions"].get(name, "none")
        if was == now:
            continue
        if name in SEVERAL_BUILDS and all(fits(version, pinned.get(name, "-")) for version in (was, now)):
            found.processor.append(f"{name} is {now} here and was {was}")
        elif name in pinned and fits(now, pinned[name]):
            problem = f"claims {was}; environment.yml asks for {pinned[name]}, which is here"
            found.false_claims.append(Finding(ENVIRONMENT, f"versions.{name}", problem))
        else:
            found.versions.append(f"{name} is {now} here and was {was}")
    for key in MACHINE:
        if described.get(key) != here[key]:
            found.processor.append(f"{key} is {here[key]} here and was {printable(str(described.get(key)))[:60]}")
    return found


def pins(path: Path) -> dict[str, str]:
    """The versions of environment.yml by name in lower case; empty where it cannot be read."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
        lines = [entry for entry in entries if isinstance(entry, str)]
        lines += [line for entry in entries if isinstance(entry, dict) for line in entry["pip"]]
        pairs = [line.replace("==", "=").split("=") for line in lines if "=" in line]
        return {name.strip().lower(): version.strip() for name, version in pairs}
    except (OSError, yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def fits(version: str, pin: str) -> bool:
    """Whether a version is a pinned one: 2.13.0+cpu fits 2.13.0, and 3.11.7 fits 3.11."""
    return f"{version.partition('+')[0]}.".startswith(f"{pin}.")


def _machines(runs: Mapping[str, RunRecord]) -> list[str]:
    """Notes on the machines of each comparison (experiment x data set), and on how long training took."""
    counts: dict[str, Counter[str]] = {}
    for path, run in runs.items():
        gpu = [f"driver {run.gpu.driver}, CUDA {run.gpu.cuda}, cuDNN {run.gpu.cudnn}"] if run.gpu else []
        versions = f"Python {run.versions.python}, NumPy {run.versions.numpy}"
        machine = [run.device, *gpu, run.cpu, run.flags.cpu_capability, run.platform, versions, f"host {run.host}"]
        counts.setdefault("/".join(path.split("/")[:2]), Counter())[", ".join(machine)] += 1
    notes = [
        f"{comparison}: {count} of {machines.total()} jobs ran on {machine}"
        for comparison, machines in counts.items()
        for machine, count in machines.most_common(5)
    ]
    wall, busy = (sum(getattr(run, f"{kind}_seconds") for run in runs.values()) for kind in ("wall", "process"))
    notes.append(f"training took {wall:,.0f} s ({wall / 3600:.2f} h) on one device, {busy:,.0f} s of processor time")
    return [*notes, f"{sum(bool(run.incidents) for run in runs.values())} of {len(runs)} jobs were interrupted"]

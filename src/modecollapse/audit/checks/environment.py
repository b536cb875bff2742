"""The versions that were asked for, recorded and installed, on which machines, and what it cost: facts, not faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from importlib import metadata
from platform import python_version

from modecollapse.audit import reading
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Result
from modecollapse.audit.machine import PINS, differences, fits, pins
from modecollapse.audit.record_model import RunRecord

TITLE = "Environment"
RECORDED = ("python", "torch", "numpy")


def check(bundle: Bundle) -> Result:
    """Every record names its versions; notes tell how they, the pins and what is installed here differ."""
    result = Result(of="versions in run records")
    for path, record in bundle.records.items():
        versions = record.get("versions")
        for name in RECORDED:
            known = isinstance(versions, dict) and isinstance(versions.get(name), str) and versions[name] != ""
            result.expect(known, f"runs/{path}/run.json", f"versions.{name}", "is missing")
    machines = differences(bundle)
    result.add(machines.false_claims)
    result.notes += [f"bytes may differ here: {reason}" for reason in machines.all]
    runs = reading.noted_runs(bundle, result)
    asked = pins(PINS)
    if not asked:
        result.notes.append("there is no environment.yml here to compare versions with")
    for name in RECORDED:
        used = {getattr(run.versions, name) for run in runs.values()}
        others = sorted(version for version in used if name in asked and not fits(version, asked[name]))
        if others:
            told = f"{name}: environment.yml asks for {asked[name]}, runs were made with {listed(others)}"
            if name == "torch":
                result.left_open.append(f"{told}, so training again can test their distribution, not their bits")
            else:
                result.notes.append(told)
    result.notes += _installed(asked)
    result.notes += _machines(runs.values()) if runs else []
    return result


def listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))


def _installed(asked: dict[str, str]) -> list[str]:
    """One note on what is installed here."""
    here = {"python": python_version()}
    for name in asked.keys() - here.keys() - {"pip"}:
        try:
            here[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            here[name] = "nothing"
    others = [f"{name} {here[name]} for {asked[name]}" for name in sorted(here) if name in asked]
    others = [text for text in others if not fits(text.split()[1], text.split()[3])]
    if not asked:
        return []
    told = f"but for {listed(others)}" if others else f"all {len(here)} of them"
    return [f"installed here are the versions of environment.yml, {told}"]


def _machines(runs: Iterable[RunRecord]) -> list[str]:
    """What the runs were trained on, and how long it took."""
    runs = list(runs)
    notes = []
    for what, names in {
        "device": [run.device for run in runs],
        "processor": [f"{run.cpu}, {run.flags.cpu_capability}" for run in runs],
        "host": [run.host for run in runs],
        "platform": [run.platform for run in runs],
    }.items():
        counted = [f"{name} ({count})" for name, count in sorted(Counter(names).items())]
        notes.append(f"{what} of the {len(runs)} jobs: {'; '.join(counted)}")
    wall, busy = (sum(getattr(run, f"{kind}_seconds") for run in runs) for kind in ("wall", "process"))
    notes.append(f"training took {wall:,.0f} s ({wall / 3600:.2f} h) on one device, {busy:,.0f} s of processor time")
    interrupted = sum(bool(run.incidents) for run in runs)
    notes.append(f"{interrupted} of {len(runs)} jobs were interrupted")
    return notes

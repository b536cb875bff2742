"""Whether this machine computes as the one that finished the study: the same versions, processor and instructions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from modecollapse import environment, reading
from modecollapse.audit.bundle import ENVIRONMENT, Bundle
from modecollapse.audit.finding import Finding
from modecollapse.errors import StudyError
from modecollapse.study import catalogue

PINS = catalogue.PACKAGE.parent.parent / "environment.yml"
ALIKE = ("python", "torch")  # whose patch releases, and builds for processors or GPUs, fit one pin
MACHINE = ("cpu", "platform", "cpu_capability")


@dataclass(frozen=True)
class Machines:
    """Why bytes may differ here, in words: other `versions`, another `processor`.

    `false_claims` are those that explain nothing: a version other than the pinned one, which is here.
    """

    versions: list[str] = field(default_factory=list)
    processor: list[str] = field(default_factory=list)
    false_claims: list[Finding] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        return self.versions + self.processor


def differences(bundle: Bundle) -> Machines:
    """How the machine that environment.json tells of differs from this one."""
    found = Machines()
    try:
        told = reading.json_file(bundle.folder / ENVIRONMENT)
        versions = dict(told["versions"])
    except (StudyError, KeyError, TypeError, ValueError) as error:
        problem = f"does not tell what made the files: {reading.printable(str(error))[:200]}"
        found.false_claims.append(Finding(ENVIRONMENT, "", problem))
        return found
    here, asked = environment.describe(), pins(PINS)
    for name in sorted({*versions, *here["versions"]}):
        was, now = reading.printable(str(versions.get(name, "none")))[:40], here["versions"].get(name, "none")
        if was == now:
            continue
        if name in ALIKE and all(fits(version, asked.get(name, "-")) for version in (was, now)):
            found.processor.append(f"{name} is {now} here and was {was}")
        elif name in asked and fits(now, asked[name]):
            problem = f"claims {was}; environment.yml asks for {asked[name]}, which is here"
            found.false_claims.append(Finding(ENVIRONMENT, f"versions.{name}", problem))
        else:
            found.versions.append(f"{name} is {now} here and was {was}")
    for key in MACHINE:
        if told.get(key) != here[key]:
            found.processor.append(f"{key} is {here[key]} here and was {reading.printable(str(told.get(key)))[:60]}")
    return found


def pins(path: Path) -> dict[str, str]:
    """The versions of environment.yml by name in lower case; nothing where it cannot be read."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
        listed = [entry for entry in entries if isinstance(entry, str)]
        listed += [line for entry in entries if isinstance(entry, dict) for line in entry["pip"]]
        pairs = [line.replace("==", "=").split("=") for line in listed if "=" in line]
        return {name.strip().lower(): version.strip() for name, version in pairs}
    except (OSError, yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def fits(version: str, pin: str) -> bool:
    """Whether 2.13.0+cpu is 2.13.0, and 3.11.7 is of 3.11."""
    return f"{version.partition('+')[0]}.".startswith(f"{pin}.")

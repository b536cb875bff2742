"""A Snakemake profile for Slurm: found where Snakemake finds it, without importing Snakemake."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from modecollapse.cluster.amounts import STANDARD, Refused, evaluated, instead
from modecollapse.cluster.needs import OTHERS
from modecollapse.cluster.request import Request
from modecollapse.errors import StudyError
from modecollapse.study.problems import shown
from modecollapse.study.strict_yaml import Odd, read_yaml

FILE = re.compile(r"(?:profile|config)(?:\.v(\d+)\+)?\.yaml")


@dataclass(frozen=True)
class Profile:
    """A profile's file, what stands in it, and what the rules ask for where it says nothing (`needs.Needs.rules`)."""

    path: Path
    content: Mapping[str, Any]
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    odd: Sequence[Odd] = ()  # numbers that YAML, and so Snakemake, reads as others than they look like

    @property
    def configfiles(self) -> list[Path]:
        """The configurations that the profile adds to the default one; Snakemake does not expand `~` in a list."""
        named = self.content.get("configfile") or []
        if isinstance(named, str):
            named = [os.path.expanduser(os.path.expandvars(named))]
        return [Path(name) for name in named]

    @property
    def latency_wait(self) -> int:
        """Seconds that Snakemake waits for a file to appear; 5 where the profile does not say."""
        return self._whole("latency-wait", 5)

    @property
    def attempts(self) -> int:
        """How often a job is tried."""
        return 1 + self._whole("retries", 0)

    def requests(self, attempt: int = 1) -> list[Request]:
        """What the rules ask for at an attempt; rules that ask for the same stand together."""
        found: dict[tuple[str, ...], Request] = {}
        for rule, resources in self._resources().items():
            taken = {name: one for name, one in resources.items() if not _refusal(*one)}
            values = {name: evaluated(*one, attempt) for name, one in taken.items()}
            request = Request((rule,), {name: value for name, value in values.items() if value is not None})
            alike = tuple(request.options())
            rules = found[alike].rules if alike in found else ()
            found[alike] = Request((*rules, rule), request.resources)
        return list(found.values())

    def unreadable(self) -> list[str]:
        """`rule: key: value` of the numbers that only Snakemake can evaluate."""
        given = [(rule, *one) for rule, resources in self._resources().items() for one in resources.values()]
        return [
            f"{rule}: {key}: {value}"
            for rule, key, value in given
            if value is not None and not _refusal(key, value) and evaluated(key, value, 1) is None
        ]

    def refused(self) -> list[tuple[str, str]]:
        """What Snakemake would not take, or reads as another number than it looks like, and the line to write."""
        found = [
            (f"{one.key}: {one.text} is read as {one.meaning}", instead(one.key.split(".")[-1], one.text, one.write))
            for one in self.odd
        ]
        written = {"default-resources": self.content.get("default-resources")}
        written |= self._mapping("set-resources", self.content.get("set-resources"))
        for place, resources in written.items():
            for key, value in self._mapping(place, resources).items():
                if change := _refusal(key, value):
                    found.append((f"{place}: {key}: {shown(value)}", change))
        return found

    def _resources(self) -> dict[str, dict[str, tuple[str, Any]]]:
        """By rule and resource, whatever its unit, (key, value) as they are written.

        The profile's own lines for a rule go before the rule's, and those before the defaults.
        """
        default = self._mapping("default-resources", self.content.get("default-resources"))
        own = {OTHERS: {}} | self._mapping("set-resources", self.content.get("set-resources"))
        found = {}
        for rule in {**own, **self.rules}:
            layers = (default, self.rules.get(rule, {}), self._mapping(rule, own.get(rule)))
            found[rule] = {STANDARD.get(key, key): (key, value) for layer in layers for key, value in layer.items()}
        return found

    def _mapping(self, key: str, value: Any) -> dict[str, Any]:
        if value is None or isinstance(value, dict):
            return value or {}
        raise StudyError(f"{self.path}: {key}: {shown(value)} is not allowed; allowed: a mapping, such as mem_mb: 4000")

    def _whole(self, key: str, usual: int) -> int:
        value = self.content.get(key, usual)
        if type(value) is int and value >= 0:
            return value
        raise StudyError(f"{self.path}: {key}: {shown(value)} is not allowed; allowed: a whole number from 0 on")


def _refusal(key: str, value: Any) -> str:
    """The line to write for a value that Snakemake refuses; "" for any other."""
    try:
        evaluated(key, value, 1)
    except Refused as refused:
        return str(refused)
    return ""


def read_profile(name: str) -> Profile:
    """The profile that `snakemake --profile NAME` takes; StudyError where there is none or it cannot be read."""
    sites = [Path(name)]
    if not sites[0].exists():  # as Snakemake does: what lies here hides the user's and the site's
        folders = platformdirs.PlatformDirs("snakemake")
        sites += [Path(folder) / name for folder in (folders.user_config_dir, folders.site_config_dir)]
    for place in sites:
        path = place if place.is_file() else _newest(place)
        if path:
            odd: list[Odd] = []
            content = read_yaml(path, odd)
            return Profile(path, content, odd=odd)
    listed = ", ".join(str(place / "config.yaml") for place in sites)
    raise StudyError(f"--profile: {name!r} is not to be found; allowed: the name of a profile ({listed}), or a path")


def _newest(folder: Path) -> Path | None:
    """The file in a profile's folder that is for the newest version of Snakemake."""
    named = [match for match in map(FILE.fullmatch, sorted(file.name for file in folder.glob("*.yaml"))) if match]
    return folder / max(named, key=lambda match: int(match[1] or 0))[0] if named else None

"""A Snakemake profile for Slurm: found, read and evaluated by Snakemake's own functions."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import humanfriendly

from modecollapse.cluster import slurm
from modecollapse.errors import StudyError
from modecollapse.study import cost, plan
from modecollapse.study.config import Study
from modecollapse.study.cost import A_DAY, MEMORY_MB, measuring_minutes, time_limit
from modecollapse.study.problems import shown
from modecollapse.study.strict_yaml import Odd, read_yaml

OTHERS = "other rules"
OTHER_MINUTES = 60  # at most, except for measuring
Expressions = Mapping[str, list[str]]  # by rule, such as `mem_mb=4000 * attempt`
NUMBERS = ("mem", "mem_mb", "mem_mib", "mem_mb_per_cpu", "cpus_per_task", "cpus_per_gpu", "gpu", "nodes", "runtime")
EXAMPLES = {"runtime": "120 (minutes), or a number with one unit, 2h or 1d", "mem": "16GB", "mem_mb": "16000"}


def needs(study: Study) -> Expressions:
    """What the rules of a study ask for where the profile says nothing; blocks get the time of the longest of them."""
    blocks = [block for cell in plan.cells(study) for block in plan.blocks(study, cell)]
    inverted = set(plan.inversions(study))
    seconds = [cost.block_seconds(block, study.device) for block in blocks]
    seconds += [cost.inversion_seconds(b, study.inversion, study.device) for b in blocks if b.path in inverted]
    memory, limit = f"mem_mb={MEMORY_MB} * attempt", time_limit(max(seconds))
    block = [f"gpu={int(study.device == 'cuda')}", memory, f"runtime=max({limit}, min(attempt * {limit}, {A_DAY}))"]
    others = [memory, f"runtime={max(OTHER_MINUTES, measuring_minutes(study))} * attempt"]
    return {OTHERS: others, "train": block, "invert": block}


@dataclass(frozen=True)
class Profile:
    """A profile's file, its content, and its resources as Snakemake lists them: for all rules, and by rule."""

    path: Path
    content: Mapping[str, Any]
    default: list[str]
    by_rule: Expressions
    odd: list[Odd]  # numbers that YAML, and so Snakemake, reads as others than they look like

    @property
    def configfiles(self) -> list[Path]:
        """The configurations that the profile adds to the default one; Snakemake does not expand `~` in a list."""
        named = self.content.get("configfile") or []
        return [Path(os.path.expanduser(os.path.expandvars(named)))] if isinstance(named, str) else [*map(Path, named)]

    def requests(self, rules: Expressions, attempt: int = 1) -> dict[str, dict[str, Any]]:
        """The resources of each rule, evaluated: the profile's for the rule, else the rule's own, else the defaults."""
        found: dict[str, dict[str, Any]] = {}
        for rule in {**rules, **self.by_rule}:
            found[rule] = {}
            for expression in [*self.default, *rules.get(rule, []), *self.by_rule.get(rule, [])]:
                try:
                    found[rule] |= evaluated(expression, attempt)
                except Refused:  # `refused` reports it
                    continue
        return found

    def refused(self) -> Iterator[tuple[str, str]]:
        """The lines that Snakemake refuses or reads as another number than it looks like, and what to write."""
        for one in self.odd:
            write = instead(one.key.split(".")[-1], one.text, one.write)
            yield f"{one.key}: {one.text} is read as {one.meaning}", write
        for place, expressions in {"default-resources": self.default, **self.by_rule}.items():
            for expression in expressions:
                try:
                    evaluated(expression, 1)
                except Refused as refused:
                    key, _, text = expression.partition("=")
                    yield f"{place}: {key}: {shown(text)} is no value that Snakemake accepts", str(refused)


def read_profile(name: str) -> Profile:
    """The profile that `snakemake --profile NAME` takes; StudyError where there is none or it cannot be read."""
    from snakemake.cli import get_profile_dir
    from snakemake.profiles import ProfileConfigFileParser

    found = get_profile_dir(name)
    if found is None:
        raise StudyError(f"--profile: {name!r} is not to be found; allowed: a folder with config.yaml, or a file")
    path, odd = found[1], []
    content = read_yaml(path, odd)
    try:
        with path.open(encoding="utf-8") as stream:
            listed = ProfileConfigFileParser().parse(stream)
    except Exception as error:
        raise StudyError(f"{path}: Snakemake cannot read it: {' '.join(str(error).split())}") from None
    default, by_rule = listed.get("default-resources") or [], {}
    for line in listed.get("set-resources") or []:
        rule, _, expression = str(line).partition(":")
        by_rule.setdefault(rule, []).append(expression)
    for lines in (default, *by_rule.values()):
        if not isinstance(lines, list) or not all(isinstance(line, str) and "=" in line for line in lines):
            raise StudyError(f"{path}: resources {shown(lines)}; allowed: a mapping, such as mem_mb: 4000")
    return Profile(path, content, default, by_rule, odd)


class Refused(ValueError):
    """Snakemake or its executor would not accept a value; the message is the line to write instead."""


class _Undetermined(BaseException):
    """A value depends on a job's input or wildcards. Not an Exception, because Snakemake turns those into errors."""


class _OfAJob:
    """Stands for the input and the wildcards of a job, which are not known here."""

    def __getattr__(self, name: str) -> NoReturn:
        raise _Undetermined(name)


def evaluated(expression: str, attempt: int) -> dict[str, Any]:
    """`{name: value}` of a `key=value` text as Snakemake evaluates it: memory as `mem_mb`, time in minutes.

    Empty if only a job can tell the value. Raises Refused.
    """
    from snakemake.resources import Resources  # takes a second to import

    key, _, text = expression.partition("=")
    job = {"wildcards": _OfAJob(), "input": _OfAJob(), "threads": 1, "rulename": "", "async_run": None}
    try:
        [resource] = Resources.parse([expression], allow_expressions=True).values()
        value = resource.evaluate(attempt=attempt, **job).value
    except _Undetermined:
        return {}
    except Exception:  # whatever the expression raises: Snakemake would stop there
        raise Refused(instead(key, text)) from None
    if key in NUMBERS and value is not None and not (isinstance(value, int) and value >= 0):
        raise Refused(instead(key, text))
    return {resource.name: value}


def instead(key: str, text: str, number: str = "") -> str:
    """The line to write for a value that is refused or misread; `number` is what may be meant, if that is known."""
    text = text.strip("'\" ")
    try:
        if key == "runtime" and text.count(":") != 1:  # 1:30 may be hours or minutes
            return f"runtime: {math.ceil(slurm.minutes(text))} (minutes)"
        if key in ("mem_mb", "mem_mb_per_cpu") and not number:
            number = text if text.isdecimal() else str(math.ceil(humanfriendly.parse_size(text) / 1e6))
    except (ValueError, OverflowError, humanfriendly.InvalidSize):
        pass
    return f"{key}: {(key != 'runtime' and number) or EXAMPLES.get(key, 'a whole number')}"

"""What is known before a job is submitted: Slurm's commands, the profile, partitions and their limits, the account."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from typing import Any

from modecollapse.cluster.findings import Finding, problem, warning
from modecollapse.cluster.profile import Expressions, Profile
from modecollapse.cluster.slurm import SINFO, Nodes, ask, read_sinfo
from modecollapse.errors import StudyError

log = logging.getLogger(__name__)
Request = Mapping[str, Any]  # the resources of a rule
Requests = Mapping[str, Request]
PLUGIN = "snakemake-executor-plugin-slurm"
# The plugin's own question about the states of jobs.
SACCT = ("sacct", "-X", "--parsable2", "--clusters", "all", "--noheader", "--format=JobIdRaw,State", "--name=none")


def before_submission(profile: Profile, rules: Expressions) -> Iterator[Finding]:
    """Every finding that needs no job; `rules` is what the study asks for. StudyError where there is no Slurm."""
    first = profile.requests(rules)
    yield from commands()
    yield from settings(profile)
    yield from accounts(profile, first.values())
    retries = profile.content.get("retries", 0)
    yield from partitions(profile, first, profile.requests(rules, 1 + retries if isinstance(retries, int) else 1))


def commands() -> Iterator[Finding]:
    """Slurm's commands and Snakemake's executor plugin."""
    if not shutil.which("sbatch"):
        raise StudyError("no sbatch here: run this on the cluster's login node, where `sinfo` lists its partitions")
    works, said = ask("sbatch", "--version")
    write = "Slurm must find its configuration: set SLURM_CONF"
    yield Finding("Slurm", said.strip()) if works else problem("Slurm", said, write)
    try:
        yield Finding("executor plugin", f"{PLUGIN} {metadata.version(PLUGIN)}")
    except metadata.PackageNotFoundError:
        yield problem("executor plugin", f"{PLUGIN} is not installed", f"pip install {PLUGIN}")


def settings(profile: Profile) -> Iterator[Finding]:
    """What every profile for Slurm needs at any site, and the amounts that Snakemake refuses or misreads."""
    content, where = profile.content, profile.path
    if content.get("executor") != "slurm":
        yield problem("profile", f"executor: {content.get('executor')}", f"{where}: executor: slurm")
    if content.get("slurm-array-jobs"):
        yield problem("profile", "slurm-array-jobs loses jobs", f"{where}: remove slurm-array-jobs")
    for line, write in profile.refused():
        yield problem("profile", line, f"{where}: {write}")
    if content.get("slurm-status-command") != "squeue" and shutil.which("sacct"):
        works, said = ask(*SACCT)  # the plugin takes sacct where there is one, working or not
        if not works:
            yield problem("states of jobs", f"sacct: {said}", f"{where}: slurm-status-command: squeue")


def accounts(profile: Profile, requests: Iterable[Request]) -> Iterator[Finding]:
    """Whether the executor plugin accepts the accounts that the profile names; its message lists the user's."""
    named = " ".join(sorted({str(request.get("slurm_account") or "") for request in requests}))
    for account in named.replace(",", " ").split():
        try:
            from snakemake_executor_plugin_slurm.accounts import validate_account

            validate_account(account, log)
        except Exception as error:  # also where Slurm's commands for accounts are missing
            write = f"{profile.path}: slurm_account: one of yours; or remove it, and `export SBATCH_ACCOUNT={account}`"
            yield problem("slurm_account", " ".join(str(error).split())[:300], write)


def partitions(profile: Profile, requests: Requests, last: Requests) -> Iterator[Finding]:
    """Whether the partition of each rule exists, is up, and allows what is asked at the first and the last attempt."""
    works, said = ask(*SINFO)
    try:
        nodes = read_sinfo(said) if works else []
    except ValueError as error:
        said, nodes = str(error), []
    if not nodes:
        yield problem("partitions", f"sinfo: {said}", "ask whoever runs Slurm here (`scontrol ping`)")
        return
    for rule, asked in requests.items():
        title, named = f"partition of {rule}", str(asked.get("slurm_partition") or "")
        its = [one for one in nodes if (one.partition in named.split(",") if named else one.default)]
        if not its:
            existing = ", ".join(sorted({one.partition for one in nodes}))
            write = f"{profile.path}: slurm_partition: one of {existing}"
            yield problem(title, f"{named!r} is no partition" if named else "none is named or the default", write)
            continue
        misfits = [*_nodes(rule, asked, its), *_time(rule, asked, last[rule], its)]
        yield from misfits or [Finding(title, ", ".join(sorted({one.partition for one in its})))]


def _nodes(rule: str, asked: Request, its: Sequence[Nodes]) -> Iterator[Finding]:
    """Whether the partition is up and has a node with the GPUs and the memory asked for."""
    if not any(one.up for one in its):
        yield problem(f"partition of {rule}", "it is not up", "wait, or slurm_partition: another one")
    model, count = str(asked.get("gpu_model") or "").lower(), asked.get("gpu", "gpu_model" in asked)
    fitting = [one for one in its if sum(n for name, n in one.gpus.items() if model in ("", name.lower())) >= count]
    if not fitting:
        kinds = sorted({f"{number} x {name or 'gpu'}" for one in its for name, number in one.gpus.items()})
        found = f"asks for {count} x {model or 'gpu'}; a node has {', '.join(kinds) or 'none (GRES)'}"
        yield problem(f"GPUs of {rule}", found, "gpu, gpu_model: what a node has; or slurm_partition: another one")
    most, memory = max(one.memory_mb for one in fitting or its), asked.get("mem_mb") or 0
    if memory > most:
        yield problem(f"memory of {rule}", f"asks for {memory} MB; the largest node has {most}", f"mem_mb: {most}")


def _time(rule: str, asked: Request, last: Request, its: Sequence[Nodes]) -> Iterator[Finding]:
    """The minutes asked for, at the first and the last attempt, against the partition's limit."""
    limit = max(one.minutes for one in its)
    for attempt, minutes in (("", asked.get("runtime") or 0), (" at the last attempt", last.get("runtime") or 0)):
        if minutes > limit:
            found = f"asks for {minutes:.0f} minutes{attempt}; the partition allows {limit:.0f}"
            report = warning if attempt else problem
            yield report(f"runtime of {rule}", found, f"runtime: {limit:.0f}, or another partition")
            return

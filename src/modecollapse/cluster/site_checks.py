"""What is known before a job is submitted: Slurm's commands, the profile, partitions and their limits, the account."""

from __future__ import annotations

import getpass
import shutil
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from typing import Any

from modecollapse.cluster.findings import Finding, problem
from modecollapse.cluster.profile import Expressions, Profile
from modecollapse.cluster.slurm import SINFO, Nodes, ask, read_sinfo
from modecollapse.errors import StudyError

PLUGIN = "snakemake-executor-plugin-slurm"
# The plugin's own question about the states of jobs.
SACCT = ("sacct", "-X", "--parsable2", "--clusters", "all", "--noheader", "--format=JobIdRaw,State", "--name=none")


def before_submission(profile: Profile, rules: Expressions) -> Iterator[Finding]:
    """Every finding that needs no job; `rules` is what the study asks for. StudyError where there is no Slurm."""
    first = profile.requests(rules)
    yield from commands()
    yield from settings(profile)
    yield from accounts(profile, first.values())
    yield from partitions(profile, first, profile.requests(rules, 1 + profile.whole_number("retries", 0)))


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
    if not content.get("jobs"):
        yield problem("profile", "no `jobs`", f"{where}: jobs: 64 (how many may be in the queue at once)")
    if content.get("slurm-array-jobs"):
        yield problem("profile", "slurm-array-jobs loses jobs", f"{where}: remove slurm-array-jobs")
    for line, write in profile.refused():
        yield problem("profile", line, f"{where}: {write}")
    if content.get("slurm-status-command") != "squeue" and shutil.which("sacct"):
        works, said = ask(*SACCT)  # the plugin takes sacct where there is one, working or not
        if not works:
            yield problem("states of jobs", f"sacct: {said}", f"{where}: slurm-status-command: squeue")


def accounts(profile: Profile, requests: Iterator[Mapping[str, Any]]) -> Iterator[Finding]:
    """Whether the accounts that the profile names are the user's, asked as the plugin asks."""
    named = " ".join(sorted({str(request.get("slurm_account") or "") for request in requests}))
    works, said = ask("sacctmgr", "-n", "-s", "list", "user", getpass.getuser(), "format=account%256")
    if not works or not said.strip():
        works, said = ask("sshare", "-U", "--format", "Account%256", "--noheader")
    yours = sorted(set(said.lower().split()))
    for account in named.replace(",", " ").split():
        if not works:
            write = f"the plugin will not submit: remove slurm_account and `export SBATCH_ACCOUNT={account}`"
            yield problem("slurm_account", f"{account} cannot be checked: {said}", write)
        elif not yours:
            yield Finding("slurm_account", f"Slurm lists no account of yours, {account} may be refused", "WARNING")
        elif account.lower() not in yours:
            write = f"{profile.path}: slurm_account: one of {', '.join(yours)}"
            yield problem("slurm_account", f"{account!r} is not one of yours", write)


def partitions(
    profile: Profile, requests: Mapping[str, Mapping[str, Any]], last: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
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


def _nodes(rule: str, asked: Mapping[str, Any], its: Sequence[Nodes]) -> Iterator[Finding]:
    """Whether the partition is up and has a node with the GPUs and the memory asked for."""
    if not any(one.up for one in its):
        yield problem(f"partition of {rule}", "it is not up", "wait, or slurm_partition: another one")
    model, count = str(asked.get("gpu_model") or "").lower(), asked.get("gpu", "gpu_model" in asked)
    fitting = [one for one in its if sum(n for name, n in one.gpus.items() if model in ("", name.lower())) >= count]
    models = sorted({name for one in its for name in one.gpus})
    title, found = f"GPUs of {rule}", f"asks for {count} x {model or 'gpu'}"
    kinds = ", ".join(sorted({f"{number} x {name or 'gpu'}" for one in its for name, number in one.gpus.items()}))
    if not fitting:
        write = f"gpu_model: one of {', '.join(models)}; gpu: at most what a node has" if kinds else "slurm_partition"
        yield problem(title, f"{found}; a node has {kinds or 'none (GRES)'}", write)
    elif count and not model and len(models) > 1:
        write = "gpu_model: one of them, because a run that was stopped begins again on another model"
        yield Finding(title, f"{found}; a node has {kinds}", "WARNING", write)
    most, memory = max(one.memory_mb for one in fitting or its), asked.get("mem_mb") or 0
    if memory > most:
        yield problem(f"memory of {rule}", f"asks for {memory} MB; the largest node has {most}", f"mem_mb: {most}")


def _time(rule: str, asked: Mapping[str, Any], last: Mapping[str, Any], its: Sequence[Nodes]) -> Iterator[Finding]:
    """The minutes asked for, at the first and the last attempt, against the partition's limit."""
    limit = max(one.minutes for one in its)
    for attempt, minutes in (("", asked.get("runtime") or 0), (" at the last attempt", last.get("runtime") or 0)):
        if minutes > limit:
            found = f"asks for {minutes:.0f} minutes{attempt}; the partition allows {limit:.0f}"
            status = "WARNING" if attempt else "PROBLEM"
            yield Finding(f"runtime of {rule}", found, status, f"runtime: {limit:.0f}, or another partition")
            return

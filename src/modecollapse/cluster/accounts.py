"""Accounts, and what `sbatch --test-only` says of the profile's jobs."""

from __future__ import annotations

import getpass
from collections.abc import Iterator

from modecollapse.cluster.profile import Profile
from modecollapse.cluster.request import Request
from modecollapse.cluster.rows import Row, Status
from modecollapse.cluster.slurm import Said, ask

# What sbatch says (a part of it, in lower case) and what to change.
ADVICE = {
    "account": "set slurm_account to one of yours",
    "qos": "set qos (default-resources) to one that the account may use",
    "partition": "set slurm_partition to one that you may use",
    "node configuration": "ask for less: mem_mb, cpus_per_task, gpu, gpu_model, constraint",
    "generic resource": "gpu or gpu_model: what the partition has is in the rows above",
    "gres": "gpu or gpu_model: what the partition has is in the rows above",
    "time limit": "runtime: not more than the partition or the account allows",
    "memory": "mem_mb: not more than a node has",
    "feature": "constraint: a feature that `sinfo --format=%f` lists",
}


def account_rows(profile: Profile) -> Iterator[Row]:
    """Whether the accounts that the profile names are the user's, asked as the plugin asks."""
    named = sorted({account for request in profile.requests() for account in request.accounts})
    said, yours = _associations()
    if not named:
        found = "none named" + (f"; yours: {', '.join(yours)}" if yours else "")
        yield Row("slurm_account", found)
    elif not said.ok:
        change = f"the plugin refuses to submit: remove slurm_account and `export SBATCH_ACCOUNT={named[0]}` instead"
        yield Row("slurm_account", f"{', '.join(named)} cannot be checked: {said.line}", Status.PROBLEM, change)
    elif not yours:
        yield Row("slurm_account", f"{', '.join(named)}; Slurm lists none of yours", Status.WARNING, "may be refused")
    for account in named if yours else []:
        if account.lower() in {one.lower() for one in yours}:
            yield Row("slurm_account", account)
        else:
            change = f"{profile.path}: slurm_account: allowed: {', '.join(yours)}"
            yield Row("slurm_account", f"{account!r} is not one of yours", Status.PROBLEM, change)


def _associations() -> tuple[Said, list[str]]:
    """The user's accounts; the second command is the plugin's second try."""
    said = ask("sacctmgr", "-n", "-s", "list", "user", getpass.getuser(), "format=account%256")
    if not said.ok or not said.out.strip():
        said = ask("sshare", "-U", "--format", "Account%256", "--noheader")
    return said, sorted(set(said.out.split())) if said.ok else []


def trial_row(request: Request) -> Row:
    """Whether Slurm would take a job of such a request."""
    said = ask("sbatch", "--test-only", *request.options(), stdin="#!/bin/sh\ntrue\n")
    title = f"sbatch --test-only, {request.title}"
    if said.ok:
        return Row(title, said.line)
    spoken = said.line.lower()
    change = next((advice for words, advice in ADVICE.items() if words in spoken), "what Slurm says on the left")
    return Row(title, said.line, Status.PROBLEM, change)

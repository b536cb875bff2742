"""What the head itself has: Slurm's commands, the executor plugin, the Python that the rules' commands get."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.version import Version

from modecollapse.cluster.profile import Profile
from modecollapse.cluster.rows import Row, Status
from modecollapse.cluster.slurm import ask
from modecollapse.errors import StudyError
from modecollapse.study.strict_yaml import read_yaml

COMMANDS = ("sbatch", "squeue", "scancel", "sinfo", "scontrol", "srun")
PLUGIN = "snakemake-executor-plugin-slurm"
# In the plugin's array mode jobs are lost; a job of this study trains a block of seeds instead.
ARRAYS = "slurm-array-jobs"
# Keys of workflow/profiles/default would replace these whole.
OWN_KEYS = ("executor", "jobs", "default-resources", "set-resources")
MIN_JOB_AGE = 120  # the plugin asks for states every 40 s and more; below this squeue may have forgotten a job


def command_row() -> Row:
    """Slurm's commands; StudyError where there is no Slurm at all."""
    if not shutil.which("sbatch"):
        raise StudyError("no sbatch here: run this on the cluster's login node, where `sinfo` lists its partitions")
    missing = [name for name in COMMANDS if not shutil.which(name)]
    if missing:
        path = "put the folder that holds them on the PATH (often `module load slurm`)"
        return Row("Slurm's commands", f"not found: {', '.join(missing)}", Status.PROBLEM, path)
    said = ask("sbatch", "--version")
    if said.ok:
        return Row("Slurm's commands", said.line)
    return Row("Slurm's commands", said.line, Status.PROBLEM, "Slurm must find its configuration: set SLURM_CONF")


def plugin_row(listed: Path = Path("environment.yml")) -> Row:
    """The executor plugin, at least as new as the list of versions has it."""
    wanted = _pinned(listed)
    install = f"pip install {PLUGIN}=={wanted}" if wanted else f"pip install {PLUGIN}"
    try:
        found = metadata.version(PLUGIN)
    except metadata.PackageNotFoundError:
        return Row("executor plugin", f"{PLUGIN} is not installed", Status.PROBLEM, install)
    if wanted and Version(found) < Version(wanted):
        return Row("executor plugin", f"{found}, older than {wanted}", Status.PROBLEM, install)
    return Row("executor plugin", found)


def _pinned(listed: Path) -> str:
    """The version in environment.yml; "" if that is not here or names none."""
    if not listed.exists():
        return ""
    lines = read_yaml(listed).get("dependencies", [])
    flat = [part for line in lines for part in (line.get("pip", []) if isinstance(line, dict) else [line])]
    return next((line.partition("==")[2] for line in flat if str(line).startswith(f"{PLUGIN}==")), "")


def python_row() -> Row:
    """Rules call `python`: it has to be the Python of this environment."""
    activate = f"activate the environment before snakemake: export PATH={Path(sys.executable).parent}:$PATH"
    said = ask("python", "-c", "import sys; print(sys.prefix)")
    found = said.out.strip() if said.ok else said.line
    if said.ok and os.path.realpath(found) == os.path.realpath(sys.prefix):
        return Row("python on the PATH", found)
    return Row("python on the PATH", f"{found}, not {sys.prefix}", Status.PROBLEM, activate)


def profile_rows(profile: Profile, default: Path = Path("workflow/profiles/default/config.yaml")) -> Iterator[Row]:
    """What every profile for Slurm needs, whatever the site."""
    content, where = profile.content, str(profile.path)
    if content.get("executor") != "slurm":
        yield Row("profile", f"executor: {content.get('executor')}", Status.PROBLEM, f"{where}: executor: slurm")
    if not content.get("jobs"):
        yield Row("profile", "no `jobs`", Status.PROBLEM, f"{where}: jobs: 64 (how many may be in the queue at once)")
    if content.get(ARRAYS):
        yield Row("profile", f"{ARRAYS}: {content[ARRAYS]}", Status.PROBLEM, f"{where}: remove {ARRAYS}: it loses jobs")
    hidden = [key for key in OWN_KEYS if default.exists() and key in read_yaml(default)]
    if hidden:
        yield Row("profile", f"{default} replaces {', '.join(hidden)}", Status.PROBLEM, f"remove them from {default}")
    for line, change in profile.refused():
        yield Row("profile", line, Status.PROBLEM, f"{where}: {change}")
    for line in profile.unreadable():
        yield Row("profile", line, Status.WARNING, "not tested: only Snakemake can evaluate it")


def accounting_row(profile: Profile) -> Row:
    """Whether the command that the plugin asks for the jobs' states works."""
    chosen = profile.content.get("slurm-status-command")
    squeue = f"{profile.path}: slurm-status-command: squeue"
    # The plugin's own question: it takes sacct wherever there is one, whether it works or not.
    said = ask(
        "sacct", "-X", "--parsable2", "--clusters", "all", "--noheader", "--format=JobIdRaw,State", "--name=none"
    )
    there = shutil.which("sacct") is not None
    if chosen not in (None, "sacct", "squeue"):
        change = f"{profile.path}: allowed: sacct, squeue"
        return Row("states of jobs", f"slurm-status-command: {chosen}", Status.PROBLEM, change)
    if chosen == "squeue" or not there:
        age = _min_job_age()
        if said.ok:
            return Row("states of jobs", "squeue, and sacct works", Status.WARNING, "remove slurm-status-command")
        if age is not None and age < MIN_JOB_AGE:
            forgets = f"squeue forgets a job after {age} s (MinJobAge)"
            return Row("states of jobs", forgets, Status.WARNING, f"ask for MinJobAge={MIN_JOB_AGE} or for slurmdbd")
        return Row("states of jobs", f"squeue (sacct: {said.line})")
    if said.ok:
        return Row("states of jobs", "sacct works")
    return Row("states of jobs", f"sacct: {said.line}", Status.PROBLEM, squeue)


def _min_job_age() -> int | None:
    """Seconds that squeue knows a finished job; None where Slurm does not say."""
    lines = ask("scontrol", "show", "config").out.splitlines()
    said = next((line.partition("=")[2].split() for line in lines if line.startswith("MinJobAge")), [])
    return int(said[0]) if said and said[0].isdecimal() else None

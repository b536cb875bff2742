"""Copies of the repository as a user of a cluster has them, and the command that they run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dag_copy import CONFIGURATION, REPOSITORY, RING, copy_repository, environment
from dag_processes import Head
from slurm.private_slurm import PrivateSlurm

LITERAL = ("snakemake", "--cores", "all", "--profile", "slurm")
STUDY = RING | {"device": "cpu"}  # the GPUs of a private Slurm are fake
COMMANDS_OF_SLURM = {"sacct", "sacctmgr", "salloc", "sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun"}
# What a user adapts in the profile. On a CPU the rules ask for no GPU; the test asks for one all the same.
ADAPTED = {
    "  train:\n": "  train:\n    gpu: 1\n",
    "# slurm-status-command: squeue": "slurm-status-command: squeue\nslurm-init-seconds-before-status-checks: 3",
    "latency-wait: 60": "latency-wait: 5",
}


def adapted_copy(folder: Path, **changes: Any) -> Path:
    """A copy with the tiny study, some of its keys changed, and the profile as a user adapts it."""
    copy_repository(folder, STUDY | changes)
    (folder / "slurm").symlink_to(os.readlink(REPOSITORY / "slurm"))
    profile = folder / "slurm" / "config.yaml"
    text = profile.read_text(encoding="utf-8")
    for printed, adapted in ADAPTED.items():
        assert text.count(printed) == 1, printed
        text = text.replace(printed, adapted)
    profile.write_text(text, encoding="utf-8")
    return folder


def surroundings(folder: Path, slurm: PrivateSlurm) -> dict[str, str]:
    """The environment of a cluster's user in a copy: Slurm's commands and the programs of this Python."""
    found = environment(folder) | {"SLURM_CONF": slurm.environment["SLURM_CONF"]}
    return found | {"PATH": f"{slurm.environment['PATH'].split(':')[0]}:{found['PATH']}"}


def start(folder: Path, slurm: PrivateSlurm, *targets: str) -> Head:
    """The literal command on the tiny study, as the head process of a cluster's user."""
    return Head(folder, [*LITERAL, *targets, "--configfile", CONFIGURATION], surroundings(folder, slurm))


def without_slurm(folder: Path, place: Path) -> dict[str, str]:
    """The surroundings of a machine on which no command of Slurm is to be found."""
    place.mkdir()
    for path in map(Path, os.environ["PATH"].split(":")):
        for program in path.iterdir() if path.is_dir() else ():
            if program.name not in COMMANDS_OF_SLURM and not (place / program.name).is_symlink():
                (place / program.name).symlink_to(program)
    surroundings = environment(folder)
    programs = surroundings["PATH"].split(":")[0]
    return surroundings | {"PATH": f"{programs}:{place}"}

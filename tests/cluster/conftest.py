"""A site of shell scripts: Slurm's commands on a PATH of their own, and a head process in Snakemake's place."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from modecollapse.cluster.profile import Profile, read_profile

SINFO = """\
cpu*|up|2-00:00:00|64000|(null)
gpu|up|1-00:00:00|128000|gpu:a100:4(S:0-1)
"""
TRAINING = {"slurm_partition": "gpu", "gpu": 1, "mem_mb": "4000 * attempt", "runtime": "60 * attempt"}
PROFILE = {
    "executor": "slurm",
    "jobs": 64,
    "retries": 2,
    "latency-wait": 30,
    "default-resources": {"slurm_partition": "cpu", "slurm_account": "proj", "runtime": 30, "mem_mb": 2000},
    "set-resources": {"train": TRAINING},
}


class Site:
    """The fake site: `command` replaces what one of its commands does, `profile` writes a profile."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, folder / "bin"
        self.bin.mkdir()
        for tool in ("sh", "cat", "sleep", "which"):  # Snakemake asks the last one
            (self.bin / tool).symlink_to(shutil.which(tool))
        self.say("sbatch", "slurm 23.11.4")
        self.say("squeue", "job 7, PENDING (Resources) rule_cluster_smoke")
        self.say("sacct")
        self.say("sacctmgr", "proj\nother")
        self.say("sinfo", SINFO)

    def command(self, name: str, script: str) -> Path:
        """A command that runs these lines of shell."""
        file = self.bin / name
        file.write_text(f"#!{shutil.which('sh')}\n{script}\n")
        file.chmod(0o755)
        return file

    def say(self, name: str, out: str = "", error: str = "", status: int = 0) -> None:
        """A command that prints this and ends with this status."""
        for stream, text in (("out", out), ("error", error)):
            (self.folder / f"{name}.{stream}").write_text(text)
        printing = f"cat {self.folder}/{name}.out; cat {self.folder}/{name}.error >&2"
        self.command(name, f"{printing}; exit {status}")

    def profile(self, **changed: object) -> Profile:
        """The good profile with some keys replaced (`_` for `-`); None removes one."""
        content = PROFILE | {key.replace("_", "-"): value for key, value in changed.items()}
        file = self.folder / "profile.yaml"
        kept = {key: value for key, value in content.items() if value is not None}
        file.write_text(yaml.safe_dump(kept, sort_keys=False))
        return read_profile(str(file))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site where all is well, and a folder to run the study in."""
    made = Site(tmp_path)
    (tmp_path / "study").mkdir()
    monkeypatch.chdir(tmp_path / "study")
    monkeypatch.setenv("PATH", str(made.bin))
    for name in [name for name in os.environ if name.startswith(("SLURM_", "SBATCH_"))]:
        monkeypatch.delenv(name)
    return made


@pytest.fixture
def head(site: Site, monkeypatch: pytest.MonkeyPatch):
    """`head(script)`: what runs in place of Snakemake; `$PYTHON` is this Python, for `$PYTHON -c 'smoke(...)'`."""
    monkeypatch.setenv("PYTHON", sys.executable)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    return lambda script: monkeypatch.setattr(sys, "executable", str(site.command("head", script)))

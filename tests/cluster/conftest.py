"""A cluster of shell scripts: the commands of Slurm on a PATH of their own, and jobs that run here at once."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from modecollapse.cluster.jobs import Patience
from modecollapse.cluster.profile import Profile, read_profile

TOOLS = ("sh", "cat", "sed", "grep", "env", "mv")
SINFO = """\
cpu*|up|2-00:00:00|64000|32|(null)|idle|6
gpu|up|1-00:00:00|128000|64|gpu:a100:4(S:0-1)|mixed|2
gpu|up|1-00:00:00|128000|64|gpu:a100:4(S:0-1)|down*|1
"""
PROFILE = {
    "executor": "slurm",
    "jobs": 64,
    "retries": 2,
    "latency-wait": 30,
    "default-resources": {"slurm_partition": "cpu", "slurm_account": "proj", "runtime": 30, "mem_mb": 2000},
    "set-resources": {
        rule: {"slurm_partition": "gpu", "gpu": 1, "mem_mb": "4000 * attempt", "runtime": "60 * attempt"}
        for rule in ("train", "invert")
    },
}
# Takes a job's script from stdin, runs it in the background and notes its end for squeue.
SBATCH = """\
case " $* " in
*" --version "*) echo "slurm 23.11.4"; exit ;;
*" --test-only "*) cat > /dev/null; echo "sbatch: Job 7 to start at noon on nodes n[1-2]" >&2; exit ;;
esac
number=$$
cat > "$FAKE/$number.sh"
for option; do case "$option" in --output=*) log=${option#--output=} ;; esac; done
export SLURM_JOB_ID=$number SLURM_CPUS_PER_TASK=1 CUDA_VISIBLE_DEVICES=0
(sh "$FAKE/$number.sh" > "$log" 2>&1; : > "$FAKE/$number.ended") > /dev/null 2>&1 < /dev/null &
echo "$number;cluster"
"""
SQUEUE = """\
for option; do case "$option" in --jobs=*) number=${option#--jobs=} ;; esac; done
if [ -e "$FAKE/$number.ended" ]; then echo "COMPLETED|None"; else echo "RUNNING|None"; fi
"""
TORCH = """\
from types import SimpleNamespace as Names
class ones:
    def __init__(self, *shape, device): pass
    def __matmul__(self, other): return self
    def sum(self): return 64**3
version = Names(cuda="12.8", hip=None)
device = Names(name="A100", major=8, minor=0)
cuda = Names(init=lambda: None, device_count=lambda: 1, get_device_properties=lambda i: device,
             get_arch_list=lambda: ["sm_80", "sm_90"])
"""


class Site:
    """The fake site: `command` replaces what one of Slurm's commands does, `profile` writes a profile."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.modules, self.notes = folder / "bin", folder / "modules", folder / "notes"
        for part in (self.bin, self.modules, self.notes):
            part.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        self.command("python", f'exec {sys.executable} "$@"')
        self.command("srun", 'while [ "${1#-}" != "$1" ]; do shift; done; exec "$@"')
        self.command("sbatch", SBATCH)
        self.command("squeue", SQUEUE)
        self.command("scancel", 'echo "$@" >> "$FAKE/cancelled"')
        self.command("scontrol", 'echo "MinJobAge               = 300 sec"')
        self.command("sacct", "exit 0")
        self.command("sacctmgr", "echo proj; echo other")
        self.say("sinfo", SINFO)
        self.module("torch", TORCH)
        for name in ("pandas", "snakemake"):
            self.module(name, "")
        self.folder, self.content = folder, PROFILE

    def command(self, name: str, script: str) -> None:
        """A command that runs these lines of shell."""
        file = self.bin / name
        file.write_text(f"#!{shutil.which('sh')}\n{script}\n")
        file.chmod(0o755)

    def say(self, name: str, out: str = "", error: str = "", status: int = 0) -> None:
        """A command that prints this and ends so."""
        for stream, text in (("out", out), ("error", error)):
            (self.notes / f"{name}.{stream}").write_text(text)
        self.command(name, f'cat "$FAKE/{name}.out"; cat "$FAKE/{name}.error" >&2; exit {status}')

    def module(self, name: str, source: str) -> None:
        """A module that the jobs import in place of the real one, which takes seconds."""
        (self.modules / f"{name}.py").write_text(source)

    def profile(self, **changed: object) -> Profile:
        """The good profile with some keys replaced (`_` for `-`); None removes one."""
        content = PROFILE | {key.replace("_", "-"): value for key, value in changed.items()}
        file = self.folder / "profile.yaml"
        kept = {key: value for key, value in content.items() if value is not None}
        file.write_text(yaml.safe_dump(kept, sort_keys=False))
        return read_profile(str(file))

    @property
    def cancelled(self) -> list[str]:
        """The jobs that scancel was called for."""
        notes = self.notes / "cancelled"
        return notes.read_text().split() if notes.exists() else []


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site where all is well, and a folder to run the study in."""
    made = Site(tmp_path)
    (tmp_path / "study").mkdir()
    monkeypatch.chdir(tmp_path / "study")
    monkeypatch.setenv("PATH", str(made.bin))
    monkeypatch.setenv("FAKE", str(made.notes))
    monkeypatch.setenv("PYTHONPATH", str(made.modules))
    for name in [name for name in os.environ if name.startswith(("SLURM_", "SBATCH_"))]:
        monkeypatch.delenv(name)
    return made


@pytest.fixture
def quick() -> Callable[..., Patience]:
    """`quick(wait=1)`: little patience, so that what never comes is given up soon."""
    return lambda wait=60.0, file=20.0: Patience(wait=wait, file=file, look=0.02, squeue=0.05)

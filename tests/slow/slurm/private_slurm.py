"""A private Slurm on this machine: slurmctld, several slurmd that each play a node, and fake GPUs.

It needs Debian's slurm-wlm (any Slurm built with several slurmd to a host) and root, and no munge and no data base. The
GPUs are device files that lead nowhere; Slurm counts, allocates and reports them as it does real ones.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

COMMANDS = ("slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo", "srun")
NOWHERE = os.makedev(1, 3)  # of /dev/null, under whatever name
CPUS, MEMORY_MB, GPUS = 16, 20_000, 2  # of a node; more cores than there are, so that Slurm never waits for one
START_SECONDS = 90

CONFIGURATION = """\
ClusterName=private
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/none
CredType=cred/none
SlurmUser=root
SlurmdUser=root
SlurmctldPort={port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/log/finished.txt
MinJobAge=3000
GresTypes=gpu
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=10
KillWait=10
TreeWidth=50
SchedulerParameters=batch_sched_delay=1,sched_interval=2,sched_min_interval=100000,requeue_delay=2
"""


def missing() -> str:
    """Why a private Slurm cannot be started here; empty if it can."""
    lacking = [name for name in COMMANDS if shutil.which(name) is None]
    if lacking:
        return f"Slurm is not installed: no {', '.join(lacking)} (Debian: apt-get install slurm-wlm)"
    if os.geteuid() != 0:
        return "a private Slurm with fake GPUs is started as root only"
    with tempfile.TemporaryDirectory() as folder:
        try:
            os.mknod(Path(folder) / "gpu", 0o600 | stat.S_IFCHR, NOWHERE)
        except OSError as error:
            return f"fake GPUs cannot be made here: {error.strerror}"
    return ""


class PrivateSlurm:
    """Starts on `with`, stops and kills what is left of its jobs at the end.

    `environment` is what a process needs to use it: SLURM_CONF, and an `srun` that keeps SLURM_CONF, which the
    executor plugin's job step strips from the environment.
    """

    def __init__(self, folder: Path, nodes: int = 2) -> None:
        self.folder = folder
        self.nodes = [f"n{i}" for i in range(1, nodes + 1)]
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}

    def __enter__(self) -> PrivateSlurm:
        try:
            return self._start()
        except BaseException:
            self.__exit__()
            raise

    def _start(self) -> PrivateSlurm:
        self._configure()
        self._run("slurmctld", "-c")
        for node in self.nodes:
            self.start_node(node)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if set(self.run("sinfo", "--noheader", "--Node", "--format=%t").split()) == {"idle"}:
                return self
            time.sleep(0.2)
        raise TimeoutError(f"the nodes did not come up: {(self.folder / 'log' / 'slurmctld.log').read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        self._run("scancel", "--user=root", check=False)
        time.sleep(1)
        for node in self.nodes:
            self.kill_node(node)
        _kill(_pid(self.folder / "slurmctld.pid"))

    def run(self, *command: str) -> str:
        """What a Slurm command prints; CalledProcessError where it fails."""
        return self._run(*command).stdout

    def start_node(self, node: str) -> None:
        """Start the slurmd of a node."""
        self._run("slurmd", "-N", node)

    def kill_node(self, node: str) -> None:
        """The node loses its power: SIGKILL to its slurmd, to the steps on it, and to all that they run."""
        log = self.folder / "log" / f"slurmd-{node}.log"
        steps = [process for process in psutil.process_iter() if _is_step(process, log)]
        _kill(_pid(self.folder / f"slurmd-{node}.pid"))
        for step in steps:
            for process in (step, *step.children(recursive=True)):
                _kill(process.pid)

    def jobs(self) -> dict[str, dict[str, str]]:
        """What Slurm knows of each job, by its id: the fields of `scontrol show job`."""
        listed = self._run("scontrol", "--oneliner", "show", "job", check=False).stdout
        found = [dict(part.partition("=")[::2] for part in line.split()) for line in listed.splitlines()]
        return {job["JobId"]: job for job in found if "JobId" in job}

    def _configure(self) -> None:
        for part in ("state", "spool", "log", "bin"):
            (self.folder / part).mkdir(parents=True)
        for i in range(GPUS):
            os.mknod(self.folder / f"gpu{i}", 0o600 | stat.S_IFCHR, NOWHERE)
        host = socket.gethostname()
        ports = _free_ports(len(self.nodes) + 1)
        lines = [CONFIGURATION.format(host=host, port=ports[0], folder=self.folder)]
        for node, port in zip(self.nodes, ports[1:], strict=True):
            place = f"NodeHostname={host} NodeAddr=127.0.0.1 Port={port}"
            lines.append(f"NodeName={node} {place} CPUs={CPUS} RealMemory={MEMORY_MB} Gres=gpu:{GPUS}")
        all_nodes = ",".join(self.nodes)
        for name, default in (("gpu", "NO"), ("cpu", "YES")):
            lines.append(f"PartitionName={name} Nodes={all_nodes} Default={default} MaxTime=INFINITE State=UP")
        (self.folder / "slurm.conf").write_text("\n".join(lines) + "\n")
        devices = f"{self.folder}/gpu[0-{GPUS - 1}]"
        (self.folder / "gres.conf").write_text(f"NodeName={all_nodes} Name=gpu File={devices}\n")
        (self.folder / "cgroup.conf").write_text("CgroupAutomount=no\n")
        srun = self.folder / "bin" / "srun"
        srun.write_text(f'#!/bin/sh\nexport SLURM_CONF="{self.folder}/slurm.conf"\nexec {shutil.which("srun")} "$@"\n')
        srun.chmod(0o755)

    def _run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        env = os.environ | self.environment
        return subprocess.run(command, env=env, capture_output=True, text=True, check=check, timeout=60)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def _pid(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


def _kill(pid: int | None) -> None:
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _is_step(process: psutil.Process, log: Path) -> bool:
    """Whether a process is the slurmstepd of a job on the node with this log."""
    try:
        return process.name().startswith("slurmstepd") and str(log) in [file.path for file in process.open_files()]
    except psutil.Error:
        return False

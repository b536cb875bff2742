"""A simulated cluster: the full study's plan on a private Slurm of many nodes, with sleeping in place of training.

    python tests/slow/slurm/simulate_cluster.py --nodes 16 --gpus 4 --shrink 30 --failing 0.05 --out simulation.txt

The literal command `snakemake --cores all --profile slurm` runs in a copy of the repository. `python` on the PATH of
its jobs is a stand-in that sleeps the predicted time of a block, divided by --shrink, and writes empty files; all else
(Snakemake in the jobs, Slurm, the executor) is real. What is left over goes to Snakemake: `--config seeds=4`.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(REPOSITORY / "tests" / "slow"), str(REPOSITORY / "src")]

from slurm.private_slurm import PrivateSlurm, missing  # noqa: E402
from slurm.simulation_figures import figures  # noqa: E402

from modecollapse.report.layout import COMPARISONS, TABLES, VERDICTS, figure_names  # noqa: E402
from modecollapse.study import cost, plan  # noqa: E402
from modecollapse.study.config import Study  # noqa: E402
from modecollapse.study.load import load_study  # noqa: E402
from modecollapse.study.summary import summary_of  # noqa: E402

LITERAL = ("snakemake", "--cores", "all", "--profile", "slurm")
ADAPTED = "slurm-status-command: squeue\nslurm-init-seconds-before-status-checks: 5"
# All nodes share this machine's cores, so that answers are late.
PATIENT = "MessageTimeout=100\nBatchStartTimeout=100\n"
STAND_IN = """\
#!/bin/sh
[ "$1 $2" = "-m modecollapse" ] || exec {python} "$@"
shift 2
exec {python} -IS {stand_in} "$@"
"""


def main() -> None:
    """Run it and add its figures to --out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=16)
    parser.add_argument("--gpus", type=int, default=4, help="of a node")
    parser.add_argument("--shrink", type=float, default=30, help="predicted seconds in one second of sleep")
    parser.add_argument("--failing", type=float, default=0, help="the share of training attempts that fail")
    parser.add_argument("--seed", type=int, default=0, help="of the failures")
    parser.add_argument("--out", type=Path, default=Path("simulation.txt"))
    parser.add_argument("--config", nargs="*", default=[], help="KEY=VALUE, to simulate a part of the study")
    told = parser.parse_args()
    if reason := missing():
        sys.exit(f"error: {reason}")
    place = Path(tempfile.mkdtemp(prefix="simulation-"))
    say(told.out, f"\n{time.ctime()}: {shlex.join(sys.argv[1:])}, in {place}")
    folder = copy(place / "study")
    seconds = prepare(place, folder, told)
    longest = max(seconds.values())
    say(told.out, f"{len(seconds)} blocks, {sum(seconds.values()):.0f} s of sleep, longest {longest:.0f} s")
    with PrivateSlurm(place / "slurm", told.nodes, told.gpus, node_timeout=600, settings=PATIENT) as slurm:
        begun = time.time()
        with (place / "head.log").open("w") as log:
            head = subprocess.Popen(
                [*LITERAL, *(["--config", *told.config] if told.config else [])],
                cwd=folder,
                env=surroundings(place, folder, slurm),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            follow(head, slurm, place, told.out)
        _, status, used = os.wait4(head.pid, 0)
        facts = {"begun": begun, "ended": time.time(), "status": status, "head": used.ru_utime + used.ru_stime}
        facts |= {"head_mb": used.ru_maxrss / 1024, "slots": told.nodes * told.gpus, "seconds": seconds}
        (place / "jobs.json").write_text(json.dumps(slurm.jobs()))
    (place / "facts.json").write_text(json.dumps(facts))
    say(told.out, figures(place))


def say(out: Path, text: str) -> None:
    """To the terminal and to the file, at once."""
    print(text, flush=True)
    with out.open("a") as file:
        file.write(text + "\n")


def copy(folder: Path) -> Path:
    """The repository as it would be cloned, and the profile as the private Slurm needs it."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.check_output(listed, cwd=REPOSITORY, text=True).split("\0"):
        if name and (REPOSITORY / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name, follow_symlinks=False)
    profile = folder / "slurm" / "config.yaml"
    text = profile.read_text()
    assert text.count("# slurm-status-command: squeue") == 1
    profile.write_text(text.replace("# slurm-status-command: squeue", ADAPTED))
    return folder


def prepare(place: Path, folder: Path, told: argparse.Namespace) -> dict[str, float]:
    """Write what the stand-in is told; returns the seconds that each block sleeps, by its path."""
    overrides = dict(item.split("=", 1) for item in told.config)
    study = load_study([folder / "config" / "config.yaml", folder / "config" / "paper.yaml"], overrides)
    blocks = [block for cell in plan.cells(study) for block in plan.blocks(study, cell)]
    seconds = {block.path: cost.block_seconds(block, study.device) / told.shrink for block in blocks}
    (place / "tries").mkdir()
    stated = {"seed": told.seed, "failing": told.failing, "seconds": seconds, "files": written(study)}
    stated |= {"log": str(place / "trainings.jsonl"), "tries": str(place / "tries")}
    (place / "simulation.json").write_text(json.dumps(stated))
    (place / "bin").mkdir()
    python, stand_in = shlex.quote(sys.executable), shlex.quote(str(Path(__file__).with_name("stand_in.py")))
    (place / "bin" / "python").write_text(STAND_IN.format(python=python, stand_in=stand_in))
    (place / "bin" / "python").chmod(0o755)
    return seconds


def written(study: Study) -> dict[str, list[str]]:
    """The files of the commands that are not told which."""
    tables = {"summarise": ("measures.parquet", "cells.parquet", *TABLES), "compare": COMPARISONS, "judge": VERDICTS}
    files = {command: [f"tables/{name}" for name in names] for command, names in tables.items()}
    files |= {"figures": [f"figures/{name}" for name in figure_names(summary_of(study))], "report": ["report.pdf"]}
    files["seal"] = ["study.json", "claims.yaml", "environment.json", "MANIFEST.sha256"]
    return {command: [f"results/{study.study}/{name}" for name in names] for command, names in files.items()}


def surroundings(place: Path, folder: Path, slurm: PrivateSlurm) -> dict[str, str]:
    """The environment of the head and of its jobs: the stand-in comes before every other Python."""
    path = [str(place / "bin"), str(slurm.folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
    stated = {"PATH": ":".join(path), "PYTHONPATH": str(folder / "src"), "SIMULATION": str(place / "simulation.json")}
    return os.environ | slurm.environment | stated


def follow(head: subprocess.Popen, slurm: PrivateSlurm, place: Path, out: Path) -> None:
    """Say every minute how far it is, until the head is done (and not yet waited for)."""
    said = time.time()
    while os.waitid(os.P_PID, head.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        time.sleep(1)
        if time.time() - said > 60:
            said = time.time()
            states = [job["JobState"] for job in slurm.jobs().values()]
            counts = ", ".join(f"{states.count(state)} {state.lower()}" for state in sorted(set(states)))
            say(out, f"{time.strftime('%H:%M:%S')} {counts}; load {os.getloadavg()[0]:.0f}, {free()} MB free")


def free() -> int:
    """Megabytes of memory that new processes can have."""
    [line] = [line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable")]
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()

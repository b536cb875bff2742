"""Plays `python -m modecollapse ...` in the simulated cluster: sleeps instead of working, and writes empty files.

The file that SIMULATION names says for how long a folder trains (seconds), which files the other commands write, and
how often training fails. A line of JSON in `log` tells of every training. Standard library alone: 64 of them run at
a time.
"""

import json
import os
import random
import sys
import time
from pathlib import Path

TRAINED = ("run.json", "samples.npy", "trace.parquet", "weights.safetensors")
OPTIONS = ("--out", "--cells", "--pictures")  # of a command: the files it writes


def main() -> int:
    """Do as the command would; 1 where a training fails."""
    told = json.loads(Path(os.environ["SIMULATION"]).read_text())
    command, arguments = sys.argv[1], sys.argv[2:]
    files = [after for before, after in zip(arguments, arguments[1:], strict=False) if before in OPTIONS]
    if command == "train":
        return train(told, Path(files[0]))
    for file in files or told["files"][command]:
        write(Path(file))
    return 0


def train(told: dict, folder: Path) -> int:
    """Sleep as long as the block is predicted to take; fail by chance, which folder and attempt decide."""
    name = "/".join(folder.parts[-4:])
    folder.mkdir(parents=True, exist_ok=True)
    tries = Path(told["tries"]) / name.replace("/", "-")  # not in the folder, which a failed job leaves empty
    with tries.open("a") as written:
        written.write(".")
    attempt = tries.stat().st_size
    chance = random.Random(f"{told['seed']}/{name}/{attempt}")
    fails = chance.random() < told["failing"]
    seconds = told["seconds"][name] * (chance.random() if fails else 1)
    begun = time.time()
    time.sleep(seconds)
    facts = {"name": name, "attempt": attempt, "begun": begun, "ended": time.time(), "failed": fails}
    facts |= {variable: os.environ.get(variable) for variable in ("SLURM_JOB_ID", "CUDA_VISIBLE_DEVICES")}
    with open(told["log"], "a") as log:
        log.write(json.dumps(facts) + "\n")
    if not fails:
        for file in TRAINED:
            write(folder / file)
    return int(fails)


def write(file: Path) -> None:
    """An empty file, with its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"")


if __name__ == "__main__":
    sys.exit(main())

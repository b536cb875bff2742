"""What rules ask of Slurm, and the options of sbatch that the executor plugin makes of it."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The plugin's resources and the option of sbatch that each becomes.
OPTIONS = {
    "slurm_partition": "--partition",
    "slurm_account": "--account",
    "mem_mb": "--mem",
    "mem_mb_per_cpu": "--mem-per-cpu",
    "cpus_per_task": "--cpus-per-task",
    "cpus_per_gpu": "--cpus-per-gpu",
    "constraint": "--constraint",
    "qos": "--qos",
    "gres": "--gres",
    "nodes": "--nodes",
    "clusters": "--clusters",
}
GRES = re.compile(r"gpu(?::(?P<model>[^:]*[^:\d][^:]*))?(?::(?P<count>\d+))?")


@dataclass(frozen=True)
class Request:
    """Rules that ask for the same: `resources` as in the profile, numbers evaluated, `runtime` in minutes."""

    rules: tuple[str, ...]
    resources: Mapping[str, Any]

    @property
    def title(self) -> str:
        return ", ".join(self.rules)

    @property
    def kind(self) -> str:
        """The kind of job it is: "GPU" or "CPU"."""
        return "GPU" if self.gpus else "CPU"

    @property
    def partition(self) -> str:
        """The partition named; "" is the site's default."""
        return str(self.resources.get("slurm_partition") or "")

    @property
    def accounts(self) -> list[str]:
        """The accounts named, separated by commas or blanks; the plugin submits under the first."""
        return [part for part in re.split(r"[,\s]+", str(self.resources.get("slurm_account") or "")) if part]

    @property
    def gpus(self) -> int:
        """How many GPUs, by `gpu`, `gpu_model` or `gres`."""
        if "gpu" in self.resources or "gpu_model" in self.resources:
            return int(self.resources.get("gpu", 1))
        named = self._gres()
        return int(named["count"] or 1) if named else 0

    @property
    def gpu_model(self) -> str:
        """The model asked for; "" is any."""
        named = self._gres()
        return str(self.resources.get("gpu_model") or (named and named["model"]) or "")

    def options(self, minutes: float | None = None) -> list[str]:
        """The options of sbatch; `minutes` takes the place of the runtime."""
        resources = dict(self.resources) | ({"slurm_account": self.accounts[0]} if self.accounts else {})
        if resources.get("mem_mb_per_cpu"):
            resources.pop("mem_mb", None)  # as the plugin does
        options = [f"{option}={resources[key]}" for key, option in OPTIONS.items() if resources.get(key)]
        runtime = minutes or resources.get("runtime")
        options += [f"--time={math.ceil(runtime)}"] if runtime else []
        if self.gpus and not self._gres():
            options.append(f"--gpus={self.gpu_model}{':' if self.gpu_model else ''}{self.gpus}")
        options += [] if self.gpus else ["--ntasks=1"]
        return options + shlex.split(str(resources.get("slurm_extra") or ""))

    def _gres(self) -> re.Match[str] | None:
        return GRES.fullmatch(str(self.resources.get("gres") or ""))

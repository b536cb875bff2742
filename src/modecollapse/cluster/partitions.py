"""The partitions that the profile names: whether they exist, are up, and have nodes for what is asked."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from modecollapse.cluster.profile import Profile
from modecollapse.cluster.request import Request
from modecollapse.cluster.rows import Row, Status
from modecollapse.cluster.slurm import SINFO, Nodes, ask, read_sinfo

PLUGIN_MODEL = r"[a-zA-Z0-9_.]*"  # what the executor plugin takes as gpu_model


def partition_rows(profile: Profile, longest: Mapping[str, float]) -> Iterator[Row]:
    """Rows for each request of the profile; `longest` is the longest predicted run of a rule, in minutes."""
    said = ask(*SINFO)
    try:
        nodes = read_sinfo(said.out)
    except ValueError as error:
        yield Row(
            "partitions", str(error), Status.PROBLEM, "sinfo prints what this check cannot read; see `sinfo --version`"
        )
        return
    if not said.ok or not nodes:
        change = "Slurm has to answer here: ask whoever runs it (`scontrol ping`)"
        yield Row("partitions", f"sinfo: {said.line}", Status.PROBLEM, change)
        return
    last = {request.rules: request for request in profile.requests(profile.attempts)}
    for request in profile.requests():
        own = [one for one in nodes if _is_of(one, request)]
        title = f"partition of {request.title}"
        if not own:
            yield _unknown(title, request, nodes, profile)
            continue
        yield _state(title, own)
        if request.gpus:
            yield _gpus(request, own)
        yield from _sizes(request, own)
        predicted = max((longest[rule] for rule in request.rules if rule in longest), default=None)
        yield _time(request, last.get(request.rules), own, predicted)


def _is_of(nodes: Nodes, request: Request) -> bool:
    named = request.partition.split(",")
    return nodes.partition in named if request.partition else nodes.default


def _unknown(title: str, request: Request, nodes: Sequence[Nodes], profile: Profile) -> Row:
    names = sorted({one.partition for one in nodes})
    change = f"{profile.path}: slurm_partition: allowed: {', '.join(names)}"
    found = f"{request.partition!r} is no partition" if request.partition else "none named, and the site has no default"
    return Row(title, found, Status.PROBLEM, change)


def _state(title: str, own: Sequence[Nodes]) -> Row:
    name = own[0].partition
    if not any(one.up for one in own):
        return Row(title, f"{name} is not up", Status.PROBLEM, "wait, or name another in slurm_partition")
    usable = sum(one.count for one in own if one.usable)
    found = f"{name}: {usable} of {sum(one.count for one in own)} nodes take jobs"
    if not usable:
        found += f" ({', '.join(sorted({one.state for one in own}))})"
        return Row(title, found, Status.PROBLEM, "wait, or name another in slurm_partition")
    return Row(title, found)


def _gpus(request: Request, own: Sequence[Nodes]) -> Row:
    title, name = f"GPUs for {request.title}", own[0].partition
    kinds = sorted({f"{count} x {model or 'gpu'}" for one in own for model, count in one.gpus.items()})
    asked = f"{request.gpus} x {request.gpu_model or 'gpu'}"
    if not kinds:
        change = "name a partition with GPUs in slurm_partition, or have GresTypes=gpu and Gres=gpu:N set up"
        return Row(title, f"{name} has no GPUs (GRES)", Status.PROBLEM, change)
    if not any(_has_gpus(one, request) for one in own):
        models = sorted({model for one in own for model in one.gpus if model}) or ["none: remove gpu_model"]
        change = f"gpu_model: allowed: {', '.join(models)}; at most as many as a node has"
        return Row(title, f"asks {asked} a node; {name} has {', '.join(kinds)}", Status.PROBLEM, change)
    if not re.fullmatch(PLUGIN_MODEL, request.gpu_model):
        change = f"the plugin takes no such name: use slurm_extra: \"'--gres=gpu:{request.gpu_model}:1'\" or constraint"
        return Row(title, f"asks {asked}", Status.PROBLEM, change)
    models = sorted({model for one in own for model in one.gpus})
    if len(models) > 1 and not request.gpu_model:
        change = "name one in gpu_model: what is stopped on one model begins again on another"
        return Row(title, f"{', '.join(kinds)}; asks {asked}", Status.WARNING, change)
    return Row(title, f"{', '.join(kinds)} a node; asks {asked}")


def _has_gpus(nodes: Nodes, request: Request) -> bool:
    wanted = request.gpu_model.lower()
    fitting = [count for model, count in nodes.gpus.items() if not wanted or model.lower() == wanted]
    return sum(fitting) >= request.gpus


def _sizes(request: Request, own: Sequence[Nodes]) -> Iterator[Row]:
    """Memory and cores of the nodes that have the GPUs asked for."""
    fitting = [one for one in own if _has_gpus(one, request)] or list(own)
    for key, unit, most in (
        ("mem_mb", "MB", max(one.memory_mb for one in fitting)),
        ("cpus_per_task", "cores", max(one.cpus for one in fitting)),
    ):
        asked = request.resources.get(key)
        if not asked:
            continue
        title, found = f"{key} of {request.title}", f"asks {asked} {unit}; the largest node has {most}"
        if asked > most:
            yield Row(title, found, Status.PROBLEM, f"{key}: at most {most}, or a partition with larger nodes")
        else:
            yield Row(title, found)


def _time(request: Request, last: Request | None, own: Sequence[Nodes], longest: float | None) -> Row:
    """The partition's limit against the runtime asked for and the longest run predicted, all in minutes."""
    limit, asked = max(one.minutes for one in own), request.resources.get("runtime")
    at_last = last.resources.get("runtime") if last else None
    title = f"time limit for {request.title}"
    said = [f"limit {'none' if math.isinf(limit) else f'{limit:.0f} min'}"]
    said += [f"asks {asked:.0f}"] if asked else []
    said += [f"longest predicted {longest:.0f}"] if longest else []
    found = "; ".join(said)
    if asked and asked > limit:
        return Row(title, found, Status.PROBLEM, f"runtime: at most {limit:.0f}, or a partition with a longer limit")
    if longest and longest > limit:
        change = "smaller blocks of seeds (the study's configuration), or a partition with a longer limit"
        return Row(title, found, Status.PROBLEM, change)
    if at_last and at_last > limit:
        change = (
            f"runtime grows to {at_last:.0f} at the last attempt, which Slurm will refuse: fewer retries or less growth"
        )
        return Row(title, found, Status.WARNING, change)
    if asked and longest and asked < longest:
        change = f"runtime: over {longest:.0f}, or the longest job is stopped and goes on at its next attempt"
        return Row(title, found, Status.WARNING, change)
    return Row(title, found)

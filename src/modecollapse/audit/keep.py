"""Keeping the finished blocks of a study that is still running, where `train` finds them again."""

from __future__ import annotations

from pathlib import Path

from modecollapse import files, reading
from modecollapse.errors import StudyError
from modecollapse.report.layout import RUN


def keep(results: Path, kept: Path) -> dict[str, int]:
    """Copy the finished blocks of `results` that the results folder `kept` lacks; returns their bytes by path.

    A block is copied without weights, its run.json last, and only where its files have the SHA-256 that run.json
    records. Blocks in training are left alone. Raises StudyError where `results` has no finished block, and where a
    file of one is damaged.
    """
    records = sorted((results / "runs").glob("**/run.json"))
    if not records:
        raise StudyError(f"{results}: holds no finished block; allowed: the results of a study")
    copied = {}
    for record in records:
        block = record.parent.relative_to(results)
        if (kept / block / record.name).exists():
            continue
        recorded = dict(reading.json_file(record)["files"])
        content = {name: reading.regular_bytes(record.parent / name) for name in RUN}
        for name, data in content.items():
            if name in recorded and files.digest(data) != recorded[name]:
                problem = "its SHA-256 is not that of run.json"
                raise StudyError(f"{record.parent / name}: {problem}; allowed: an intact block")
        for name in sorted(RUN, key=record.name.__eq__):  # run.json last
            files.write_bytes(kept / block / name, content[name])
        copied[block.relative_to("runs").as_posix()] = sum(map(len, content.values()))
    return copied

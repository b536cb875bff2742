"""The runs behind a cell: their folders, and what was run there."""

from __future__ import annotations

from dataclasses import dataclass, field

from modecollapse.audit.bundle import Bundle
from modecollapse.report.layout import UNTRAINED


@dataclass(frozen=True)
class Run:
    """A folder of runs (a block), with the hashes that its record holds; files: name -> SHA-256."""

    folder: str
    seeds: list[int]
    code: str
    config_hash: str
    commit: str
    files: dict[str, str] = field(default_factory=dict)
    withheld: list[str] = field(default_factory=list)


def runs_of(bundle: Bundle, cell: tuple[str, ...]) -> list[Run]:
    """The blocks of a cell; of untrained generators those of all variants; of the oracle and the nulls none."""
    experiment, dataset, variant = cell
    return [
        _run(bundle, folder, record)
        for folder, record in bundle.records.items()
        if (record.get("experiment"), record.get("dataset")) == (experiment, dataset)
        and variant in (record.get("variant"), UNTRAINED)
    ]


def _run(bundle: Bundle, folder: str, record: dict) -> Run:
    path = f"runs/{folder}"
    files = dict(record.get("files") or {})
    return Run(
        folder=path,
        seeds=list(record.get("seeds") or []),
        code=str(record.get("code", "")),
        config_hash=str(record.get("config_hash", "")),
        commit=str(record.get("commit") or "not recorded"),
        files=files,
        withheld=[name for name in files if f"{path}/{name}" in bundle.withheld],
    )

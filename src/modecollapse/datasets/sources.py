"""The official files of a data set: given locally or downloaded, and accepted only with the listed content.

`config/sources.yaml` lists each file's size and SHA-256, decompressed. A file is looked for as
<folder>/<data set>/<file>, plain, .gz or .xz, first in the folder that MODECOLLAPSE_DATA names and then in the cache;
one that is in neither is downloaded into the cache.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from modecollapse import files
from modecollapse.datasets import download, packed
from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.catalogue import Strict
from modecollapse.study.load import read_yaml
from modecollapse.study.problems import first_problem, key_path

VARIABLE = "MODECOLLAPSE_DATA"


class Listed(Strict):
    """A file as `config/sources.yaml` lists it: bytes and SHA-256 of its content, and where it is offered, if so."""

    size: Annotated[int, Field(ge=1, le=1 << 30)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    url: Annotated[str, Field(pattern="^https://")] | None = None


@dataclass(frozen=True)
class Found:
    """A file at hand, and what it has to hold."""

    path: Path
    listed: Listed

    def read(self) -> bytes:
        """The file's content. StudyError where it is not the listed one; the file is then kept aside as .bad."""
        try:
            content = packed.read(self.path, self.listed.size)
        except packed.Unpackable as problem:
            raise StudyError(self._set_aside(str(problem))) from None
        if files.digest(content) != self.listed.sha256:
            raise StudyError(self._set_aside(f"holds {len(content)} other bytes, of SHA-256 {files.digest(content)}"))
        return content

    def _set_aside(self, problem: str) -> str:
        """Give the file another name, so that the next attempt finds or downloads a good one; the message."""
        bad = self.path.with_name(f"{self.path.name}.bad")
        try:
            self.path.replace(bad)
            kept = f"it is now {bad.name}"
        except OSError:
            kept = "move it away"
        allowed = f"allowed: {self.listed.size} bytes of SHA-256 {self.listed.sha256}, decompressed"
        return f"{self.path}: {problem}; {allowed}; {kept}"


def find(dataset: str, root: Path | None = None, cache: Path | None = None) -> dict[str, Found]:
    """The files of a data set by name, none of them read yet.

    `root` is the folder with the user's files, else the one MODECOLLAPSE_DATA names; `cache`, else the user's cache
    folder, receives downloads. StudyError where a file is nowhere.
    """
    given = os.environ.get(VARIABLE)
    root = root or (Path(given) if given else None)
    cache = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "modecollapse"
    entries = listed(dataset, catalogue.SOURCES)
    paths = {name: _local(dataset, name, [root, cache]) for name in entries}
    for name, path in paths.items():
        if path is None:
            absent = [name for name, path in paths.items() if path is None]
            paths[name] = _downloaded(dataset, name, entries[name], cache, absent, root)
    return {name: Found(path, entries[name]) for name, path in paths.items() if path}


def listed(dataset: str, path: Path) -> dict[str, Listed]:
    """The files of a data set as `path` lists them; StudyError where it does not, or not properly."""
    content = read_yaml(path)
    if not isinstance(content.get(dataset), dict) or not content[dataset]:
        raise StudyError(f"{path}: lists no files of {dataset!r}; allowed: {', '.join(map(str, content))}")
    for name, entry in content[dataset].items():
        problem = first_problem(Listed, entry)
        if problem:
            raise StudyError(f"{path}: {key_path((dataset, str(name), *problem[0]))}: {problem[1]}")
        if Path(str(name)).name != name:
            raise StudyError(f"{path}: {dataset}: {name!r} is not allowed; allowed: a file's name, without folders")
    return {name: Listed(**entry) for name, entry in content[dataset].items()}


def digests(found: dict[str, Found]) -> str:
    """JSON of the SHA-256 of each file's content, for the data file that is made of them."""
    return json.dumps({name: file.listed.sha256 for name, file in found.items()})


def _local(dataset: str, name: str, folders: list[Path | None]) -> Path | None:
    """The first file of that name, packed or not."""
    candidates = (folder / dataset / f"{name}{suffix}" for folder in folders if folder for suffix in packed.SUFFIXES)
    return next((path for path in candidates if path.is_file()), None)


def _downloaded(dataset: str, name: str, entry: Listed, cache: Path, absent: list[str], root: Path | None) -> Path:
    """The file's path in the cache, after a download. StudyError names all the files that are absent."""
    try:
        if entry.url is None:
            raise download.Refused("nothing to download: no address is listed for them")
        suffix = Path(entry.url).suffix
        path = cache / dataset / f"{name}{suffix if suffix in packed.SUFFIXES else ''}"
        download.fetch(entry.url, path, packed.most_packed(entry.size))
    except download.Refused as problem:
        where = root / dataset if root else f"a folder {dataset}/ below the folder that {VARIABLE} names"
        raise StudyError(
            f"{dataset}: {', '.join(absent)} not found ({problem}); allowed: put them, plain, .gz or .xz, in {where}"
        ) from None
    return path

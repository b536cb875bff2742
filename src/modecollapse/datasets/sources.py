"""The official files of a data set: given locally or downloaded, and accepted only with the listed content.

`config/sources.yaml` lists each file's size and SHA-256, decompressed; or its size and the part of the data set that it
belongs to, where only the part's content is known and not which file has what. Such a part, with a SHA-256 of its own,
is checked by whoever puts it together. A file is looked for as
<folder>/<data set>/<file>, plain, .gz or .xz, first in the folder that MODECOLLAPSE_DATA names and then in the cache;
one that is in neither is downloaded into the cache, if an address is listed.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from modecollapse import files
from modecollapse.datasets import download, packed
from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.catalogue import Strict
from modecollapse.study.load import read_yaml
from modecollapse.study.problems import first_problem, key_path

VARIABLE = "MODECOLLAPSE_DATA"
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Listed(Strict):
    """A file as `config/sources.yaml` lists it: bytes and SHA-256 of its content, and where it is offered, if so.

    `part` names what the file is checked with, in place of a SHA-256 of its own.
    """

    size: Annotated[int, Field(ge=1, le=1 << 30)]
    sha256: Sha256 | None = None
    part: str | None = None
    url: Annotated[str, Field(pattern="^https://")] | None = None

    @model_validator(mode="after")
    def _is_checked_one_way(self) -> Listed:
        if (self.sha256 is None) == (self.part is None):
            given = "neither" if self.part is None else "both"
            raise ValueError(f"{given} of sha256 and part given; allowed: one of them")
        return self


class Parts(Strict):
    """The SHA-256 of each part of a data set: over its files together, as the data set's own file joins them."""

    parts: dict[str, Sha256] = {}


@dataclass(frozen=True)
class Found:
    """A file at hand, and what it has to hold."""

    path: Path
    listed: Listed

    def read(self) -> bytes:
        """The file's content, of the listed size and, if any, SHA-256; else StudyError, and the file is now .bad."""
        try:
            content = packed.read(self.path, self.listed.size)
        except packed.Unpackable as problem:
            raise StudyError(self._set_aside(str(problem))) from None
        if self.listed.sha256 and files.digest(content) != self.listed.sha256:
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
        digest = f" of SHA-256 {self.listed.sha256}" if self.listed.sha256 else ""
        allowed = f"allowed: {self.listed.size} bytes{digest}, decompressed"
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
    entries = _content(dataset, path)
    digests = entries.pop("parts", {})
    for name, entry in entries.items():
        _check(Listed, entry, path, (dataset, str(name)))
        if Path(str(name)).name != name:
            raise StudyError(f"{path}: {dataset}: {name!r} is not allowed; allowed: a file's name, without folders")
    _check(Parts, {"parts": digests}, path, (dataset,))
    named = {entry["part"] for entry in entries.values() if "part" in entry}
    if named != digests.keys():
        known, wanted = (", ".join(sorted(names)) or "none" for names in (digests, named))
        raise StudyError(f"{path}: {dataset}.parts: lists {known}; allowed: the parts of its files, {wanted}")
    return {name: Listed(**entry) for name, entry in entries.items()}


def parts(dataset: str) -> dict[str, str]:
    """The SHA-256 of each part of a data set; none where every file has its own. StudyError as of `find`."""
    listed(dataset, catalogue.SOURCES)
    return _content(dataset, catalogue.SOURCES).get("parts", {})


def _content(dataset: str, path: Path) -> dict[str, Any]:
    """What `path` lists of a data set, unchecked."""
    content = read_yaml(path)
    if not isinstance(content.get(dataset), dict) or not content[dataset]:
        raise StudyError(f"{path}: lists no files of {dataset!r}; allowed: {', '.join(map(str, content))}")
    return content[dataset]


def _check(model: type[Strict], entry: Any, path: Path, keys: tuple[str, ...]) -> None:
    """StudyError with the first key of an entry that breaks `model`."""
    problem = first_problem(model, entry)
    if problem:
        raise StudyError(f"{path}: {key_path((*keys, *problem[0]))}: {problem[1]}")


def digests(found: dict[str, Found]) -> str:
    """JSON of the SHA-256 of each file's content, for the data file that is made of them; not for parts."""
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

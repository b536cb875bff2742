"""The official files of a data set: found locally or downloaded, and accepted only with the listed content.

`config/sources.yaml` lists each file's size and SHA-256, decompressed; or its size and the part of the data set that it
belongs to, where copies differ in the order of the content and only that of the whole part is known. Whoever joins the
files of a part checks the part's SHA-256. A file is looked for as <folder>/<data set>/<file>, plain, .gz or .xz, first
in the folder that MODECOLLAPSE_DATA names and then in the cache. A file in neither is downloaded into the cache, if an
address is listed.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from modecollapse import files
from modecollapse.datasets import bounded_read
from modecollapse.datasets.bounded_read import SUFFIXES, Refused, most_packed
from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.catalogue import Strict
from modecollapse.study.problems import first_problem, key_path
from modecollapse.study.strict_yaml import read_yaml

VARIABLE = "MODECOLLAPSE_DATA"
SECONDS_OF_COPYING = 60.0  # a file of the cache that changed since then may not be whole yet
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


class Listing(Strict):
    """What is listed of a data set: files by name, and the SHA-256 of each part, over its files joined as the data."""

    files: dict[str, Listed]
    parts: dict[str, Sha256]


@dataclass(frozen=True)
class Found:
    """A file that was found, and what it has to hold."""

    path: Path
    listed: Listed
    cached: bool  # in the cache, so that a bad one can be renamed; a file of the user is never touched
    downloaded: bool  # by this process, just now

    def read(self) -> bytes:
        """The content, of the listed size and SHA-256 (if any); else StudyError, and a file of the cache is renamed."""
        before = self.path.stat()
        try:
            content = bounded_read.read(self.path, self.listed.size)
        except Refused as problem:
            raise StudyError(self._set_aside(str(problem), before)) from None
        if self.listed.sha256 and files.digest(content) != self.listed.sha256:
            problem = f"holds {len(content)} other bytes, of SHA-256 {files.digest(content)[:16]}…"
            raise StudyError(self._set_aside(problem, before))
        return content

    def _set_aside(self, problem: str, before: os.stat_result) -> str:
        """The message on a bad file; a file of the cache is renamed, so that the next attempt downloads a good one.

        Only the file that was read is renamed, and only if it has not changed so lately that it may be being copied.
        """
        bad, now = self.path.with_name(f"{self.path.name}.bad"), self.path.stat()
        same = (now.st_ino, now.st_size, now.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns)
        kept = "move it away, or put a good one there"
        if self.cached and same and (self.downloaded or time.time() - now.st_mtime > SECONDS_OF_COPYING):
            with suppress(OSError):
                self.path.replace(bad)
                kept = f"it is now {bad.name}"
        digest = f" of SHA-256 {self.listed.sha256[:16]}…" if self.listed.sha256 else ""
        return f"{self.path}: {problem}; allowed: {self.listed.size} bytes{digest}, decompressed; {kept}"


def cache_folder() -> Path:
    """The user's cache folder of this package."""
    return Path(os.path.expanduser(os.environ.get("XDG_CACHE_HOME") or "~/.cache")) / "modecollapse"


def find(dataset: str) -> dict[str, Found]:
    """The files of a data set by name, none of them read yet; StudyError where a file is nowhere."""
    given = os.environ.get(VARIABLE)
    root, (entries, _) = Path(given).expanduser() if given else None, listed(dataset)
    own = {name: _local(dataset, name, root) for name in entries}
    local = {name: own[name] or _local(dataset, name, cache_folder()) for name in entries}
    found: dict[str, Found] = {}
    for name, entry in entries.items():
        absent = [other for other, path in local.items() if not path and other not in found]
        path = local[name] or _downloaded(dataset, name, entry, absent, root)
        found[name] = Found(path, entry, cached=not own[name], downloaded=not local[name])
    return found


def listed(dataset: str) -> tuple[dict[str, Listed], dict[str, str]]:
    """The files of a data set by name, and the SHA-256 of its parts; StudyError where the list has an error."""
    path = catalogue.SOURCES
    content = read_yaml(path)
    entries = content.get(dataset)
    if not isinstance(entries, dict) or not entries:
        raise StudyError(f"{path}: lists no files of {dataset!r}; allowed: {', '.join(map(str, content))}")
    listing = {"parts": entries.pop("parts", {}), "files": entries}
    if problem := first_problem(Listing, listing):
        keys = problem[0][1:] if problem[0][0] == "files" else problem[0]
        raise StudyError(f"{path}: {key_path((dataset, *keys))}: {problem[1]}")
    found, parts = Listing(**listing).files, listing["parts"]
    if folders := [name for name in found if Path(name).name != name]:
        raise StudyError(f"{path}: {dataset}: {folders[0]!r} is not allowed; allowed: a file's name, without folders")
    named = {file.part for file in found.values()} - {None}
    if named != parts.keys():
        known, wanted = (", ".join(sorted(names)) or "none" for names in (parts, named))
        raise StudyError(f"{path}: {dataset}.parts: lists {known}; allowed: the parts of its files, {wanted}")
    return found, parts


def _local(dataset: str, name: str, folder: Path | None) -> Path | None:
    """The first file of that name in a folder's data set, packed or not."""
    candidates = (folder / dataset / f"{name}{suffix}" for suffix in SUFFIXES) if folder else ()
    return next((path for path in candidates if path.is_file()), None)


def _downloaded(dataset: str, name: str, entry: Listed, absent: list[str], root: Path | None) -> Path:
    """The file's path in the cache, after a download. StudyError names all the files that are absent."""
    try:
        if entry.url is None:
            raise Refused("nothing to download: no address is listed for them")
        suffix = Path(entry.url).suffix
        path = cache_folder() / dataset / f"{name}{suffix if suffix in SUFFIXES else ''}"
        bounded_read.fetch(entry.url, path, most_packed(entry.size))
    except Refused as problem:
        where = root / dataset if root else f"a folder {dataset}/ below the folder that {VARIABLE} names"
        raise StudyError(
            f"{dataset}: {', '.join(absent)} not found ({problem}); allowed: put them, plain, .gz or .xz, in {where}"
        ) from None
    return path

"""Official files as bytes, from the disk or over https only; bounded in size and time.

A file may be packed with gzip or xz. Everything that Python's `gzip` and `lzma` decode is decoded: several members or
streams, an empty last one, padding, LZMA alone. A download gets its name when it is whole.
"""

from __future__ import annotations

import gzip
import io
import lzma
import time
import zlib
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from modecollapse import files

SUFFIXES = ("", ".gz", ".xz")
DICTIONARY = 128 << 20  # bytes that xz may use; its highest level takes 65 MiB
TIMEOUT = 30.0  # seconds without a byte
DEADLINE = 600.0  # seconds for a whole download
PAUSES = (1.0, 5.0)  # seconds before the second and the third attempt, where the server has trouble
PIECE = 1 << 20


class Refused(Exception):
    """The reason why a file cannot be unpacked or was not downloaded."""


def most_packed(size: int) -> int:
    """The most bytes that gzip or xz make of `size` bytes: a hundredth more, and headers and padding."""
    return size + size // 100 + (1 << 16)


def read(path: Path, size: int) -> bytes:
    """The `size` bytes of a file, unpacked as its suffix says; Refused where it is damaged or has another size.

    A browser may have unpacked a file without renaming it: a file of that very size is then taken as it is.
    """
    found = path.stat().st_size
    if found > most_packed(size):
        raise Refused(f"has {found} bytes, too many even unpacked")
    content = path.read_bytes()
    if path.suffix in SUFFIXES[1:]:
        try:
            if path.suffix == ".gz":
                content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(size + 1)  # one more shows a longer file
            else:
                content = _unpacked_xz(content, size + 1)
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as problem:
            if len(content) != size:
                reason = "its end is missing" if isinstance(problem, EOFError) else problem
                raise Refused(f"is not a whole {path.suffix} file ({reason})") from None
    if len(content) > size:
        raise Refused(f"holds more than {size} bytes")
    if len(content) < size:
        raise Refused(f"holds {len(content)} bytes")
    return content


def _unpacked_xz(content: bytes, most: int) -> bytes:
    """At most `most` bytes of xz or LZMA, stream by stream, because `lzma.open` has no limit for the dictionary."""
    unpacked = bytearray()
    while content and len(unpacked) < most:
        packer = lzma.LZMADecompressor(memlimit=DICTIONARY)
        try:
            unpacked += packer.decompress(content, most - len(unpacked))
        except lzma.LZMAError:
            if not unpacked:
                raise
            break  # Python's `lzma` ignores what follows the streams
        if not packer.eof and len(unpacked) < most:
            raise EOFError
        content = packer.unused_data.lstrip(b"\0")  # padding
    return bytes(unpacked)


class _HttpsOnly(HTTPRedirectHandler):
    """Follows redirections to https addresses only."""

    def redirect_request(self, request: Request, body: IO[bytes], code: int, *rest: Any) -> Request | None:
        """`rest` is the reason, the headers and the new address."""
        _require_https(rest[-1])
        return super().redirect_request(request, body, code, *rest)


def fetch(url: str, path: Path, most: int) -> None:
    """Download at most `most` bytes from an https address to `path`; Refused, with the reason, where that fails."""
    _require_https(url)
    for pause in (*PAUSES, None):
        try:
            content = _body(url, most)
            break
        except HTTPError as problem:
            if problem.code < 500 or pause is None:
                raise Refused(f"{url}: the server answers {problem.code}") from None
            time.sleep(pause)
        except (OSError, HTTPException) as problem:
            reason = " ".join(str(getattr(problem, "reason", problem)).split())
            raise Refused(f"{url}: {reason or type(problem).__name__}") from None
    files.write_bytes(path, content)


def _body(url: str, most: int) -> bytes:
    """The content at the address."""
    end = time.monotonic() + DEADLINE
    with build_opener(_HttpsOnly).open(url, timeout=TIMEOUT) as response:
        content = bytearray()
        while piece := response.read(PIECE):
            content += piece
            if len(content) > most:
                raise Refused(f"{url}: answers with more than {most} bytes")
            if time.monotonic() > end:
                raise Refused(f"{url}: takes longer than {DEADLINE:g} s")
        announced = response.headers.get("Content-Length")
    if announced is not None and announced != str(len(content)):
        raise Refused(f"{url}: ends after {len(content)} of {announced} bytes")
    return bytes(content)


def _require_https(url: str) -> None:
    if not url.lower().startswith("https://"):
        raise Refused(f"{url}: is not an https address")

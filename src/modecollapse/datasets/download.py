"""Downloads over https only, bounded in size and time; a file gets its name when it is whole."""

from __future__ import annotations

import time
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from modecollapse import files

TIMEOUT = 30.0  # seconds without a byte
DEADLINE = 600.0  # seconds for a whole file
PAUSES = (1.0, 5.0)  # seconds before the second and the third attempt, where the server has trouble
PIECE = 1 << 20


class Refused(Exception):
    """The reason why nothing was downloaded."""


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

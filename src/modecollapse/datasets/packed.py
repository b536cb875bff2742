"""Files that may be packed with gzip or xz, read into memory up to a known size.

Everything that Python's `gzip` and `lzma` decode is decoded: several members or streams, an empty last one, padding,
LZMA alone.
"""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from pathlib import Path

SUFFIXES = ("", ".gz", ".xz")
DICTIONARY = 128 << 20  # bytes that xz may use; its highest level takes 65 MiB


class Unpackable(Exception):
    """The reason why a file cannot be unpacked."""


def most_packed(size: int) -> int:
    """The most bytes that gzip or xz make of `size` bytes: a hundredth more, and headers and padding."""
    return size + size // 100 + (1 << 16)


def read(path: Path, size: int) -> bytes:
    """The `size` bytes of a file, unpacked as its suffix says; Unpackable where it is damaged or has another size.

    A browser may have unpacked a file without renaming it: a file of that very size is then taken as it is.
    """
    found = path.stat().st_size
    if found > most_packed(size):
        raise Unpackable(f"has {found} bytes, too many even unpacked")
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
                raise Unpackable(f"is not a whole {path.suffix} file ({reason})") from None
    if len(content) > size:
        raise Unpackable(f"holds more than {size} bytes")
    if len(content) < size:
        raise Unpackable(f"holds {len(content)} bytes")
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

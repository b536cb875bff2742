"""Files that may be packed with gzip or xz, read into memory up to a size that is known before.

What Python's `gzip` and `lzma` decode is decoded: several members or streams, an empty last one, padding, LZMA alone.
"""

from __future__ import annotations

import gzip
import io
import lzma
import re
import zlib
from pathlib import Path

SUFFIXES = ("", ".gz", ".xz")
DICTIONARY = 128 << 20  # bytes that xz may use; its highest level takes 65 MiB
PIECE = 1 << 13
PADDING = re.compile(b"\0*")


class Unpackable(Exception):
    """What is wrong with a file."""


def most_packed(size: int) -> int:
    """The most bytes that `size` bytes take, packed by gzip or xz: a hundredth, headers and padding extra."""
    return size + size // 100 + (1 << 16)


def read(path: Path, size: int) -> bytes:
    """The `size` bytes of a file, unpacked as its suffix says. Unpackable where it is damaged or has another size.

    A file of that very size that is not packed is one that a browser has unpacked without renaming it.
    """
    found = path.stat().st_size
    if found > most_packed(size):
        raise Unpackable(f"has {found} bytes, too many even unpacked")
    content = path.read_bytes()
    if path.suffix in SUFFIXES[1:]:
        try:
            content = _unpacked(content, path.suffix, size + 1)  # one more, to see whether there are more
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as problem:
            if len(content) != size:
                told = "its end is missing" if isinstance(problem, EOFError) else problem
                raise Unpackable(f"is not a whole {path.suffix} file ({told})") from None
    if len(content) > size:
        raise Unpackable(f"holds more than {size} bytes")
    if len(content) < size:
        raise Unpackable(f"holds {len(content)} bytes")
    return content


def _unpacked(content: bytes, suffix: str, most: int) -> bytes:
    """At most `most` bytes of a packed file; never more memory than those and the packer's own."""
    if suffix == ".gz":
        return gzip.GzipFile(fileobj=io.BytesIO(content)).read(most)
    return _of_streams(memoryview(content), most)


def _of_streams(content: memoryview, most: int) -> bytes:
    """At most `most` bytes of xz or LZMA; piece by piece, since `lzma.open` has no limit for the dictionary."""
    unpacked, place = bytearray(), 0
    while place < len(content) and len(unpacked) < most:
        packer = lzma.LZMADecompressor(memlimit=DICTIONARY)
        try:
            while not packer.eof and len(unpacked) < most:
                piece = content[place : place + PIECE] if packer.needs_input else b""
                if packer.needs_input and not piece:
                    raise EOFError
                place += len(piece)
                unpacked += packer.decompress(piece, most - len(unpacked))
        except lzma.LZMAError:
            if not unpacked:
                raise
            break  # `lzma` ignores what follows the streams
        place = PADDING.match(content, place - len(packer.unused_data)).end()
    return bytes(unpacked)

"""Files that may be packed with gzip or xz, read into memory up to a size that is known before."""

from __future__ import annotations

import lzma
import zlib
from pathlib import Path

SUFFIXES = ("", ".gz", ".xz")
GZIP = 16 + zlib.MAX_WBITS  # zlib's way to ask for gzip's header and checksum
DICTIONARY = 128 << 20  # bytes that xz may use; its highest level takes 65 MiB


class Unpackable(Exception):
    """What is wrong with a file."""


def most_packed(size: int) -> int:
    """The most bytes that `size` bytes take, packed by gzip or xz: no more than a hundredth and a header extra."""
    return size + size // 100 + 4096


def read(path: Path, size: int) -> bytes:
    """The `size` bytes of a file, unpacked as its suffix says. Unpackable where it is damaged or has another size."""
    found = path.stat().st_size
    if found > most_packed(size):
        raise Unpackable(f"has {found} bytes, too many even unpacked")
    content = path.read_bytes()
    if path.suffix in SUFFIXES[1:]:
        content = _unpacked(content, path.suffix, size + 1)  # one more, to see whether there are more
    if len(content) > size:
        raise Unpackable(f"holds more than {size} bytes")
    if len(content) < size:
        raise Unpackable(f"holds {len(content)} bytes")
    return content


def _unpacked(content: bytes, suffix: str, most: int) -> bytes:
    """At most `most` bytes of a packed file; never more memory than those and the packer's own."""
    try:
        if suffix == ".gz":
            packer = zlib.decompressobj(GZIP)
        else:
            packer = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=DICTIONARY)
        unpacked = packer.decompress(content, most)
    except (zlib.error, lzma.LZMAError) as problem:
        raise Unpackable(f"is not a whole {suffix} file ({problem})") from None
    if len(unpacked) < most and (not packer.eof or packer.unused_data):
        problem = "bytes follow its end" if packer.eof else "its end is missing"
        raise Unpackable(f"is not a whole {suffix} file ({problem})")
    return unpacked

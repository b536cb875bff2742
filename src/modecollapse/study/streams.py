"""Keyed randomness: every stream of random numbers is named, and the name alone decides the numbers."""

from __future__ import annotations

import hashlib
import json


def stream_seed(root: int, *key: str | int) -> int:
    """A 63-bit seed for the stream named by `key`, such as ("ring", "veegan", 3, "noise").

    It is the start of the SHA-256 of the canonical JSON of (root, *key), so a run draws the same numbers
    whatever else is trained beside it. (torch's CPU generator keeps the low 32 bits of a seed.)
    """
    name = json.dumps([root, *key], separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1

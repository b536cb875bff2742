"""Which run blocks are trained again: the manifest decides, so that nobody can pick the ones that are known to pass.

The rule, with `root` the SHA-256 of MANIFEST.sha256 in hexadecimal digits: the blocks whose SHA-256 of "<root> <block>"
is smallest, with <block> the folder below runs/. Anybody can repeat it: `printf '%s %s' ROOT BLOCK | sha256sum`.

Every block has the same chance under a root that nobody could foresee. Who publishes a study could alter a file until a
root suits; the more blocks are trained again, the less that helps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def chosen(root: str, blocks: Iterable[str], count: int) -> list[str]:
    """The `count` blocks that the manifest's root chooses, in the order of their rank; all if there are not more."""
    return sorted(blocks, key=lambda block: rank(root, block))[: max(count, 0)]


def rank(root: str, block: str) -> str:
    """What blocks are sorted by: 64 hexadecimal digits."""
    return hashlib.sha256(f"{root} {block}".encode()).hexdigest()

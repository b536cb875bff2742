"""What a figure shows in one sentence, whose numbers are apart so that each can carry an id in print."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """`words` have a place `{name}` for each of the `numbers`, which are printed as they are."""

    words: str
    numbers: dict[str, str]

    @property
    def sentence(self) -> str:
        """The words with their numbers."""
        return self.words.format(**self.numbers)

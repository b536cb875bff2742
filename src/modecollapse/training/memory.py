"""Running out of memory ends in one line. The batch is never made smaller: that would be another experiment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from modecollapse.errors import StudyError

# of torch's RuntimeErrors: the processor's allocator, C++, and the libraries of a GPU
TEXTS = ("can't allocate memory", "bad_alloc", "out of memory", "ALLOC_FAILED")


@contextmanager
def shortage_explained(title: str) -> Iterator[None]:
    """Turn every kind of running out of memory into a StudyError that names what was trained."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        short = isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(text in str(error) for text in TEXTS)
        if not short:
            raise
        detail = " ".join(str(error).split())[:200]
        raise StudyError(
            f"{title}: out of memory ({detail}); its checkpoints stay; allowed: a smaller `block_size`, or more memory "
            "for the job (under Slurm the next attempt asks for more)"
        ) from None

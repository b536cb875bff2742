"""Out of memory: one line, never a smaller batch, and with more memory the run resumes from its checkpoint."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from blocks import make_block
from faults.injected import at_step, kill, more_memory
from faults.outcomes import Resumable

from modecollapse.errors import StudyError
from modecollapse.training import checkpoint
from modecollapse.training.memory import shortage_explained

ADVICE = "its checkpoints stay; allowed: a smaller `block_size`, or more memory for the job"


def test_a_run_out_of_memory_says_so_and_goes_on_with_more(run: Resumable) -> None:
    # so large a batch that the networks' values in between need more than there is
    run.block = make_block("gan-nonsaturating", seeds=(2, 5), steps=7, batch=20_000)
    run.interrupted(partial(at_step, 6, kill))
    text = run.interrupted(partial(at_step, 5, partial(more_memory, 8 << 20)), status=2)
    *_, last = text.splitlines()
    assert last.startswith("error: test/ring/gan-nonsaturating seeds-2-5: out of memory (")
    assert ADVICE in last
    assert "Traceback" not in text
    saved, problems = checkpoint.load(run.folder, {})
    assert (saved[1]["step"], problems) == (5, [])
    assert run.finish() == ["resumed at step 5"]
    assert run.record["batch"] == 20_000


SHORTAGES = [
    MemoryError("Unable to allocate 8.00 EiB"),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.\nGPU 0 has a total capacity of 139 GiB"),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("std::bad_alloc"),
]


@pytest.mark.parametrize("shortage", SHORTAGES, ids=lambda shortage: str(shortage)[:20])
def test_every_kind_of_shortage_is_one_line(shortage: Exception) -> None:
    with pytest.raises(StudyError) as raised, shortage_explained("a/b/c seeds-0-1"):
        raise shortage
    assert str(raised.value).startswith("a/b/c seeds-0-1: out of memory (")
    assert ADVICE in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("other", [RuntimeError("a shape is wrong"), ValueError("out of memory")])
def test_other_errors_pass_as_they_are(other: Exception) -> None:
    with pytest.raises(type(other)) as raised, shortage_explained("a/b/c seeds-0-1"):
        raise other
    assert raised.value is other

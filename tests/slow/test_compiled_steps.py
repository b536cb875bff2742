"""Compiled steps of every variant against eager ones, and two compiled runs against each other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from blocks import make_block, write_data
from compiled import largest_difference

from modecollapse import files
from modecollapse.study import catalogue
from modecollapse.training import loop


@pytest.mark.parametrize("seeds", [(4,), (0, 3)])
@pytest.mark.parametrize("variant", catalogue.names("variants"))
def test_the_gradients_of_every_variant_agree_with_eager_ones(variant, seeds):
    assert largest_difference(variant, seeds) < 1e-5


@pytest.mark.parametrize("variant", ["gan-nonsaturating", "veegan"])
def test_two_compiled_runs_have_the_same_bits_and_so_has_one_that_was_resumed(variant, tmp_path: Path):
    data, block = write_data(tmp_path / "ring.npz"), make_block(variant, (0, 3), steps=400)
    package = str(Path(loop.__file__).parents[2])

    def trained(name: str, stop_at: int = 0) -> list[str]:
        main = f"import modecollapse.training.loop as l; l.SECONDS_BETWEEN_CHECKPOINTS = {-1.0 if stop_at else 60.0}; "
        main += (
            f"advance = l._Run.advance; l._Run.advance = lambda r: r.step == {stop_at} > 0 and exit(9) or advance(r); "
        )
        main += "import runpy; runpy.run_module('modecollapse', run_name='__main__', alter_sys=True)"
        command = [sys.executable, "-c", main, "train", block.model_dump_json(), "--data", data]
        command += ["--out", tmp_path / name, "--execution", "compiled"]
        caches = str(tmp_path / f"cache-{name}-{stop_at}")  # so that everything is compiled again
        environment = {**os.environ, "PYTHONPATH": package, "TORCHINDUCTOR_CACHE_DIR": caches}
        ended = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert ended.returncode == (9 if stop_at else 0), ended.stderr
        return [] if stop_at else [files.sha256(tmp_path / name / file) for file in files.RUN_OUTPUTS]

    whole = trained("whole")
    assert trained("again") == whole
    trained("stopped", stop_at=250)
    assert trained("stopped") == whole

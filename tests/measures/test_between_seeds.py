"""What the seeds of a cell show together: how many collapsed, and the signals that tell these runs from others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from blocks import make_dataset

from modecollapse.measures.between_seeds import CELL_COLUMNS, between_seeds_table, cell_table
from modecollapse.training.trace import Trace


def test_signals_that_tell_collapsed_seeds_from_others() -> None:
    runs = []
    for seed in range(12):
        counts = [[10, 0, 0, 0]] * 9 if seed < 6 else [[10, 10, 10, 10 * (seed % 2)]] * 9
        loss = np.full(8, 5.0 + seed)
        means = {"loss_D": loss, "loss_G": -loss, "state_M_global": np.ones(8), "state_k": loss}
        means |= {"aux_D_from_half": loss, "aux_k_at_0": loss}
        facts = {"seed": seed, "step": np.arange(9), "n": 100, "mode_counts": [np.array(row) for row in counts]}
        runs.append(pd.DataFrame(facts | {f"mean_{name}": np.r_[np.nan, series] for name, series in means.items()}))
    found = between_seeds_table(pd.concat(runs), 4).set_index("measure")["value"]
    assert found["collapsed_runs"] == 6
    aucs = ["auc:loss_D", "auc:loss_G", "auc:state_M_global", "auc:aux_D_from_half"]
    assert found[aucs].tolist() == [0, 1, 0.5, 0]
    assert 0.5 < found["auc:loss_G:lower"] < 0.7  # Wilson, 6 of 6
    assert not {"auc:state_k", "auc:aux_k_at_0"} & set(found.index)


def make_run(folder: Path, seeds: list[int], captured: list[int]) -> Path:
    """A run folder in which the i-th seed has `captured[i]` modes at each evaluation, and all have the same losses."""
    folder.mkdir()
    trace = Trace()
    for step in range(0, 41, 10):
        counts = [{None: np.where(np.arange(8) < k, 10, 0)} for k in captured]
        scalars = {name: np.ones(len(seeds)) for name in ("loss_D", "mean_loss_D")} if step else {}
        trace.add(step, seeds, counts, 100, np.zeros(len(seeds)), scalars)
    run = {"experiment": "e", "dataset": "ring", "variant": "v", "config_hash": "ab", "seeds": seeds}
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "trace.parquet").write_bytes(trace.to_bytes())
    return folder


def test_the_seeds_of_all_blocks_of_a_cell_are_taken_together(tmp_path: Path) -> None:
    folders = [make_run(tmp_path / "a", [0, 1], [8, 8]), make_run(tmp_path / "b", [2], [1])]
    table = cell_table(folders, make_dataset())
    assert list(table.columns) == CELL_COLUMNS
    assert set(table["seeds"]) == {3}
    values = table.set_index("measure")["value"]
    assert (values["collapsed_runs"], values["auc:loss_D"]) == (1, 0.5)
    alone = cell_table(folders[1:], make_dataset())  # what one seed cannot tell has no row
    assert list(alone.columns) == CELL_COLUMNS
    assert not alone["value"].isna().any()

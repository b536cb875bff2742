"""Made-up rows of the tidy table about training, for a made-up summary of a study: known, and quick to make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.measures.between_seeds import CELL_COLUMNS
from modecollapse.measures.table import COLUMNS
from modecollapse.study.summary import StudySummary
from modecollapse.training.trace import Trace

STEPS = 400
EVALUATIONS = list(range(0, STEPS + 1, 20))
HASH = "c0ffee"
OF_EVERY_RUN = (
    "loss_blowup", "coverage_time:1", "full_coverage_share", "within_sd:modes", "oscillation:loss_D", "D_from_half",
)  # fmt: skip
BALANCE = ("mean_state_M_global", "mean_state_k", "mean_aux_L_x", "mean_aux_L_G")


def rows(
    variant: str, measure: str, values: list[float], status: str | list[str] = "ok", dataset: str = "ring"
) -> list[dict]:
    """The rows of a measure at the last step: a value for each of the first seeds."""
    each = [status] * len(values) if isinstance(status, str) else status
    key = {"experiment": "matched", "dataset": dataset, "variant": variant, "step": STEPS, "measure": measure}
    key |= {"n": 2500, "config_hash": HASH}
    return [key | {"seed": seed, "value": value, "status": each[seed]} for seed, value in enumerate(values)]


def series(variant: str, measure: str, runs: list[list[float]], dataset: str = "ring") -> list[dict]:
    """The rows of a measure at the evaluations after step 0: for each of the first seeds as many as it got to."""
    found = []
    for seed, values in enumerate(runs):
        for step, value in zip(EVALUATIONS[1:], values, strict=False):
            found.append(rows(variant, measure, [value], dataset=dataset)[0] | {"seed": seed, "step": step})
    return found


def run_folder(folder: Path, seeds: list[int], trace: Trace, samples: np.ndarray | None = None, **facts: Any) -> Path:
    """A finished run folder of healthy seeds; `facts` replace or add to what run.json says."""
    folder.mkdir(parents=True, exist_ok=True)
    run = {"experiment": "e", "dataset": "ring", "variant": "v", "config_hash": HASH, "seeds": seeds, "device": "cpu"}
    run |= {"status": [{"seed": seed, "status": "ok", "step": None} for seed in seeds]}
    run |= {"block": {"cell": {"variant": {"options": {}}}}} | facts
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "trace.parquet").write_bytes(trace.to_bytes())
    if samples is not None:
        np.save(folder / "samples.npy", samples)
    return folder


def tidy(*parts: list[dict]) -> pd.DataFrame:
    """The tidy table of such rows."""
    return pd.DataFrame([row for part in parts for row in part], columns=COLUMNS).astype({"value": float})


def cells(variant: str, found: dict[str, float], dataset: str = "ring", seeds: int = 5) -> pd.DataFrame:
    """What all seeds of a cell show together."""
    key = {"experiment": "matched", "dataset": dataset, "variant": variant, "config_hash": HASH, "seeds": seeds}
    table = [key | {"measure": measure, "value": value, "status": "ok"} for measure, value in found.items()]
    return pd.DataFrame(table, columns=CELL_COLUMNS)


def trace(counts: np.ndarray, n: int = 100, shell: np.ndarray | None = None) -> pd.DataFrame:
    """The trace of seed 0: `counts`, (T, K), samples in each mode at each evaluation; of two rules, if given."""
    table = {"seed": 0, "step": EVALUATIONS[: len(counts)], "n": n, "mode_counts": list(counts)}
    return pd.DataFrame(table | ({} if shell is None else {"mode_counts_shell": list(shell)}))


def trajectories(summary: StudySummary) -> pd.DataFrame:
    """How the training of every cell went; the second seed of minimax on the ring diverges after step 200."""
    found = []
    for place, cell in enumerate(summary.cells):
        rng = np.random.default_rng(place)
        key = dict(zip(("experiment", "dataset", "variant"), cell.key, strict=True)) | {"n": 2500, "config_hash": HASH}
        held = cell.variant == "began"
        agreement = [f"rank_correlation:state_M_global:{aim}" for aim in ("hq", "modes")]
        ends = dict.fromkeys([*OF_EVERY_RUN, *(agreement if held else ())], 1.0)
        means = {f"mean_loss_{symbols}": 1.0 for symbols in ("D", "GF" if cell.variant == "veegan" else "G")}
        means |= dict.fromkeys(BALANCE, 0.5) if held else {}
        for seed in summary.seeds:
            last = 200 if (cell.dataset, cell.variant, seed) == ("ring", "gan-minimax", 1) else STEPS
            status = {"seed": seed, "status": "ok" if last == STEPS else "diverged"}
            flags = {"loss_blowup": float(last < STEPS), "coverage_time:1": float(rng.choice([100, 200, STEPS]))}
            for name, value in ends.items():
                found.append(
                    key | status | {"step": STEPS, "measure": name, "value": flags.get(name, value * rng.random())}
                )
            for step in range(100, last + 1, 100):
                found += [
                    key | status | {"step": step, "measure": m, "value": v + rng.random()} for m, v in means.items()
                ]
    return pd.DataFrame(found, columns=COLUMNS)


def cell_rows(summary: StudySummary) -> pd.DataFrame:
    """What all seeds of the cells of a study show together: in every second one two runs collapsed."""
    parts = []
    for place, cell in enumerate(summary.cells):
        made = cells(cell.variant, {"collapsed_runs": float(2 * (place % 2))}, cell.dataset, len(summary.seeds))
        parts.append(made.assign(experiment=cell.experiment))
    return pd.concat(parts, ignore_index=True)


def traces(seeds: list[int], modes: int) -> pd.DataFrame:
    """The trace of some seeds, of which each finds one mode after the other."""
    found = 100 * (np.arange(modes) <= np.arange(len(EVALUATIONS))[:, None])
    return pd.concat([trace(found, 100 * modes).assign(seed=seed) for seed in seeds], ignore_index=True)

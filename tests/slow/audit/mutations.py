"""Ways to tamper with a finished study, one at a time, and what must catch each.

After the change the tamperer covers the traces up to a stage: leaves all else as it was (PLAIN), makes manifest and PDF
anew (CLOSED), or runs everything again that comes after what was changed (JUDGED: comparisons, verdicts, figures and
PDF; GATHERED: the tidy table's printed tables as well; MEASURED: the measures as well). So the hashes are in order, and
what catches the change is that it does not fit the rest.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from audit.pdf_digits import another_digit
from safetensors.numpy import load_file, save
from small_study import DIVERGES, edited

from modecollapse import files

PLAIN, CLOSED, JUDGED, GATHERED, MEASURED = "plain", "closed", "judged", "gathered", "measured"
RUNS, MEASURES = "runs/matched/ring", "tables/measures.parquet"
FIRST, SECOND = f"{RUNS}/veegan/seeds-0-2", f"{RUNS}/veegan/seeds-3-5"
OTHER = f"{RUNS}/gan-nonsaturating/seeds-0-2"
DIVERGED = f"{RUNS}/{DIVERGES}/seeds-0-2"
PART = "measures/matched/ring/runs.parquet"


@dataclass(frozen=True)
class Mutation:
    """A change, how far its traces are covered, the checks that fail while all others hold, and the place one names."""

    name: str
    change: Callable[[Path], None]
    covered: str
    caught_by: tuple[str, ...]
    file: str
    where: str = ""


def rows(table: pd.DataFrame, variant: str = "veegan", measure: str = "modes", seed: int = 1) -> pd.Series:
    """Which rows are about one run and measure, at the last step."""
    own = (table["variant"] == variant) & (table["measure"] == measure) & (table["seed"] == seed)
    return own & (table["step"] == table.loc[own, "step"].max())


def tidy(change: Callable[[pd.DataFrame], pd.DataFrame], file: str = MEASURES) -> Callable[[Path], None]:
    """A change of a Parquet table."""

    def apply(folder: Path) -> None:
        change(pd.read_parquet(folder / file)).to_parquet(folder / file, index=False, compression="zstd")

    return apply


def better(table: pd.DataFrame) -> pd.DataFrame:
    """A hundred more good samples of one run."""
    table.loc[rows(table, measure="high_quality_percent"), "value"] += 4
    return table


def csv(
    file: str, which: Callable[[pd.DataFrame], pd.Series], change: Callable[[pd.Series], None]
) -> Callable[[Path], None]:
    """A change of the first row of a CSV that `which` picks."""

    def apply(folder: Path) -> None:
        path = folder / "tables" / file
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        at = table.index[which(table)][0]
        row = table.loc[at].copy()
        change(row)
        table.loc[at] = row
        table.to_csv(path, index=False, lineterminator="\n")

    return apply


def of(variant: str, measure: str) -> Callable[[pd.DataFrame], pd.Series]:
    """The rows of a table about a variant and a measure."""
    return lambda table: (table["variant"] == variant) & (table["measure"] == measure)


def put(**values: str) -> Callable[[pd.Series], None]:
    """New values in a row."""
    return lambda row: row.update(pd.Series(values))


def swap(one: str, other: str) -> Callable[[pd.Series], None]:
    """Two values of a row change places."""

    def change(row: pd.Series) -> None:
        row[one], row[other] = row[other], row[one]

    return change


def record(folder: str, change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    """A change of a run's record."""

    def apply(study: Path) -> None:
        with edited(study / folder / "run.json") as content:
            change(content)

    return apply


def of_record(**values: Any) -> Callable[[dict[str, Any]], None]:
    """New values in a record."""
    return lambda content: content.update(values)


def replaced(name: str, data: Callable[[Path], bytes], told: bool = True) -> Callable[[Path], None]:
    """Another file in a run folder, which its record vouches for if `told`."""

    def apply(study: Path) -> None:
        folder = study / FIRST
        digest = files.write_bytes(folder / name, data(study))
        if told:
            with edited(folder / "run.json") as content:
                content["files"][name] = digest

    return apply


def trace_with_more_modes(study: Path) -> bytes:
    """A trace in which every mode is found at the last step."""
    trace = pd.read_parquet(study / FIRST / "trace.parquet")
    path = study / "trace.tmp"
    at = trace.index[trace["step"] == trace["step"].max()][0]
    trace.at[at, "mode_counts"] = np.full(8, 300)
    table = pa.Table.from_pandas(trace, schema=pq.read_schema(study / FIRST / "trace.parquet"), preserve_index=False)
    pq.write_table(table, path)
    data = path.read_bytes()
    path.unlink()
    return data


def seed_copied(study: Path) -> None:
    """Seed 1 stands for seed 2 as well: its samples, its rows of the trace, its outcome."""
    folder = study / FIRST
    samples = np.load(folder / "samples.npy")
    samples[2] = samples[1]
    np.save(folder / "samples.npy", samples)
    trace = pd.read_parquet(folder / "trace.parquet")
    trace = pd.concat([trace[trace["seed"] != 2], trace[trace["seed"] == 1].assign(seed=2)])
    trace.sort_values(["step", "seed"]).to_parquet(folder / "trace.parquet", index=False)
    with edited(folder / "run.json") as content:
        for name in ("samples.npy", "trace.parquet"):
            content["files"][name] = files.sha256(folder / name)


def flipped(study: Path) -> bytes:
    """The weights with one bit in the middle turned."""
    data = bytearray((study / FIRST / "weights.safetensors").read_bytes())
    data[len(data) // 2] ^= 1
    return bytes(data)


def weights_of_another_seed(study: Path) -> bytes:
    """The weights of two seeds change places."""
    weights = load_file(study / FIRST / "weights.safetensors")
    return save({name: value[[1, 0, 2]].copy() for name, value in weights.items()})


def diverged_forgiven(study: Path) -> None:
    """The records of the diverged runs say that they went well."""
    for folder in (DIVERGED, f"{RUNS}/{DIVERGES}/seeds-3-5"):
        with edited(study / folder / "run.json") as content:
            for outcome in content["status"]:
                outcome.update(status="ok", step=None)


def claims(old: str, new: str) -> Callable[[Path], None]:
    """A change of what the study is judged by."""

    def apply(study: Path) -> None:
        text = (study / "claims.yaml").read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        (study / "claims.yaml").write_text(text.replace(old, new), encoding="utf-8")

    return apply


def in_pdf(study: Path) -> None:
    """A 2 of the second page becomes an 8."""
    another_digit(study / "report.pdf", 2, "2", "8")


def text_of(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Other words in a text file, wherever they are."""

    def apply(study: Path) -> None:
        text = (study / file).read_text(encoding="utf-8")
        assert old in text, (file, old)
        (study / file).write_text(text.replace(old, new), encoding="utf-8")

    return apply


def study_with(**values: Any) -> Callable[[Path], None]:
    """Another configuration than the one that was run."""

    def apply(study: Path) -> None:
        with edited(study / "study.json") as content:
            content.update(values)

    return apply


def another_learning_rate(study: Path) -> None:
    """The configuration says another learning rate than the one that was run."""
    with edited(study / "study.json") as content:
        content["experiments"]["matched"][0]["optimizer"]["adam"]["lr"] = 0.002


def identity_refuted(study: Path) -> None:
    """A claim that a formula decides has another verdict, with a detail that was invented, and other counts."""
    put_all = put(verdict="NOT_REPRODUCED(identity)", outcome="NOT_REPRODUCED", detail="computed twice, differs by 0.2")
    csv("verdicts.csv", lambda table: table["claim"] == "C8", _only_known(put_all, study))(study)
    csv("claims.csv", lambda table: table["claim"] == "C8", put(verdict="NOT_REPRODUCED"))(study)


def _only_known(change: Callable[[pd.Series], None], study: Path) -> Callable[[pd.Series], None]:
    """A change of the columns that the table of verdicts has."""
    names = (study / "tables" / "verdicts.csv").read_text(encoding="utf-8").splitlines()[0].split(",")

    def apply(row: pd.Series) -> None:
        other = row.copy()
        change(other)
        row.update(other[[name for name in other.index if name in names]])

    return apply


def figure_moved_and_excused(study: Path) -> None:
    """A figure's points lie elsewhere, and the author says that another matplotlib drew them."""
    text_of("figures/final_matched_ring.svg", "fill: #", "fill:  #")(study)
    with edited(study / "environment.json") as content:
        content["versions"]["matplotlib"] = "3.9.0"


def variants_exchanged(study: Path, forged_torch: bool = False) -> None:
    """The runs of two variants change names; records, streams and digests are those that the new names would have."""
    first, second = study / FIRST, study / OTHER
    for name in ("samples.npy", "trace.parquet", "weights.safetensors"):
        one, other = (first / name).read_bytes(), (second / name).read_bytes()
        (first / name).write_bytes(other)
        (second / name).write_bytes(one)
    for folder in (first, second):
        with edited(folder / "run.json") as content:
            content["files"] = {name: files.sha256(folder / name) for name in content["files"]}
            if forged_torch:
                content["versions"]["torch"] = "2.10.0"


def real_samples_with_weights_withheld(study: Path) -> None:
    """Real data stand for the samples, and the weights are said to be too large to show."""
    stored = np.load(study / FIRST / "samples.npy")
    with np.load(study / "data" / "ring.npz") as data:
        means = data["means"]
    real = means[np.arange(stored.shape[1]) % len(means)] + np.float32(0.005)
    samples = np.broadcast_to(real, stored.shape).astype(stored.dtype)
    np.save(study / FIRST / "samples.npy", samples)
    (study / FIRST / "weights.safetensors").unlink()
    with edited(study / FIRST / "run.json") as content:
        content["files"]["samples.npy"] = files.sha256(study / FIRST / "samples.npy")
    (study / "withheld.json").write_text(json.dumps({f"{FIRST}/weights.safetensors": 600_000_000}))


def relabelled_seeds(study: Path) -> None:
    """Two seeds of a block change names in samples, trace and weights."""
    folder = study / FIRST
    samples = np.load(folder / "samples.npy")
    np.save(folder / "samples.npy", samples[[1, 0, 2]])
    trace = pd.read_parquet(folder / "trace.parquet")
    trace["seed"] = trace["seed"].map({0: 1, 1: 0, 2: 2})
    trace.sort_values(["step", "seed"]).to_parquet(folder / "trace.parquet", index=False)
    (folder / "weights.safetensors").write_bytes(weights_of_another_seed(study))
    with edited(folder / "run.json") as content:
        content["files"] = {name: files.sha256(folder / name) for name in content["files"]}


def oracle_lowered(table: pd.DataFrame) -> pd.DataFrame:
    """The oracle is a little worse than real data are, so that variants look better."""
    own = (table["variant"] == "oracle") & (table["measure"] == "high_quality_percent")
    return table.assign(value=table["value"].where(~own, table["value"] - 0.4))


def added(file: str, text: str = "") -> Callable[[Path], None]:
    """A file that was not there."""

    def apply(study: Path) -> None:
        (study / file).parent.mkdir(parents=True, exist_ok=True)
        (study / file).write_text(text)

    return apply


def line_removed(study: Path) -> None:
    """A file that the manifest does not vouch for."""
    path = study / "MANIFEST.sha256"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "tables/summary.csv" not in line))


def on_a_gpu(content: dict[str, Any]) -> None:
    """A record as a GPU would have left it."""
    facts = {"index": 0, "visible": 1, "capability": "9.0", "driver": "570.86", "cuda": "12.8", "cudnn": 91002}
    content.update(device="NVIDIA H100", gpu={"name": "NVIDIA H100", **facts})


def data_moved(study: Path) -> None:
    """The modes lie elsewhere than where the runs were trained."""
    with np.load(study / "data" / "ring.npz") as stored:
        arrays = dict(stored)
    arrays["means"] = arrays["means"] * np.float32(1.01)
    np.savez(study / "data" / "ring.npz", **arrays)


def run_copied(study: Path) -> None:
    """A run folder of seeds that were not declared."""
    shutil.copytree(study / FIRST, study / RUNS / "veegan" / "seeds-6-8")
    with edited(study / RUNS / "veegan" / "seeds-6-8" / "run.json") as content:
        content["seeds"] = content["block"]["seeds"] = [6, 7, 8]


def table_withheld(study: Path) -> None:
    """A table that is not shown."""
    (study / "tables" / "pairs.csv").unlink()
    (study / "withheld.json").write_text(json.dumps({"tables/pairs.csv": "too large"}))


def better_samples(study: Path) -> bytes:
    """The samples of another variant."""
    return (study / OTHER / "samples.npy").read_bytes()

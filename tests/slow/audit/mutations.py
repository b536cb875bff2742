"""Ways to tamper with a finished study, and how the tamperer covers the traces.

After the change he leaves all else as it was (PLAIN), makes manifest and PDF anew (CLOSED), or runs everything again
that comes after what was changed (JUDGED: comparisons, verdicts, figures and PDF; GATHERED: the tables as well;
MEASURED: the measures as well). So the hashes are in order, and what catches the change is that it does not fit the
rest.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from audit.pdf_digits import another_digit
from safetensors.numpy import load_file, save
from small_study import DIVERGES, edited, gather, judge

from modecollapse import datasets, files, manifest, stages
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.reexecute import figures_that_lack_files
from modecollapse.report.layout import planned_files
from modecollapse.study import plan
from modecollapse.study.declared import declared_hashes
from modecollapse.training.trace import sample_mean

PLAIN, CLOSED, JUDGED, GATHERED, MEASURED = "plain", "closed", "judged", "gathered", "measured"
RUNS, MEASURES = "runs/matched/ring", "tables/measures.parquet"
FIRST, SECOND = f"{RUNS}/veegan/seeds-0-2", f"{RUNS}/veegan/seeds-3-5"
OTHER = f"{RUNS}/gan-nonsaturating/seeds-0-2"
DIVERGED = f"{RUNS}/{DIVERGES}/seeds-0-2"
PART, FIGURE, WITHHELD = "measures/matched/ring/runs.parquet", "figures/final_matched_ring.svg", "withheld.json"
OUTPUTS = ("samples.npy", "trace.parquet", "weights.safetensors")
Change = Callable[[Path], None]


def cover(folder: Path, covered: str) -> None:
    """What the tamperer makes anew."""
    study, claimed = Bundle(folder).study, folder / "claims.yaml"
    if covered == MEASURED:
        runs = plan.run_folders(study, folder)
        lacking, out = [run for run in runs if not (run / "samples.npy").exists()], folder / PART
        data, cells = folder / "data" / "ring.npz", out.with_name("cells.parquet")
        stages.measure(runs, data, study.measures, out, cells, lacking)
    if covered in (MEASURED, GATHERED):
        gather(folder, study, claimed)
    if covered == JUDGED:
        judge(folder, study, claimed)
    if covered in (MEASURED, GATHERED, JUDGED):
        stages.figures(folder, study, figures_that_lack_files(Bundle(folder)))
    if covered != PLAIN:
        listed = manifest.read(folder / manifest.NAME)
        there = {path: folder / path for path in planned_files(study)}
        digests = {path: files.sha256(at) if at.exists() else listed[path] for path, at in there.items()}
        files.write_text(folder / manifest.NAME, manifest.text(digests))
        stages.typeset(folder, study, folder / "report.pdf")


def closed(folder: Path) -> None:
    """Manifest and PDF made anew, before another change."""
    cover(folder, CLOSED)


def gathered(folder: Path) -> None:
    """All that comes after the rows made anew, before another change."""
    cover(folder, GATHERED)


def both(*changes: Change) -> Change:
    """Several changes, one after the other."""

    def apply(folder: Path) -> None:
        for change in changes:
            change(folder)

    return apply


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


def seed_copied(study: Path) -> None:
    """Seed 1 stands for seed 2 as well: its samples, its rows of the trace, its outcome."""
    samples = np.load(study / FIRST / "samples.npy")
    samples[2] = samples[1]
    np.save(study / FIRST / "samples.npy", samples)

    def change(trace: pd.DataFrame) -> pd.DataFrame:
        copied = trace[trace["seed"] == 1].assign(seed=2)
        return pd.concat([trace[trace["seed"] != 2], copied]).sort_values(["step", "seed"])

    rewritten(study, FIRST, change)
    vouched(study, FIRST)


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
        content["experiments"]["matched"]["recipes"]["points"]["optimizer"]["lr"] = 0.002


def identity_refuted(study: Path) -> None:
    """A claim that a formula decides has another verdict, with a detail that was invented, and other counts."""
    put_all = put(outcome="NOT_REPRODUCED", numbers='{"largest error": 0.2}')
    csv("verdicts.csv", lambda table: table["claim"] == "C8", _only_known(put_all, study))(study)
    csv("claims.csv", lambda table: table["claim"] == "C8", put(outcome="NOT_REPRODUCED"))(study)


def _only_known(change: Callable[[pd.Series], None], study: Path) -> Callable[[pd.Series], None]:
    """A change of the columns that the table of verdicts has."""
    names = (study / "tables" / "verdicts.csv").read_text(encoding="utf-8").splitlines()[0].split(",")

    def apply(row: pd.Series) -> None:
        other = row.copy()
        change(other)
        row.update(other[[name for name in other.index if name in names]])

    return apply


def figure_moved(study: Path) -> None:
    """A point of a figure lies three points higher."""
    path = study / FIGURE
    old = re.search(r'<use [^>]* y="([0-9.]+)"', path.read_text(encoding="utf-8"))
    assert old
    new = old[0].replace(f'y="{old[1]}"', f'y="{float(old[1]) - 3:.6f}"')
    path.write_text(path.read_text(encoding="utf-8").replace(old[0], new, 1), encoding="utf-8")


def environment(**values: Any) -> Change:
    """What finished the study is said to have been another machine, or to have had other versions."""

    def apply(study: Path) -> None:
        with edited(study / "environment.json") as content:
            content["versions"].update(values.pop("versions", {}))
            content.update(values)

    return apply


def vouched(study: Path, *folders: str) -> None:
    """Records vouch for the files that are there now."""
    for folder in folders:
        with edited(study / folder / "run.json") as content:
            for name in OUTPUTS:
                if (study / folder / name).exists():
                    content["files"][name] = files.sha256(study / folder / name)


def other_torch(study: Path) -> None:
    """All records name another torch, so that nobody can expect the same bits."""
    for path in (study / "runs").rglob("run.json"):
        with edited(path) as content:
            content["versions"]["torch"] = "2.10.0"


def rewritten(study: Path, folder: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Another trace, of the same types."""
    path = study / folder / "trace.parquet"
    schema = pq.read_schema(path)
    pq.write_table(pa.Table.from_pandas(change(pd.read_parquet(path)), schema=schema, preserve_index=False), path)


def variants_exchanged(study: Path) -> None:
    """The runs of two variants change names; records, streams and digests are those that the new names would have."""
    for name in OUTPUTS:
        one, other = ((study / folder / name).read_bytes() for folder in (FIRST, OTHER))
        (study / FIRST / name).write_bytes(other)
        (study / OTHER / name).write_bytes(one)
    vouched(study, FIRST, OTHER)


def variants_exchanged_but_for_step_zero(study: Path) -> None:
    """The same, but each trace begins as that of its name does."""
    begun = {f: pd.read_parquet(study / f / "trace.parquet").query("step == 0") for f in (FIRST, OTHER)}
    variants_exchanged(study)
    for folder, rows in begun.items():
        own = rows.dropna(axis="columns", how="all")

        def change(table: pd.DataFrame, own: pd.DataFrame = own) -> pd.DataFrame:
            return pd.concat([own, table[table["step"] > 0]])[table.columns]

        rewritten(study, folder, change)
    vouched(study, FIRST, OTHER)


def seeds_exchanged(step_zero: bool) -> Change:
    """Two seeds of a block change names in samples, trace and weights, in the trace's step 0 if `step_zero`."""

    def renamed(trace: pd.DataFrame) -> pd.DataFrame:
        seeds = trace["seed"].map({0: 1, 1: 0, 2: 2})
        return trace.assign(seed=seeds.where(step_zero | (trace["step"] > 0), trace["seed"])).sort_values(
            ["step", "seed"]
        )

    def apply(study: Path) -> None:
        samples = np.load(study / FIRST / "samples.npy")
        np.save(study / FIRST / "samples.npy", samples[[1, 0, 2]])
        rewritten(study, FIRST, renamed)
        (study / FIRST / "weights.safetensors").write_bytes(weights_of_another_seed(study))
        vouched(study, FIRST)

    return apply


def real_samples(study: Path) -> None:
    """Real data stand for the samples, and the trace counts them at its last step."""
    path = study / FIRST / "samples.npy"
    data = datasets.load("ring", study / "data" / "ring.npz")
    stored = np.load(path)
    real = data.means[np.arange(stored.shape[1]) % len(data.means)] + np.float32(0.005)
    np.save(path, np.broadcast_to(real, stored.shape).astype(stored.dtype))

    def change(trace: pd.DataFrame) -> pd.DataFrame:
        own = np.load(path)[0]
        for rule, counts in datasets.count_modes(own, data).items():
            name = f"mode_counts_{rule}" if rule else "mode_counts"
            for at in trace.index[trace["step"] == trace["step"].max()]:
                trace.at[at, name] = counts
                trace.at[at, "sample_mean"] = sample_mean(own)
        return trace

    rewritten(study, FIRST, change)
    vouched(study, FIRST)


def better_trace(*steps: int) -> Change:
    """The evaluations at these steps counted more modes."""

    def change(trace: pd.DataFrame) -> pd.DataFrame:
        for at in trace.index[trace["step"].isin(steps)]:
            trace.at[at, "mode_counts"] = np.full(8, 250)
        return trace

    def apply(study: Path) -> None:
        rewritten(study, FIRST, change)
        vouched(study, FIRST)

    return apply


def withhold(*paths: str, size: int | None = None) -> Change:
    """These files are not shown; they are said to have `size` bytes, or what they have."""

    def apply(study: Path) -> None:
        sizes = json.loads((study / WITHHELD).read_text()) if (study / WITHHELD).exists() else {}
        sizes |= {path: size or (study / path).stat().st_size for path in paths}
        for path in paths:
            (study / path).unlink()
        (study / WITHHELD).write_text(json.dumps(sizes))

    return apply


def withhold_all(*ends: str) -> Change:
    """All files of runs with these names are not shown."""

    def apply(study: Path) -> None:
        found = sorted(p.relative_to(study).as_posix() for end in ends for p in (study / "runs").rglob(end))
        withhold(*found)(study)

    return apply


def variant_dropped(study: Path) -> None:
    """A whole variant is gone from configuration and files; the plan that the runs declared has it."""
    declared(study, {})
    with edited(study / "study.json") as content:
        content["variants"].remove("veegan")
    shutil.rmtree(study / RUNS / "veegan")


def declared(study: Path, changes: dict[str, Any]) -> None:
    """All records name a plan: the study as it is, but for changes."""
    own = json.loads((study / "study.json").read_text(encoding="utf-8")) | changes
    text = json.dumps({"study": own, "files": ["config/config.yaml"], "overrides": {}})
    digest = files.digest(text.encode())
    files.write_text(study / "declared" / f"{digest}.json", text)
    for path in (study / "runs").rglob("run.json"):
        with edited(path) as content:
            content["declared"]["plan"] = digest


def another_plan(study: Path) -> None:
    """The runs name a plan with other seeds than the study has, and which nobody committed."""
    declared(study, {"seeds": 60})


def hashes_again(study: Path) -> None:
    """All records name the hashes of the claims as they are now."""
    for path in (study / "runs").rglob("run.json"):
        with edited(path) as content:
            content["declared"] = declared_hashes(study / "claims.yaml")


def data_vouched(study: Path) -> None:
    """All records name the data file as it is now."""
    for path in (study / "runs").rglob("run.json"):
        with edited(path) as content:
            content["data"] = files.sha256(study / "data" / "ring.npz")


def figure_of_another(study: Path) -> None:
    """One figure stands for another."""
    shutil.copy(study / "figures" / "curves_matched_ring.svg", study / FIGURE)


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
    arrays["means"] = arrays["means"] * np.float32(1.001)
    np.savez(study / "data" / "ring.npz", **arrays)


def run_copied(study: Path) -> None:
    """A run folder of seeds that were not declared."""
    shutil.copytree(study / FIRST, study / RUNS / "veegan" / "seeds-6-8")
    with edited(study / RUNS / "veegan" / "seeds-6-8" / "run.json") as content:
        content["seeds"] = content["block"]["seeds"] = [6, 7, 8]


def better_samples(study: Path) -> bytes:
    """The samples of another variant."""
    return (study / OTHER / "samples.npy").read_bytes()

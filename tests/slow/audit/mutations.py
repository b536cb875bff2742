"""Ways to tamper with a finished study, and how the tamperer covers the traces.

After the change he leaves everything else as it was (PLAIN), makes manifest and PDF anew (CLOSED), or runs everything
that comes after the change (JUDGED: comparisons, verdicts, figures and PDF; GATHERED: the tables as well; MEASURED: the
measures as well). So the hashes are in order, and the change is caught because it does not fit the rest.
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
from audit.changes import Change, put, samples, text, weights
from small_study import DIVERGES, edit_json, edit_parquet, gather, judge

from modecollapse import datasets, files, manifest, stages
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks.reexecution import figures_that_lack_files
from modecollapse.report.layout import figure_names, planned_files
from modecollapse.study import plan
from modecollapse.study.declared import declared_hashes
from modecollapse.training.trace import sample_mean

PLAIN, CLOSED, JUDGED, GATHERED, MEASURED = "plain", "closed", "judged", "gathered", "measured"
RUNS, MEASURES = "runs/matched/ring", "tables/measures.parquet"
FIRST, OTHER = f"{RUNS}/veegan/seeds-0-2", f"{RUNS}/gan-nonsaturating/seeds-0-2"
DIVERGED, RECORDS = f"{RUNS}/{DIVERGES}/seeds-0-2", "runs/**/run.json"
PART, FIGURE, WITHHELD = "measures/matched/ring/runs.parquet", "figures/intervals_matched_ring.svg", "withheld.json"
OUTPUTS = ("samples.npy", "snapshots.npy", "trace.parquet", "weights.safetensors")


def cover(folder: Path, covered: str) -> None:
    """Make anew what the tamperer makes anew."""
    study, claimed = Bundle(folder).study, folder / "claims.yaml"
    if covered == MEASURED:
        runs = plan.run_folders(study, folder)
        lacking, out = [run for run in runs if not (run / "samples.npy").exists()], folder / PART
        data, cells = folder / "data" / "ring.npz", out.with_name("cells.parquet")
        stages.measure(runs, data, plan.measures(study)["ring"], out, cells, lacking)
    if covered in (MEASURED, GATHERED):
        gather(folder, study, claimed)
    if covered == JUDGED:
        judge(folder, study, claimed)
    if covered in (MEASURED, GATHERED, JUDGED):
        bundle = Bundle(folder)
        lacking = figures_that_lack_files(bundle)
        stages.figures(folder, study, [name for name in figure_names(bundle.summary) if name not in lacking])
    if covered != PLAIN:
        listed = manifest.read(folder / manifest.NAME)
        present = {path: folder / path for path in planned_files(study)}
        digests = {path: files.sha256(at) if at.exists() else listed[path] for path, at in present.items()}
        files.write_text(folder / manifest.NAME, manifest.text(digests))
        stages.typeset(folder, study, folder / "report.pdf")
        stages.page(folder, study, folder / "index.html")


def covering(covered: str) -> Change:
    """What the tamperer makes anew before another change."""
    return lambda folder: cover(folder, covered)


def both(*changes: Change) -> Change:
    """Several changes, one after the other."""
    return lambda folder: [change(folder) for change in changes]


# --- Tables, texts and JSON -----------------------------------------------------------------------------------------


def edit(pattern: str, change: Callable[[Any], Any]) -> Change:
    """A change of every JSON file that a pattern names."""
    return lambda study: [edit_json(path, change) for path in study.glob(pattern)]


def in_first(**values: Any) -> Change:
    """New values in the record of one run."""
    return put(f"{FIRST}/run.json", **values)


def environment(**values: Any) -> Change:
    """Another machine, or other versions, in the record of what finished the study."""
    versions = values.pop("versions", {})
    return edit("environment.json", lambda content: (content["versions"].update(versions), content.update(values)))


def claims(old: str, new: str) -> Change:
    """A change of the claims that the study is judged by."""
    return text("claims.yaml", lambda whole: whole.replace(old, new))


# The configuration says another learning rate than the one that was run; a point of a figure lies three points higher.
another_learning_rate = text("study.json", lambda whole: re.sub(r'"lr": ?[0-9.e+-]+', '"lr": 0.002', whole))
POINT = re.compile(r'(<use [^>]* y=")([0-9.]+)')
figure_moved = text(FIGURE, lambda whole: POINT.sub(lambda at: f"{at[1]}{float(at[2]) - 3:.6f}", whole, count=1))
one_line_less = text("MANIFEST.sha256", lambda whole: re.sub(r".*  tables/summary\.csv\n", "", whole))


def tidy(change: Callable[[pd.DataFrame], pd.DataFrame], file: str = MEASURES) -> Change:
    """A change of a Parquet table."""
    return lambda folder: edit_parquet(folder / file, change)


def rows(table: pd.DataFrame, variant: str = "veegan", measure: str = "modes", seed: int = 1) -> pd.Series:
    """Which rows are about one run and measure, at the last step."""
    own = (table["variant"] == variant) & (table["measure"] == measure) & (table["seed"] == seed)
    return own & (table["step"] == table.loc[own, "step"].max())


def better(table: pd.DataFrame) -> pd.DataFrame:
    """A hundred more good samples of one run."""
    table.loc[rows(table, measure="high_quality_percent"), "value"] += 4
    return table


def oracle_lowered(table: pd.DataFrame) -> pd.DataFrame:
    """The oracle is a little worse than real data are, so that variants look better."""
    own = (table["variant"] == "oracle") & (table["measure"] == "high_quality_percent")
    return table.assign(value=table["value"].where(~own, table["value"] - 0.4))


def csv(file: str, which: Callable[[pd.DataFrame], pd.Series], **values: Any) -> Change:
    """New values in the first row of a CSV that `which` picks; the name of a column stands for its value."""

    def apply(folder: Path) -> None:
        path = folder / "tables" / file
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        assert not values.keys() - set(table.columns)
        at = table.index[which(table)][0]
        row = table.loc[at].copy()
        for column, value in values.items():
            table.loc[at, column] = row.get(value, value)
        table.to_csv(path, index=False, lineterminator="\n")

    return apply


def of(variant: str, measure: str) -> Callable[[pd.DataFrame], pd.Series]:
    """The rows of a table about a variant and a measure."""
    return lambda table: (table["variant"] == variant) & (table["measure"] == measure)


# A claim that a formula decides has another verdict, with a reason and numbers that were invented, and other counts.
INVENTED = {"outcome": "NOT_REPRODUCED", "numbers": '{"largest error": 0.2, "tolerance": 1e-06}'}
identity_refuted = both(
    csv("verdicts.csv", lambda table: table["claim"] == "C8", **INVENTED),
    csv("claims.csv", lambda table: table["claim"] == "C8", outcome="NOT_REPRODUCED"),
)


# --- Runs -----------------------------------------------------------------------------------------------------------


def vouched(study: Path, *folders: str) -> None:
    """Records vouch for the files that are there now."""
    for folder in folders:
        present = [name for name in OUTPUTS if (study / folder / name).exists()]
        digests = {name: files.sha256(study / folder / name) for name in present}
        edit_json(study / folder / "run.json", lambda content, now=digests: content["files"].update(now))


def rewritten(study: Path, folder: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Another trace, of the same types, which the record vouches for with the other files."""
    path = study / folder / "trace.parquet"
    schema = pq.read_schema(path)
    pq.write_table(pa.Table.from_pandas(change(pd.read_parquet(path)), schema=schema, preserve_index=False), path)
    vouched(study, folder)


def then_vouched(change: Change) -> Change:
    """A change of the files of a run, for which its record then vouches."""
    return both(change, lambda study: vouched(study, FIRST))


def flipped(study: Path) -> None:
    """One bit in the middle of the weights is turned."""
    data = bytearray((study / FIRST / "weights.safetensors").read_bytes())
    data[len(data) // 2] ^= 1
    (study / FIRST / "weights.safetensors").write_bytes(data)


def samples_of_another_variant(study: Path) -> None:
    """The samples of the other variant's run."""
    shutil.copy(study / OTHER / "samples.npy", study / FIRST)


def seeds_are(*order: int) -> Change:
    """The samples of a run belong to its seeds in another order."""
    return samples(lambda stored: np.copyto(stored, stored[[*order]]), FIRST)


# The weights of two seeds change places.
weights_of_another_seed = weights(lambda own: {name: value[[1, 0, 2]].copy() for name, value in own.items()}, FIRST)


def seed_copied(study: Path) -> None:
    """Seed 1 stands for seed 2 as well: its samples, its rows of the trace, its outcome."""

    def change(trace: pd.DataFrame) -> pd.DataFrame:
        copied = trace[trace["seed"] == 1].assign(seed=2)
        return pd.concat([trace[trace["seed"] != 2], copied]).sort_values(["step", "seed"])

    seeds_are(0, 1, 1)(study)
    rewritten(study, FIRST, change)


def seeds_exchanged(step_zero: bool) -> Change:
    """Two seeds of a block change names in samples, trace and weights, in the trace's step 0 if `step_zero`."""

    def renamed(trace: pd.DataFrame) -> pd.DataFrame:
        seeds = trace["seed"].map({0: 1, 1: 0, 2: 2}).where(step_zero | (trace["step"] > 0), trace["seed"])
        return trace.assign(seed=seeds).sort_values(["step", "seed"])

    return both(seeds_are(1, 0, 2), weights_of_another_seed, lambda study: rewritten(study, FIRST, renamed))


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
    for folder, first in begun.items():
        own = first.dropna(axis="columns", how="all")
        rewritten(study, folder, lambda t, own=own: pd.concat([own, t[t["step"] > 0]])[t.columns])


def real_samples(study: Path) -> None:
    """Real data stand for the samples, and the trace counts them at its last step."""
    path, data = study / FIRST / "samples.npy", datasets.load("ring", study / "data" / "ring.npz")
    stored = np.load(path)
    real = data.means[np.arange(stored.shape[1]) % len(data.means)] + np.float32(0.005)
    np.save(path, np.broadcast_to(real, stored.shape).astype(stored.dtype))
    own = np.load(path)[0]

    def change(trace: pd.DataFrame) -> pd.DataFrame:
        for rule, counts in datasets.count_modes(own, data).items():
            for at in trace.index[trace["step"] == trace["step"].max()]:
                trace.at[at, f"mode_counts_{rule}" if rule else "mode_counts"] = counts
                trace.at[at, "sample_mean"] = sample_mean(own)
        return trace

    rewritten(study, FIRST, change)


def better_trace(*steps: int) -> Change:
    """The evaluations at these steps counted more modes."""

    def change(trace: pd.DataFrame) -> pd.DataFrame:
        for at in trace.index[trace["step"].isin(steps)]:
            trace.at[at, "mode_counts"] = np.full(8, 250)
        return trace

    return lambda study: rewritten(study, FIRST, change)


def run_copied(study: Path) -> None:
    """A run folder of seeds that were not declared."""
    folder = f"{RUNS}/veegan/seeds-6-8"
    shutil.copytree(study / FIRST, study / folder)
    seeds = {"seeds": [6, 7, 8]}
    edit_json(study / folder / "run.json", lambda content: (content.update(seeds), content["block"].update(seeds)))


def data_moved(study: Path) -> None:
    """The modes lie elsewhere than where the runs were trained."""
    with np.load(study / "data" / "ring.npz") as stored:
        arrays = dict(stored)
    np.savez(study / "data" / "ring.npz", **arrays | {"means": arrays["means"] * np.float32(1.001)})


# Of the diverged runs, of all versions of torch, and of the data and claims as they are now.
diverged_forgiven = edit(
    f"{RUNS}/{DIVERGES}/*/run.json", lambda content: [one.update(status="ok", step=None) for one in content["status"]]
)
other_torch = edit(RECORDS, lambda content: content["versions"].update(torch="2.10.0"))


def records(values: Callable[[Path], dict[str, Any]]) -> Change:
    """New values, which depend on the folder as it is now, in all records."""
    return lambda study: edit(RECORDS, lambda content: content.update(values(study)))(study)


data_vouched = records(lambda study: {"data": files.sha256(study / "data" / "ring.npz")})
hashes_vouched = records(lambda study: {"declared": declared_hashes(study / "claims.yaml")})


# A record as a GPU would have left it.
GPU = {"index": 0, "visible": 1, "capability": "9.0", "driver": "570.86", "cuda": "12.8", "cudnn": 91002}
on_a_gpu = in_first(device="NVIDIA H100", gpu={"name": "NVIDIA H100", **GPU})


# --- Plans and withheld files ---------------------------------------------------------------------------------------


def declared(**changes: Any) -> Change:
    """All records name a plan: the study as it is, but for changes."""

    def apply(study: Path) -> None:
        own = json.loads((study / "study.json").read_text(encoding="utf-8")) | changes
        text = json.dumps({"study": own, "files": ["config/config.yaml"], "overrides": {}})
        digest = files.write_text(study / "declared" / "plan", text)
        (study / "declared" / "plan").rename(study / "declared" / f"{digest}.json")
        edit(RECORDS, lambda content: content["declared"].update(plan=digest))(study)

    return apply


# A whole variant is gone from configuration and files; the plan that the runs declared has it.
variant_dropped = both(
    declared(),
    edit("study.json", lambda content: content["variants"].remove("veegan")),
    lambda study: shutil.rmtree(study / RUNS / "veegan"),
)


def withhold(*paths: str, size: int | None = None) -> Change:
    """These files are not shown; they are said to have `size` bytes, or what they have. Patterns are allowed.

    Of weights nothing is said, since no release has them.
    """

    def apply(study: Path) -> None:
        sizes = json.loads((study / WITHHELD).read_text()) if (study / WITHHELD).exists() else {}
        for path in sorted(path for pattern in paths for path in study.glob(pattern)):
            if path.name != "weights.safetensors":
                sizes[path.relative_to(study).as_posix()] = size or path.stat().st_size
            path.unlink()
        (study / WITHHELD).write_text(json.dumps(sizes))

    return apply

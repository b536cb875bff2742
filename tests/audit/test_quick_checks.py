"""The checks of records, traces and seeds: each change of a really trained study is found where it was made."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from audited_study import BLOCK, OTHER, RECORD, findings
from small_study import edit_json, edit_parquet

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import completeness, environment, provenance, schema, seeds
from modecollapse.audit.finding import Result
from modecollapse.study import streams

TRACE, SAMPLES = f"runs/{BLOCK}/trace.parquet", f"runs/{BLOCK}/samples.npy"
VARIANTS = ("gan-nonsaturating", "veegan")
FILES = ("run.json", "samples.npy", "snapshots.npy", "trace.parquet", "weights.safetensors")
Change = Callable[[Path], Any]


def record(change: Callable[[dict], Any], file: str = RECORD) -> Change:
    """A change of a run's record."""
    return lambda folder: edit_json(folder / file, change)


def put(**values: Any) -> Change:
    """New values in a run's record."""
    return record(lambda run: run.update(values))


def inner(*keys: Any, **values: Any) -> Change:
    """New values deeper in a run's record."""

    def change(run: Any) -> None:
        for key in keys:
            run = run[key]
        run.update(values)

    return record(change)


def trace(change: Callable[[pd.DataFrame], pd.DataFrame], file: str = TRACE) -> Change:
    """A change of a trace."""
    return lambda folder: edit_parquet(folder / file, change)


def written(file: str, content: str) -> Change:
    """Another content of a file."""
    return lambda folder: (folder / file).write_text(content, encoding="utf-8")


def seed_seven(run: dict[str, Any]) -> None:
    """The second seed of a record is called 7."""
    run["seeds"] = [0, 7]
    run["status"][1]["seed"] = run["streams"][1]["seed"] = 7


def same_data_stream(run: dict[str, Any]) -> None:
    """Two seeds of a record share the stream of data."""
    run["streams"][1]["data"] = run["streams"][0]["data"]


def seed_copied(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of seed 2 stand for seed 3 as well."""
    first = table[table["seed"] == 2]
    return pd.concat([first, first.assign(seed=3)]).sort_values(["step", "seed"])


def counts(values: np.ndarray) -> Change:
    """Other counts of modes at all evaluations."""
    return trace(lambda table: table.assign(mode_counts=[values.astype(np.int32)] * len(table)))


GPU = {"name": "GPU", "index": 0, "visible": 1, "capability": "9.0", "driver": None, "cuda": None, "cudnn": None}
# The change, and the (file, place) of every finding, or the place in RECORD; with "..." others may follow.
# fmt: off
PROVENANCE = {
    "another batch": (inner("block", "cell", "training", batch=64), "block.cell.training.batch"),
    "a float": (inner("block", "cell", "training", batch=512.0), "block.cell.training.batch"),
    "an option more": (inner("block", "cell", "training", "optimizer", x=1), "block.cell.training.optimizer.x"),
    "another root seed": (inner("block", "cell", "dataset", root_seed=1), "block.cell.dataset.root_seed"),
    "an option of the variant": (
        inner("block", "cell", "variant", "options", more=1), "block.cell.variant.options.more",
    ),
    "other seeds": (inner("block", seeds=[0, 2]), "block.seeds"),
    "no block": (put(block={}), "block.cell", ...),
    "another variant": (put(variant="gan-nonsaturating"), "variant"),
    "other data": (put(data="0" * 64), "data"),
    "other samples": (inner("files", **{"samples.npy": "0" * 64}), "files.samples.npy"),
    "threads": (put(threads=2), "threads"),
    "no determinism": (put(deterministic=False), "deterministic"),
    "tf32": (inner("flags", tf32_matmul=True), "flags.tf32_matmul"),
    "another torch": (inner("versions", torch="1.0"), "versions.torch"),
    "another configuration": (put(config_hash="0" * 64), "config_hash"),
    "another kind of device": (put(device="GPU", gpu=GPU), "device"),
    "another data file": (
        written("data/ring.npz", ""),
        *[(f"runs/matched/ring/{v}/seeds-{s}/run.json", "data") for v in VARIANTS for s in ("0-1", "2-3")],
    ),
    "no record": (written(RECORD, "\0"),),
    "no trace": (written(TRACE, "\0"),),
    "an empty manifest": (written("MANIFEST.sha256", ""), (f"runs/{OTHER}/run.json", "files.samples.npy"), ...),
}
COMPLETENESS = {
    "a run folder less": (lambda f: shutil.rmtree(f / "runs" / BLOCK), (f"runs/{BLOCK}", "")),
    **{
        f"{name} less": (lambda f, n=name: (f / "runs" / BLOCK / n).unlink(), (f"runs/{BLOCK}/{name}", ""))
        for name in FILES
    },
    "a run folder more": (
        lambda f: shutil.copytree(f / "runs" / BLOCK, f / "runs/matched/ring/veegan/seeds-4-5"),
        ("runs/matched/ring/veegan/seeds-4-5", ""),
    ),
    "a copied block": (
        lambda f: shutil.copytree(f / "runs" / BLOCK, f / "runs" / OTHER, dirs_exist_ok=True),
        *[(f"runs/{OTHER}/run.json", f"files.{name}") for name in FILES[1:]],
        *[(f"runs/{OTHER}/trace.parquet", f"seed {seed}") for seed in range(4)],
        ...,
    ),
    "a copied seed": (trace(seed_copied, f"runs/{OTHER}/trace.parquet"), (f"runs/{OTHER}/trace.parquet", "seed 3")),
    "an evaluation less": (trace(lambda t: t[~t["step"].eq(4)]), (TRACE, "seed 0"), (TRACE, "seed 1")),
    "a divergence that the trace lacks": (
        record(lambda run: run["status"][1].update(status="diverged", step=10)), (TRACE, "seed 1"),
    ),
    "too many counts": (counts(np.full(8, 400)), (TRACE, "mode_counts"), ...),
    "negative counts": (counts(np.full(8, -1)), (TRACE, "mode_counts"), ...),
    "a mode less": (counts(np.zeros(7)), (TRACE, "mode_counts"), ...),
    "a sample more": (trace(lambda t: t.assign(n=t["n"] + 1)), (TRACE, "n"), ...),
}
SCHEMA = {
    **{
        f"{key} {value}": (put(**{key: value}), key, ...)
        for key, value in [
            ("steps", "20"), ("steps", True), ("steps", 0), ("threads", 1.5), ("wall_seconds", -1.0), ("code", None),
            ("config_hash", "abc"), ("commit", "HEAD"), ("started", "yesterday"), ("ended", "2026-11-22T16:04:18"),
            ("incidents", None), ("best_seed", 3),
        ]
    },
    "a declaration that is no digest": (put(declared={"values": 1}), "declared.values"),
    "no flags": (put(flags={}), "flags.tf32_matmul", ...),
    "no numpy": (record(lambda run: run["versions"].pop("numpy")), "versions.numpy"),
    "versions that are none": (put(versions=[]), "versions"),
    "half a GPU": (put(gpu={"name": "some GPU"}), "gpu.index", ...),
    "a key less": (record(lambda run: run.pop("declared")), "declared"),
    "a step of a good seed": (record(lambda run: run["status"][0].update(step=3)), "status.0"),
    "no step of a bad seed": (record(lambda run: run["status"][0].update(status="diverged")), "status.0"),
    "an unknown status": (record(lambda run: run["status"][0].update(status="failed")), "status.0.status"),
    "a status less": (record(lambda run: run["status"].pop()), ""),
    **{
        f"the record {text[:30]}": (written(RECORD, text), "")
        for text in ["", "[]", "{", '{"seeds": [0], "seeds": [1]}', "[" * 5000, '{"steps": NaN}']
    },
    "a column less": (trace(lambda t: t.drop(columns="n")), (TRACE, "")),
    "a column more": (trace(lambda t: t.assign(note=1.0)), (TRACE, "")),
    "steps as floats": (trace(lambda t: t.assign(step=t["step"].astype(float))), (TRACE, "")),
    "a loss as text": (trace(lambda t: t.assign(loss_D="low")), (TRACE, "")),
    "counts of several lengths": (trace(lambda t: t.assign(mode_counts=[[1, 2]] + [[1]] * (len(t) - 1))), (TRACE, "")),
    "an empty seed": (trace(lambda t: t.assign(seed=t["seed"].where(t["step"] > 0))), (TRACE, "")),
    "half a trace": (lambda f: (f / TRACE).write_bytes((f / TRACE).read_bytes()[:500]), (TRACE, "")),
}
SEEDS = {
    "another stream of data": (inner("streams", 1, data=5), "streams of seed 1, data"),
    "another stream of noise": (inner("streams", 1, noise=5), "streams of seed 1, noise"),
    "other initial weights": (inner("streams", 0, "init", D=7), "streams of seed 0, init.D"),
    "a network more": (inner("streams", 0, "init", X=7), "streams of seed 0, init.X"),
    "a network less": (record(lambda run: run["streams"][0]["init"].pop("F")), "streams of seed 0, init.F"),
    "a stream that two runs share": (
        record(same_data_stream),
        "streams of seed 1, data",
        ("runs", f"stream {seeds.stream_seed(20171204, 'ring', 'veegan', 0, 'data')}"),
    ),
    "another seed than planned": (
        record(seed_seven), "seeds", ("runs/matched/ring/veegan", ""), "streams of seed 7, data", ...,
    ),
    "another root seed": (
        record(lambda study: study.update(root_seed=1), "study.json"), "streams of seed 0, data", ...,
    ),
}
CHECKS = {
    provenance: PROVENANCE,
    completeness: COMPLETENESS,
    schema: SCHEMA,
    seeds: SEEDS,
}  # fmt: skip
CASES = [(check, name) for check, cases in CHECKS.items() for name in cases]


@pytest.mark.parametrize(("check", "name"), CASES, ids=[f"{c.__name__.split('.')[-1]}: {n}" for c, n in CASES])
def test_a_change_is_found_where_it_was_made(folder: Path, check: Any, name: str) -> None:
    change, *expected = CHECKS[check][name]
    places = [(RECORD, place) if isinstance(place, str) else place for place in expected]
    change(folder)
    found = findings(check.check, folder)
    if places[-1:] == [...]:
        assert {*places[:-1]} <= {*found}
    else:
        assert sorted(found) == sorted(places)


@pytest.mark.parametrize(
    ("name", "looked_at"),
    [
        ("completeness", 20 + 8 + 8 + 8 + 3 * 4),  # files, seeds; of traces seeds, statuses; others, n, counts
        ("schema", 4 + 4),  # records, traces
        ("seeds", 4 + 4 * 4 + 4 * 5 + 2 + 36),  # blocks, streams of GAN and VEEGAN, cells, all distinct
        ("provenance", 4 * (1 + 1 + 4 + 2 + 3 + 9 + 1) + 1 + 4 + 4 + 4),  # facts of records; data, torch, code
    ],
)
def test_a_good_study_has_no_findings(audited: Path, name: str, looked_at: int) -> None:
    result = import_module(f"modecollapse.audit.checks.{name}").check(Bundle(audited))
    assert (result.findings, result.left_open, result.looked_at) == ([], [], looked_at)


def after(folder: Path, check: Any, *changes: Change) -> Result:
    """The result of a check after changes that are no fault."""
    for change in changes:
        change(folder)
    result = check.check(Bundle(folder))
    assert not result.findings
    return result


def test_withheld_files_are_noted(folder: Path) -> None:
    for file in (SAMPLES, "data/ring.npz"):
        (folder / file).unlink()
    withheld = written("withheld.json", f'{{"{SAMPLES}": 60128, "data/ring.npz": 1000}}')
    assert "1 files of runs are withheld" in after(folder, completeness, withheld).notes
    assert after(folder, provenance).notes[0].startswith("data/ring.npz is withheld")


def test_a_diverged_run_is_listed_and_no_finding(folder: Path) -> None:
    def lost_from_step_10(table: pd.DataFrame) -> pd.DataFrame:
        losses = [name for name in table if name.startswith("mean_loss_")]
        table.loc[(table["seed"] == 1) & (table["step"] >= 10), losses] = np.nan
        return table

    diverged = record(lambda run: run["status"][1].update(status="diverged", step=10))
    notes = after(folder, completeness, diverged, trace(lost_from_step_10)).notes
    assert notes == ["1 of 8 runs diverged", "matched/ring/veegan, seed 1: diverged at 10"]


def test_another_machine_or_python_is_a_note(folder: Path) -> None:
    changes = (
        put(host="elsewhere", cpu="some"),
        inner("flags", cpu_capability="AVX2"),
        inner("versions", python="3.9.1"),
    )
    notes = after(folder, environment, *changes).notes
    machines = [note for note in notes if note.startswith("matched/ring: ")]
    assert machines[0].startswith("matched/ring: 3 of 4 jobs ran on cpu, ")
    assert machines[1].startswith("matched/ring: 1 of 4 jobs ran on cpu, some, AVX2, ")
    assert machines[1].endswith("host elsewhere")
    assert any(note.startswith("python: environment.yml asks for ") and "3.9.1" in note for note in notes)
    assert any(note.startswith("training took ") for note in notes)
    assert "0 of 4 jobs were interrupted" in notes


def test_another_torch_than_asked_for_leaves_the_bits_open(folder: Path) -> None:
    result = after(folder, environment, inner("versions", torch="1.0"))
    pinned = environment.pins(environment.PINS)["torch"]
    assert len(result.left_open) == 1
    assert result.left_open[0].startswith(f"torch: environment.yml asks for {pinned}, runs were made with 1.0, so ")


def test_a_list_of_seeds_and_unreadable_records_are_noted(folder: Path) -> None:
    by_hand = record(lambda study: study.update(seeds=[0, 1, 2, 3]), "study.json")
    listed = "the seeds are listed by hand: [0, 1, 2, 3]; a count would be 0 to n - 1"
    assert after(folder, seeds, by_hand).notes == [listed]
    for path in folder.glob("runs/**/run.json"):
        path.write_text("{}", encoding="utf-8")
    unreadable = "4 of 4 run records are missing or not as they must be (Schema)"
    assert after(folder, seeds).notes == [unreadable, listed]


def test_the_rule_of_streams_is_the_one_that_is_used() -> None:
    for key in ((), ("ring", "veegan", 3, "noise"), ("ring", "gan", 2**32 - 1, "init", "D")):
        assert seeds.stream_seed(20171204, *key) == streams.stream_seed(20171204, *key)

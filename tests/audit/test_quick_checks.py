"""The checks that train nothing: each change of a really trained study is found where it was made."""

from __future__ import annotations

import json
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from audit.changes import Change, inner, put, record, samples, trace, weights, written
from audited_study import BLOCK, OTHER, RECORD, findings

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import completeness, declared, environment, generators, provenance, schema, seeds
from modecollapse.audit.finding import Result
from modecollapse.study import streams

TRACE, SAMPLES, WEIGHTS = (f"runs/{BLOCK}/{name}" for name in ("trace.parquet", "samples.npy", "weights.safetensors"))
SNAPSHOTS, DATA = f"runs/{BLOCK}/snapshots.npy", "data/ring.npz"
VARIANTS = ("gan-nonsaturating", "veegan")
FILES = ("run.json", "samples.npy", "snapshots.npy", "trace.parquet", "weights.safetensors")
PARTS = ("settings", "sources", "methods", "datasets", "values", "differences", "claims")


def seed_seven(run: dict[str, Any]) -> None:
    """The second seed of a record is called 7."""
    run["seeds"] = [0, 7]
    run["status"][1]["seed"] = run["streams"][1]["seed"] = 7


def same_data_stream(run: dict[str, Any]) -> None:
    """Two seeds of a record share the stream of data."""
    first, second = (streams["draws"]["x"] for streams in run["streams"][:2])
    second["normal"] = first["normal"]


def seed_copied(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of seed 2 stand for seed 3 as well."""
    first = table[table["seed"] == 2]
    return pd.concat([first, first.assign(seed=3)]).sort_values(["step", "seed"])


def counts(values: np.ndarray) -> Change:
    """Other counts of modes at all evaluations."""
    return trace(lambda table: table.assign(mode_counts=[values.astype(np.int32)] * len(table)))


def better_end(table: pd.DataFrame) -> pd.DataFrame:
    """At its last evaluation seed 1 counts more modes."""
    for at in table.index[(table["step"] == table["step"].max()) & (table["seed"] == 1)]:
        table.at[at, "mode_counts"] = np.full(8, 300, dtype=np.int32)
    return table


def moved(file: str, *index: int) -> Change:
    """One stored sample lies elsewhere."""

    def change(stored: np.ndarray) -> None:
        stored[index] += 0.01

    return samples(change, file=file)


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
        for name in FILES[:-1]  # weights need not be there
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
    "a copied seed": (trace(seed_copied, f"runs/{OTHER}"), (f"runs/{OTHER}/trace.parquet", "seed 3")),
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
        f"{key} {value}": (put(RECORD, **{key: value}), key, ...)
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
    "another stream of data": (inner("streams", 1, "draws", "x", normal=5), "streams of seed 1, x.normal"),
    "another stream of noise": (inner("streams", 1, "draws", "z", normal=5), "streams of seed 1, z.normal"),
    "other initial weights": (inner("streams", 0, "init", D=7), "streams of seed 0, init.D"),
    "a network more": (inner("streams", 0, "init", X=7), "streams of seed 0, init.X"),
    "a network less": (record(lambda run: run["streams"][0]["init"].pop("F")), "streams of seed 0, init.F"),
    "a stream that two runs share": (
        record(same_data_stream),
        "streams of seed 1, x.normal",
        ("runs", f"stream {seeds.stream_seed(20171204, 'ring', 'veegan', 0, 'x', 'normal')}"),
    ),
    "another seed than planned": (
        record(seed_seven), "seeds", ("runs/matched/ring/veegan", ""), "streams of seed 7, x.integers", ...,
    ),
    "another root seed": (
        record(lambda study: study.update(root_seed=1), "study.json"), "streams of seed 0, x.integers", ...,
    ),
}
GENERATORS = {
    "step 0 of another seed": (
        trace(lambda t: t.assign(seed=t["seed"].map({0: 1, 1: 0}))), *[(TRACE, f"seed {seed}") for seed in (0, 1)] * 2,
    ),
    "a better end of a trace": (trace(better_end), (TRACE, "seed 1")),
    "samples that the weights do not make": (moved("samples.npy", 0, 999), (SAMPLES, "seed 0")),
    "a first snapshot of another generator": (moved("snapshots.npy", 1, 0, 9), (SNAPSHOTS, "step 0")),
    "a last snapshot of other samples": (moved("snapshots.npy", 1, -1, 9), (SNAPSHOTS, "step 20")),
    "snapshots of a seed less": (lambda f: np.save(f / SNAPSHOTS, np.load(f / SNAPSHOTS)[:1]), (SNAPSHOTS, "")),
    "a network more": (weights(lambda w: w | {"E.body.0.weight": np.zeros(3, dtype=np.float32)}), (WEIGHTS, "")),
    "a network less": (weights(lambda w: {k: v for k, v in w.items() if not k.startswith("F.")}), (WEIGHTS, "")),
    "a seed less": (weights(lambda w: {k: v[:1].copy() for k, v in w.items()}), (WEIGHTS, "")),
    "damage": (written(WEIGHTS, "\0" * 100), (f"runs/{BLOCK}", "")),
}
DECLARED = {
    **{
        f"other {part}": (record(lambda run, p=part: run["declared"].update({p: "0" * 64})), f"declared.{part}")
        for part in PARTS
    },
    "a part less": (record(lambda run: run["declared"].pop("values")), "declared.values"),
    "a part more": (record(lambda run: run["declared"].update(more="0" * 64)), "declared.more"),
    "no declarations": (put(declared=None), "declared"),
    **{
        f"the claims {text[:30]!r}": (written("claims.yaml", text), ("claims.yaml", ""))
        for text in ("", "[", "- a\n", "a: 2020-13-45", "\0", "[" * 100_000, "a: &a [1]\nb: *a\na: 2\n")
    },
}
CHECKS = {
    provenance: PROVENANCE,
    completeness: COMPLETENESS,
    schema: SCHEMA,
    seeds: SEEDS,
    generators: GENERATORS,
    declared: DECLARED,
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
        ("completeness", 16 + 8 + 8 + 8 + 3 * 4),  # files, seeds; of traces seeds, statuses; others, n, counts
        ("schema", 4 + 4),  # records, traces
        ("seeds", 4 + 4 * 6 + 4 * 8 + 2 + 56),  # blocks, streams of GAN and VEEGAN, cells, all distinct
        ("provenance", 4 * (1 + 1 + 4 + 2 + 3 + 9 + 1) + 1 + 4 + 4 + 4),  # facts of records; data, torch, code
        ("generators", 8 * (2 * 2 + 1) + 4 * (1 + 3)),  # of runs mean and counts at both ends, samples; of blocks
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


@pytest.mark.parametrize(
    ("withheld", "left_open"),
    [
        ([DATA], []),
        ([WEIGHTS], [WEIGHTS]),
        ([WEIGHTS, SAMPLES], [WEIGHTS]),
        ([SNAPSHOTS], [SNAPSHOTS]),
        ([SAMPLES], []),
    ],
)
def test_withheld_data_and_samples_are_made_again_and_withheld_weights_leave_open_what_made_the_samples(
    folder: Path, withheld: list[str], left_open: list[str]
) -> None:
    for file in withheld:
        (folder / file).unlink()
    (folder / "withheld.json").write_text(json.dumps(dict.fromkeys(withheld, 10**6)))
    assert [line.partition(":")[0] for line in after(folder, generators).left_open] == left_open
    if withheld == [SAMPLES]:  # the samples that the weights make are counted
        weights(lambda stored: {name: np.zeros_like(value) for name, value in stored.items()})(folder)
        assert {file for file, _ in findings(generators.check, folder)} == {TRACE}


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

"""The whole workflow at a tiny budget, in a copy of the repository: run, rerun, change something, ask what reruns."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml
from dag_copy import (
    REPOSITORY,
    RESULTS,
    RING,
    STAGES,
    TINY,
    copy_of,
    copy_repository,
    environment,
    finished_study,
    planned,
    snakemake,
)
from default_config import SHIPPED
from pypdf import PdfReader

pytestmark = pytest.mark.dag


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    return finished_study(tmp_path_factory)


def test_the_pdf_prints_the_tables(finished):
    results = finished / "results" / "tiny"
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(results / "report.pdf").pages).split())
    for table, rows in (("table1.csv", 2 + 4), ("table2.csv", 2 + 7)):
        printed = pd.read_csv(results / "tables" / table, dtype=str, keep_default_na=False)
        assert len(printed) == rows
        for column in ("row", "modes", "high_quality_percent" if table == "table1.csv" else "reverse_kl"):
            for cell in printed[column]:
                assert cell in text, (table, column, cell)


def test_the_tidy_table_has_every_run_and_the_calibration(finished):
    table = pd.read_parquet(finished / "results" / "tiny" / "tables" / "measures.parquet")
    trained = table[(table["experiment"] != "calibration") & (table["measure"] == "modes")]
    assert set(trained["step"]) == set(range(0, 21)) & set(trained["step"])
    final = trained[trained["step"] == TINY["steps"]]
    keys = final[["dataset", "variant", "seed"]].apply(tuple, axis=1)
    wanted = [(d, v, s) for d in TINY["datasets"] for v in TINY["variants"] for s in range(TINY["seeds"])]
    assert sorted(keys) == sorted(wanted)
    calibration = table[table["experiment"] == "calibration"]
    controls = {"mean-image", "pca-32", "nearest-training"}
    assert set(calibration["variant"]) == {"oracle", "null-uniform", "null-gaussian"} | controls
    inverted = table[table["measure"] == "ivom_test"]
    assert set(inverted["dataset"]) == {"stacked-digits"}
    assert set(inverted["variant"]) == {*TINY["variants"], *controls}
    convergence = table[table["measure"] == "full_coverage_share"]
    assert len(convergence) == len(wanted)


def test_every_claim_is_judged_and_two_seeds_decide_nothing(finished):
    tables = finished / "results" / "tiny" / "tables"
    verdicts, claims = (pd.read_csv(tables / name, keep_default_na=False) for name in ("verdicts.csv", "claims.csv"))
    assert claims["claim"].nunique() == 75
    assert set(verdicts["claim"]) == set(claims["claim"])
    trained = verdicts[verdicts["n"] != ""]
    assert len(trained) > 0
    assert set(trained["outcome"]) == {"INCONCLUSIVE"}
    pairs = pd.read_csv(tables / "pairs.csv", keep_default_na=False)
    assert set(pairs["better"]) == {""}


def test_a_second_run_does_nothing(finished):
    assert planned(finished) == {}


def test_more_seeds_train_only_the_new_block(finished):
    stages = planned(finished, "--config", "seeds=4")
    assert (stages["train"], stages["measure"], stages["invert"], "data" in stages) == (4, 2, 2, False)


def test_snakemake_and_the_plan_merge_the_files_of_the_release_alike(tmp_path):
    folder = copy_repository(tmp_path)
    files = [str(file.relative_to(REPOSITORY)) for file in SHIPPED["release"][1:]]
    listing = snakemake(folder, "results/release/study.json", "-n", "--printshellcmds", "--configfile", *files)
    assert listing.returncode == 0, listing.stderr
    [sealing] = {line for line in listing.stdout.splitlines() if "modecollapse seal" in line}
    arguments = ["--json", *(word for file in files for word in ("--configfile", file))]
    called = [sys.executable, "-m", "modecollapse", "plan", *arguments]
    plan = subprocess.run(called, cwd=folder, env=environment(folder), capture_output=True, text=True, check=True)
    words = shlex.split(sealing)
    assert json.loads(words[words.index("--study") + 1]) == json.loads(plan.stdout)


def test_figures_of_a_data_set_wait_for_no_verdict(tmp_path):
    folder = copy_repository(tmp_path, RING)
    stages = planned(folder, str(RESULTS / "figures" / "intervals_matched_ring.svg"))
    assert (stages["compare"], stages["figures"], "judge" in stages) == (1, 1, False)
    stages = planned(folder, str(RESULTS / "figures" / "published.svg"))
    assert (stages["judge"], stages["figures"]) == (1, 1)


def another_option(folder: Path) -> None:
    config = yaml.safe_load((folder / "config" / "config.yaml").read_text())
    config["definitions"]["variants"]["veegan"]["options"]["reconstruction"] = "mean"
    (folder / "config" / "config.yaml").write_text(yaml.safe_dump(config))


def another_margin(folder: Path) -> None:
    claims = folder / "config" / "claims.yaml"
    claims.write_text(claims.read_text().replace("tie: 0.15", "tie: 0.2"))


def another_data_set(folder: Path) -> None:
    ring = folder / "src" / "modecollapse" / "datasets" / "ring.py"
    ring.with_name("hoop.py").write_text(ring.read_text().replace("2D Ring", "Hoop"))


def touched(folder: Path) -> None:
    for path in (folder / "src").rglob("*.py"):
        path.touch()


def edited(file: str) -> Callable[[Path], None]:
    """A line more in a file of the package."""

    def change(folder: Path) -> None:
        path = folder / "src" / "modecollapse" / file
        path.write_text(path.read_text() + ("\n" if path.suffix == ".typ" else "\n# edited\n"))

    return change


EVERY_JUDGEMENT = {"compare", "judge", "seal", "typeset"}
# Which edits of the code concern which stage is tested in tests/study/test_fingerprint.py; here one of each kind.
# What is changed, how many jobs train and invert again, stages that run again, and stages that do not.
CHANGES = [
    (another_option, 2, 1, {"measure"}, {"data"}),
    (another_margin, 0, 0, EVERY_JUDGEMENT, {"data", "calibrate", "measure"}),
    (another_data_set, 0, 0, set(), set(STAGES)),
    (touched, 0, 0, set(), set(STAGES)),
    (edited("claims/judge.py"), 0, 0, {"judge", "typeset"}, {"measure", "compare"}),
    (edited("report/report.typ"), 0, 0, {"typeset"}, set(STAGES) - {"figures", "seal", "typeset"}),
    (edited("measures/lbfgs.py"), 0, 2, set(), set()),
    (edited("study/summary.py"), 0, 0, {"summarise", "typeset"}, set()),
    (edited("datasets/stacked_digits.py"), 2, 2, set(), set()),
    (edited("variants/veegan.py"), 2, 1, set(), set()),
    (edited("training/engine.py"), 4, 2, set(), set()),
]


@pytest.mark.parametrize(("change", "trained", "inverted", "rerun", "kept"), CHANGES)
def test_a_change_reruns_what_it_concerns(finished, tmp_path, change, trained, inverted, rerun, kept):
    folder = copy_of(finished, tmp_path)
    change(folder)
    stages = planned(folder)
    assert (stages.get("train", 0), stages.get("invert", 0)) == (trained, inverted)
    assert rerun <= stages.keys()
    assert not kept & stages.keys()


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("variants=[vegan]", ["--config", "variants", "'vegan'", "did you mean 'veegan'?"]),
        ("seeds=[]", ["--config", "seeds", "[]", "from 1 to"]),
        ("stepz=3", ["--config", "'stepz'", "steps"]),
        ("study=a;touch${IFS}canary", ["--config", "study", "touch"]),
        ("study=$(touch canary)", ["--config", "study", "touch"]),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(tmp_path, override, told):
    folder = copy_repository(tmp_path)
    run = snakemake(folder, "--config", override)
    errors = [line for line in run.stderr.splitlines() if line.startswith("error:")]
    assert run.returncode != 0
    assert len(errors) == 1
    assert all(word in errors[0] for word in told)
    assert "Traceback" not in run.stderr
    assert not (folder / "results").exists()
    assert not (folder / "canary").exists()

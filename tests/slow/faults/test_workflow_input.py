"""Case 22: a mistake in a configuration is one line before any job starts, from `modecollapse plan` and `snakemake`.

Which mistakes are found, key by key, is tests/study/test_load.py's and tests/claims/test_registry.py's matter; here a
form of each kind goes through the real programs.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from dag_copy import CONFIGURATION, REPOSITORY, RING, copy_repository, snakemake

from modecollapse import cli

pytestmark = pytest.mark.dag
RECIPE = """
experiments:
  matched:
    recipes:
      test: {datasets: [ring], source: test, latent: 2, batch: 8, steps: 9, evaluations: 3, schedule: alternating,
        networks: {generator: {hidden: [8], activation: relu}, discriminator: {hidden: [8], activation: relu},
        reconstructor: {hidden: [8], activation: relu}}, optimizer: {kind: adam, lr: LR, beta1: 0.5}}
"""
# text of the configuration file -> words of the line that refuses it
FILES = {
    "unknown key": ("sedes: 3", ["'sedes'", "allowed: ", "study, root_seed, seeds"]),
    "misspelt variant": ("variants: [gan-minmax]", ["variants", "'gan-minmax'", "gan-minimax"]),
    "misspelt measure": ("measures: [mode]", ["measures", "'mode'", "modes"]),
    "key twice": ("seeds: 3\nseeds: 4", ["line 2", "'seeds'", "each key once"]),
    "rate as text": (RECIPE.replace("LR", "1e-4"), ["optimizer.lr", "'1e-4'", "write 0.0001"]),
    "rate NaN": (RECIPE.replace("LR", ".nan"), ["optimizer.lr", "nan", "a finite number"]),
    "more evaluations than steps": (
        RECIPE.replace("evaluations: 3", "evaluations: 99").replace("LR", "0.1"),
        ["evaluations", "99", "most the 9 steps"],
    ),
    "seed true": ("seeds: [true]", ["seeds", "[True]", "whole numbers from 0 to 2^32-1"]),
    "seed with a point": ("seeds: [3.0]", ["seeds", "[3.0]", "whole numbers"]),
    "seed below 0": ("seeds: [-1]", ["seeds", "[-1]", "from 0"]),
    "seed of 2^64": (f"seeds: [{2**64}]", ["seeds", str(2**64), "to 2^32-1"]),
    "no seeds": ("seeds: 0", ["seeds", "0", "a count from 1"]),
    "empty list": ("datasets: []", ["datasets", "[]", "at least 1"]),
    "device": ("device: tpu", ["device", "'tpu'", "'cpu' or 'cuda'"]),
    "inversion": ("inversion: {images: 0}", ["inversion.images", "0", "greater than or equal to 1"]),
}
# in config/claims.yaml: what is replaced, by what -> words of the line
CLAIMS = {
    "margin NaN": ("modes: {share: 0.1}", "modes: {share: .nan}", ["margins.modes.share", "nan", "allowed: "]),
    "margin of nothing": (
        "modes: {share: 0.1}",
        "modes: {share: 0.0}",
        ["margins.modes.share", "0.0", "greater than 0"],
    ),
    "window 0": ("window: 20", "window: 0", ["settings.window", "0", "greater than or equal to 1"]),
    "setting twice": ("window: 20", "window: 20\n  window: 20", ["line ", "'window'", "each key once"]),
    "claim key": ("settings:\n", "settings:\n  alhpa: 0.1\n", ["'alhpa'", "alpha, window"]),
}
QUICK = ("key twice", "margin NaN")  # through Snakemake in the quick set
CLAIMS_ARE_READ = "load_claims" in (REPOSITORY / "workflow" / "rules" / "common.smk").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_repository(tmp_path_factory.mktemp("repository"), RING)


@pytest.fixture
def case(request: pytest.FixtureRequest, repository: Path) -> tuple[list[str], list[str]]:
    """The arguments that a broken file is given with, and the words of its refusal; all is put right afterwards."""
    claims = repository / "config" / "claims.yaml"
    if request.param in FILES:
        text, words = FILES[request.param]
        (repository / "broken.yaml").write_text(text)
        yield ["--configfile", "broken.yaml"], ["broken.yaml", *words]
    else:
        old, new, words = CLAIMS[request.param]
        text = claims.read_text()
        assert old in text
        claims.write_text(text.replace(old, new, 1))
        yield ["--configfile", CONFIGURATION], ["config/claims.yaml", *words]
    shutil.copy(REPOSITORY / "config" / "claims.yaml", claims)


def check_refusal(text: str, words: list[str], repository: Path) -> None:
    [line] = [line for line in text.splitlines() if line.startswith("error: ")]
    assert [word for word in words if word not in line] == []
    assert "Traceback" not in text
    assert not (repository / "results").exists()


@pytest.mark.parametrize("case", [*FILES, *CLAIMS], indirect=True)
def test_the_plan_refuses_it(
    case: tuple, repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    arguments, words = case
    monkeypatch.chdir(repository)
    monkeypatch.setattr(sys, "argv", ["modecollapse", "plan", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    check_refusal(capsys.readouterr().err, words, repository)


def through_snakemake(name: str) -> pytest.param:
    waits = pytest.mark.skipif(
        name in CLAIMS and not CLAIMS_ARE_READ, reason="waits for workflow/rules/common.smk to read config/claims.yaml"
    )
    return pytest.param(name, marks=[waits] if name in QUICK else [waits, pytest.mark.long])


@pytest.mark.parametrize("case", [through_snakemake(name) for name in (*FILES, *CLAIMS)], indirect=True)
def test_snakemake_refuses_it_and_starts_nothing(
    case: tuple, repository: Path, request: pytest.FixtureRequest, fault_log: Callable[..., None]
) -> None:
    arguments, words = case
    run = snakemake(repository, *arguments)
    assert run.returncode != 0
    check_refusal(run.stderr, words, repository)
    name = request.node.callspec.params["case"]
    fault_log("22", f"{name} in the configuration", "one line, nothing started")


def test_the_real_command_ends_with_a_status(repository: Path) -> None:
    """`modecollapse plan` as a process of its own, once."""
    called = [sys.executable, "-m", "modecollapse", "plan", "--config", "seeds=0"]
    run = subprocess.run(called, cwd=repository, capture_output=True, text=True, timeout=600)
    assert run.returncode == 2
    assert run.stdout == ""
    [line] = run.stderr.splitlines()
    assert line.startswith("error: --config: seeds: 0 is not allowed; allowed: a count from 1")

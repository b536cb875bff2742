"""Two experiments with data sets, variants, measures and seeds of their own, from data to PDF and audit."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
from default_config import SHIPPED
from small_study import make, small

from modecollapse.audit import headline, levels
from modecollapse.audit.bundle import Bundle
from modecollapse.study.load import load_study
from modecollapse.study.summary import summary_of

MLP = {"hidden": [8], "activation": "relu"}
EXPERIMENTS = {
    "matched": {"seeds": [7, 3], "variants": ["gan-nonsaturating", "veegan"], "measures": ["modes", "coverage"]},
    "other": {
        "datasets": ["grid", "ring"],
        "variants": ["lsgan", "veegan", "gan-minimax"],
        "recipes": {
            "points": {
                "kind": "points", "source": "a test", "latent": 2, "batch": 16, "steps": 40,
                "evaluations": 4, "schedule": "alternating", "optimizer": {"kind": "rmsprop", "lr": 1e-3},
                "networks": dict.fromkeys(("generator", "discriminator", "reconstructor"), MLP),
            }
        },
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = small(study="two", seeds=4, measures=["modes", "reverse_kl"], experiments=EXPERIMENTS)
    return make(tmp_path_factory.mktemp("two") / "study", study)


def test_every_experiment_has_its_own_runs_and_compares_them_alone(made: Path) -> None:
    rows = pd.read_parquet(made / "tables" / "measures.parquet")
    runs = rows[(rows["measure"] == "modes") & (rows["experiment"] != "calibration")].groupby("experiment")
    assert runs["seed"].agg(set).to_dict() == {"matched": {3, 7}, "other": set(range(4))}
    assert runs["dataset"].agg(set).to_dict() == {"matched": {"ring"}, "other": {"ring", "grid"}}
    measured = rows[rows["measure"] == "coverage"].groupby("dataset")["experiment"].agg(set).to_dict()
    assert measured == {"ring": {"matched", "other", "calibration"}}  # experiments that share data are measured alike
    pairs = pd.read_csv(made / "tables" / "pairs.csv", keep_default_na=False)
    found = {(p.experiment, p.dataset, *sorted((p.first, p.second)), p.n_first, p.n_second) for p in pairs.itertuples()}
    three = list(combinations(sorted(EXPERIMENTS["other"]["variants"]), 2))
    assert found == {
        ("matched", "ring", "gan-nonsaturating", "veegan", 2, 2),
        *(("other", dataset, *pair, 4, 4) for dataset in ("ring", "grid") for pair in three),
    }


@pytest.mark.long
def test_it_passes_its_audit_and_the_independent_computation(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert headline.main(made) == 0, capsys.readouterr().out
    outcomes = levels.run(Bundle(made), levels.checks_of("recompute"))
    assert {o.name: list(map(str, o.result.findings))[:5] for o in outcomes if not o.holds} == {}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_independent_computation_plans_the_cells_of_every_shipped_study(name: str) -> None:
    study = load_study(SHIPPED[name])
    ours = headline.planned_cells(study.model_dump_json().encode())
    assert [(cell["names"], cell["steps"], cell["latent"], cell["seeds"]) for cell in ours] == [
        (cell.key, cell.steps, cell.latent, cell.seeds) for cell in summary_of(study).cells
    ]

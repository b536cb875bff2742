"""How recipes are printed: networks, whose cells share a row, budgets."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from made_up_study import make_cell, make_summary

from modecollapse.report import layout
from modecollapse.report.recipes import budget, recipes, source_works
from modecollapse.study.network_specs import Networks

MLP = {"hidden": [128, 128], "activation": "relu"}
N02 = {"kind": "normal", "scale": 0.02}
DCGAN = {"channels": [512, 256, 128, 64], "kernel": 5, "activation": "relu", "normalisation": "batch", "init": N02}
CRITIC = {"channels": [64, 128], "kernel": 5, "activation": "leaky-relu"}
BATCH = CRITIC | {"normalisation": "batch"}
WORKS = {(e, d): 25.0 for e in ("matched", "published") for d in ("ring", "grid")}
STRIDE = {"channels": [64, 32], "kernel": 3, "activation": "relu", "image_stride": 1}
BEGAN = {"channels": [8, 16], "kernel": 3, "activation": "elu", "block": "paired", "image_stride": 1, "code": 64}


@pytest.mark.parametrize(
    ("networks", "text"),
    [
        ({}, "G, D 2×128 ReLU"),  # networks that read alike share a text
        ({"discriminator": {"hidden": [8, 4], "activation": "tanh"}}, "G 2×128 ReLU; D 8-4 tanh"),
        ({"discriminator": BATCH}, "D conv 5×5: 64-128 leaky ReLU, batch norm (not first)"),
        (
            {"discriminator": BATCH | {"bare": ["first", "dense"], "dense": [200]}},
            "D conv 5×5: 64-128 leaky ReLU, dense 200, batch norm (not first, dense)",
        ),
        ({"discriminator": CRITIC | {"slope": 0.3}}, "D conv 5×5: 64-128 leaky ReLU 0.3"),
        ({"discriminator": CRITIC | {"activation": "elu", "slope": 0.3}}, "D conv 5×5: 64-128 ELU"),
        ({"generator": DCGAN}, "G conv 5×5: 512-256-128-64 ReLU, batch norm, normal 0.02; D 2×128 ReLU"),
        ({"generator": STRIDE}, "G conv 3×3: 64-32 ReLU, image by stride 1; D 2×128 ReLU"),
        (
            {"autoencoder": BEGAN | {"decoder": [8, 8]}},
            "; autoencoder conv 3×3: 8-16 ELU, two a map, image by stride 1, decoder 8-8, code 64",
        ),
    ],
)
def test_networks_in_words(networks: dict[str, Any], text: str) -> None:
    adam = {"kind": "adam", "lr": 1e-3, "beta1": 0.5, "beta2": 0.999}
    specs = Networks.model_validate({"generator": MLP, "discriminator": MLP} | networks).model_dump()
    cell = replace(make_cell("published", "ring", "ali"), networks=specs, optimizer=adam)
    [row] = recipes(replace(make_summary(["ring"], {"ali": "ALI"}, []), cells=[cell]), "published", {})
    assert row["networks"].replace("\xa0", " ").removesuffix("; alternating").endswith(text)


def test_cells_that_share_a_recipe_share_a_row(large_study: SimpleNamespace) -> None:
    rows = recipes(large_study.summary, "published", WORKS)
    ring = [row for row in rows if row["data_sets"].startswith("2D Ring")]
    assert [row["variants"] for row in ring][1:] == ["WGAN", "BEGAN"]
    assert ring[0]["variants"].startswith("GAN (minimax), GAN (non-saturating), LSGAN")
    assert ring[0]["data_sets"] == "2D Ring, 2D Grid"
    assert (ring[1]["steps"], ring[1]["work"], ring[1]["budget"]) == ("400", "0.4", "1.6%")
    assert ring[1]["optimizer"].replace("\xa0", " ") == "Adam 0.001, β₁ 0.5; D: RMSProp 5e-5, α 0.99"
    assert [row["variants"] for row in recipes(large_study.summary, "matched", WORKS)] == ["all", "all"]


@pytest.mark.parametrize(
    ("steps", "work", "share"), [(6000, 100, "6%"), (60, 25, "0.24%"), (500, 0.1, "500%"), (7, 0.007, "100%")]
)
def test_the_budget_of_a_cell(steps: int, work: float, share: str) -> None:
    """Its rate is 1e-3."""
    assert budget(replace(make_cell("matched", "ring", "ali"), steps=steps), {("matched", "ring"): work}) == share


def test_only_experiments_with_published_numbers_have_a_share() -> None:
    """A learning rate of 1000 that moves points is no share of anybody's work."""
    row = {"rule": "values", "dataset": "ring", "source_work": "100.0", "experiment": "matched", "n": "5"}
    judged = pd.DataFrame(
        [row, row | {"rule": "bound", "experiment": "moved-points"}, row | {"n": "", "dataset": "grid"}]
    )
    works = source_works(judged)
    assert works == {("matched", "ring"): 100.0}
    assert budget(make_cell("moved-points", "ring", "ali"), works) == layout.NONE

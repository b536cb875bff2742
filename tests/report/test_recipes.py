"""How the networks of a recipe are printed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from made_up_study import make_cell, make_summary

from modecollapse.report.recipes import recipes
from modecollapse.study.recipe import Networks

MLP = {"hidden": [128, 128], "activation": "relu"}
N02 = {"kind": "normal", "scale": 0.02}
DCGAN = {"channels": [512, 256, 128, 64], "kernel": 5, "activation": "relu", "normalisation": "batch", "init": N02}
CRITIC = {"channels": [64, 128, 256, 512], "kernel": 5, "activation": "leaky-relu"}


def printed(**networks: Any) -> str:
    """The networks of a cell, as the table of recipes has them."""
    adam = {"kind": "adam", "lr": 1e-3, "beta1": 0.5, "beta2": 0.999}
    specs = Networks.model_validate({"generator": MLP, "discriminator": MLP} | networks).model_dump()
    cell = replace(make_cell("published", "ring", "ali"), networks=specs, optimizer=adam)
    summary = replace(make_summary(["ring"], {"ali": "ALI"}, []), cells=[cell])
    [row] = recipes(summary, "published")
    return row["networks"].replace("\xa0", " ").removesuffix("; alternating")


def test_perceptrons_that_read_alike_share_a_text() -> None:
    assert printed() == "G, D 2×128 ReLU"
    assert printed(discriminator={"hidden": [8, 4], "activation": "tanh"}) == "G 2×128 ReLU; D 8-4 tanh"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "conv 5×5: 64-128-256-512 leaky ReLU"),
        ({"normalisation": "batch"}, "conv 5×5: 64-128-256-512 leaky ReLU, batch norm (not first)"),
        ({"normalisation": "batch", "bare": []}, "conv 5×5: 64-128-256-512 leaky ReLU, batch norm"),
        (
            {"normalisation": "batch", "bare": ["first", "dense"], "dense": [200]},
            "conv 5×5: 64-128-256-512 leaky ReLU, dense 200, batch norm (not first, dense)",
        ),
        ({"slope": 0.3, "channels": [2], "kernel": 3}, "conv 3×3: 2 leaky ReLU 0.3"),
        ({"activation": "elu", "slope": 0.3}, "conv 5×5: 64-128-256-512 ELU"),
    ],
)
def test_a_convolutional_critic(changes: dict[str, Any], text: str) -> None:
    assert printed(discriminator=CRITIC | changes) == f"G 2×128 ReLU; D {text}"


def test_a_convolutional_generator() -> None:
    text = printed(generator=DCGAN)
    assert text == "G conv 5×5: 512-256-128-64 ReLU, batch norm, normal 0.02; D 2×128 ReLU"
    text = printed(generator={"channels": [64, 32], "kernel": 3, "activation": "relu", "image_stride": 1})
    assert text == "G conv 3×3: 64-32 ReLU, image by stride 1; D 2×128 ReLU"


def test_a_convolutional_autoencoder() -> None:
    began = {"channels": [8, 16], "kernel": 3, "activation": "elu", "block": "paired", "image_stride": 1}
    text = printed(autoencoder=began | {"code": 64, "decoder": [8, 8]})
    assert text.endswith("; autoencoder conv 3×3: 8-16 ELU, two a map, image by stride 1, decoder 8-8, code 64")
    assert printed(autoencoder=CRITIC).endswith("; autoencoder conv 5×5: 64-128-256-512 leaky ReLU")

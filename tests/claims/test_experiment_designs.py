"""Experiments that claims are decided by differ from cell to cell in what their names say, and in nothing else."""

from __future__ import annotations

import pytest
from blocks import RECIPE, BlockTraining, make_block
from planted import experiments, registry

from modecollapse.claims.rule import OfMethod
from modecollapse.claims.rules.ordering import Ordering
from modecollapse.study.summary import CellSummary

RINGS = ("ring", "ring-05", "ring-10", "ring-20", "ring-40", "circle")
FORMULAS = ["latent-map", "critic-distance", "moved-points", "moved-points-tanh", "moved-points-adam"]  # a G with one


def cells(start: str) -> list[CellSummary]:
    """The cells of the experiments whose names begin so."""
    return [cell for cell in experiments().cells if cell.experiment.startswith(start)]


@pytest.mark.parametrize("experiment", [*FORMULAS, "two-discriminators"])
def test_auxiliary_values_that_claims_read_are_those_of_the_experiments_runs(experiment: str) -> None:
    """Each variant of an experiment is trained for three steps by its recipe with narrow networks."""
    read = {
        name.removeprefix("mean_")
        for claim in registry().claims
        for test in claim.tests
        if experiment in (getattr(test, "experiments", None) or [])
        for name in (test.reads if isinstance(test, OfMethod) else test.measures if isinstance(test, Ordering) else [])
        if name.startswith("mean_")
    }
    for cell in (cell for cell in experiments().cells if cell.experiment == experiment):
        variant, narrow = experiments().variants[cell.variant], {"hidden": [8, 8]}
        networks = {role: spec | (narrow if "hidden" in spec else {}) for role, spec in cell.networks.items() if spec}
        recipe = RECIPE | {"networks": networks, "latent": cell.latent}
        family = experiments().datasets[cell.dataset].family
        training = BlockTraining(make_block(variant.objective, (900, 901), family, variant.options, **recipe))
        training.run(3)
        assert read <= training.engine.window.close().keys(), cell.variant


def test_the_networks_of_robustness_differ_as_the_experiments_names_say() -> None:
    norms = {"both": ("batch", "batch"), "d": ("none", "batch"), "none": ("none", "none")}
    found = {
        (cell.experiment, *(cell.networks[role]["normalisation"] for role in ("generator", "discriminator")))
        for cell in cells("digits-")
    }
    kinds = ("adam", "rmsprop")
    assert found == {(f"digits-{name}-{kind}", *norm) for name, norm in norms.items() for kind in kinds}
    assert all(cell.experiment.split("-")[2] == cell.optimizer["kind"] for cell in cells("digits-"))


def test_parts_of_began_differ_in_what_they_are_named_after_alone() -> None:
    parts = {cell.variant: cell for cell in cells("began-parts")}
    options = {name: experiments().variants[name].options for name in parts}
    plain = options.pop("began")
    changed = {name: {key for key in own if own[key] != plain[key]} for name, own in options.items()}
    assert changed == {
        "began-3": {"gamma"}, "began-7": {"gamma"}, "began-k-one": {"k", "k_0"}, "began-spectral": set(),
        "began-gain-4": {"lambda_k"}, "began-gain-2": {"lambda_k"}, "began-gain-1": {"lambda_k"},
        "began-simultaneous": set(), "began-pretrained": {"pretraining_steps"}, "began-stalled": {"patience"},
        "began-clock": {"patience", "halve"},
    }  # fmt: skip
    assert {name for name, cell in parts.items() if cell.schedule == "simultaneous"} == {"began-simultaneous"}
    autoencoders = {name: cell.networks["autoencoder"]["normalisation"] for name, cell in parts.items()}
    assert {name for name, norm in autoencoders.items() if norm != "none"} == {"began-spectral"}


def test_the_rings_are_the_same_modes_ever_nearer_to_each_other() -> None:
    options = [experiments().datasets[name].options for name in RINGS]
    assert [one["sd"] for one in options] == [0.01, 0.05, 0.1, 0.2, 0.4, 0.05]
    assert [one["angles"] for one in options] == ["eight"] * 5 + ["circle"]
    assert len({one["radius"] for one in options}) == 1


def test_a_law_differs_from_the_data_in_what_it_is_named_after() -> None:
    spec = {cell.variant: cell.networks["generator"] for cell in experiments().cells if cell.dataset == "normal-2"}
    shifted = {name: own["shift"] for name, own in spec.items() if own["shift"]}
    assert shifted == {"mean-1": 0.1, "mean-2": 0.2, "mean-4": 0.4}
    assert {n: own["sd"] for n, own in spec.items() if own["sd"] != 1} == {"sd-105": 1.05, "sd-110": 1.1, "sd-120": 1.2}
    assert {name for name, own in spec.items() if own["form"] != "normal"} == {"same-moments"}
    assert {name: own["bandwidth"] for name, own in spec.items() if own["points"]} == {
        "kernels-300": 0.3, "kernels-100": 0.1, "kernels-030": 0.03, "kernels-010": 0.01,
    }  # fmt: skip

"""The recipes of an experiment, ready to print: one row for all cells that share what is printed of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from modecollapse.report import layout
from modecollapse.report.layout import NONE
from modecollapse.report.printed import count, share
from modecollapse.study.network_specs import network_of
from modecollapse.study.summary import CellSummary, StudySummary

SYMBOLS = {"generator": "G", "discriminator": "D", "reconstructor": "F", "encoder": "E", "autoencoder": "autoencoder"}
USUAL_BETA2 = 0.999
USUAL_SLOPE = 0.2
ACTIVATIONS = {"relu": "ReLU", "leaky-relu": "leaky ReLU", "tanh": "tanh", "elu": "ELU", "maxout": "maxout"}
FORMULAS = {  # generators that are no networks
    "ring": "formula: {kept} of {modes} modes, radius {radius:g}, sd {sd:g}",
    "points": "{per_side}×{per_side} points",
    "law": "{form} law, mean {shift:g}, sd {sd:g}, {points} memorised points, bandwidth {bandwidth:g}",
}


# G's learning rate times the steps, behind the published numbers that an experiment has runs for on a data set
Works = Mapping[tuple[str, str], float]


def source_works(judged: pd.DataFrame) -> Works:
    """The work behind published numbers by experiment and data set, where it is known; judged: verdicts.csv as text."""
    known = judged[(judged["rule"] == "values") & (judged["source_work"] != "") & (judged["n"] != "")]
    places = zip(known["experiment"], known["dataset"], strict=True)
    return dict(zip(places, known["source_work"].astype(float), strict=True))


def recipes(summary: StudySummary, experiment: str, works: Works) -> list[dict[str, str]]:
    """Rows of strings: whose cells they are, then what `_printed` says of them; like data sets share a row."""
    rows: dict[tuple, list[str]] = {}
    for dataset in layout.datasets(summary, experiment):
        alike: dict[tuple, list[str]] = {}
        for cell in summary.cells:
            if (cell.experiment, cell.dataset) == (experiment, dataset):
                alike.setdefault(tuple(_printed(cell, works).items()), []).append(cell.variant)
        for shared, chosen in alike.items():
            who = "all" if len(alike) == 1 else ", ".join(summary.variants[name].label for name in chosen)
            rows.setdefault((who, shared), []).append(summary.datasets[dataset].label)
    return [{"data_sets": ", ".join(labels), "variants": who, **dict(shared)} for (who, shared), labels in rows.items()]


def budget(cell: CellSummary, works: Works) -> str:
    """The work of a cell as a share of that behind the published numbers of its data set."""
    return share(cell.work, works[cell.key[:2]]) if cell.key[:2] in works else NONE


def below(summary: StudySummary, works: Works) -> dict[str, str]:
    """How far the cells stay below the work behind the published numbers: the numbers of one sentence."""
    known = [cell for cell in summary.cells if cell.key[:2] in works]
    order = sorted(known, key=lambda cell: cell.work / works[cell.key[:2]])
    order = [cell for cell in order if cell.work < works[cell.key[:2]]]
    return {
        "budget_known": count(len(known)),
        "budget_below": count(len(order)),
        "budget_least": budget(order[0], works) if order else NONE,
        "budget_most": budget(order[-1], works) if order else NONE,
    }


def _printed(cell: CellSummary, works: Works) -> dict[str, str]:
    return {
        "source": cell.source,
        "networks": f"{_networks(cell.networks)}; {cell.schedule}",
        "latent": count(cell.latent),
        "batch": count(cell.batch),
        "optimizer": _optimizers(cell),
        "steps": count(cell.steps),
        "work": f"{cell.work:,.0f}" if cell.work >= 1000 else f"{cell.work:.3g}",
        "budget": budget(cell, works),
    }


def _networks(networks: Mapping[str, Mapping[str, Any] | None]) -> str:
    """`G, D 2×128 ReLU; autoencoder 2x128 ReLU, code 1`: networks that read alike share a text."""
    alike: dict[str, list[str]] = {}
    for role, spec in networks.items():
        if spec:
            alike.setdefault(_network(spec), []).append(SYMBOLS[role])
    return "; ".join(f"{', '.join(symbols)}\xa0{text}" for text, symbols in alike.items())


def _network(spec: Mapping[str, Any]) -> str:
    """`2×128 ReLU`, `conv 5×5: 64-128-256 leaky ReLU, batch norm`, and what else decides the layers."""
    if spec.get("kind") in FORMULAS:
        return FORMULAS[spec["kind"]].format(**spec)
    widths = spec.get("hidden") or spec["channels"]
    alike = "hidden" in spec and len(set(widths)) == 1
    layers = f"{len(widths)}×{widths[0]}" if alike else _widths(widths)
    slope = spec.get("slope", USUAL_SLOPE) if spec["activation"] == "leaky-relu" else USUAL_SLOPE
    bare = f" (not {', '.join(spec['bare'])})" if spec.get("bare") else ""  # a critic's layers that have none
    parts = [
        (f"conv {spec['kernel']}×{spec['kernel']}: " if "kernel" in spec else "")
        + f"{layers} {ACTIVATIONS[spec['activation']]}"
        + (f" {slope:g}" if slope != USUAL_SLOPE else ""),
        "two a map" if spec.get("block") == "paired" else "",
        "image by stride 1" if spec.get("image_stride") == 1 else "",
        f"decoder {_widths(spec['decoder'])}" if spec.get("decoder") else "",
        f"dense {_widths(spec['dense'])}" if spec.get("dense") else "",
        {"batch": f"batch norm{bare}", "spectral": "spectral norm"}.get(spec["normalisation"], ""),
        f"{spec['init']['kind']} {spec['init']['scale']:g}" if spec["init"] else "",
        spec.get("posterior") or "",
        f"code {spec['code']}" if spec.get("code") else "",
    ]
    return ", ".join(filter(None, parts))


def _widths(widths: list[int]) -> str:
    return "-".join(map(str, widths))


def _optimizers(cell: CellSummary) -> str:
    """`Adam 0.001, β₁ 0.5`, and after it the networks that have one of their own."""
    own = {
        symbol: _optimizer(cell.optimizers[network_of(role)])
        for symbol, role in cell.roles.items()
        if network_of(role) in cell.optimizers
    }
    return "; ".join([_optimizer(cell.optimizer), *(f"{role}:\xa0{text}" for role, text in own.items())])


def _optimizer(chosen: Mapping[str, Any]) -> str:
    if chosen["kind"] == "adam":
        beta2 = f", β₂\xa0{chosen['beta2']:g}" if chosen["beta2"] != USUAL_BETA2 else ""
        return f"Adam\xa0{_rate(chosen)}, β₁\xa0{chosen['beta1']:g}{beta2}"
    return f"RMSProp\xa0{_rate(chosen)}, α\xa0{chosen['alpha']:g}"


def _rate(settings: dict[str, float]) -> str:
    """`0.001`, `5e-5`."""
    return f"{settings['lr']:g}".replace("e-0", "e-")

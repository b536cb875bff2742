"""What tables, figures and the report need to know of a study, as plain data."""

from __future__ import annotations

from typing import Any

from modecollapse.study import catalogue
from modecollapse.study.config import Study
from modecollapse.study.plan import cells, recipes
from modecollapse.study.specs import DatasetSpec


def overview(study: Study) -> dict[str, Any]:
    """The data sets, variants, measures and cells of a study, in printing order."""
    covering = recipes(study)
    planned = [(cell, covering[cell.experiment, cell.dataset.name, cell.variant.name]) for cell in cells(study)]
    return {
        "study": study.study,
        "root_seed": study.root_seed,
        "seeds": study.seed_list,
        "measures": {name: _measure_overview(name) for name in study.measures},
        "datasets": {cell.dataset.name: _dataset_overview(study, cell.dataset) for cell, _ in planned},
        "variants": {
            cell.variant.name: {
                "label": study.variant(cell.variant.name).label,
                "objective": cell.variant.objective,
                "options": cell.variant.options,
            }
            for cell, _ in planned
        },
        "cells": [
            {
                "experiment": cell.experiment,
                "dataset": cell.dataset.name,
                "variant": cell.variant.name,
                "config_hash": cell.config_hash,
                "roles": catalogue.declared("variants", cell.variant.objective, "NETWORKS"),
                "source": recipe.source,
                "reference_steps": recipe.reference_steps,
                **cell.training.model_dump(),
            }
            for cell, recipe in planned
        ],
    }


def _measure_overview(name: str) -> dict[str, Any]:
    facts = {fact: catalogue.declared("measures", name, fact) for fact in ("LABEL", "DECIMALS", "NOTE")}
    own = catalogue.declarations("measures", name)
    return {
        **{fact.lower(): value for fact, value in facts.items()},
        "reads": own.get("READS", "counts"),
        "better": own.get("BETTER"),
    }


def _dataset_overview(study: Study, spec: DatasetSpec) -> dict[str, Any]:
    usual = catalogue.options_model("datasets", spec.family)().model_dump()
    return {
        "label": study.dataset(spec.name).label,
        "family": spec.family,
        "as_published": spec.options == usual,
        "options": spec.options,
        "shape": list(spec.shape),
        "modes": spec.modes,
        "samples": spec.samples,
        "measures": [name for name in study.measures if spec.has(name) and name not in spec.declared("UNINFORMATIVE")],
    }

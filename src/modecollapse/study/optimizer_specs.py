"""Optimizers as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from modecollapse.study.catalogue import Strict
from modecollapse.study.fields import Fraction, Positive, by_kind


class Adam(Strict):
    """Adam (Kingma and Ba 2015)."""

    kind: Literal["adam"] = "adam"
    lr: Positive
    beta1: Fraction
    beta2: Fraction = 0.999
    eps: Positive = 1e-8


class RmsProp(Strict):
    """RMSProp (Hinton 2012); alpha smooths the squared gradient. The default values are torch's."""

    kind: Literal["rmsprop"] = "rmsprop"
    lr: Positive
    alpha: Fraction = 0.99
    eps: Positive = 1e-8


def _optimizer_kind(given: dict[str, Any]) -> Any:
    """The kind of an optimizer; ValueError for the form of an earlier release, whose settings stood below it."""
    example = "{kind: adam, lr: 0.001, beta1: 0.5}"
    for kind in OPTIMIZERS:
        if kind in given:
            raise ValueError(f"{kind} holds settings; allowed: its kind beside them, as in {example}")
    if "kind" not in given:
        raise ValueError(f"kind is missing; allowed: {' or '.join(OPTIMIZERS)}, as in {example}")
    return given["kind"]


OPTIMIZERS = {"adam": Adam, "rmsprop": RmsProp}
Optimizer = Annotated[Adam | RmsProp, by_kind(OPTIMIZERS, _optimizer_kind)]

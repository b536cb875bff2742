"""LSGAN: the identity that holds for every coding, and which coding is the Pearson divergence."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from modecollapse import variants
from modecollapse.study import catalogue

# a, b and c: the code of generated data, of real data, and the one G wants
PRESETS = catalogue.declared("variants", "lsgan", "PRESETS")
CODES = {name: (options["a"], options["b"], options["c"]) for name, options in PRESETS.items()}
COUNT = st.lists(st.integers(1, 9), min_size=4, max_size=4)
CODE = st.floats(-3, 3).map(lambda value: round(value, 2))


def generator_loss(codes: tuple[float, float, float], outputs: np.ndarray) -> float:
    """G's loss where D returns these outputs on generated data."""
    a, b, c = codes
    networks, batch = SimpleNamespace(D=lambda x: x, G=lambda z: z), SimpleNamespace(z=torch.from_numpy(outputs))
    return variants.create("lsgan", {"a": a, "b": b, "c": c}).generator_loss(networks, batch).item()


def optimal(codes: tuple[float, float, float], p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """D* = (b p + a q) / (p + q) (equation 5)."""
    a, b, _ = codes
    return (b * p + a * q) / (p + q)


def same_number(p: list[int], q: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Counts of equal sums in the same proportions."""
    return np.array(p) * sum(q), np.array(q) * sum(p)


def twice_c_of_g(codes: tuple[float, float, float], d: np.ndarray, p: np.ndarray, q: np.ndarray) -> float:
    """2 C(G) of equation 4 for D's outputs: it adds G's loss on the data to G's loss on its own samples."""
    return 2 * sum(generator_loss(codes, np.repeat(d, counts)) for counts in (p, q))


@settings(deadline=None, max_examples=40)
@given(p=COUNT, q=COUNT, a=CODE, b=CODE, c=CODE)
def test_every_coding_minimises_the_same_divergence(p, q, a, b, c):
    p, q = same_number(p, q)
    p_d, p_g = p / p.sum(), q / q.sum()
    overlap = (p_d * p_g / (p_d + p_g)).sum()
    expected = (b - c) ** 2 + (a - c) ** 2 - (b - a) ** 2 * overlap
    assert twice_c_of_g((a, b, c), optimal((a, b, c), p, q), p, q) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(p=COUNT, q=COUNT)
def test_equation_8_alone_is_the_pearson_divergence(p, q):
    """2 C(G) is the Pearson chi^2 of p_d + p_g and 2 p_g where b - c = 1 and b - a = 2 (equation 7)."""
    p, q = same_number(p, q)
    p_d, p_g = p / p.sum(), q / q.sum()
    pearson = ((2 * p_g - (p_d + p_g)) ** 2 / (p_d + p_g)).sum()
    values = {preset: twice_c_of_g(codes, optimal(codes, p, q), p, q) for preset, codes in CODES.items()}
    assert values["equation-8"] == pytest.approx(pearson, abs=1e-9)
    assert values["equation-8-narrow"] == pytest.approx(pearson / 4, abs=1e-9)  # half the distance of the codes
    assert values["equation-9-wide"] == pytest.approx(4 * values["equation-9"], abs=1e-9)
    # the same divergence again, moved by a constant: G goes elsewhere only while D is not optimal
    assert values["equation-9-wide"] == pytest.approx(2 + pearson, abs=1e-9)

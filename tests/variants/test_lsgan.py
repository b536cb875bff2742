"""LSGAN's losses by hand, its optimal discriminator, and the identity that holds for every coding."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from blocks import RECIPE
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from modecollapse import variants
from modecollapse.networks import build
from modecollapse.study import catalogue
from modecollapse.study.recipe import Training

# a, b and c: the code of generated data, of real data, and the one G wants
CODES = {
    "equation-8": (-1.0, 1.0, 0.0),
    "equation-9": (0.0, 1.0, 1.0),
    "equation-8-narrow": (0.0, 1.0, 0.5),
    "equation-9-wide": (-1.0, 1.0, 1.0),
}
COUNT = st.lists(st.integers(1, 9), min_size=4, max_size=4)
CODE = st.floats(-3, 3).map(lambda value: round(value, 2))


def lsgan(a: float, b: float, c: float) -> variants.Objective:
    return variants.create("lsgan", {"a": a, "b": b, "c": c})


def losses(codes: tuple[float, float, float], real: torch.Tensor, generated: torch.Tensor) -> tuple[float, float]:
    """D's and G's loss where D returns these outputs on real and on generated data."""
    objective, networks = lsgan(*codes), SimpleNamespace(D=lambda x: x, G=lambda z: z)
    batch = SimpleNamespace(x=real, z=generated)
    return objective.discriminator_loss(networks, batch)[0].item(), objective.generator_loss(networks, batch).item()


@pytest.mark.parametrize("preset", CODES)
def test_a_preset_has_its_codes_and_the_default_is_equation_9(preset):
    options = catalogue.options_model("variants", "lsgan")
    codes = options.model_validate(catalogue.preset("variants", "lsgan", preset))
    assert (codes.a, codes.b, codes.c) == CODES[preset]
    assert (codes == options()) == (preset == "equation-9")


def test_no_preset_is_untested():
    assert set(catalogue.declared("variants", "lsgan", "PRESETS")) == set(CODES)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((-1.0, 1.0, 0.0), (0.5 * (0 + 4) / 2 + 0.5 * (9 + 1) / 2, 0.5 * (4 + 0) / 2)),
        ((0.0, 1.0, 1.0), (0.5 * (0 + 4) / 2 + 0.5 * (4 + 0) / 2, 0.5 * (1 + 1) / 2)),
    ],
)
def test_losses_by_hand(codes, expected):
    real, generated = torch.tensor([1.0, -1.0]), torch.tensor([2.0, 0.0])
    assert losses(codes, real, generated) == pytest.approx(expected)


@pytest.mark.parametrize("codes", CODES.values(), ids=CODES)
def test_only_the_target_code_is_a_flat_point_of_the_generator(codes):
    d = torch.tensor([codes[2], codes[2] + 5.0], requires_grad=True)
    networks = SimpleNamespace(D=lambda x: x, G=lambda z: z)
    lsgan(*codes).generator_loss(networks, SimpleNamespace(z=d)).backward()
    assert d.grad.tolist() == pytest.approx([0.0, 2.5])


@pytest.mark.parametrize("codes", CODES.values(), ids=CODES)
def test_the_optimal_discriminator_is_the_weighted_code(codes):
    a, b, _ = codes
    p, q = torch.tensor([5, 3, 2]), torch.tensor([1, 3, 6])  # samples of each of three points
    points = torch.arange(3)
    batch = SimpleNamespace(x=points.repeat_interleave(p), z=points.repeat_interleave(q))
    table = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    networks = SimpleNamespace(D=lambda x: table[x], G=lambda z: z)
    optimizer = torch.optim.LBFGS([table], max_iter=100, tolerance_grad=1e-12)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = lsgan(*codes).discriminator_loss(networks, batch)[0]
        loss.backward()
        return loss

    optimizer.step(closure)
    optimum = (b * p + a * q) / (p + q)  # equation 5, both with ten samples
    assert table.detach().numpy() == pytest.approx(optimum.numpy(), abs=1e-6)


def optimal(codes: tuple[float, float, float], p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """D* = (b p + a q) / (p + q) (equation 5)."""
    a, b, _ = codes
    return (b * p + a * q) / (p + q)


def same_number(p: list[int], q: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Counts of equal sums in the same proportions."""
    return np.array(p) * sum(q), np.array(q) * sum(p)


def twice_c_of_g(codes: tuple[float, float, float], d: np.ndarray, p: np.ndarray, q: np.ndarray) -> float:
    """2 C(G) of equation 4 for D's outputs: it adds G's loss on the data to G's loss on its own samples."""
    return 2 * sum(losses(codes, *[torch.from_numpy(np.repeat(d, counts))] * 2)[1] for counts in (p, q))


def check_identity(codes: tuple[float, float, float], p: list[int], q: list[int]) -> None:
    a, b, c = codes
    p, q = same_number(p, q)
    p_d, p_g = p / p.sum(), q / q.sum()
    overlap = (p_d * p_g / (p_d + p_g)).sum()
    expected = (b - c) ** 2 + (a - c) ** 2 - (b - a) ** 2 * overlap
    assert twice_c_of_g(codes, optimal(codes, p, q), p, q) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(p=COUNT, q=COUNT, a=CODE, b=CODE, c=CODE)
def test_every_coding_minimises_the_same_divergence(p, q, a, b, c):
    check_identity((a, b, c), p, q)


@settings(deadline=None, max_examples=40)
@given(p=COUNT, q=COUNT, preset=st.sampled_from(sorted(CODES)))
def test_every_preset_minimises_the_same_divergence(p, q, preset):
    check_identity(CODES[preset], p, q)


@settings(deadline=None, max_examples=40)
@given(p=COUNT, q=COUNT, preset=st.sampled_from(sorted(CODES)), other=st.lists(CODE, min_size=4, max_size=4))
def test_no_discriminator_has_a_lower_loss_than_the_optimal_one(p, q, preset, other):
    p, q = same_number(p, q)
    least, worse = (
        losses(CODES[preset], *(torch.from_numpy(np.repeat(d, counts)) for counts in (p, q)))[0]
        for d in (optimal(CODES[preset], p, q), np.array(other))
    )
    assert least <= worse + 1e-9


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


def test_pearson_divergence_by_hand():
    # p_d = (3/4, 1/4), p_g = (1/4, 3/4): D* = (1/2, -1/2), and (1/2)^2 + (1/2)^2 = 2 (1/2)^2 / 1
    p, q = np.array([3, 1]), np.array([1, 3])
    codes = CODES["equation-8"]
    assert optimal(codes, p, q).tolist() == [0.5, -0.5]
    assert twice_c_of_g(codes, optimal(codes, p, q), p, q) == pytest.approx(0.5)


def test_where_c_lies_decides_which_way_the_generator_goes_while_d_is_fixed():
    """Codes half-way (equation 8) turn back samples that D takes for more real than undecided."""
    slopes = {}
    for preset, (a, b, c) in CODES.items():
        d = torch.tensor([a + 0.75 * (b - a)], requires_grad=True)
        n = SimpleNamespace(D=lambda x: x, G=lambda z: z)
        lsgan(a, b, c).generator_loss(n, SimpleNamespace(z=d)).backward()
        slopes[preset] = d.grad.item() / (b - a)
    assert slopes == pytest.approx(
        {"equation-8": 0.25, "equation-8-narrow": 0.25, "equation-9": -0.25, "equation-9-wide": -0.25}
    )


# Two Gaussians; the share of P is high on both sides of Q. Where both are rare, a sample says nothing of D.
P, Q = norm(-0.7, 1.0), norm(0.9, 0.6)
GRID = np.array([x for x in np.linspace(-3, 3, 121) if P.pdf(x) + Q.pdf(x) > 0.1])


def trained_perceptron(codes: tuple[float, float, float], steps: int = 300) -> np.ndarray:
    """D on the grid after some steps of Adam."""
    torch.manual_seed(0)
    torch.set_num_threads(1)  # more are slower here
    spec = {"hidden": [16, 16], "activation": "tanh"}
    recipe = Training.model_validate(RECIPE | {"networks": RECIPE["networks"] | {"discriminator": spec}})
    n = SimpleNamespace(D=build("discriminator", recipe, (1,)).double(), G=lambda z: z)
    quantiles = (np.arange(256) + 0.5) / 256
    x, z = (torch.from_numpy(side.ppf(quantiles))[:, None] for side in (P, Q))
    optimizer = torch.optim.Adam(n.D.parameters(), lr=0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        lsgan(*codes).discriminator_loss(n, SimpleNamespace(x=x, z=z))[0].backward()
        optimizer.step()
    return n.D(torch.from_numpy(GRID)[:, None]).detach().numpy()


@pytest.mark.parametrize("preset", CODES)
def test_a_trained_perceptron_is_within_3_percent_of_the_optimal_discriminator_of_two_gaussians(preset):
    """Of the distance of the codes. Untrained, or measured by other codes, it is far off."""
    codes = a, b, c = CODES[preset]

    def furthest(d: np.ndarray, *of_codes: float) -> float:
        return np.abs(d - optimal((*of_codes, c), P.pdf(GRID), Q.pdf(GRID))).max() / (b - a)

    d = trained_perceptron(codes)
    assert furthest(d, a, b) < 0.03
    assert furthest(trained_perceptron(codes, steps=0), a, b) > 0.3
    assert furthest(d, b, a) > 0.3
    assert furthest(d, a - 0.2, b) > 0.06

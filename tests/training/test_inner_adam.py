"""The differentiable Adam against torch's own, step by step, and its derivative against finite differences."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from modecollapse.study.optimizer_specs import Optimizer
from modecollapse.training.inner_adam import InnerAdam, Tensors
from modecollapse.training.optimizers import NetworkOptimizer

SHAPES = {"weight": (3, 2), "bias": (3,)}
SETTINGS = {"lr": 0.05, "beta1": 0.5, "beta2": 0.9, "eps": 1e-3}


def draw(seed: int, dtype: torch.dtype = torch.float64) -> Tensors:
    stream = torch.Generator().manual_seed(seed)
    return {name: torch.randn(shape, generator=stream, dtype=torch.float64).to(dtype) for name, shape in SHAPES.items()}


def torch_adam(parameters: Tensors, lr: float, beta1: float, beta2: float, eps: float) -> torch.optim.Adam:
    return torch.optim.Adam(list(parameters.values()), lr, (beta1, beta2), eps)


def step(optimizer: torch.optim.Adam, parameters: Tensors, gradients: Tensors) -> None:
    for name, p in parameters.items():
        p.grad = gradients[name].clone()
    optimizer.step()


def continuation(optimizer: torch.optim.Adam, parameters: Tensors, **settings: float) -> InnerAdam:
    """InnerAdam where torch's optimizer stands."""
    t = next((state["step"] for state in optimizer.state.values()), torch.tensor(0.0))
    moments = (
        {name: optimizer.state[p].get(key, torch.zeros_like(p)).detach() for name, p in parameters.items()}
        for key in ("exp_avg", "exp_avg_sq")
    )
    return InnerAdam(**settings, t=t.double(), **dict(zip("mv", moments, strict=True)))


METHODS = {
    "adam": ({"kind": "adam", **SETTINGS}, lambda p: torch.optim.Adam(p, 0.05, (0.5, 0.9), 1e-3, fused=True)),
    "rmsprop": ({"kind": "rmsprop", "lr": 0.01, "alpha": 0.9}, lambda p: torch.optim.RMSprop(p, 0.01, 0.9, 1e-8)),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("method", METHODS)
def test_the_optimizer_of_a_network_has_the_bits_and_the_state_of_torchs_class(method, dtype):
    settings, torchs = METHODS[method]
    ours, theirs = ({name: p.requires_grad_() for name, p in draw(0, dtype).items()} for _ in range(2))
    optimizer = NetworkOptimizer(ours, TypeAdapter(Optimizer).validate_python(settings))
    reference = torchs(list(theirs.values()))
    for i in range(5):
        for name, gradient in draw(1 + i, dtype).items():
            ours[name].grad, theirs[name].grad = gradient, gradient.clone()
        optimizer.step()
        reference.step()
        for name, p in theirs.items():
            assert torch.equal(ours[name], p)
            assert optimizer.state[name].keys() == reference.state[p].keys()
            assert all(torch.equal(value, reference.state[p][key]) for key, value in optimizer.state[name].items())
    if method == "adam":
        adam = optimizer.inner_adam(*optimizer.moments())
        expected = continuation(reference, theirs, **SETTINGS)
        assert (adam.t, adam.lr, adam.beta1, adam.beta2, adam.eps) == (expected.t, 0.05, 0.5, 0.9, 1e-3)
        torch.testing.assert_close((adam.m, adam.v), (expected.m, expected.v), rtol=0, atol=0)


def fresh(dtype: torch.dtype = torch.float64, **changed: Any) -> InnerAdam:
    zeros = {name: torch.zeros(shape, dtype=dtype) for name, shape in SHAPES.items()}
    return InnerAdam(**{**SETTINGS, "t": torch.zeros((), dtype=dtype), "m": zeros, "v": zeros, **changed})


@settings(deadline=None, max_examples=40)
@given(
    before=st.integers(0, 6),
    after=st.integers(1, 6),
    lr=st.floats(1e-5, 10),
    beta1=st.floats(0, 0.99),
    beta2=st.floats(0, 0.9999),
    eps=st.floats(1e-10, 1),
    scale=st.floats(1e-6, 1e6),
)
def test_steps_are_those_of_torchs_adam_from_its_own_moments_and_count(before, after, lr, beta1, beta2, eps, scale):
    chosen = {"lr": lr, "beta1": beta1, "beta2": beta2, "eps": eps}
    theirs = {name: p.requires_grad_() for name, p in draw(0).items()}
    optimizer = torch_adam(theirs, **chosen)
    gradients = [{name: scale * g for name, g in draw(1 + i).items()} for i in range(before + after)]
    for gradient in gradients[:before]:
        step(optimizer, theirs, gradient)
    adam = continuation(optimizer, theirs, **chosen)
    ours = {name: p.detach().clone() for name, p in theirs.items()}
    for number, gradient in enumerate(gradients[before:], before + 1):
        ours, adam = adam.step(ours, gradient)
        step(optimizer, theirs, gradient)
        for name, p in theirs.items():
            torch.testing.assert_close(ours[name], p.detach(), rtol=1e-10, atol=1e-10 * lr)
            torch.testing.assert_close(adam.m[name], optimizer.state[p]["exp_avg"], rtol=1e-10, atol=1e-12 * scale)
            torch.testing.assert_close(adam.v[name], optimizer.state[p]["exp_avg_sq"], rtol=1e-10, atol=0)
        assert adam.t.item() == number


@pytest.mark.parametrize("steps", [1, 3])
def test_derivative_in_the_gradients_is_that_of_finite_differences(steps):
    adam = fresh(t=torch.tensor(2.0, dtype=torch.float64), v={name: m.square() for name, m in draw(5).items()})

    def last(*gradients: torch.Tensor) -> tuple[torch.Tensor, ...]:
        parameters, going = draw(0), adam
        for i in range(steps):
            parameters, going = going.step(parameters, {n: g * (i + 1) for n, g in zip(SHAPES, gradients, strict=True)})
        return tuple(parameters.values())

    inputs = [g.requires_grad_() for g in draw(1).values()]
    assert torch.autograd.gradcheck(last, inputs, eps=1e-6, atol=1e-8, rtol=1e-6)
    assert torch.autograd.gradgradcheck(last, inputs, eps=1e-6, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_gradient_that_was_always_zero_moves_nothing_and_has_a_finite_derivative(dtype):
    g = {name: torch.zeros(shape, dtype=dtype, requires_grad=True) for name, shape in SHAPES.items()}
    adam, parameters = fresh(dtype), draw(0, dtype)
    moved, after = adam.step(parameters, g)
    moved, _ = after.step(moved, g)
    assert all(torch.equal(moved[name], parameters[name]) for name in SHAPES)
    for derivative in torch.autograd.grad(sum(p.sum() for p in moved.values()), list(g.values())):
        assert derivative.isfinite().all()
        # as of m alone: -lr / eps times its bias-corrected weight, 0.5 / 0.5 in the first step, 0.75 / 0.75 in the next
        torch.testing.assert_close(derivative, torch.full_like(derivative, -2 * 0.05 / 1e-3))

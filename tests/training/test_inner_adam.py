"""The differentiable Adam against torch's own, step by step, and its derivative against finite differences."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from modecollapse.study.recipe import Adam
from modecollapse.training import inner_adam, optimizers
from modecollapse.training.inner_adam import InnerAdam, Tensors

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
    """Where torch's optimizer stands until its next step, as the engine hands it to a loss."""
    m, v = optimizers.moments(optimizer, parameters)
    return optimizers.continuation(optimizer, Adam.model_validate(settings), m, v)


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


@pytest.mark.parametrize("forgotten", ["m", "v", "t"])
def test_without_a_part_of_where_the_optimizer_stands_the_next_step_is_another(forgotten):
    """The negative control of the test above."""
    theirs = {name: p.requires_grad_() for name, p in draw(0).items()}
    optimizer = torch_adam(theirs, **SETTINGS)
    for i in range(3):
        step(optimizer, theirs, draw(1 + i))
    stands, begins = continuation(optimizer, theirs, **SETTINGS), fresh()
    forgetful = InnerAdam(**{**vars(stands), forgotten: getattr(begins, forgotten)})
    gradient = draw(9)
    (right, _), (wrong, _) = (
        adam.step({n: p.detach() for n, p in theirs.items()}, gradient) for adam in (stands, forgetful)
    )
    step(optimizer, theirs, gradient)
    for name, p in theirs.items():
        torch.testing.assert_close(right[name], p.detach())
        assert not torch.allclose(wrong[name], p.detach(), rtol=1e-4, atol=1e-4)


def test_single_precision_is_torchs_to_its_rounding():
    theirs = {name: p.requires_grad_() for name, p in draw(0, torch.float32).items()}
    usual = {"lr": 1e-3, "beta1": 0.5, "beta2": 0.999, "eps": 1e-8}
    optimizer, ours = torch_adam(theirs, **usual), draw(0, torch.float32)
    adam = fresh(torch.float32, **usual)
    for i in range(8):
        step(optimizer, theirs, draw(1 + i, torch.float32))
        ours, adam = adam.step(ours, draw(1 + i, torch.float32))
    for name, p in theirs.items():
        torch.testing.assert_close(ours[name], p.detach(), rtol=0, atol=2e-6)  # 8 steps of 1e-3, to 1 in 4000


def test_first_step_by_hand():
    """m = 0.5 g and v = 0.1 g^2, both undone by the corrections: the step is lr g / (|g| + eps)."""
    gradient = {"weight": torch.tensor([2.0, -0.001, 0.0])}
    zero = {"weight": torch.zeros(3)}
    adam = InnerAdam(**SETTINGS, t=torch.zeros(()), m=zero, v=zero)
    moved, after = adam.step({"weight": torch.ones(3)}, gradient)
    assert moved["weight"].tolist() == pytest.approx([1 - 0.05 * 2 / 2.001, 1 + 0.05 * 0.5, 1.0])
    assert after.m["weight"].tolist() == pytest.approx([1.0, -0.0005, 0.0])
    assert after.v["weight"].tolist() == pytest.approx([0.4, 1e-7, 0.0])
    assert after.t.item() == 1


def test_step_changes_neither_the_optimizer_nor_the_parameters():
    parameters, adam = draw(0), fresh()
    kept = {name: p.clone() for name, p in parameters.items()}
    adam.step(parameters, draw(1))
    assert all(torch.equal(parameters[name], kept[name]) for name in kept)
    assert adam.t.item() == 0
    assert not any(m.any() for m in (*adam.m.values(), *adam.v.values()))


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


def test_plain_square_root_would_have_no_derivative_there(monkeypatch):
    """The negative control of the test above."""
    monkeypatch.setattr(inner_adam, "_root", torch.sqrt)
    g = {name: torch.zeros(shape, requires_grad=True) for name, shape in SHAPES.items()}
    moved, _ = fresh(torch.float32).step(draw(0, torch.float32), g)
    derivatives = torch.autograd.grad(sum(p.sum() for p in moved.values()), list(g.values()))
    assert all(derivative.isnan().all() for derivative in derivatives)


@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_is_not_hidden(poison):
    gradient = draw(1)
    gradient["bias"][0] = poison
    moved, _ = fresh().step(draw(0), gradient)
    assert moved["bias"].isnan().tolist() == [True, False, False]
    assert moved["weight"].isfinite().all()

"""BEGAN against sections 3.3 and 3.4 of the paper: the two losses, k_t, M_global, and the equilibrium they keep."""

from __future__ import annotations

from copy import deepcopy
from math import inf, isnan, nan
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from blocks import RECIPE, make_block, make_dataset, write_data
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from modecollapse.study import catalogue
from modecollapse.study.recipe import Training
from modecollapse.study.specs import Block
from modecollapse.training import loop
from modecollapse.training.draws import Draws, initial_networks
from modecollapse.training.engine import Batch, Engine
from modecollapse.training.loop import train_block
from modecollapse.variants import Objective, State, create

LR, BETAS = RECIPE["optimizer"]["lr"], (RECIPE["optimizer"]["beta1"], 0.999)
LOSS = st.floats(0, 8, width=32)
FRACTION = st.floats(0, 1, width=32)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


def began(**options: Any) -> Objective:
    return create("began", catalogue.options_model("variants", "began").model_validate(options).model_dump())


def tensors(**values: Any) -> State:
    return {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()}


def following(objective: Objective, k: Any, loss_x: Any, loss_g: Any) -> State:
    return objective.next_state(
        tensors(k=k, M_global=torch.full_like(torch.tensor(k), nan).tolist()), seen(loss_x, loss_g)
    )


def seen(loss_x: Any, loss_g: Any) -> State:
    return tensors(L_x=loss_x, L_G=loss_g)


class Running:
    """The engine of a block with what it draws, and everything its losses told the state."""

    def __init__(self, block: Block, dtype: torch.dtype = torch.float64) -> None:
        self.objective = create("began", block.cell.variant.options)
        copies = initial_networks(block, self.objective.networks, "cpu")
        self.copies = {symbol: [n.to(dtype) for n in networks] for symbol, networks in copies.items()}
        self.engine = Engine(deepcopy(self.copies), block.cell.training, self.objective)
        self._draws, self._dtype = Draws(block, make_dataset(), self.objective.noise, "cpu"), dtype
        self.batches: list[Batch] = []

    def draw(self) -> Batch:
        self.batches.append({name: value.to(self._dtype) for name, value in self._draws.batch().items()})
        return self.batches[-1]


# --- the losses ---


@pytest.mark.parametrize("shape", [(2, 6), (2, 3, 2, 1), (4, 3)])
def test_autoencoder_loss_is_the_mean_absolute_error_over_pixels_and_batch(shape):
    v = torch.arange(1.0, 13).mul(torch.tensor([1.0, -1]).repeat(6)).view(shape)
    n = SimpleNamespace(D=lambda v: (v / 4, None))
    assert began().autoencoder_loss(n, v).item() == pytest.approx(0.75 * 6.5)  # not the sum, not the square


def by_hand() -> tuple[SimpleNamespace, dict[str, torch.Tensor]]:
    """D halves, so L(v) is half the mean of |v|: 1.375 on x, 1.5 on G(z), 2 on G(z_D)."""
    networks = SimpleNamespace(D=lambda v: (v / 2, None), G=lambda z: z)
    drawn = {"x": [[1.0, -2], [3, 5]], "z": [[2.0, -4]], "z_D": [[8.0, 0]], "k": 0.25}
    return networks, {name: torch.tensor(value) for name, value in drawn.items()}


# Each loss is given no more than it may read, so that it fails where it reads another latent.
@pytest.mark.parametrize(("z", "latent", "fake"), [("separate", "z_D", 2.0), ("shared", "z", 1.5)])
def test_discriminator_loss_by_hand_reads_x_k_and_its_latents_alone(z, latent, fake):
    networks, drawn = by_hand()
    batch = SimpleNamespace(**{name: drawn[name] for name in ("x", "k", latent)})
    loss, noted = began(z=z).discriminator_loss(networks, batch)
    assert loss.item() == pytest.approx(1.375 - 0.25 * fake)
    assert {name: value.item() for name, value in noted.items()} == {
        "L_x": pytest.approx(1.375),
        "k_at_0": 0,
        "k_at_1": 0,
    }


@pytest.mark.parametrize(
    ("k", "at_0", "at_1"), [(0.0, 1, 0), (1e-7, 0, 0), (1 - 1e-7, 0, 0), (1.0, 0, 1), (-0.1, 1, 0), (1.1, 0, 1)]
)
def test_k_is_at_a_bound_there_and_beyond(k, at_0, at_1):
    networks, drawn = by_hand()
    _, noted = began().discriminator_loss(networks, SimpleNamespace(**drawn | {"k": torch.tensor(k)}))
    assert (noted["k_at_0"].item(), noted["k_at_1"].item()) == (at_0, at_1)


@pytest.mark.parametrize("z", ["separate", "shared"])
def test_generator_loss_by_hand_reads_z_alone(z):
    networks, drawn = by_hand()
    loss, noted = began(z=z).generator_loss(networks, SimpleNamespace(z=drawn["z"]))
    assert loss.item() == pytest.approx(1.5)
    assert {name: value.item() for name, value in noted.items()} == {"L_G": pytest.approx(1.5)}


def test_latents_of_the_discriminator_are_drawn_from_the_prior_besides_those_of_the_generator():
    assert began().noise == {"z_D": "prior"}
    drawn = Running(make_block("began", prior="uniform")).draw()
    assert drawn["z_D"].abs().max() <= 1
    assert not torch.isin(drawn["z_D"], drawn["z"]).any()


def test_generator_is_led_through_the_sample_and_through_its_reconstruction():
    """With D(v) = 2v the loss is |v|. A target held constant would double the slope, a held input turn it round."""
    v = torch.tensor([[3.0, -1.0]], requires_grad=True)
    networks = SimpleNamespace(D=lambda v: (2 * v, None), G=lambda z: z)
    loss, _ = began().generator_loss(networks, SimpleNamespace(z=v))
    loss.backward()
    assert v.grad.tolist() == [[0.5, -0.5]]


@pytest.mark.parametrize("k", [0.0, 0.4, 1.0])
def test_discriminator_descends_on_real_and_ascends_k_times_on_generated_data(k):
    running = Running(make_block("began"))
    n = SimpleNamespace(**{symbol: networks[0] for symbol, networks in running.copies.items()})
    drawn = {name: value[0] for name, value in running.draw().items()}
    loss, _ = began().discriminator_loss(n, SimpleNamespace(**drawn, k=torch.tensor(k)))
    parameters, fake = list(n.D.parameters()), n.G(drawn["z_D"])
    real_part, fake_part = (
        torch.autograd.grad((v - n.D(v)[0]).abs().mean(), parameters, retain_graph=True) for v in (drawn["x"], fake)
    )
    expected = [r - k * f for r, f in zip(real_part, fake_part, strict=True)]
    torch.testing.assert_close(torch.autograd.grad(loss, parameters), tuple(expected))
    assert all(f.any() for f in fake_part)


# --- k_t and M_global ---


@pytest.mark.parametrize(
    ("loss_x", "loss_g", "change"),
    [(1.0, 0.75, -0.025), (1.0, 0.25, 0.025), (1.0, 0.5, 0.0)],
    ids=["G's loss above gamma L(x)", "below", "in balance"],
)
def test_k_moves_by_lambda_k_times_the_balance_in_its_direction(loss_x, loss_g, change):
    objective = began(gamma=0.5, lambda_k=0.1)
    assert following(objective, 0.4, loss_x, loss_g)["k"].item() == pytest.approx(0.4 + change)


@settings(deadline=None)
@given(
    k=st.lists(FRACTION, min_size=3, max_size=3),
    loss_x=st.lists(LOSS, min_size=3, max_size=3),
    loss_g=st.lists(LOSS, min_size=3, max_size=3),
    gamma=FRACTION,
    lambda_k=st.floats(0, 2, width=32),
    clamp=st.booleans(),
)
def test_state_of_every_seed_follows_the_papers_equations(k, loss_x, loss_g, gamma, lambda_k, clamp):
    after = following(began(gamma=gamma, lambda_k=lambda_k, clamp=clamp), k, loss_x, loss_g)
    for i in range(3):
        balance = gamma * loss_x[i] - loss_g[i]
        free = k[i] + lambda_k * balance
        assert after["k"][i].item() == pytest.approx(min(max(free, 0), 1) if clamp else free, abs=1e-12)
        assert after["M_global"][i].item() == pytest.approx(loss_x[i] + abs(balance), abs=1e-12)


@pytest.mark.parametrize(("k", "loss_g", "free"), [(0.05, 1.5, -0.05), (0.98, 0.0, 1.03)])
def test_clamp_holds_k_at_the_ends_of_the_unit_interval_and_without_it_k_leaves(k, loss_g, free):
    options = {"gamma": 0.5, "lambda_k": 0.1}
    assert following(began(**options), k, 1.0, loss_g)["k"].item() == round(free)
    assert following(began(clamp=False, **options), k, 1.0, loss_g)["k"].item() == pytest.approx(free)


@pytest.mark.parametrize("k", [0.0, 0.3])
def test_fixed_k_stays_and_the_global_measure_is_still_taken(k):
    objective = began(k="fixed", k_0=k, lambda_k=0.5)
    after = following(objective, k, 2.0, 0.25)
    assert after["k"].item() == k
    assert after["M_global"].item() == pytest.approx(2 + 0.75)


def test_k_begins_at_k_0_which_is_zero_in_the_paper():
    assert began().state()["k"] == 0
    assert began(k_0=0.75).state()["k"] == 0.75
    assert isnan(began().state()["M_global"])
    engine = Running(make_block("began", (0, 1, 2), options={"k_0": 0.75})).engine
    assert engine.variables["k"].tolist() == [0.75] * 3


# --- in the engine ---


@pytest.mark.parametrize("schedule", ["alternating", "simultaneous"])
def test_one_step_by_hand_reads_one_batch_and_the_generator_sees_the_moved_autoencoder_if_alternating(schedule):
    options = {"gamma": 0.7, "lambda_k": 0.5, "k_0": 0.3}
    running = Running(make_block("began", (0, 1), options=options, schedule=schedule))
    losses = running.engine.train(running.draw)
    [batch] = running.batches
    for i in range(2):
        D, G = (deepcopy(running.copies[symbol][i]) for symbol in "DG")
        x, z, z_D = (batch[name][i] for name in ("x", "z", "z_D"))

        def loss_of(v: torch.Tensor, D: nn.Module = D) -> torch.Tensor:
            return (v - D(v)[0]).abs().mean()

        loss_x, before = loss_of(x), loss_of(G(z))
        loss_D = loss_x - 0.3 * loss_of(G(z_D))
        gradients = torch.autograd.grad(loss_D, list(D.parameters())), torch.autograd.grad(before, list(G.parameters()))
        assert losses["D"][i].item() == pytest.approx(loss_D.item(), rel=1e-12)
        move(D, gradients[0])
        loss_G, other = (loss_of(G(z)), before) if schedule == "alternating" else (before, loss_of(G(z)))
        assert abs(loss_G.item() - other.item()) > 1e-5  # D's move shows
        assert losses["G"][i].item() == pytest.approx(loss_G.item(), rel=1e-12)
        gradient_G = torch.autograd.grad(loss_G, list(G.parameters())) if schedule == "alternating" else gradients[1]
        move(G, gradient_G)
        for symbol, network in (("D", D), ("G", G)):
            for name, expected in network.named_parameters():
                torch.testing.assert_close(running.engine.parameters[symbol][name][i], expected, rtol=1e-9, atol=1e-12)
        balance = 0.7 * loss_x.item() - loss_G.item()
        assert running.engine.variables["k"][i].item() == pytest.approx(np.clip(0.3 + 0.5 * balance, 0, 1), rel=1e-9)
        assert running.engine.variables["M_global"][i].item() == pytest.approx(loss_x.item() + abs(balance), rel=1e-9)


def move(network: nn.Module, gradients: tuple[torch.Tensor, ...]) -> None:
    """The first step of torch's Adam."""
    for p, gradient in zip(network.parameters(), gradients, strict=True):
        p.grad = gradient
    torch.optim.Adam(network.parameters(), LR, BETAS).step()


def test_each_seed_of_a_block_has_a_k_of_its_own():
    options = {"gamma": 0.9, "lambda_k": 0.05, "k_0": 0.5}
    together = Running(make_block("began", (0, 1, 2), options=options))
    for _ in range(10):
        together.engine.train(together.draw)
    k = together.engine.variables["k"]
    assert len(set(k.tolist())) == 3
    for i in range(3):
        alone = Running(make_block("began", (i,), options=options))
        for _ in range(10):
            alone.engine.train(alone.draw)
        assert alone.engine.variables["k"].item() == pytest.approx(k[i].item(), rel=1e-9)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data") / "ring.npz")


def traced(data: Path, folder: Path, steps: int = 12, **options: Any) -> dict[int, pd.DataFrame]:
    """The trace of every step of two seeds, the untrained networks left out."""
    block = make_block("began", (0, 4), options=options, steps=steps, evaluations=steps)
    train_block(block, data, folder)
    trace = pd.read_parquet(folder / "trace.parquet")
    trained = trace[trace["step"] > 0]
    return {seed: rows.reset_index(drop=True) for seed, rows in trained.groupby("seed")}


@pytest.mark.parametrize("clamp", [True, False])
@pytest.mark.parametrize(("k_0", "gamma", "end"), [(0.95, 0.9, 1), (0.05, 0.1, 0)], ids=["rising", "falling"])
def test_trace_holds_k_after_each_step_with_the_balance_of_its_losses(k_0, gamma, end, clamp, data, tmp_path):
    lambda_k, sign = 0.1, 1 if end else -1
    of_seed = traced(data, tmp_path, gamma=gamma, lambda_k=lambda_k, k_0=k_0, clamp=clamp)
    for rows in of_seed.values():
        k, m, loss_g = (rows[column].to_numpy() for column in ("state_k", "state_M_global", "loss_G"))
        loss_x = (m + sign * loss_g) / (1 + sign * gamma)  # M_global = L(x) + |gamma L(x) - L_G|, whose sign is known
        balance = gamma * loss_x - loss_g
        assert (sign * balance > 0).all()
        expected = np.empty_like(k)
        for t, before in enumerate([k_0, *k[:-1]]):
            expected[t] = before + lambda_k * balance[t]
        assert k == pytest.approx(expected.clip(0, 1) if clamp else expected, abs=1e-6)
        assert k[-1] == end if clamp else sign * k[-1] > sign * end
    first, second = (rows["state_M_global"].to_numpy() for rows in of_seed.values())
    assert (first != second).all()


@pytest.mark.parametrize(("k_0", "gamma", "bound"), [(0.8, 0.9, 1), (0.2, 0.1, 0)], ids=["rising", "falling"])
def test_trace_holds_the_share_of_steps_that_began_with_k_at_a_bound(k_0, gamma, bound, data, tmp_path):
    """The same run evaluated at every step and at every fourth."""
    options = {"gamma": gamma, "lambda_k": 0.1, "k_0": k_0}
    every = traced(data, tmp_path / "every", **options)
    block = make_block("began", (0, 4), options=options, steps=12, evaluations=3)
    train_block(block, data, tmp_path / "fourth")
    trace = pd.read_parquet(tmp_path / "fourth" / "trace.parquet")
    reached = []
    for seed, rows in every.items():
        at = np.r_[k_0, rows["state_k"]][:-1] == bound  # the k that the step's L_D reads
        shares = trace[(trace["seed"] == seed) & (trace["step"] > 0)]
        assert shares[f"mean_seen_k_at_{bound}"].tolist() == pytest.approx(at.reshape(3, 4).mean(1))
        assert (shares[f"mean_seen_k_at_{1 - bound}"] == 0).all()
        reached += at.tolist()
    assert 0 < np.mean(reached) < 1


def test_trace_of_a_fixed_k_is_constant(data, tmp_path):
    for rows in traced(data, tmp_path, steps=5, k="fixed", k_0=0.25).values():
        assert (rows["state_k"] == 0.25).all()
        assert np.isfinite(rows["state_M_global"]).all()


# --- patience ---


def test_rate_halves_exactly_where_a_windows_mean_is_no_new_best():
    """Windows of two: their means are 3, 2, 2 (no better), 1.5, 5 (worse), 1.55 (worse than 1.5), 1."""
    measures = [4, 2, 2, 2, 3, 1, 1, 2, 5, 5, 1.5, 1.6, 1, 1]
    rates = rates_of(began(patience=2), [[m] for m in measures])
    expected = [1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.125]
    assert rates == [[rate] for rate in expected]


def test_rate_of_each_seed_has_windows_of_its_own():
    measures = [[1, 3], [2, 2], [3, 1], [0.5, 2]]
    assert rates_of(began(patience=1), measures) == [[1, 1], [0.5, 1], [0.25, 1], [0.25, 0.5]]


@settings(deadline=None)
@given(
    measures=st.lists(st.floats(0, 4, width=16), min_size=1, max_size=30),
    patience=st.integers(1, 5),
)
def test_number_of_halvings_is_that_of_windows_without_a_new_best(measures, patience):
    windows = [measures[i : i + patience] for i in range(0, len(measures) - patience + 1, patience)]
    best, stalled = inf, 0
    for mean in (sum(window) / patience for window in windows):
        stalled += mean >= best
        best = min(best, mean)
    assert rates_of(began(patience=patience), [[m] for m in measures])[-1] == [0.5**stalled]


def rates_of(objective: Objective, measures: list[list[float]]) -> list[list[float]]:
    """The rate after each step whose M_global is given, (S,): L(x) is that, in balance with gamma = 1/2."""
    seeds = len(measures[0])
    state = {name: torch.full((seeds,), value, dtype=torch.float64) for name, value in objective.state().items()}
    rates = []
    for m in measures:
        state = objective.next_state(state, seen(m, [value / 2 for value in m]))
        assert state["M_global"].tolist() == m
        rates.append(state["rate"].tolist())
    return rates


def test_without_patience_there_is_no_rate():
    assert set(began().state()) == {"k", "M_global"}
    assert {"rate", "_M_best"} <= set(began(patience=3).state())


def test_trace_of_the_rate_follows_the_trace_of_the_global_measure(data, tmp_path):
    patience, halvings = 3, 0
    for rows in traced(data, tmp_path, steps=21, patience=patience).values():
        m, rate = rows["state_M_global"].to_numpy(), rows["state_rate"].to_numpy()
        means = m.reshape(-1, patience).mean(axis=1)
        expected, best = [], inf
        for mean in means:
            expected.append((expected[-1] if expected else 1.0) / (2 if mean >= best else 1))
            best = min(best, mean)
        assert rate[patience - 1 :: patience] == pytest.approx(expected)
        assert (rate[: patience - 1] == 1).all()
        halvings += np.log2(1 / rate[-1])
    assert halvings >= 1


@pytest.mark.parametrize("seeds", [(3,), (0, 1, 2)])
@pytest.mark.parametrize("schedule", ["alternating", "simultaneous"])
def test_halved_rate_is_torchs_adam_with_half_the_learning_rate(schedule, seeds):
    running = Running(make_block("began", seeds, options={"patience": 100}, schedule=schedule))
    engine = running.engine
    for _ in range(6):
        engine.train(running.draw)
    rates = [0.5, 1.0, 0.25][: len(seeds)]
    engine.variables["rate"] = torch.tensor(rates, dtype=torch.float64)
    state = engine.state()
    engine.step(running.objective.updates(), running.draw)
    for symbol, parameters in engine.parameters.items():
        for name, p in parameters.items():
            moved, gradient = (t if len(seeds) > 1 else t.unsqueeze(0) for t in (p.detach(), p.grad))
            for i, rate in enumerate(rates):
                at, saved = state[f"{symbol}.{name}"][i], f"optimizer.{symbol}.{name}"
                expected = adam_step(at, gradient[i], rate * LR, state, saved, i if len(seeds) > 1 else ...)
                full = adam_step(at, gradient[i], LR, state, saved, i if len(seeds) > 1 else ...)
                torch.testing.assert_close(moved[i], expected, rtol=1e-10, atol=1e-13)
                torch.testing.assert_close(moved[i] - at, rate * (full - at), rtol=1e-6, atol=1e-13)
                assert (full != at).any()


def adam_step(at: torch.Tensor, gradient: torch.Tensor, lr: float, state: Batch, saved: str, i: Any) -> torch.Tensor:
    """torch's own Adam, from the moments that an engine stood at."""
    p = at.clone().requires_grad_()
    p.grad = gradient.clone()
    optimizer = torch.optim.Adam([p], lr, BETAS)
    moments = {key: state[f"{saved}.{key}"][i].clone() for key in ("exp_avg", "exp_avg_sq")}
    optimizer.state[p] = {"step": state[f"{saved}.step"].clone(), **moments}
    optimizer.step()
    return p.detach()


# --- pre-training ---


def test_pretraining_moves_the_autoencoder_alone_down_its_error_on_real_data():
    running = Running(make_block("began", (0, 1), options={"pretraining_steps": 80}))
    steps, updates = running.objective.pretraining()
    before, error = running.engine.weights(), real_error(running)
    state = {name: value.clone() for name, value in running.engine.variables.items()}
    for _ in range(steps):
        running.engine.step(updates, running.draw)
    after = running.engine.weights()
    assert steps == 80
    assert {name[0] for name in before if not torch.equal(before[name], after[name])} == {"D"}
    assert (real_error(running) < 0.9 * error).all()
    torch.testing.assert_close(running.engine.variables, state, equal_nan=True, rtol=0, atol=0)


def real_error(running: Running) -> torch.Tensor:
    """L(x), (S,), on a fixed batch that nothing was trained on."""
    x = torch.from_numpy(make_dataset().oracle(500, np.random.default_rng(1))).double()
    errors = []
    for i, network in enumerate(running.copies["D"]):
        parameters = {name: p[i] for name, p in running.engine.parameters["D"].items()}
        errors.append((x - torch.func.functional_call(network, parameters, (x,))[0]).abs().mean())
    return torch.stack(errors).detach()


def test_no_pretraining_by_default_and_its_loss_reads_real_data_alone():
    assert began().pretraining()[0] == 0
    _, [update] = began(pretraining_steps=3).pretraining()
    networks, drawn = by_hand()
    assert update.networks == ("D",)
    assert update.loss(networks, SimpleNamespace(x=drawn["x"])).item() == pytest.approx(1.375)


def test_pretraining_of_a_run_comes_before_its_first_step(data, tmp_path, monkeypatch):
    made, step = [], Engine.step

    def noted(engine: Engine, updates: list, *rest: object) -> Any:
        made.append([update.name for update in updates])
        return step(engine, updates, *rest)

    monkeypatch.setattr(loop.Engine, "step", noted)
    traced(data, tmp_path, steps=2, pretraining_steps=3)
    assert made == [["D"]] * 3 + [["D", "G"]] * 2


# --- the equilibrium ---


class Constant(nn.Module):
    """The autoencoder that answers every number with one number c, its whole reconstruction."""

    def __init__(self) -> None:
        super().__init__()
        self.c = nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.c.expand_as(x), x


class Point(nn.Module):
    """The generator of one number, whatever the latent."""

    def __init__(self) -> None:
        super().__init__()
        self.m = nn.Parameter(torch.ones(1))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.m + 0 * z


def late_ratio_and_k(objective: Objective, steps: int = 600) -> tuple[torch.Tensor, torch.Tensor]:
    """E[L(G)] / E[L(x)] over the second half of a run on x ~ N(0, 1), (S,), and k's range there, (2, S).

    G wants to sit on c, which would make the ratio zero; D moves c away from G, the further the larger k is.
    """
    optimizers = {
        role: {"kind": "adam", "lr": lr, "beta1": 0.0} for role, lr in (("generator", 0.01), ("autoencoder", 0.1))
    }
    recipe = Training.model_validate(RECIPE | {"optimizers": optimizers})
    seeds, noted, next_state = 2, [], objective.next_state

    def noting(state: State, seen: State) -> State:
        after = next_state(state, seen)
        noted.append(torch.stack([seen["L_x"], seen["L_G"], after["k"]]))
        return after

    objective.next_state = noting
    engine = Engine({"D": [Constant() for _ in range(seeds)], "G": [Point() for _ in range(seeds)]}, recipe, objective)
    stream = torch.Generator().manual_seed(0)
    for _ in range(steps):
        engine.train(lambda: {name: torch.randn(seeds, 64, 1, generator=stream) for name in ("x", "z", "z_D")})
    late = torch.stack(noted[steps // 2 :])
    return late[:, 1].mean(0) / late[:, 0].mean(0), torch.stack([late[:, 2].amin(0), late[:, 2].amax(0)])


@pytest.mark.parametrize("gamma", [0.3, 0.4])
def test_balance_keeps_the_ratio_of_the_losses_at_gamma_with_k_inside_its_range(gamma):
    ratio, k = late_ratio_and_k(began(gamma=gamma, lambda_k=0.015))
    assert ratio.tolist() == pytest.approx([gamma] * 2, rel=0.1)
    assert (k > 0.05).all()
    assert (k < 0.95).all()


def test_without_the_balance_the_ratio_is_not_gamma():
    """Negative controls: k fixed at zero, and a balance of the wrong sign."""
    fixed, _ = late_ratio_and_k(began(gamma=0.3, k="fixed"), steps=300)
    assert (fixed < 0.15).all()
    wrong = began(gamma=0.3, lambda_k=0.015)
    wrong.options.lambda_k *= -1
    ratio, k = late_ratio_and_k(wrong, steps=300)
    assert ((ratio - 0.3).abs() > 0.1).all()
    assert ((k <= 0) | (k >= 1)).any()

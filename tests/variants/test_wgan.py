"""WGAN's losses by hand, and Algorithm 1 through the engine: the clip comes after each step of the critic."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import RECIPE, make_block
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance
from torch import nn

from modecollapse.errors import StudyError
from modecollapse.study import catalogue, plan
from modecollapse.study.config import Study
from modecollapse.training.draws import initial_networks
from modecollapse.training.engine import Batch, Engine
from modecollapse.variants import create

CLIP, N_CRITIC, STEPS = 0.05, 2, 3
LR, ALPHA, EPS = 0.01, 0.9, 1e-6
POINTS = st.lists(st.floats(-5, 5), min_size=1, max_size=6)
SLOPE, KINK = st.floats(-1, 1), st.floats(-5, 5)
Copies = dict[str, list[nn.Module]]


def column(values: list[float]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64).unsqueeze(1)


def losses(critic: Callable, real: list[float], fake: list[float]) -> tuple[float, float]:
    """The losses of D and G for a critic of numbers."""
    n = SimpleNamespace(D=lambda x: critic(x[:, 0]), G=lambda z: z)
    b = SimpleNamespace(x=column(real), z=column(fake))
    objective = create("wgan", {"n_critic": 1, "clip": 1.0})
    return tuple(update.loss(n, b).item() for update in objective.updates())


def test_losses_by_hand():
    # f(x) = 2x: the mean of f is 6 on data and -1 on generated points
    assert losses(lambda x: 2 * x, [1.0, 2.0, 6.0], [0.0, -1.0]) == pytest.approx((-1 - 6, 1))


@settings(deadline=None, max_examples=50)
@given(POINTS, POINTS, SLOPE, KINK)
def test_minus_the_loss_of_a_1_lipschitz_critic_is_at_most_the_wasserstein_distance(real, fake, slope, kink):
    estimate = -losses(lambda x: slope * (x - kink).abs(), real, fake)[0]
    assert estimate <= wasserstein_distance(real, fake) + 1e-9


@settings(deadline=None, max_examples=50)
@given(POINTS, st.floats(0, 9))
def test_the_best_critic_of_shifted_points_reaches_the_wasserstein_distance(fake, shift):
    real = [value + shift for value in fake]
    assert -losses(lambda x: x, real, fake)[0] == pytest.approx(wasserstein_distance(real, fake), abs=1e-9)


class Game:
    """Some steps of the engine with RMSProp, on batches that are kept."""

    def __init__(self, seeds: tuple[int, ...], n_critic: int = N_CRITIC, steps: int = STEPS) -> None:
        rmsprop = {"kind": "rmsprop", "lr": LR, "alpha": ALPHA, "eps": EPS}
        options = {"n_critic": n_critic, "clip": CLIP}
        block = make_block("wgan", seeds, options=options, optimizer=rmsprop)
        objective = create("wgan", options)
        initial = initial_networks(block, objective.networks, "cpu")
        self.copies = {symbol: [network.double() for network in made] for symbol, made in initial.items()}
        self.batches: list[Batch] = []
        self.draw_from = torch.Generator().manual_seed(1)
        self.engine = Engine(deepcopy(self.copies), block.cell.training, objective)
        for _ in range(steps):
            self.engine.train(self.draw)

    def draw(self) -> Batch:
        shapes = {"x": (self.engine.seeds, 5, 2), "z": (self.engine.seeds, 5, 3)}
        drawn = {name: torch.randn(s, generator=self.draw_from).double() for name, s in shapes.items()}
        self.batches.append(drawn)
        return drawn

    def weights(self, seed: int) -> dict[str, torch.Tensor]:
        return {name: value[seed] for name, value in self.engine.weights().items()}


def by_hand(game: Game, seed: int, **wrong: Any) -> dict[str, torch.Tensor]:
    """The weights that Algorithm 1 gives on the batches of a game, or that a wrong reading of it gives."""
    n = SimpleNamespace(**{symbol: deepcopy(networks[seed]) for symbol, networks in game.copies.items()})
    squares = {symbol: [torch.zeros_like(p) for p in network.parameters()] for symbol, network in vars(n).items()}
    x, z = ([batch[name][seed] for batch in game.batches] for name in "xz")
    clip_networks, order = wrong.get("clipped", "D"), wrong.get("order", "D" * N_CRITIC + "G")

    def clip(symbol: str) -> None:
        for p in getattr(n, symbol).parameters() if symbol in clip_networks else ():
            if p.ndim == 2 or wrong.get("biases", True):
                p.data.clamp_(-CLIP, CLIP)

    def move(symbol: str, i: int) -> None:
        critic_value = n.D(x[i]).mean() - n.D(n.G(z[i])).mean()  # D ascends
        loss = -critic_value if symbol == "D" else -n.D(n.G(z[i])).mean()
        parameters = list(getattr(n, symbol).parameters())
        for p, v, g in zip(parameters, squares[symbol], torch.autograd.grad(loss, parameters), strict=True):
            v.copy_(ALPHA * v + (1 - ALPHA) * g**2)
            p.data -= LR * g / (v.sqrt() + EPS)

    for i, symbol in enumerate(order * STEPS):
        same = wrong.get("same_batch") and symbol == "D"
        if wrong.get("before"):
            clip(symbol)
        move(symbol, i - i % len(order) if same else i)
        if not wrong.get("before"):
            clip(symbol)
    return {f"{symbol}.{name}": p.detach() for symbol, m in vars(n).items() for name, p in m.named_parameters()}


@pytest.mark.parametrize("seeds", [(4,), (4, 5, 6)])
def test_training_is_algorithm_1(seeds):
    game = Game(seeds)
    for seed in range(len(seeds)):
        torch.testing.assert_close(game.weights(seed), by_hand(game, seed), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "wrong",
    [
        {"before": True},
        {"biases": False},
        {"clipped": ""},
        {"clipped": "DG"},
        {"order": "GDD"},
        {"same_batch": True},
    ],
    ids=["clip before step", "weights only", "no clip", "G clipped too", "G first", "one batch for all critic steps"],
)
def test_a_wrong_reading_of_algorithm_1_gives_other_weights(wrong):
    game = Game((4,))
    ours, theirs = game.weights(0), by_hand(game, 0, **wrong)
    assert max((ours[name] - theirs[name]).abs().max() for name in ours) > 1e-3


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)])
def test_after_a_step_every_parameter_of_the_critic_is_within_the_clip_and_the_generator_is_not(seeds):
    game = Game(seeds)
    for name, value in game.engine.weights().items():
        start = torch.stack([dict(m.named_parameters())[name[2:]] for m in game.copies[name[0]]])
        assert start.abs().max() > CLIP
        assert (value.abs().max() <= CLIP) == name.startswith("D.")
        if name.startswith("D."):
            assert (value.abs() == CLIP).any()  # it is clipped, not shrunk


def test_one_step_of_the_critic_is_the_clip_of_a_step_of_torchs_own_rmsprop():
    game = Game((4,), n_critic=1, steps=1)
    n = SimpleNamespace(D=deepcopy(game.copies["D"][0]), G=game.copies["G"][0])
    optimizer = torch.optim.RMSprop(n.D.parameters(), lr=LR, alpha=ALPHA, eps=EPS)
    (n.D(n.G(game.batches[0]["z"][0])).mean() - n.D(game.batches[0]["x"][0]).mean()).backward()
    before = {name: p.detach().clone() for name, p in n.D.named_parameters()}
    optimizer.step()
    ours = game.weights(0)
    far_off = []
    for name, p in n.D.named_parameters():
        moved = p.detach()
        torch.testing.assert_close(ours[f"D.{name}"], moved.clamp(-CLIP, CLIP), rtol=1e-9, atol=1e-12)
        clipped_first = before[name].clamp(-CLIP, CLIP) + (moved - before[name])
        far_off.append(not torch.allclose(ours[f"D.{name}"], clipped_first, atol=1e-3))
    assert sum(far_off) >= 4  # of six parameters


@pytest.mark.parametrize("n_critic", [1, 2, 5])
def test_every_update_of_a_step_draws_a_batch(n_critic):
    assert len(Game((0, 1), n_critic, steps=1).batches) == n_critic + 1


def test_critic_moves_n_critic_times_and_then_the_generator_once():
    critic, generator = create("wgan", {"n_critic": 7, "clip": CLIP}).updates()
    assert (critic.networks, critic.times, critic.fresh) == (("D",), 7, True)
    assert (generator.networks, generator.times, generator.fresh) == (("G",), 1, True)
    assert generator.project is None


def cells(**recipe: Any) -> list[plan.Cell]:
    """The cells of a study of WGAN alone."""
    covering = RECIPE | {"datasets": ["ring"], "source": "this test"} | recipe
    study = {"study": "test", "root_seed": 1, "seeds": 1, "block_size": 1, "calibration_replicates": 2}
    chosen = {"datasets": ["ring"], "variants": ["wgan"], "measures": ["modes"], "definitions": {}}
    return plan.cells(Study.model_validate(study | chosen | {"experiments": {"test": {"recipes": {"ring": covering}}}}))


def test_options_default_to_the_papers():
    assert catalogue.options_model("variants", "wgan")().model_dump() == {"n_critic": 5, "clip": 0.01}
    assert cells()[0].variant.options == {"n_critic": 5, "clip": 0.01}


def test_a_simultaneous_schedule_is_refused():
    assert len(cells(schedule="alternating")) == 1
    with pytest.raises(StudyError, match="wgan: schedule is 'simultaneous'; allowed: alternating"):
        cells(schedule="simultaneous")

"""WGAN: the critic's loss and the Wasserstein distance, and Algorithm 1 through the engine, clip after each step."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import BlockTraining, make_block, of_seed
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from modecollapse.variants import create

CLIP, N_CRITIC, STEPS = 0.05, 2, 3
LR, ALPHA, EPS = 0.01, 0.9, 1e-6
POINTS = st.lists(st.floats(-5, 5), min_size=1, max_size=6)
SLOPE, KINK = st.floats(-1, 1), st.floats(-5, 5)


def column(values: list[float]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64).unsqueeze(1)


def losses(critic: Callable, real: list[float], fake: list[float]) -> tuple[float, float]:
    """The losses of D and G for a critic of numbers."""
    n = SimpleNamespace(D=lambda x: critic(x[:, 0]), G=lambda z: z)
    b = SimpleNamespace(x=column(real), z=column(fake))
    objective = create("wgan", {"n_critic": 1, "clip": 1.0})
    return tuple(update.loss(n, b).item() for update in objective.updates())


@settings(deadline=None, max_examples=50)
@given(POINTS, POINTS, SLOPE, KINK)
def test_minus_the_loss_of_a_1_lipschitz_critic_is_at_most_the_wasserstein_distance(real, fake, slope, kink):
    estimate = -losses(lambda x: slope * (x - kink).abs(), real, fake)[0]
    assert estimate <= wasserstein_distance(real, fake) + 1e-9


def trained(seeds: tuple[int, ...]) -> BlockTraining:
    """Some steps of the engine with RMSProp."""
    rmsprop = {"kind": "rmsprop", "lr": LR, "alpha": ALPHA, "eps": EPS}
    options = {"n_critic": N_CRITIC, "clip": CLIP}
    training = BlockTraining(make_block("wgan", seeds, options=options, batch=5, optimizer=rmsprop))
    training.run(STEPS)
    return training


def by_hand(game: BlockTraining, seed: int, **wrong: Any) -> dict[str, torch.Tensor]:
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
    game = trained(seeds)
    assert len(game.batches) == STEPS * (N_CRITIC + 1)
    for seed in range(len(seeds)):
        ours = of_seed(game.engine.weights(), seed)
        torch.testing.assert_close(ours, by_hand(game, seed), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "wrong",
    [{"before": True}, {"biases": False}, {"clipped": ""}, {"clipped": "DG"}, {"order": "GDD"}, {"same_batch": True}],
    ids=["clip before step", "weights only", "no clip", "G clipped too", "G first", "one batch for all critic steps"],
)
def test_a_wrong_reading_of_algorithm_1_gives_other_weights(wrong):
    game = trained((4,))
    ours, theirs = of_seed(game.engine.weights(), 0), by_hand(game, 0, **wrong)
    assert max((ours[name] - theirs[name]).abs().max() for name in ours) > 1e-3

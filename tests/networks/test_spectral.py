"""Spectral normalisation: as torch's own, which keeps a state, and on every layer of a perceptron that asks for it."""

from __future__ import annotations

import pytest
import torch
from role_networks import normal
from torch import nn
from torch.func import functional_call, vmap
from torch.nn.utils.parametrizations import spectral_norm

from modecollapse.networks.mlp import Autoencoder
from modecollapse.networks.spectral import SpectralLinear, largest_singular_value
from modecollapse.study.network_specs import Autoencoder as Spec


@pytest.mark.parametrize("shape", [(5, 8), (8, 5), (3, 1)])
def test_outputs_and_gradients_are_those_of_torchs_own(shape: tuple[int, int]) -> None:
    ours, x = SpectralLinear(*shape).double(), normal(6, shape[0])
    with torch.no_grad():  # a matrix whose singular values are far apart, so that either power method is exact
        u, s, v = torch.linalg.svd(ours.weight, full_matrices=False)
        ours.weight.copy_(u @ torch.diag(3.0 * 0.2 ** torch.arange(len(s), dtype=s.dtype)) @ v)
    theirs = nn.Linear(*shape).double()
    theirs.load_state_dict(ours.state_dict())
    theirs = spectral_norm(theirs, n_power_iterations=100)
    torch.testing.assert_close(ours(x), theirs(x))
    for layer in (ours, theirs):
        layer(x).sin().sum().backward()
    torch.testing.assert_close(ours.weight.grad, theirs.parametrizations.weight.original.grad)


def test_a_random_matrix_is_stretched_to_about_one() -> None:
    torch.manual_seed(0)
    weight = torch.randn(256, 192)
    found = float(largest_singular_value(weight) / torch.linalg.matrix_norm(weight, 2))
    assert 0.97 < found <= 1 + 1e-6


def test_no_layer_of_an_autoencoder_stretches_and_seeds_of_a_block_are_as_alone() -> None:
    spec = Spec(hidden=[16, 16], activation="relu", code=4, normalisation="spectral")
    torch.manual_seed(1)
    network = Autoencoder((2, 3), spec).double()
    layers = [module for module in network.modules() if isinstance(module, nn.Linear)]
    assert len(layers) == 6
    assert all(isinstance(layer, SpectralLinear) for layer in layers)
    x = normal(7, 2, 3)
    both = {name: torch.stack([p, 2 * p]) for name, p in network.named_parameters()}
    stacked = vmap(lambda theta: functional_call(network, theta, (x,))[0])(both)
    torch.testing.assert_close(stacked[0], network(x)[0])
    near, far = network(x)[0], network(x + 0.1 * normal(7, 2, 3, seed=3))[0]
    assert (near - far).norm() < (0.1 * normal(7, 2, 3, seed=3)).norm() * 1.05

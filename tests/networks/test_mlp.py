"""Perceptrons by hand: activations, maxout, posteriors, autoencoders and initialisation."""

from __future__ import annotations

from itertools import product
from math import e
from typing import Any

import pytest
import torch
from role_networks import BATCH, K, build, normal, of_kind
from torch import nn


def linears(network: nn.Module) -> list[nn.Linear]:
    return of_kind(network, nn.Linear)


@pytest.mark.parametrize(
    ("activation", "of_minus_one"), [("relu", 0.0), ("leaky-relu", -0.2), ("tanh", -0.7615942), ("elu", 1 / e - 1)]
)
def test_activation_is_the_named_one(activation, of_minus_one):
    critic = build("discriminator", (1,), hidden=[1], activation=activation)
    with torch.no_grad():
        for p in critic.parameters():
            p.fill_(1.0 if p.ndim == 2 else 0.0)
        assert critic(-torch.ones(1, 1).double()).item() == pytest.approx(of_minus_one)
        assert critic(torch.ones(1, 1).double()).item() == pytest.approx(0.7615942 if activation == "tanh" else 1.0)


def test_a_maxout_layer_has_pieces_times_its_width_and_is_the_largest_of_its_lines():
    critic = build("discriminator", hidden=[4, 3], activation="maxout", pieces=2)
    first, second, last = linears(critic)
    assert [tuple(layer.weight.shape) for layer in (first, second, last)] == [(8, 2), (6, 4), (1, 3)]
    x = normal(BATCH, 2)
    h = x
    for layer, width in ((first, 4), (second, 3)):
        lines = h @ layer.weight.T + layer.bias
        h = torch.stack([torch.maximum(lines[:, 2 * unit], lines[:, 2 * unit + 1]) for unit in range(width)], dim=1)
    torch.testing.assert_close(critic(x), (h @ last.weight.T + last.bias).squeeze(1))


@pytest.mark.parametrize("posterior", ["gaussian", "bounded"])
def test_mean_and_sigma_are_functions_of_the_item(posterior):
    encoder, x, eps = build("encoder", posterior=posterior), normal(BATCH, 2), normal(BATCH, K, seed=3)
    h = encoder.body(x).tanh() if posterior == "bounded" else encoder.body(x)
    mean, sigma = h[:, :K], h[:, K:].exp()
    torch.testing.assert_close(encoder(x, eps), mean + sigma * eps)
    torch.testing.assert_close(encoder(x, torch.zeros_like(eps)), mean)
    torch.testing.assert_close(encoder(x, 3 * eps) - mean, 3 * sigma * eps)  # linear in the noise
    assert len({round(value, 9) for value in sigma.flatten().tolist()}) == BATCH * K


def test_implicit_posterior_has_the_noise_as_an_input_of_its_network():
    encoder = build("encoder", (3, 8, 8), posterior="implicit", activation="tanh")
    x, eps = normal(BATCH, 3, 8, 8), normal(BATCH, K, seed=3)
    assert (encoder.body[0].in_features, encoder.body[-1].out_features) == (192 + K, K)
    torch.testing.assert_close(encoder(x, eps), encoder.body(torch.cat([x.flatten(1), eps], dim=1)))
    zero = torch.zeros_like(eps)
    once, twice = (encoder(x, factor * eps) - encoder(x, zero) for factor in (1, 2))
    assert not torch.allclose(twice, 2 * once, rtol=1e-3)  # unlike the other two
    assert (encoder(x + 1, eps) != encoder(x, eps)).all()


def test_decoder_mirrors_the_encoder_around_the_code_and_reconstructs_from_it():
    autoencoder = build("autoencoder", (3, 8, 8), hidden=[20, 10, 5], code=4)
    widths = [layer.in_features for layer in linears(autoencoder.encoder)]
    assert [*widths, linears(autoencoder.encoder)[-1].out_features] == [192, 20, 10, 5, 4]
    widths = [layer.in_features for layer in linears(autoencoder.decoder)]
    assert [*widths, linears(autoencoder.decoder)[-1].out_features] == [4, 5, 10, 20, 192]
    x = normal(BATCH, 3, 8, 8)
    reconstruction, code = autoencoder(x)
    torch.testing.assert_close(code, autoencoder.encoder(x.flatten(1)))
    torch.testing.assert_close(reconstruction, autoencoder.decoder(code).view(BATCH, 3, 8, 8))


# Initialisation

WIDE = {"hidden": [300, 40], "activation": "relu"}


def initialised(method: str | None, scale: float = 1.0, role: str = "discriminator", **spec: Any) -> nn.Module:
    return build(role, (100,), **WIDE | {"init": {"kind": method, "scale": scale} if method else None} | spec)


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.4])
@pytest.mark.parametrize("method", ["orthogonal", "normal", "glorot-uniform", "he-uniform"])
def test_weights_are_drawn_as_the_method_says(method: str, scale: float) -> None:
    for layer in linears(initialised(method, scale))[:2]:
        (outputs, inputs), w, n = layer.weight.shape, layer.weight.detach() / scale, layer.weight.numel()
        if method == "orthogonal":  # rows or columns, whichever are fewer, of length one
            short = w if outputs <= inputs else w.T
            torch.testing.assert_close(short @ short.T, torch.eye(len(short)).double(), atol=1e-5, rtol=0)
        elif method == "normal":
            assert w.mean().abs() < 4 / n**0.5
            assert (w.square().mean() - 1).abs() < 4 * (2 / n) ** 0.5
            assert w.abs().max() > 3  # a uniform draw of this sd ends at 1.7
        else:
            bound = (6 / (inputs + outputs if method == "glorot-uniform" else inputs)) ** 0.5
            assert 0.999 < w.abs().max() / bound <= 1 + 1e-6
            assert ((w / bound).square().mean() - 1 / 3).abs() < 4 * (4 / 45 / n) ** 0.5


@pytest.mark.parametrize("role", ["generator", "autoencoder", "encoder"])
def test_biases_begin_at_zero_and_batch_norm_at_the_identity(role: str) -> None:
    for method, normalisation in product(["orthogonal", "normal", "glorot-uniform", "he-uniform"], ["none", "batch"]):
        network = initialised(method, role=role, normalisation=normalisation)
        norms = of_kind(network, nn.BatchNorm1d)
        assert bool(norms) == (normalisation == "batch")
        assert all((norm.weight == 1).all() and (norm.bias == 0).all() for norm in norms)
        biases = [layer.bias for layer in linears(network) if layer.bias is not None]
        assert biases
        assert not any(bias.any() for bias in biases)


def test_without_an_initialisation_weights_and_biases_are_torchs_own() -> None:
    layers = linears(initialised(None))
    torch.manual_seed(0)
    for ours in layers:
        theirs = nn.Linear(ours.in_features, ours.out_features).double()
        assert torch.equal(ours.weight, theirs.weight)
        assert torch.equal(ours.bias, theirs.bias)

"""Networks by role: what goes in, what comes out; batch norm, maxout, posteriors and initialisation by hand."""

from __future__ import annotations

from math import e
from typing import Any

import pytest
import torch
from blocks import RECIPE
from torch import nn

from modecollapse import networks
from modecollapse.study.recipe import Training

K, EXTRA, BATCH, PACKING = 4, 1, 6, 3
SHAPES = [(2,), (3, 8, 8)]


def recipe(latent: int = K, extra_noise: int = 0, **of_role: Any) -> Training:
    """The recipe of the blocks with other latents; `of_role` changes keys of its networks, None removes one."""
    changed = {
        role: None if changes is None else RECIPE["networks"][role] | changes for role, changes in of_role.items()
    }
    latents = {"latent": latent, "extra_noise": extra_noise}
    return Training.model_validate(RECIPE | latents | {"networks": RECIPE["networks"] | changed})


def build(role: str, shape: tuple[int, ...] = (2,), *, packing: int = 1, seed: int = 0, **changes: Any) -> nn.Module:
    torch.manual_seed(seed)
    return networks.build(role, recipe(**changes), shape, packing).double()


def normal(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def inputs(role: str, shape: tuple[int, ...], latent: int = K) -> list[torch.Tensor]:
    """What a variant gives to a network of the role."""
    z, x, pack = normal(BATCH, latent), normal(BATCH, *shape, seed=2), normal(BATCH, PACKING, *shape)
    return {
        "generator": [z],
        "joint-discriminator": [z, x],
        "packed-discriminator": [pack],
        "encoder": [x, z],
    }.get(role, [x])


def linears(network: nn.Module) -> list[nn.Linear]:
    return [module for module in network.modules() if isinstance(module, nn.Linear)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("extra_noise", [0, EXTRA])
@pytest.mark.parametrize("role", networks.ROLES)
def test_each_role_maps_a_batch_to_its_shape(role, extra_noise, shape):
    network = build(role, shape, packing=PACKING, extra_noise=extra_noise)
    made = network(*inputs(role, shape))
    data, inferred = torch.Size(shape).numel(), K - extra_noise
    reads, outputs = {
        "generator": (K, (BATCH, *shape)),
        "discriminator": (data, (BATCH,)),
        "joint-discriminator": (inferred + data, (BATCH,)),
        "packed-discriminator": (PACKING * data, (BATCH,)),
        "reconstructor": (data, (BATCH, inferred)),
        "encoder": (data, (BATCH, inferred)),
        "autoencoder": (data, (BATCH, *shape)),
    }[role]
    if role == "autoencoder":
        made, code = made
        assert code.shape == (BATCH, 3)
    assert made.shape == outputs
    assert linears(network)[0].in_features == reads


@pytest.mark.parametrize("role", networks.ROLES)
def test_every_role_treats_a_batch_item_by_item_without_batch_norm(role):
    network, whole = build(role, (3, 8, 8), packing=PACKING), inputs(role, (3, 8, 8))
    made, alone = network(*whole), network(*(part[2:3] for part in whole))
    row = tuple(part[2:3] for part in made) if isinstance(made, tuple) else made[2:3]
    torch.testing.assert_close(alone, row, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("extra_noise", [0, EXTRA])
def test_only_the_generator_reads_the_extra_noise(extra_noise):
    z, x, later = normal(BATCH, K), normal(BATCH, 2, seed=2), torch.zeros(K, dtype=torch.float64)
    for place in range(K):
        is_extra = place >= K - extra_noise
        moved = z + later.index_fill(0, torch.tensor(place), 1.0)
        generator, critic, encoder = (
            build(role, extra_noise=extra_noise) for role in ("generator", "joint-discriminator", "encoder")
        )
        assert (generator(moved) != generator(z)).all()
        assert ((critic(moved, x) == critic(z, x)) == is_extra).all()
        assert torch.equal(encoder(x, moved), encoder(x, z)) == is_extra


@pytest.mark.parametrize("packing", [2, 3, 4])
def test_packed_discriminator_reads_every_slot_and_their_order(packing):
    critic, pack = build("packed-discriminator", packing=packing), normal(BATCH, packing, 2)
    logit = critic(pack)
    for slot in range(packing):
        changed = pack.clone()
        changed[:, slot] += 1
        assert (critic(changed) != logit).all()
    assert (critic(pack.flip(1)) != logit).all()
    torch.testing.assert_close(logit, critic.body(pack.flatten(1)).squeeze(1))


@pytest.mark.parametrize(
    ("role", "missing"),
    [
        ("reconstructor", "reconstructor"),
        ("encoder", "encoder"),
        ("autoencoder", "autoencoder"),
        ("teacher", None),
        ("joint-generator", None),
    ],
)
def test_a_role_without_a_network_in_the_recipe_is_named(role, missing):
    with pytest.raises(ValueError, match=f"'{role}'; roles: generator, "):
        networks.build(role, recipe(**{missing: None} if missing else {}), (2,))


@pytest.mark.parametrize(("output", "bounded"), [("tanh", True), ("linear", False)])
def test_only_a_tanh_output_is_bounded_by_one(output, bounded):
    produced = build("generator", generator={"output": output})(1e3 * normal(50, K)).abs().max()
    assert (produced <= 1) == bounded


@pytest.mark.parametrize(
    ("activation", "of_minus_one"), [("relu", 0.0), ("leaky-relu", -0.2), ("tanh", -0.7615942), ("elu", 1 / e - 1)]
)
def test_activation_is_the_named_one(activation, of_minus_one):
    critic = build("discriminator", (1,), discriminator={"hidden": [1], "activation": activation})
    with torch.no_grad():
        for p in critic.parameters():
            p.fill_(1.0 if p.ndim == 2 else 0.0)
        assert critic(-torch.ones(1, 1).double()).item() == pytest.approx(of_minus_one)
        assert critic(torch.ones(1, 1).double()).item() == pytest.approx(0.7615942 if activation == "tanh" else 1.0)


# Maxout


def test_a_maxout_layer_has_pieces_times_its_width_and_is_the_largest_of_its_lines():
    critic = build("discriminator", discriminator={"hidden": [4, 3], "activation": "maxout", "pieces": 2})
    first, second, last = linears(critic)
    assert [tuple(layer.weight.shape) for layer in (first, second, last)] == [(8, 2), (6, 4), (1, 3)]
    x = normal(BATCH, 2)
    h = x
    for layer, width in ((first, 4), (second, 3)):
        lines = h @ layer.weight.T + layer.bias
        h = torch.stack([torch.maximum(lines[:, 2 * unit], lines[:, 2 * unit + 1]) for unit in range(width)], dim=1)
    torch.testing.assert_close(critic(x), (h @ last.weight.T + last.bias).squeeze(1))


# Batch norm


@pytest.mark.parametrize("activation", ["relu", "maxout"])
@pytest.mark.parametrize("role", networks.ROLES)
def test_batch_norm_follows_every_hidden_linear_layer_before_its_activation_and_no_other(role, activation):
    key = role.removeprefix("joint-").removeprefix("packed-")
    network = build(role, packing=PACKING, **{key: {"normalisation": "batch", "activation": activation}})
    parts = [network.encoder, network.decoder] if role == "autoencoder" else [network.body]
    norm = "CriticBatchNorm" if key == "discriminator" else "BatchNorm1d"
    for part in parts:
        kinds = [type(layer).__name__ for layer in part]
        hidden = ["Linear", norm, "ReLU" if activation == "relu" else "Maxout"]
        assert kinds == [*hidden * 2, "Linear"]
        *inner, last = (layer for layer in part if isinstance(layer, nn.Linear))
        assert [layer.bias for layer in inner] == [None, None]
        assert last.bias is not None
        norms = [layer for layer in part if isinstance(layer, nn.BatchNorm1d)]
        assert {(layer.eps, layer.affine, layer.track_running_stats) for layer in norms} == {(1e-4, True, False)}
    plain = build(role, packing=PACKING)
    assert all(layer.bias is not None for layer in linears(plain))
    assert not any(isinstance(module, nn.BatchNorm1d) for module in plain.modules())


@pytest.mark.parametrize(("eps", "is_ours"), [(1e-4, True), (1e-5, False), (1e-3, False)])
def test_batch_norm_by_hand(eps, is_ours):
    critic = build("discriminator", discriminator={"hidden": [4], "activation": "tanh", "normalisation": "batch"})
    hidden, norm, _, last = critic.body
    with torch.no_grad():
        norm.weight.copy_(normal(4))
        norm.bias.copy_(normal(4, seed=3))
    x = 0.03 * normal(BATCH, 2)  # of a variance at which the eps counts
    h = x @ hidden.weight.T
    h = (h - h.mean(0)) / ((h - h.mean(0)).square().mean(0) + eps).sqrt() * norm.weight + norm.bias
    expected = (h.tanh() @ last.weight.T + last.bias).squeeze(1)
    assert torch.allclose(critic(x), expected, rtol=1e-9, atol=1e-9) == is_ours


# Encoder


@pytest.mark.parametrize("posterior", ["gaussian", "bounded"])
def test_mean_and_sigma_are_functions_of_the_item(posterior):
    encoder, x, eps = build("encoder", encoder={"posterior": posterior}), normal(BATCH, 2), normal(BATCH, K, seed=3)
    h = encoder.body(x).tanh() if posterior == "bounded" else encoder.body(x)
    mean, sigma = h[:, :K], h[:, K:].exp()
    torch.testing.assert_close(encoder(x, eps), mean + sigma * eps)
    torch.testing.assert_close(encoder(x, torch.zeros_like(eps)), mean)
    torch.testing.assert_close(encoder(x, 3 * eps) - mean, 3 * sigma * eps)  # linear in the noise
    assert len({round(value, 9) for value in sigma.flatten().tolist()}) == BATCH * K


def test_implicit_posterior_has_the_noise_as_an_input_of_its_network():
    encoder = build("encoder", (3, 8, 8), encoder={"posterior": "implicit", "activation": "tanh"})
    x, eps = normal(BATCH, 3, 8, 8), normal(BATCH, K, seed=3)
    assert (encoder.body[0].in_features, encoder.body[-1].out_features) == (192 + K, K)
    torch.testing.assert_close(encoder(x, eps), encoder.body(torch.cat([x.flatten(1), eps], dim=1)))
    zero = torch.zeros_like(eps)
    once, twice = (encoder(x, factor * eps) - encoder(x, zero) for factor in (1, 2))
    assert not torch.allclose(twice, 2 * once, rtol=1e-3)  # unlike the other two
    assert (encoder(x + 1, eps) != encoder(x, eps)).all()


# Autoencoder


def test_decoder_mirrors_the_encoder_around_the_code_and_reconstructs_from_it():
    autoencoder = build("autoencoder", (3, 8, 8), autoencoder={"hidden": [20, 10, 5], "code": 4})
    widths = [layer.in_features for layer in linears(autoencoder.encoder)]
    assert [*widths, linears(autoencoder.encoder)[-1].out_features] == [192, 20, 10, 5, 4]
    widths = [layer.in_features for layer in linears(autoencoder.decoder)]
    assert [*widths, linears(autoencoder.decoder)[-1].out_features] == [4, 5, 10, 20, 192]
    x = normal(BATCH, 3, 8, 8)
    reconstruction, code = autoencoder(x)
    torch.testing.assert_close(code, autoencoder.encoder(x.flatten(1)))
    torch.testing.assert_close(reconstruction, autoencoder.decoder(code).view(BATCH, 3, 8, 8))


def test_output_of_an_autoencoder_is_that_of_its_reconstruction_and_its_code_is_linear():
    for output, bounded in (("linear", False), ("tanh", True)):
        reconstruction, code = build("autoencoder", autoencoder={"output": output})(1e4 * normal(50, 2))
        assert (reconstruction.abs().max() <= 1) == bounded
        assert code.abs().max() > 1
        assert (code < 0).any()


# Initialisation

WIDE = {"hidden": [300, 40], "activation": "relu"}


def initialised(method: str | None, scale: float = 1.0, role: str = "discriminator", **spec: Any) -> nn.Module:
    init = {"kind": method, "scale": scale} if method else None
    return build(role, (100,), **{role: WIDE | {"init": init} | spec})


@pytest.mark.parametrize("gain", [1.0, 0.8, 1.4])
def test_orthogonal_weights_have_rows_or_columns_of_length_gain(gain):
    for layer in linears(initialised("orthogonal", gain)):
        w = layer.weight.detach()
        short = w if w.shape[0] <= w.shape[1] else w.T
        torch.testing.assert_close(short @ short.T, gain**2 * torch.eye(len(short)).double(), atol=1e-5, rtol=0)


@pytest.mark.parametrize("sd", [0.02, 1.0])
def test_normal_weights_have_their_standard_deviation(sd):
    for layer in linears(initialised("normal", sd))[:2]:
        w = layer.weight.detach().flatten() / sd
        n = len(w)
        assert w.mean().abs() < 4 / n**0.5
        assert (w.square().mean() - 1).abs() < 4 * (2 / n) ** 0.5
        assert (w.abs().max() > 3).item()  # a uniform draw of this sd ends at 1.7
        assert ((w.abs() < 1).double().mean() - 0.6827).abs() < 4 * (0.6827 * 0.3173 / n) ** 0.5


@pytest.mark.parametrize("gain", [1.0, 0.5, 2.0])
@pytest.mark.parametrize("method", ["glorot-uniform", "he-uniform"])
def test_uniform_weights_fill_their_bound(method, gain):
    for layer in linears(initialised(method, gain))[:2]:
        outputs, fan_in = layer.weight.shape
        bound = gain * (6 / (fan_in + outputs if method == "glorot-uniform" else fan_in)) ** 0.5
        w = layer.weight.detach().flatten() / bound
        assert 0.999 < w.abs().max() <= 1 + 1e-6
        assert (w.square().mean() - 1 / 3).abs() < 4 * (4 / 45 / len(w)) ** 0.5


@pytest.mark.parametrize("normalisation", ["none", "batch"])
@pytest.mark.parametrize("method", ["orthogonal", "normal", "glorot-uniform", "he-uniform"])
@pytest.mark.parametrize("role", ["generator", "autoencoder", "encoder"])
def test_biases_begin_at_zero_and_batch_norm_at_the_identity(role, method, normalisation):
    network = initialised(method, role=role, normalisation=normalisation)
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm1d)]
    assert bool(norms) == (normalisation == "batch")
    assert all((norm.weight == 1).all() and (norm.bias == 0).all() for norm in norms)
    biases = [layer.bias for layer in linears(network) if layer.bias is not None]
    assert biases
    assert not any(bias.any() for bias in biases)


def test_without_an_initialisation_weights_and_biases_are_torchs_own_and_its_generator_decides_them():
    ours, same, other = (build("discriminator", seed=seed) for seed in (3, 3, 4))
    weights = [torch.cat([p.flatten() for p in network.parameters()]) for network in (ours, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.isclose(weights[0], weights[2]).all()
    for layer in linears(initialised(None)):
        bound = layer.in_features**-0.5
        assert 0.9 * bound < layer.weight.abs().max() <= bound + 1e-7
        assert layer.bias.any()
        assert layer.bias.abs().max() <= bound + 1e-7

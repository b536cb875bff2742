"""Every role, as a perceptron and as a convolutional network: what goes in, what comes out, and batch norm."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from blocks import RECIPE
from role_networks import BATCH, EXTRA, PACKING, PAIRED, K, build, inputs, normal, of_kind
from torch import nn

from modecollapse import networks
from modecollapse.networks.layers import CriticBatchNorm
from modecollapse.study.recipe import Training

ROLES = [role for role in networks.ROLES if role not in ("encoder", "reconstructor")]
# Of convolutional networks
KINDS: dict[str, dict[str, Any]] = {
    "strided": {},
    "full-size finest map": {"image_stride": 1},
    "paired": PAIRED,
    "dense": {"dense": [7, 6]},
    "wide kernel": {"kernel": 5},
    "even kernel": {"kernel": 4, "channels": [3, 3, 3]},
}
CASES = [(role, "perceptron", {}) for role in networks.ROLES]
CASES += [(role, kind, {"conv": True, **spec}) for role in ROLES for kind, spec in KINDS.items()]
cases = pytest.mark.parametrize(("role", "kind", "spec"), CASES)
CONVOLUTIONS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


@pytest.mark.parametrize("extra_noise", [0, EXTRA])
@cases
def test_each_role_maps_a_batch_to_its_shape_item_by_item_without_batch_norm(
    role: str, kind: str, spec: dict[str, Any], extra_noise: int
) -> None:
    for shape in [(2,), (3, 8, 8)] if kind == "perceptron" else [(3, 8, 8), (1, 28, 28), (3, 32, 32)]:
        network, whole = build(role, shape, PACKING, extra_noise=extra_noise, **spec), inputs(role, shape)
        made, alone = (network(*read) for read in (whole, [part[2:3] for part in whole]))
        if role == "autoencoder":
            for all_rows, row in zip(made, alone, strict=True):
                torch.testing.assert_close(all_rows[2:3], row, rtol=1e-12, atol=1e-12)
            made, code = made
            assert code.shape == (BATCH, 3 if kind == "perceptron" else 2)
        else:
            torch.testing.assert_close(made[2:3], alone, rtol=1e-12, atol=1e-12)
        data, inferred = torch.Size(shape).numel(), K - extra_noise
        outputs = {"generator": shape, "autoencoder": shape, "reconstructor": (inferred,), "encoder": (inferred,)}
        assert made.shape == (BATCH, *outputs.get(role, ()))
        reads = {"generator": K, "joint-discriminator": inferred + data, "packed-discriminator": PACKING * data}
        if kind == "perceptron":
            assert of_kind(network, nn.Linear)[0].in_features == reads.get(role, data)
        assert not of_kind(network, nn.BatchNorm1d, nn.BatchNorm2d)
        assert all(layer.bias is not None for layer in of_kind(network, *CONVOLUTIONS))


@pytest.mark.parametrize("extra_noise", [0, EXTRA])
@pytest.mark.parametrize(("conv", "shape"), [(False, (2,)), (True, (1, 8, 8))])
def test_only_the_generator_reads_the_extra_noise(conv: bool, shape: tuple[int, ...], extra_noise: int) -> None:
    z, x = normal(BATCH, K), normal(BATCH, *shape, seed=2)
    generator, critic, encoder = (
        build(role, shape, extra_noise=extra_noise, conv=conv and role != "encoder")
        for role in ("generator", "joint-discriminator", "encoder")
    )
    for entry in range(K):
        is_extra, moved = entry >= K - extra_noise, z.index_fill(1, torch.tensor(entry), 3.0)
        assert (generator(moved) != generator(z)).flatten(1).any(1).all()
        assert ((critic(moved, x) == critic(z, x)) == is_extra).all()
        assert torch.equal(encoder(x, moved), encoder(x, z)) == is_extra


@pytest.mark.parametrize(("conv", "shape"), [(False, (2,)), (True, (3, 8, 8))])
@pytest.mark.parametrize("packing", [2, 3, 4])
def test_a_packed_discriminator_reads_every_slot_and_their_order(
    packing: int, conv: bool, shape: tuple[int, ...]
) -> None:
    critic, pack = build("packed-discriminator", shape, packing, conv=conv), normal(BATCH, packing, *shape)
    logit = critic(pack)
    for slot in range(packing):
        changed = pack.clone()
        changed[:, slot] += 1
        assert (critic(changed) != logit).all()
    assert (critic(pack.flip(1)) != logit).all()
    stacked = pack.flatten(1, 2)  # the images of a pack are channels
    expected = critic.head(critic.features(stacked)) if conv else critic.body(stacked)
    torch.testing.assert_close(logit, expected.squeeze(1))


@pytest.mark.parametrize(("output", "bounded"), [("tanh", True), ("linear", False)])
@pytest.mark.parametrize(("conv", "shape"), [(False, (2,)), (True, (1, 8, 8))])
@pytest.mark.parametrize("role", ["generator", "autoencoder"])
def test_only_a_tanh_output_is_bounded_by_one_and_a_code_is_linear(
    role: str, conv: bool, shape: tuple[int, ...], output: str, bounded: bool
) -> None:
    made = build(role, shape, conv=conv, output=output)(*(1e4 * part for part in inputs(role, shape)))
    if role == "autoencoder":
        made, code = made
        assert code.abs().max() > 1
        assert (code < 0).any()
    assert (made.abs().max() <= 1) == bounded


@cases
def test_every_layer_but_the_last_has_batch_norm_or_a_bias(role: str, kind: str, spec: dict[str, Any]) -> None:
    bare = {} if kind == "perceptron" or role == "generator" else {"bare": []}
    network = build(role, (3, 8, 8), PACKING, normalisation="batch", **bare, **spec)
    parts = [network.encoder, network.decoder] if role == "autoencoder" else [network]
    for part in parts:
        layers, norms = of_kind(part, *CONVOLUTIONS), of_kind(part, nn.BatchNorm1d, nn.BatchNorm2d)
        start = kind == "paired" and (role == "generator" or part is parts[-1] and role == "autoencoder")
        assert sum(layer.bias is None for layer in layers) == len(norms) == len(layers) - 1 - start
        assert layers[-1].bias is not None
        eps = 1e-4 if kind == "perceptron" else 1e-5
        assert {(n.eps, n.affine, n.track_running_stats) for n in norms} == {(eps, True, False)}
        if role != "autoencoder":
            assert all(isinstance(n, CriticBatchNorm) == role.endswith("discriminator") for n in norms)
        if kind == "perceptron":
            order = [type(layer).__name__.replace("Critic", "") for layer in of_kind(part, nn.Linear, nn.BatchNorm1d)]
            assert [name.removesuffix("1d") for name in order] == [*["Linear", "BatchNorm"] * 2, "Linear"]


@pytest.mark.parametrize(
    ("role", "given"),
    [("reconstructor", None), ("encoder", None), ("autoencoder", None), ("teacher", {}), ("joint-generator", {})],
)
def test_a_role_without_a_network_in_the_recipe_is_named(role: str, given: dict[str, Any] | None) -> None:
    specs = RECIPE["networks"] | ({role: None} if given is None else given)
    with pytest.raises(ValueError, match=f"'{role}'; roles: generator, "):
        networks.build(role, Training.model_validate(RECIPE | {"networks": specs}), (2,))

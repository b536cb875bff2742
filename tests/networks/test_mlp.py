"""Networks by role: what goes in, what comes out."""

from __future__ import annotations

import pytest
import torch
from blocks import networks as recipe_networks

from modecollapse import networks

K, BATCH = 4, 6
SHAPES = [(2,), (3, 8, 8)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("role", networks.ROLES)
def test_each_role_maps_a_batch_to_its_shape(role, shape):
    z, x = torch.randn(BATCH, K), torch.randn(BATCH, *shape)
    inputs, output = {
        "generator": ((z,), (BATCH, *shape)),
        "discriminator": ((x,), (BATCH,)),
        "joint-discriminator": ((z, x), (BATCH,)),
        "reconstructor": ((x,), (BATCH, K)),
    }[role]
    assert networks.build(role, recipe_networks(), K, shape)(*inputs).shape == output


@pytest.mark.parametrize("batch", [1, BATCH])
def test_joint_discriminator_reads_both_parts_of_the_pair(batch):
    critic = networks.build("joint-discriminator", recipe_networks(), K, (2,))
    z, x = torch.randn(batch, K), torch.randn(batch, 2)
    logit = critic(z, x)
    assert (critic(z + 1, x) != logit).all()
    assert (critic(z, x + 1) != logit).all()


def test_a_batch_is_treated_item_by_item():
    generator = networks.build("generator", recipe_networks(), K, (3, 8, 8))
    z = torch.randn(BATCH, K)
    torch.testing.assert_close(generator(z)[2:3], generator(z[2:3]))


@pytest.mark.parametrize("role", ["reconstructor", "teacher"])
def test_a_role_without_a_network_in_the_recipe_is_named(role):
    with pytest.raises(ValueError, match=role):
        networks.build(role, recipe_networks(reconstructor=None), K, (2,))


@pytest.mark.parametrize(("output", "bounded"), [("tanh", True), ("linear", False)])
def test_only_a_tanh_output_is_bounded_by_one(output, bounded):
    spec = {"hidden": [8], "activation": "relu", "output": output}
    generator = networks.build("generator", recipe_networks(generator=spec), K, (2,))
    produced = generator(1e3 * torch.randn(50, K)).abs().max()
    assert (produced <= 1) == bounded


def test_hidden_widths_are_those_of_the_recipe():
    generator = networks.build(
        "generator", recipe_networks(generator={"hidden": [5, 9], "activation": "tanh"}), K, (2,)
    )
    assert [tuple(p.shape) for p in generator.parameters() if p.ndim == 2] == [(5, K), (9, 5), (2, 9)]


@pytest.mark.parametrize(("activation", "of_minus_one"), [("relu", 0.0), ("leaky-relu", -0.2), ("tanh", -0.7615942)])
def test_activation_is_the_named_one(activation, of_minus_one):
    spec = {"hidden": [1], "activation": activation}
    critic = networks.build("discriminator", recipe_networks(discriminator=spec), 1, (1,))
    with torch.no_grad():
        for p in critic.parameters():
            p.fill_(1.0 if p.ndim == 2 else 0.0)
        assert critic(-torch.ones(1, 1)).item() == pytest.approx(of_minus_one)

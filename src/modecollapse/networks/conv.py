"""Convolutional networks for the roles that make or see images."""

from __future__ import annotations

import torch
from torch import nn

from modecollapse.networks.convolutions import features_to, from_image, to_image, to_map
from modecollapse.study.recipe import ConvAutoencoder, ConvCritic, ConvGenerator


class ConvolutionalGenerator(nn.Module):
    """G: (batch, K) latents to (batch, *shape) images."""

    def __init__(self, latent: int, shape: tuple[int, ...], spec: ConvGenerator) -> None:
        super().__init__()
        start = to_map(latent, spec.dense, spec.channels, shape, spec)
        self.body = nn.Sequential(*start, *to_image(spec.channels, shape, spec))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.body(z)


class ConvolutionalCritic(nn.Module):
    """D: one logit for each image, pack of images (batch, m, *shape), or pair (z, x). Returns (batch,).

    The images of a pack are stacked as channels. z, of which it reads the first `latent` entries, joins the coarsest
    map.
    """

    def __init__(self, shape: tuple[int, ...], spec: ConvCritic, packing: int = 1, latent: int = 0) -> None:
        super().__init__()
        channels, *size = shape
        self.pack, self.latent = (packing * channels, *size), latent
        self.features = nn.Sequential(*from_image(self.pack, spec), nn.Flatten())
        self.head = nn.Sequential(*features_to(1, latent + _flat_width(spec, self.pack), spec))

    def forward(self, *parts: torch.Tensor) -> torch.Tensor:
        *z, x = parts
        h = self.features(x.reshape(-1, *self.pack))
        return self.head(torch.cat([part[:, : self.latent] for part in z] + [h], dim=1)).squeeze(-1)


class ConvolutionalAutoencoder(nn.Module):
    """D of EBGAN and BEGAN: (batch, *shape) images to their reconstructions and their codes, (batch, code)."""

    def __init__(self, shape: tuple[int, ...], spec: ConvAutoencoder) -> None:
        super().__init__()
        channels = spec.decoder or spec.channels[::-1]
        encoder, decoder = from_image(shape, spec), to_image(channels, shape, spec)
        if spec.code:
            encoder += [nn.Flatten(), *features_to(spec.code, _flat_width(spec, shape), spec)]
            decoder = to_map(spec.code, spec.dense[::-1], channels, shape, spec) + decoder
        self.encoder, self.decoder = nn.Sequential(*encoder), nn.Sequential(*decoder)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        code = self.encoder(x)
        return self.decoder(code), code.flatten(1)


def _flat_width(spec: ConvCritic, shape: tuple[int, ...]) -> int:
    """How many numbers the coarsest map of an image has."""
    coarsest = spec.convolutions(spec.channels, shape)[-1]
    return coarsest.outputs * coarsest.after**2

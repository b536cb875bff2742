"""A recipe as a pydantic model: how a cell is trained. All of it decides numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from modecollapse.study.catalogue import Strict
from modecollapse.study.evaluations import evaluation_steps
from modecollapse.study.fields import Count, Width
from modecollapse.study.network_specs import Formula, Networks, network_of
from modecollapse.study.optimizer_specs import Adam, Optimizer, RmsProp

OptimizedRole = Literal["generator", "discriminator", "reconstructor", "encoder", "autoencoder"]


class Training(Strict):
    """How a cell is trained: everything here decides its numbers."""

    latent: Width
    extra_noise: Annotated[int, Field(ge=0, le=100_000)] = 0  # of the latents, the last ones that G alone reads
    prior: Literal["normal", "uniform"] = "normal"  # N(0, I), or uniform on [-1, 1]
    batch: Width
    steps: Count
    evaluations: Annotated[int, Field(ge=1, le=100_000)]
    schedule: Literal["alternating", "simultaneous"]
    networks: Networks
    optimizer: Optimizer
    optimizers: dict[OptimizedRole, Optimizer] = {}  # of the networks that have another one

    @property
    def evaluated(self) -> list[int]:
        """The steps after which the samples are evaluated, from 0 to the last."""
        return evaluation_steps(self.steps, self.evaluations)

    def optimizer_of(self, role: str) -> Adam | RmsProp:
        """The optimizer of the network that plays a role."""
        return self.optimizers.get(network_of(role), self.optimizer)

    @model_validator(mode="after")
    def _numbers_fit(self) -> Training:
        if self.evaluations > self.steps:
            raise ValueError(f"evaluations is {self.evaluations}; allowed: at most the {self.steps} steps")
        if self.extra_noise >= self.latent:
            raise ValueError(f"extra_noise is {self.extra_noise}; allowed: fewer than the {self.latent} latents")
        if self.batch == 1 and any(getattr(spec, "normalisation", "") == "batch" for _, spec in self.networks):
            raise ValueError("batch is 1; allowed: at least 2 where a network has batch norm")
        if isinstance(self.networks.generator, Formula) and (self.latent < 2 or self.prior != "normal"):
            given = f"latent {self.latent} and prior {self.prior}"
            raise ValueError(f"{given}; allowed: at least 2 normal latents where the generator is a formula")
        return self

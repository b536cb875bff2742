"""Recipes as pydantic models: networks, optimizers and how a cell is trained. All of it decides numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from modecollapse.study.catalogue import Strict

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
OptimizedRole = Literal["generator", "discriminator", "reconstructor", "encoder", "autoencoder"]


class Init(Strict):
    """How the weights of linear layers begin; biases begin at zero. Without it, torch's own initialisation."""

    method: Literal["orthogonal", "normal", "glorot-uniform", "he-uniform"]
    scale: Positive = 1.0  # the standard deviation of a normal draw, the gain of the others


class Mlp(Strict):
    """A multilayer perceptron: the widths of its hidden layers and what follows each of them."""

    hidden: list[Count] = Field(min_length=1)
    activation: Literal["relu", "leaky-relu", "tanh", "elu", "maxout"]
    pieces: Annotated[int, Field(ge=2)] = 5  # of a maxout unit; other activations have none
    normalisation: Literal["none", "batch"] = "none"  # batch norm after every hidden linear layer
    output: Literal["linear", "tanh"] = "linear"
    init: Init | None = None


class Encoder(Mlp):
    """An encoder E and its posterior q(z|x).

    `gaussian`: N(mean(x), sigma(x)^2); `bounded`: the same with tanh on mean and log sigma (the VEEGAN authors' ALI);
    `implicit`: the noise is an input of the network (ALI's own toy experiment).
    """

    posterior: Literal["gaussian", "bounded", "implicit"] = "gaussian"


class Autoencoder(Mlp):
    """An autoencoder: `hidden` are the widths of its encoder, which the decoder mirrors, `code` that between them."""

    code: Count


class Networks(Strict):
    """The networks of a recipe by role. A variant uses those it needs."""

    generator: Mlp
    discriminator: Mlp
    reconstructor: Mlp | None = None
    encoder: Encoder | None = None
    autoencoder: Autoencoder | None = None

    def of_role(self, role: str) -> Mlp | None:
        """The network for a role of a variant; a joint or packed discriminator is one that sees more."""
        return getattr(self, network_of(role), None)


def network_of(role: str) -> str:
    """The key of a recipe's networks and optimizers that a role goes by."""
    return role.removeprefix("joint-").removeprefix("packed-")


class Adam(Strict):
    """Adam (Kingma and Ba 2015)."""

    lr: Positive
    beta1: Fraction
    beta2: Fraction = 0.999
    eps: Positive = 1e-8


class RmsProp(Strict):
    """RMSProp (Hinton 2012); alpha smooths the squared gradient. The default values are torch's."""

    lr: Positive
    alpha: Fraction = 0.99
    eps: Positive = 1e-8


class Optimizer(Strict):
    """One of the two, with its settings."""

    adam: Adam | None = None
    rmsprop: RmsProp | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Optimizer:
        if (self.adam is None) == (self.rmsprop is None):
            raise ValueError("has none or both of adam and rmsprop; allowed: one of them")
        return self

    @property
    def method(self) -> str:
        """`adam` or `rmsprop`."""
        return "adam" if self.adam else "rmsprop"


class Training(Strict):
    """How a cell is trained: everything here decides its numbers."""

    latent: Count
    extra_noise: Annotated[int, Field(ge=0)] = 0  # of the latents, the last ones that G alone reads
    prior: Literal["normal", "uniform"] = "normal"  # N(0, I), or uniform on [-1, 1]
    batch: Count
    steps: Count
    evaluations: Count
    schedule: Literal["alternating", "simultaneous"]
    networks: Networks
    optimizer: Optimizer
    optimizers: dict[OptimizedRole, Optimizer] = {}  # of the networks that have one of their own

    def optimizer_of(self, role: str) -> Optimizer:
        """The optimizer of the network that plays a role."""
        return self.optimizers.get(network_of(role), self.optimizer)

    @model_validator(mode="after")
    def _numbers_fit(self) -> Training:
        if self.evaluations > self.steps:
            raise ValueError(f"evaluations is {self.evaluations}; allowed: at most the {self.steps} steps")
        if self.extra_noise >= self.latent:
            raise ValueError(f"extra_noise is {self.extra_noise}; allowed: fewer than the {self.latent} latents")
        if self.batch == 1 and any(spec.normalisation == "batch" for _, spec in self.networks if spec):
            raise ValueError("batch is 1; allowed: at least 2 where a network has batch norm")
        return self

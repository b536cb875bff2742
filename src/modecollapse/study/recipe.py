"""Recipes as pydantic models: networks, optimizers and how a cell is trained. All of it decides numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, model_validator

from modecollapse.study.catalogue import Strict
from modecollapse.study.problems import unknown

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
# Limits that a machine could meet: what is above them was meant to be something else.
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]  # of steps
Width = Annotated[int, Field(ge=1, le=100_000)]  # of a layer, a code or a batch
Widths = Annotated[list[Width], Field(max_length=100)]
LATE = 5  # evaluations in the last tenth of the steps, if it has as many steps
SNAPSHOTS = 9  # evaluations whose first samples are kept
OptimizedRole = Literal["generator", "discriminator", "reconstructor", "encoder", "autoencoder"]


class Init(Strict):
    """How the weights of linear layers begin; biases begin at zero. Without it, torch's own initialisation."""

    kind: Literal["orthogonal", "normal", "glorot-uniform", "he-uniform"]
    scale: Positive = 1.0  # the standard deviation of a normal draw, the gain of the others


class Mlp(Strict):
    """A multilayer perceptron: the widths of its hidden layers and what follows each of them."""

    kind: Literal["mlp"] = "mlp"
    hidden: Widths = Field(min_length=1)
    activation: Literal["relu", "leaky-relu", "tanh", "elu", "maxout"]
    pieces: Annotated[int, Field(ge=2, le=1_000)] = 5  # of a maxout unit; other activations have none
    # batch norm after every hidden linear layer; `spectral`: every linear layer divided by its largest singular value
    normalisation: Literal["none", "batch", "spectral"] = "none"
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

    code: Width


class Convolution(NamedTuple):
    """One convolution, read in a critic's direction: channels and sizes of the square maps before and after it."""

    inputs: int
    outputs: int
    before: int
    after: int


class ConvInit(Init):
    """How the weights of convolutions and linear layers begin."""

    kind: Literal["normal", "glorot-uniform"]


class Conv(Strict):
    """A convolutional network for square images; a generator is a critic read backwards.

    `channels` are those of its maps: a critic's from the finest to the coarsest, a generator's from the coarsest to the
    finest. Each map has half the size of the next finer one, rounded up: 28, 14, 7, 4, 2.
    """

    kind: Literal["conv"] = "conv"
    channels: Widths = Field(min_length=1)
    kernel: Annotated[int, Field(ge=1, le=1_000)]  # height and width of every convolution
    # `strided`: one convolution of stride 2 from map to map, transposed in a generator (DCGAN). `paired`: two of stride
    # 1 on every map; between maps a strided one to the coarser, nearest neighbours to the finer (BEGAN)
    block: Literal["strided", "paired"] = "strided"
    image_stride: Annotated[int, Field(ge=1, le=2)] = 2  # of the convolution between the image and the finest map
    dense: Widths = []  # widths of linear layers before a generator's first map, after a critic's last
    activation: Literal["relu", "leaky-relu", "elu"]
    slope: Positive = 0.2  # of leaky ReLU below zero
    normalisation: Literal["none", "batch"] = "none"  # batch norm after every layer but the last
    init: ConvInit | None = None

    def convolutions(self, channels: list[int], shape: tuple[int, ...]) -> list[Convolution]:
        """From an image to the coarsest map, for `channels` from the finest map on.

        ValueError where items of that shape are no square images, or cannot be halved that often.
        """
        size = _image_size(shape)
        halvings, most = len(channels) + self.image_stride - 2, (size - 1).bit_length()
        if halvings > most:
            raise ValueError(
                f"channels is {self.channels}, which halve images of {size} x {size} {halvings} times; "
                f"allowed: at most {most} times"
            )
        first = size if self.image_stride == 1 else (size + 1) // 2
        found = [Convolution(shape[0], channels[0], size, first)]
        for number, width in enumerate(channels):
            before, fine = found[-1].outputs, found[-1].after
            coarse = (fine + 1) // 2 if number else fine
            if number:
                found.append(Convolution(before, width if self.block == "strided" else before, fine, coarse))
            if self.block == "paired":
                found += [Convolution(before, width, coarse, coarse), Convolution(width, width, coarse, coarse)]
        return found


class ConvGenerator(Conv):
    """A convolutional generator."""

    output: Literal["linear", "tanh"] = "linear"


class ConvCritic(Conv):
    """A convolutional discriminator or critic; in a pair (z, x) z joins the coarsest map."""

    # the layers that batch norm does not follow: the first convolution (DCGAN), the dense ones
    bare: list[Literal["first", "dense"]] = ["first"]


class ConvAutoencoder(ConvCritic):
    """A convolutional autoencoder: `channels` and `dense` are those of its encoder, which the decoder mirrors."""

    code: Width | None = None  # its width; without it the coarsest map is the code
    decoder: Widths | None = None  # channels from the coarsest map on, where they are not the encoder's backwards
    output: Literal["linear", "tanh"] = "linear"

    @model_validator(mode="after")
    def _both_halves_meet(self) -> ConvAutoencoder:
        if self.decoder is not None and len(self.decoder) != len(self.channels):
            raise ValueError(f"decoder is {self.decoder}; allowed: {len(self.channels)} channels, as in the encoder")
        if self.code is None and (self.dense or (self.decoder and self.decoder[0] != self.channels[-1])):
            raise ValueError("code is missing; allowed: none only where both halves meet in one map")
        return self


class Formula(Strict):
    """A generator of points of the plane that is no network (networks/formulas.py)."""


class Ring(Formula):
    """The first `kept` of `modes` Gaussians N(m, sd^2 I) on a circle, as a formula of the first two latents."""

    kind: Literal["ring"] = "ring"
    modes: Annotated[int, Field(ge=1, le=10_000)] = 8
    kept: Annotated[int, Field(ge=1, le=10_000)]
    radius: Positive = 1.0
    sd: Positive

    @model_validator(mode="after")
    def _keeps_what_there_is(self) -> Ring:
        if self.kept > self.modes:
            raise ValueError(f"kept is {self.kept}; allowed: at most the {self.modes} modes")
        return self


class Points(Formula):
    """Points that an update moves one by one; they begin on a lattice of per_side x per_side in a rectangle."""

    kind: Literal["points"] = "points"
    per_side: Annotated[int, Field(ge=2, le=1_000)]
    low: Annotated[list[Finite], Field(min_length=2, max_length=2)]  # the corner with the lowest coordinates
    high: Annotated[list[Finite], Field(min_length=2, max_length=2)]  # and the one with the highest


class Law(Formula):
    """Draws of a law in any dimension (networks/law.py): independent coordinates of mean `shift` and deviation `sd`.

    With `points` it is a model that has memorised so many draws: a mean of Gaussian kernels at them, of standard
    deviation `bandwidth`.
    """

    kind: Literal["law"] = "law"
    form: Literal["normal", "uniform"] = "normal"
    shift: Finite = 0.0
    sd: Positive = 1.0
    points: Annotated[int, Field(ge=0, le=100_000)] = 0
    bandwidth: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


def _image_size(shape: tuple[int, ...]) -> int:
    if len(shape) != 3 or shape[1] != shape[2]:
        raise ValueError(f"items have shape {shape}; allowed: (channels, size, size), or a network with `hidden`")
    return shape[1]


def _by_kind(kinds: Mapping[str, type[Strict]], kind_of: Callable[[dict[str, Any]], Any]) -> BeforeValidator:
    """Reads a mapping as the model of its kind, so that a mistake in it is one of that model."""

    def read(given: Any) -> Any:
        if isinstance(given, tuple(kinds.values())):
            return given
        if not isinstance(given, dict):
            return next(iter(kinds.values())).model_validate(given)  # which says that it has to be a mapping
        kind = kind_of(given)
        if not isinstance(kind, str) or kind not in kinds:
            raise ValueError(f"kind {unknown(kind, kinds)}")
        return kinds[kind].model_validate(given)

    return BeforeValidator(read)


def _network(perceptron: type[Mlp], convolutional: type[Conv], **formulas: type[Formula]) -> BeforeValidator:
    """Reads a network; one that states no kind and has channels is convolutional, any other a perceptron."""

    def kind_of(given: dict[str, Any]) -> Any:
        if {"hidden", "channels"} <= given.keys():
            allowed = "one; `kind: conv` or `kind: mlp` replaces a network of a lower file"
            raise ValueError(f"has hidden and channels; allowed: {allowed}")
        return given.get("kind", "conv" if "channels" in given else "mlp")

    return _by_kind({"mlp": perceptron, "conv": convolutional, **formulas}, kind_of)


class Networks(Strict):
    """The networks of a recipe by role. A variant uses those it needs."""

    generator: Annotated[
        Mlp | ConvGenerator | Ring | Points | Law, _network(Mlp, ConvGenerator, ring=Ring, points=Points, law=Law)
    ]
    discriminator: Annotated[Mlp | ConvCritic, _network(Mlp, ConvCritic)] | None = None
    reconstructor: Mlp | None = None
    encoder: Encoder | None = None
    autoencoder: Annotated[Autoencoder | ConvAutoencoder, _network(Autoencoder, ConvAutoencoder)] | None = None

    def of_role(self, role: str) -> Mlp | Conv | Formula | None:
        """The network for a role of a variant; a joint or packed discriminator is one that sees more."""
        return getattr(self, network_of(role), None)

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """ValueError where a convolutional network or a formula does not fit items of this shape."""
        if isinstance(self.generator, Ring | Points) and shape != (2,):
            raise ValueError(
                f"networks: generator: items have shape {shape}; allowed: points of the plane for a formula"
            )
        for role, spec in self:
            if isinstance(spec, Conv):
                try:
                    spec.convolutions(spec.channels, shape)
                except ValueError as problem:
                    raise ValueError(f"networks: {role}: {problem}") from None


def network_of(role: str) -> str:
    """The key of a recipe's networks and optimizers that a role goes by."""
    return role.removeprefix("joint-").removeprefix("packed-")


class Adam(Strict):
    """Adam (Kingma and Ba 2015)."""

    kind: Literal["adam"] = "adam"
    lr: Positive
    beta1: Fraction
    beta2: Fraction = 0.999
    eps: Positive = 1e-8


class RmsProp(Strict):
    """RMSProp (Hinton 2012); alpha smooths the squared gradient. The default values are torch's."""

    kind: Literal["rmsprop"] = "rmsprop"
    lr: Positive
    alpha: Fraction = 0.99
    eps: Positive = 1e-8


def _optimizer_kind(given: dict[str, Any]) -> Any:
    """The kind of an optimizer; ValueError for the form of an earlier release, whose settings stood below it."""
    example = "{kind: adam, lr: 0.001, beta1: 0.5}"
    for kind in OPTIMIZERS:
        if kind in given:
            raise ValueError(f"{kind} holds settings; allowed: its kind beside them, as in {example}")
    if "kind" not in given:
        raise ValueError(f"kind is missing; allowed: {' or '.join(OPTIMIZERS)}, as in {example}")
    return given["kind"]


OPTIMIZERS = {"adam": Adam, "rmsprop": RmsProp}
Optimizer = Annotated[Adam | RmsProp, _by_kind(OPTIMIZERS, _optimizer_kind)]


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


def evaluation_steps(steps: int, evaluations: int) -> list[int]:
    """The evaluated steps in order: 0, and `evaluations` more at equal distances up to the last step.

    Where fewer than LATE of these are in the last tenth, LATE others at equal distances are there instead, or every
    step of the last tenth where it has no more than that.
    """
    even = [round(i * steps / evaluations) for i in range(evaluations + 1)]
    late = [step for step in even if in_last_tenth(step, steps)]
    if len(late) < LATE:
        tenth = -(-steps // 10)
        late = [steps - i * tenth // LATE for i in range(LATE)]
    return sorted({*(step for step in even if not in_last_tenth(step, steps)), *late})


def in_last_tenth(step: Any, steps: int) -> Any:
    """Whether a step, or each of an array of steps, is in the last tenth of a training of `steps` steps."""
    return 10 * step > 9 * steps


def snapshot_steps(steps: int, evaluations: int) -> list[int]:
    """The evaluated steps whose first samples are kept: those nearest to the eighths of the training, each once."""
    evaluated, parts = evaluation_steps(steps, evaluations), SNAPSHOTS - 1
    return sorted({min(evaluated, key=lambda step: abs(parts * step - i * steps)) for i in range(SNAPSHOTS)})

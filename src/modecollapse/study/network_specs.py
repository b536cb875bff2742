"""Networks as pydantic models: what a recipe may say of them, by role."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, model_validator

from modecollapse.study.catalogue import Strict
from modecollapse.study.fields import Finite, Positive, Width, Widths, by_kind


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


def _network(perceptron: type[Mlp], convolutional: type[Conv], **formulas: type[Formula]) -> BeforeValidator:
    """Reads a network; one that states no kind and has channels is convolutional, any other a perceptron."""

    def kind_of(given: dict[str, Any]) -> Any:
        if {"hidden", "channels"} <= given.keys():
            allowed = "one; `kind: conv` or `kind: mlp` replaces a network of a lower file"
            raise ValueError(f"has hidden and channels; allowed: {allowed}")
        return given.get("kind", "conv" if "channels" in given else "mlp")

    return by_kind({"mlp": perceptron, "conv": convolutional, **formulas}, kind_of)


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

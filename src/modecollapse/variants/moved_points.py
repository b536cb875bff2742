"""Points that G's gradient moves while D stays as it was trained (LSGAN post, Figure 1)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch
from torch.func import grad

from modecollapse.variants import Objective, State, Update, gan_minimax, gan_nonsaturating, lsgan
from modecollapse.variants.point_distances import distances

LABEL = "Moved points"
NETWORKS = {"D": "discriminator", "G": "generator"}
OPTIONS = {
    "game": ["non-saturating", "minimax", "equation-9", "equation-8"],
    # D is trained on the data and on fakes, which are the data translated by so much along the first coordinate
    "fakes": {"default": -3.0, "most": 0},
    "pretraining_steps": {"default": 1000, "least": 0, "most": 1_000_000},
}
REQUIRES = {"generator kind": ["points"]}
GAMES = {
    "non-saturating": (gan_nonsaturating.Variant, {}),
    "minimax": (gan_minimax.Variant, {}),
    "equation-9": (lsgan.Variant, lsgan.PRESETS["equation-9"]),
    "equation-8": (lsgan.Variant, lsgan.PRESETS["equation-8"]),
}
LINES, REACH, HALVINGS = 61, 3.0, 16  # along which D's decision boundary is sought, and the steps of the search


class Variant(Objective):
    """D is trained before the first step. Then each point moves down the gradient of G's loss at it.

    For the trace, means over the points that D accepts where they begin, `accepted` of all: `moved`, their distance
    from there; `to_boundary` and `to_data`, that from D's decision boundary and from the nearest item of the batch;
    `gain_boundary` and `gain_data`, by how much they have come nearer to these; and `pull_rank`, over these points
    Spearman's correlation of the gradient's length and the distance from the data, both where they begin.
    """

    networks = NETWORKS

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        make, codes = GAMES[self.options.game]
        self.game = make(codes)
        self.level = (codes["a"] + codes["b"]) / 2 if codes else 0.0  # of D's output at its decision boundary

    def updates(self) -> list[Update]:
        return [Update(("G",), self.points_loss)]

    def pretraining(self) -> tuple[int, list[Update]]:
        return self.options.pretraining_steps, [Update(("D",), self.discriminator_loss)]

    def discriminator_loss(self, n: Any, b: Any) -> torch.Tensor:
        """The game's loss of D, on data and translated data."""
        fakes = b.x + torch.tensor([self.options.fakes, 0.0], dtype=b.x.dtype, device=b.x.device)
        found = self.game.updates()[0].loss(SimpleNamespace(D=n.D, G=lambda z: fakes), b)
        return found[0] if isinstance(found, tuple) else found

    def points_loss(self, n: Any, b: Any) -> tuple[torch.Tensor, State]:
        """The sum of the game's loss of G over the points, whose gradient is at each point its own."""
        x = n.G()
        return self.pull(n, b, x), self.traced(n, b, x.detach(), n.parameters["G"]["shift"].detach())

    def pull(self, n: Any, b: Any, x: torch.Tensor) -> torch.Tensor:
        """The game's loss of G for samples x, (n, 2), as a sum over them."""
        return len(x) * self.game.updates()[1].loss(SimpleNamespace(D=n.D, G=lambda z: x), b)

    def traced(self, n: Any, b: Any, x: torch.Tensor, shift: torch.Tensor) -> State:
        """The auxiliary values for points x, (n, 2), that have moved by `shift`; NaN where D accepts none."""
        start = x - shift
        accepted = (n.D(start) > self.level).to(x.dtype)
        share = accepted / accepted.sum()
        places = {"boundary": self.boundary(n.D, x), "data": b.x}
        before, now = ({name: distances(v, to).amin(1) for name, to in places.items()} for v in (start, x))
        found = {"moved": shift.norm(dim=1), "nearer_boundary": (now["boundary"] < now["data"]).to(x.dtype)}
        found |= {f"to_{name}": now[name] for name in places}
        found |= {f"gain_{name}": before[name] - now[name] for name in places}
        slope = grad(lambda v: self.pull(n, b, v))(start).norm(dim=1)
        means = {name: (share * value).sum() for name, value in found.items()}
        means |= {"accepted": accepted.mean(), "pull_rank": rank_correlation(slope, before["data"], accepted)}
        return {name: value.detach() for name, value in means.items()}

    def boundary(self, D: Any, like: torch.Tensor) -> torch.Tensor:
        """(LINES, 2): where D's output passes its level between the middles of fakes and data, by bisection."""
        heights = torch.linspace(-REACH, REACH, LINES, dtype=like.dtype, device=like.device)
        fake, real = torch.full_like(heights, self.options.fakes), torch.zeros_like(heights)
        for _ in range(HALVINGS):
            middle = (fake + real) / 2
            is_real = D(torch.stack([middle, heights], dim=1)) > self.level
            fake, real = torch.where(is_real, fake, middle), torch.where(is_real, middle, real)
        return torch.stack([(fake + real) / 2, heights], dim=1)


def rank_correlation(x: torch.Tensor, y: torch.Tensor, among: torch.Tensor) -> torch.Tensor:
    """Spearman's correlation of (n,) values over the places where `among`, (n,), is 1 and not 0."""
    shares = among / among.sum()
    ranks = [(among * ((v > v[:, None]).to(v) + (v == v[:, None]).to(v) / 2)).sum(1) for v in (x, y)]
    first, second = (rank - (shares * rank).sum() for rank in ranks)
    covariance, *variances = ((shares * a * b).sum() for a, b in ((first, second), (first, first), (second, second)))
    return covariance / (variances[0] * variances[1]).sqrt()

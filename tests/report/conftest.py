"""Made-up studies: tables, runs and data as the earlier stages would have written them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from made_up_images import build_images
from made_up_study import CLAIMS, MANY, SMALL, build_study

from modecollapse.claims import load


@pytest.fixture(scope="session")
def make_study() -> Callable[..., SimpleNamespace]:
    """Makes a study of some data sets in a folder."""
    return build_study


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Ring, grid and stacked digits, judged by all claims; nobody changes it."""
    made = build_study(tmp_path_factory.mktemp("study"), SMALL)
    made.published = load(CLAIMS)
    return made


@pytest.fixture(scope="session")
def ring_study(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The ring alone."""
    return build_study(tmp_path_factory.mktemp("ring"), ["ring"])


@pytest.fixture(scope="session")
def large_study(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Thirteen variants on four data sets in two experiments."""
    folder = tmp_path_factory.mktemp("large")
    return build_study(folder, ["ring", "grid", "gaussians-1200d", "stacked-digits"], MANY, ("matched", "published"))


@pytest.fixture(scope="session")
def image_study(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Stacked-MNIST and CIFAR-10 in two experiments, and measures that read samples and inversions."""
    return build_images(tmp_path_factory.mktemp("images"))

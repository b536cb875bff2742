"""Made-up studies as the earlier stages would have written them, and their reports; each is made once a session."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from made_up_images import build_images
from made_up_study import CLAIMS, MANY, SMALL, build_report, build_study, changed, inputs_of, sources_of, text_of

from modecollapse import reading
from modecollapse.claims import load
from modecollapse.report import document


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Ring, grid and stacked digits, judged by all claims; nobody changes it."""
    made = build_study(tmp_path_factory.mktemp("study"), SMALL)
    made.published = load(CLAIMS)
    return made


@pytest.fixture(scope="session")
def large_study(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Thirteen variants on four data sets in two experiments."""
    folder = tmp_path_factory.mktemp("large")
    return build_study(folder, ["ring", "grid", "gaussians-1200d", "stacked-digits"], MANY, ("matched", "published"))


@pytest.fixture(scope="session")
def image_study(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Stacked-MNIST and CIFAR-10 in two experiments, and measures that read samples and inversions."""
    return build_images(tmp_path_factory.mktemp("images"))


def finished(study: SimpleNamespace, root: Path, blank: bool = False) -> SimpleNamespace:
    """A study with its report, built in a folder: inputs, sources, pdf, text, numbers, and `table(name)`."""
    pdf, inputs = build_report(study, root, blank), inputs_of(study, root)
    made = changed(study, inputs=inputs, pdf=pdf, sources=sources_of(study, inputs.tables))
    made.text, made.numbers = text_of(made.pdf), document.printed_numbers(inputs)
    made.table = lambda name: reading.csv(root / "tables" / f"{name}.csv")
    return made


@pytest.fixture(scope="session")
def report(study: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """`study` with its report."""
    return finished(study, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="session")
def image_report(image_study: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """`image_study` with its report."""
    return finished(image_study, tmp_path_factory.mktemp("image-report"))


@pytest.fixture(scope="session")
def large_report(large_study: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """`large_study` with its report, whose figures are blank."""
    return finished(large_study, tmp_path_factory.mktemp("large-report"), blank=True)

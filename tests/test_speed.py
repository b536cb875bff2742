"""docs/speed.md shows what docs/speed.json holds, and the products of a step are counted right."""

from __future__ import annotations

import json

import torch
from contenders import Shapes
from speed_page import BEGIN, DOCS, END, merged, tables, with_tables

HOW = {"cpu": "one", "rounds": 5}
OLD = {"how": HOW, "training": {"wgan": {"1": 1.0}, "ali": {"1": 2.0}}, "start-up": {"plan": {"seconds": 0.3}}}


def test_the_page_shows_the_committed_results() -> None:
    page = (DOCS / "speed.md").read_text(encoding="utf-8")
    content = json.loads((DOCS / "speed.json").read_text(encoding="utf-8"))
    assert with_tables(page, content) == page
    assert page.index(BEGIN) < page.index(content["how"]["cpu"]) < page.index(END)


def test_a_cell_has_three_digits_or_a_dash() -> None:
    text = tables({"start-up": {"plan": {"seconds": 0.31234, "jobs": 5123}, "train": {"seconds": 1234.6}}})
    assert text.splitlines()[2:] == [
        "|  | seconds | jobs |",
        "|---|---:|---:|",
        "| plan | 0.312 | 5,123 |",
        "| train | 1,235 | – |",
    ]


def test_one_part_replaces_its_rows_and_leaves_the_others_of_the_same_machine() -> None:
    new = {"training": {"ali": {"1": 3.0}}}
    assert merged(OLD, HOW, new) == OLD | {"training": {"wgan": {"1": 1.0}, "ali": {"1": 3.0}}}
    assert merged(OLD, HOW | {"cpu": "another"}, new) == {"how": HOW | {"cpu": "another"}} | new


def test_matrix_products_are_counted_by_their_sizes() -> None:
    """Two layers forward; backward each has one product for its weights, and the second one for its input."""
    layers = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2, bias=False))
    with Shapes() as shapes:
        layers(torch.ones(7, 3)).sum().backward()
    assert shapes.counts == {(7, 3, 5): 1, (7, 5, 2): 1, (2, 7, 5): 1, (7, 2, 5): 1, (5, 7, 3): 1}

"""config/README.md: its tables of keys are those of the models."""

from __future__ import annotations

from config_keys import MODELS, PAGE, page, tables

from modecollapse.study.recipe import Training


def test_the_tables_are_made_of_the_models() -> None:
    text = PAGE.read_text("utf-8")
    assert page(text) == text


def test_every_key_and_its_limits_are_listed() -> None:
    found = tables()
    for model in MODELS.values():
        assert all(f"| `{key}` |" in found for key in model.model_fields)
    assert set(Training.model_fields) <= set(MODELS["`recipes: NAME`"].model_fields)
    assert "| `restarts` | whole number, at least 1, at most 100 | `3` | of which the best one counts |" in found
    assert "| `latent` | whole number, at least 1, at most 100,000 | required |" in found

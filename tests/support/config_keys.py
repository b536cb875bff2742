"""Every key of a configuration, from the models that read it: `python tests/support/config_keys.py` writes the table.

What is allowed and the default are the model's; the words beside them are the comments of the model's own source.
"""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

from default_config import DEFAULT
from pydantic import BaseModel

from modecollapse.study import network_specs as nets
from modecollapse.study.config import DatasetDefinition, Experiment, Recipe, Study, VariantDefinition
from modecollapse.study.inversion import Inversion
from modecollapse.study.optimizer_specs import Adam, RmsProp

PAGE = DEFAULT.with_name("README.md")
BEGIN, END = "<!-- made of the models: begin -->", "<!-- made of the models: end -->"
MODELS: dict[str, type[BaseModel]] = {
    "the study": Study,
    "`inversion`": Inversion,
    "`definitions: datasets: NAME`": DatasetDefinition,
    "`definitions: variants: NAME`": VariantDefinition,
    "`experiments: NAME`": Experiment,
    "`recipes: NAME`": Recipe,
    "a perceptron": nets.Mlp,
    "an encoder": nets.Encoder,
    "an autoencoder": nets.Autoencoder,
    "a convolutional generator": nets.ConvGenerator,
    "a convolutional discriminator": nets.ConvCritic,
    "a convolutional autoencoder": nets.ConvAutoencoder,
    "`init`": nets.Init,
    "a generator that is a ring": nets.Ring,
    "a generator of points": nets.Points,
    "a generator that draws from a law": nets.Law,
    "`optimizer`, Adam": Adam,
    "`optimizer`, RMSProp": RmsProp,
}


def page(text: str) -> str:
    """The text of `config/README.md` with its table made anew."""
    return text[: text.index(BEGIN) + len(BEGIN)] + "\n" + tables() + text[text.index(END) :]


def tables() -> str:
    """A table a model."""
    text = ""
    for title, model in MODELS.items():
        other, inherited = _listed_before(model)
        head = f"{title}, besides the keys of {other}" if other else title
        text += f"\n**{head[0].upper()}{head[1:]}**\n\n| key | allowed | default | what it is |\n|---|---|---|---|\n"
        schema = model.model_json_schema()
        words = _comments(model)
        for key, about in schema["properties"].items():
            if key in inherited:
                continue
            default = "required" if key in schema.get("required", []) else _default(about.get("default"))
            text += f"| `{key}` | {_allowed(about, schema)} | {default} | {words.get(key, '')} |\n"
    return text + "\n"


def _listed_before(model: type[BaseModel]) -> tuple[str, set[str]]:
    """The title of the nearest model that this one extends and that has a table, and its keys."""
    titles = {listed: title for title, listed in MODELS.items()}
    base = next((base for base in model.__mro__[1:] if base in titles), None)
    return (titles[base], set(base.model_fields)) if base else ("", set())


def _allowed(about: dict[str, Any], schema: dict[str, Any]) -> str:
    """What a key may hold, in words."""
    if "$ref" in about:
        about = schema["$defs"][about["$ref"].rpartition("/")[2]]
        return "a mapping" if about.get("type") == "object" else _allowed(about, schema)
    if "anyOf" in about:
        return " or ".join(dict.fromkeys(_allowed(one, schema) for one in about["anyOf"]))
    if "const" in about or "enum" in about:
        return ", ".join(f"`{value}`" for value in about.get("enum", [about.get("const")]))
    bounds = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
    limits = [f"{word} {about[bound]:,}" for bound, word in bounds.items() if bound in about]
    names = {"integer": "whole number", "number": "number", "string": "text", "object": "a mapping", "null": "null"}
    if about.get("type") == "array":
        return f"list: {_allowed(about.get('items', {}), schema)}"
    return ", ".join([names.get(str(about.get("type")), "anything"), *limits])


def _default(value: Any) -> str:
    return "none" if value in (None, {}, []) else f"`{json.dumps(value)}`".replace('"', "")


def _comments(model: type[BaseModel]) -> dict[str, str]:
    """The comment at the end of each field's line, of the model and of those that it extends."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base.__module__.startswith("modecollapse"):
            for line in inspect.getsource(base).splitlines():
                if match := re.fullmatch(r"    (\w+): .*?  # (.*)", line):
                    found[match[1]] = match[2]
    return found


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), encoding="utf-8")

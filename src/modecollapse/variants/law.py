"""No training: G draws from the law that the recipe names (`kind: law`), for measures whose answer is known."""

from __future__ import annotations

from modecollapse.variants import Objective, Update

LABEL = "Law"
NETWORKS = {"G": "generator"}
REQUIRES = {"generator kind": ["law"]}


class Variant(Objective):
    """An objective without updates."""

    networks = NETWORKS

    def updates(self) -> list[Update]:
        return []

"""The page of the claims that stay open, from `config/claims.yaml`: `python tests/support/open_claims.py` writes it."""

from __future__ import annotations

from default_config import DEFAULT

from modecollapse.claims import Registry, load
from modecollapse.claims.rules import NotRun, NotTestable

BAR = r"\|"  # in a cell of a table
PAGE = DEFAULT.parents[1] / "docs" / "open-claims.md"
HEAD = """# Claims that stay open

Of these claims, or of a part of them, no study here decides anything. The tables are made from `config/claims.yaml` by
`tests/support/open_claims.py`, and a test compares the two. `modecollapse plan --claims` says of the other claims which
experiment can decide them. V8 has tests and runs, but stays INCONCLUSIVE on any laptop: no source says what work is
behind the numbers on CIFAR-10, and of the work on Stacked-MNIST a quarter is out of a processor's reach
(`config/experiments/veegan-images.yaml`).
"""


def page(registry: Registry) -> str:
    """The text of `docs/open-claims.md`."""
    text = HEAD
    for title, kind, why in (
        ("No experiment decides it", NotTestable, "reason"),
        ("It would take an experiment that the study does not have", NotRun, "what it would take"),
    ):
        text += f"\n## {title}\n\n| claim | says | decided in part | {why} |\n|---|---|---|---|\n"
        for claim in registry.claims:
            for test in (test for test in claim.tests if isinstance(test, kind)):
                reason = test.why if isinstance(test, NotTestable) else test.needs
                others = "yes" if len(claim.tests) > 1 else "no"
                text += f"| {claim.id} | {claim.says} | {others} | {reason.replace('|', BAR)} |\n"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(load(DEFAULT.with_name("claims.yaml"))), encoding="utf-8")

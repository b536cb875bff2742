"""No false alarm: honest studies of many kinds, made in several orders, pass every check."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_study import CLAIMS, DIVERGES, make, small

from modecollapse.audit import levels
from modecollapse.audit.bundle import Bundle
from modecollapse.training import loop

PAIR = ["gan-nonsaturating", "veegan"]
QUICK: dict[str, Any] = {"seeds": 2, "block_size": 2, "steps": 15, "variants": PAIR, "calibration_replicates": 3}
ALL_OF_COUNTS = ["modes", "high_quality_percent", "reverse_kl", "modes_shell", "high_quality_percent_shell"]


@dataclass(frozen=True)
class Honest:
    """What is asked for, beyond QUICK, and how it comes about."""

    changes: dict[str, Any] = field(default_factory=dict)
    backwards: bool = False
    interrupted: bool = False
    claims: tuple[str, str] | None = None
    moved: bool = False


STUDIES = {
    "usual": Honest(),
    "backwards": Honest(backwards=True),
    "interrupted": Honest(interrupted=True),
    "moved": Honest(moved=True),
    "diverging": Honest({"variants": [*PAIR, DIVERGES], "seeds": 4}),
    "one seed": Honest({"seeds": 1}),
    "chosen seeds": Honest({"seeds": [3, 100, 7], "block_size": 2}),
    "blocks of one": Honest({"seeds": 3, "block_size": 1}, backwards=True),
    "automatic blocks": Honest({"seeds": 3, "block_size": "auto"}),
    "another root seed": Honest({"root_seed": 7}),
    "grid": Honest({"datasets": ["grid"]}),
    "ring and grid": Honest({"datasets": ["grid", "ring"], "seeds": 3}),
    "1200 dimensions": Honest({"datasets": ["gaussians-1200d"], "steps": 5}),
    "stacked digits": Honest({"datasets": ["stacked-digits"], "steps": 5}),
    "one variant": Honest({"variants": ["began"]}),
    "every variant": Honest({"variants": "all", "steps": 5}),
    "one measure": Honest({"measures": ["reverse_kl"]}),
    "measures of samples": Honest({"measures": [*ALL_OF_COUNTS, "coverage", "mmd", "total_variation"]}),
    "other settings": Honest(claims=("alpha: 0.05  ", "alpha: 0.01  "), changes={"seeds": 6, "block_size": 6}),
    "wider margin": Honest(claims=("modes: {share: 0.1} ", "modes: {share: 0.2} "), changes={"seeds": 6}),
    "another ring": Honest({"definitions": {"datasets": {"ring": {"preset": "seven-mode", "label": "Seven"}}}}),
}  # fmt: skip
IN_CI = ("interrupted", "chosen seeds", "ring and grid")


def declared(honest: Honest, folder: Path) -> Path:
    """The claims that the study is judged by."""
    text = CLAIMS.read_text(encoding="utf-8")
    if honest.claims:
        assert text.count(honest.claims[0]) == 1, honest.claims
        text = text.replace(*honest.claims)
    (folder / "declared.yaml").write_text(text, encoding="utf-8")
    return folder / "declared.yaml"


def stopping(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The second block is killed once, at its fifth step, with checkpoints behind it."""
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    step, train, steps = loop.Engine.train, loop.train_block, []

    def killed(engine: Any, batch: Any) -> Any:
        steps.append(engine)
        if len(steps) == 20:
            raise KeyboardInterrupt
        return step(engine, batch)

    def again(*arguments: Any, **named: Any) -> None:
        try:
            train(*arguments, **named)
        except KeyboardInterrupt:
            train(*arguments, **named)

    monkeypatch.setattr(loop.Engine, "train", killed)
    monkeypatch.setattr(loop, "train_block", again)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in IN_CI else pytest.mark.long) for name in STUDIES]
)
def test_it_passes(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = STUDIES[name]
    changes = QUICK | honest.changes
    if changes["variants"] == "all":
        changes["variants"] = yaml.safe_load(CLAIMS.with_name("config.yaml").read_text())["variants"]
        changes.pop("definitions", None)
    if honest.interrupted:
        stopping(monkeypatch)
    folder = make(tmp_path / "small", small(**changes), declared(honest, tmp_path), honest.backwards)
    if honest.moved:
        folder = Path(shutil.move(folder, tmp_path / "elsewhere"))
    outcomes = list(levels.run(Bundle(folder), levels.checks_of("recompute")))
    assert {o.name: list(map(str, o.result.findings)) for o in outcomes if not o.holds} == {}
    assert all(outcome.result.looked_at for outcome in outcomes)


def test_there_are_twenty() -> None:
    assert len(STUDIES) >= 20

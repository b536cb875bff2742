"""No false alarm: honest studies of many kinds, made in several orders, pass every check."""

from __future__ import annotations

import shutil
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
# What is asked for beyond QUICK. In capitals how it comes about: BACKWARDS, INTERRUPTED, MOVED, CLAIMS (old, new).
STUDIES: dict[str, dict[str, Any]] = {
    "usual": {},
    "backwards": {"BACKWARDS": True},
    "interrupted": {"INTERRUPTED": True},
    "moved": {"MOVED": True},
    "diverging": {"variants": [*PAIR, DIVERGES], "seeds": 4},
    "one seed": {"seeds": 1},
    "chosen seeds": {"seeds": [3, 100, 7], "block_size": 2},
    "blocks of one": {"seeds": 3, "block_size": 1, "BACKWARDS": True},
    "automatic blocks": {"seeds": 3, "block_size": "auto"},
    "another root seed": {"root_seed": 7},
    "grid": {"datasets": ["grid"]},
    "ring and grid": {"datasets": ["grid", "ring"], "seeds": 3},
    "1200 dimensions": {"datasets": ["gaussians-1200d"], "steps": 5},
    "stacked digits": {"datasets": ["stacked-digits"], "steps": 5},
    "one variant": {"variants": ["began"]},
    "every variant": {"variants": "all", "steps": 5},
    "one measure": {"measures": ["reverse_kl"]},
    "measures of samples": {"measures": [*ALL_OF_COUNTS, "coverage", "mmd", "total_variation"]},
    "other settings": {"CLAIMS": ("alpha: 0.05  ", "alpha: 0.01  "), "seeds": 6, "block_size": 6},
    "wider margin": {"CLAIMS": ("    modes: {share: 0.1} ", "    modes: {share: 0.2} "), "seeds": 6},
    "another ring": {"definitions": {"datasets": {"ring": {"preset": "seven-mode", "label": "Seven"}}}},
}
IN_CI = ("interrupted", "chosen seeds", "ring and grid")


def stop_the_second_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second block is killed once, at its fifth step, with checkpoints behind it."""
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    step, train, steps = loop.Engine.train, loop.train_block, []

    def killed(engine: Any, batch: Any) -> Any:
        steps.append(engine)
        if len(steps) == 20:
            raise KeyboardInterrupt
        return step(engine, batch)

    def twice(*arguments: Any, **named: Any) -> None:
        try:
            train(*arguments, **named)
        except KeyboardInterrupt:
            train(*arguments, **named)

    monkeypatch.setattr(loop.Engine, "train", killed)
    monkeypatch.setattr(loop, "train_block", twice)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in IN_CI else pytest.mark.long) for name in STUDIES]
)
def test_it_passes(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = QUICK | STUDIES[name]
    how = {key: changes.pop(key, None) for key in ("BACKWARDS", "INTERRUPTED", "MOVED", "CLAIMS")}
    if changes["variants"] == "all":
        changes["variants"] = yaml.safe_load(CLAIMS.with_name("config.yaml").read_text())["variants"]
    if how["INTERRUPTED"]:
        stop_the_second_block(monkeypatch)
    old, new = how["CLAIMS"] or ("", "")
    text, claims = CLAIMS.read_text(encoding="utf-8"), tmp_path / "declared.yaml"
    assert not old or text.count(old) == 1, old
    claims.write_text(text.replace(old, new) if old else text, encoding="utf-8")
    folder = make(tmp_path / "small", small(**changes), claims, bool(how["BACKWARDS"]))
    if how["MOVED"]:
        folder = Path(shutil.move(folder, tmp_path / "elsewhere"))
    outcomes = list(levels.run(Bundle(folder), levels.checks_of("recompute")))
    assert {o.name: list(map(str, o.result.findings)) for o in outcomes if not o.holds} == {}

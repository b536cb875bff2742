"""What docs/extending.md adds works as it stands there: each Python block is one file, each YAML block merges."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from default_config import DEFAULT

from modecollapse.claims import Registry
from modecollapse.study import catalogue
from modecollapse.study.load import load_study
from modecollapse.study.strict_yaml import read_yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
# Run with a copy of the package that has the new files: what a study, the data set and the measure make of them.
USE = """
import io, json, sys
import numpy as np
from modecollapse import datasets, measures
from modecollapse.study import plan
from modecollapse.study.load import load_study

[cell, _] = plan.cells(load_study(["config/config.yaml", "mine.yaml"], {"steps": 30}))
options = cell.dataset.options
made = datasets.load("two-rings", io.BytesIO(datasets.to_bytes(datasets.create("two-rings", options, 0))))
counts = datasets.count_modes(made.oracle(2500, np.random.default_rng(0)), made)[None]
values = [measures.value("largest_mode_percent", of, 2500) for of in (counts, np.eye(16)[3], np.zeros(16))]
print(json.dumps([cell.path, int(counts.size), float(counts.sum()), int(np.count_nonzero(counts)), values]))
"""


def test_a_data_set_and_a_measure_are_a_file_each(tmp_path: Path) -> None:
    shutil.copytree(catalogue.PACKAGE, tmp_path / "src" / "modecollapse", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "config", tmp_path / "config")
    examples = re.findall(r"^`(src/\S+)`:\n\n```python\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE)
    assert len(examples) == 2
    for name, code in examples:
        (tmp_path / name).write_text(code, encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(BLOCKS[0], encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "src")}
    command = [sys.executable, "-c", USE]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    path, modes, captured, found, values = json.loads(done.stdout)
    assert (path, modes, found) == ("matched/two-rings/gan-minimax", 16, 16)
    assert 2400 < captured < 2500  # 98.9 % of real data lie within three standard deviations
    [(spread, _), (one, status), (worst, undefined)] = values
    assert 100 / 16 < spread < 10
    assert (one, status, worst, undefined) == (100, "ok", 100, "undefined")


def test_a_folder_and_a_recipe_are_entries(tmp_path: Path) -> None:
    for number, block in enumerate(BLOCKS[1:]):
        (tmp_path / f"{number}.yaml").write_text(block, encoding="utf-8")
    photos, longer = (load_study([DEFAULT, tmp_path / f"{number}.yaml"]) for number in (0, 1))
    assert (photos.dataset("photos").family, photos.dataset("photos").options["classes"]) == ("folder", 10)
    recipe = longer.experiments["matched"].recipes["points"]
    assert (recipe.steps, recipe.latent, recipe.optimizer.lr, recipe.optimizer.beta1) == (2000, 256, 5e-4, 0.5)


def test_a_source_and_a_method_of_a_claim_are_entries() -> None:
    entries = yaml.safe_load(re.search(r"^    sources:\n(?:    .*\n)+", TEXT, re.MULTILINE)[0])
    content = read_yaml(ROOT / "config" / "claims.yaml")
    for key, added in entries.items():
        content[key] |= added
    assert Registry.model_validate(content).methods["Hinge GAN"] == ["mine"]

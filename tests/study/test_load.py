"""Reading a configuration: a mistake is one line of the file, the key, the value and what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from default_config import DEFAULT

from modecollapse.errors import StudyError
from modecollapse.study.catalogue import names
from modecollapse.study.load import load_study
from modecollapse.study.strict_yaml import read_yaml

TEXT = DEFAULT.read_text(encoding="utf-8")
MATCHED = yaml.safe_load(TEXT)["experiments"]["matched"]
STEPS = MATCHED["recipes"]["points"]["steps"]
FIRST = ("experiments", "matched", "recipes", "points")
ADAM = (*FIRST, "optimizer")
VEEGAN = ("definitions", "variants", "veegan", "options")
RING = ("definitions", "datasets", "ring", "options")
ALL_VARIANTS = "lsgan, lsgan-eq8, ebgan-pt, pacgan, unrolled, veegan, ali, began, critic, ebgan, gan-minimax"
VARIANTS = ", ".join(names("variants")[:10])
DATASETS = "ring, grid, cifar10, digits, fashion-mnist"
MEASURES = "more; `modecollapse options` lists them"
SEEDS = "a count from 1 to 10000, or a list of distinct whole numbers from 0 to 2^32-1"


def refusal(file: Path, overrides: dict[str, Any] | None = None) -> str:
    """The one line that refuses a file, which stays alone in its folder."""
    with pytest.raises(StudyError) as caught:
        load_study([file], overrides)
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    assert list(file.parent.iterdir()) == [file]
    return line


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "study.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


@pytest.mark.parametrize(
    ("keys", "value", "key", "shown", "allowed"),
    [
        (("sedes",), 3, "", "'sedes' (did you mean 'seeds'?)", "study, root_seed, seeds"),
        ((*ADAM, "learning_rate"), 0.1, "points.optimizer", "'learning_rate'", "kind, lr, beta1, beta2, eps"),
        ((*FIRST, "networks", "generator", "width"), 3, "generator", "'width'", "kind, hidden, activation"),
        (("variants",), ["gan-minmax"], "variants", "'gan-minmax' is unknown (did you mean 'gan-m", ALL_VARIANTS),
        (("datasets",), ["rnig"], "datasets", "'rnig'", DATASETS),
        (("measures",), ["mode"], "measures", "'mode'", MEASURES),
        (("variants",), ["veegan", "veegan"], "variants", "'veegan' is given twice", "each name once"),
        (("variants",), [], "variants", "[]", "at least 1"),
        ((*FIRST, "variants"), ["vegan"], "recipes.points.variants", "'vegan' is unknown (did you", ALL_VARIANTS),
        (("definitions", "variants", "mine"), {"objective": "dcgan"}, "variants", "'dcgan'", VARIANTS),
        ((*VEEGAN, "recon"), "sum", "variants.veegan.options", "'recon'", "reconstruction, f_noise"),
        ((*VEEGAN, "reconstruction"), "avg", "reconstruction", "'avg'", "'sum', 'mean' or 'gaussian'"),
        ((*VEEGAN, "f_noise"), 1, "veegan.options.f_noise", "1", "true or false"),
        ((*VEEGAN, "pretraining_steps"), 1.5, "options.pretraining_steps", "1.5", "integer"),
        ((*VEEGAN, "pretraining_steps"), True, "options.pretraining_steps", "True", "integer"),
        ((*RING, "sd"), 0.0, "definitions.datasets.ring.options.sd", "0.0", "greater than 0"),
        ((*RING, "radius"), float("inf"), "ring.options.radius", "inf", "a finite number"),
        ((*ADAM, "lr"), float("nan"), "points.optimizer.lr", "nan", "a finite number"),
        ((*ADAM, "lr"), "1e-4", "optimizer.lr", "'1e-4'", "reads 1e-4 as text: write 0.0001"),
        ((*ADAM, "beta1"), float("nan"), "points.optimizer.beta1", "nan", "less than 1"),
        ((*FIRST, "evaluations"), STEPS + 1, "points", "evaluations", f"most the {STEPS} steps"),
        ((*FIRST, "batch"), 64.0, "experiments.matched.recipes.points.batch", "64.0", "integer"),
        ((*FIRST, "networks", "generator", "hidden"), [8, 0], "hidden[1]", "0", "greater than or equal to 1"),
        ((*FIRST, "schedule"), "alternate", "schedule", "'alternate' is not allowed (did you mean 'alternating'",
         "'alternating' or 'simultaneous'"),
        *((("seeds",), seeds, "seeds", str(seeds), SEEDS) for seeds in
          ([], [-1], [0, 1, 0], [True], [3.0], ["3"], [2**32], 0, -1, True, 2.0, 20171204)),
        *((("block_size",), size, "block_size", repr(size), "a whole number from 1 to 10000, or auto") for size in
          (0, -1, 2.0, True, "many", 10**5)),
        *((("variants",), [name], "variants[0]", str(name), "text, in quotes where it looks like a number, true, false")
          for name in (True, None, 7)),
        (("root_seed",), 2**32, "root_seed", "4294967296", "less than 4294967296"),
        (("steps",), 0, "steps", "0", "greater than or equal to 1"),
        (("steps",), "1e5", "steps", "'1e5'", "(YAML reads 1e5 as text: write 100000)"),
        (("steps",), 10**10, "steps", "10000000000", "less than or equal to 1000000000"),
        (("calibration_replicates",), 1, "calibration_replicates", "1", "greater than or equal to 2"),
        (("inversion",), {"iterations": 10**6}, "inversion.iterations", "1000000", "less than or equal to 100000"),
        ((*FIRST, "latent"), 10**6, "points.latent", "1000000", "less than or equal to 100000"),
        ((*FIRST, "reference_steps"), 9, "reference_steps", "an earlier release", "none, since the work behind a publ"),
        ((*FIRST, "networks", "generator", "hidden"), [1] * 101, "generator.hidden", "[1, 1", "at most 100 of them"),
        (("definitions", "variants", "began", "options", "patience"), 10**10, "patience", "10000000000", "1000000000"),
        (("definitions",), 7, "definitions", "7", "a mapping of keys to values"),
        (("experiments",), {}, "experiments", "{}", "at least 1"),
        (("definitions", "variants", "wgan"), {"label": "生"}, "definitions.variants.wgan.label: ch", "'生'", "Latin"),
        (("definitions", "datasets", "ring"), {"label": ""}, "definitions.datasets.ring.label", "''", "words with"),
        ((*FIRST, "source"), "生", "points.source", "character 1 is '生'", "Latin"),
        ((*FIRST, "by_dataset"), {"ring": {"source": "生"}}, "ring.source", "character 1 is '生'", "Latin"),
        (("experiments", "calibration"), MATCHED, "experiments", "'calibration'", "any other name"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_of_file_key_value_and_allowed(
    changed: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    keys: tuple,
    value: Any,
    key: str,
    shown: str,
    allowed: str,
) -> None:
    file = changed(*keys, to=value)
    monkeypatch.chdir(file.parent)
    file = Path(file.name)  # a long path would shorten the line
    line = refusal(file)
    place, what = line.removeprefix(f"{file}: ").split("allowed: ", 1)
    assert line.startswith(f"{file}: ")
    assert key in place
    assert shown in place
    assert allowed in what


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    file = written(tmp_path, TEXT.replace("block_size: auto", ""))
    assert refusal(file) == f"{file}: block_size: missing; this key must be given"


UNSAFE = ["a;touch x", "../x", "a/b", "a b", "a\nb", "a\n", "", "-a", "a-", "A", "$(touch x)", "`x`", "{x}"]
UNSAFE += ["é", "٣", "x" * 300, 3]


@pytest.mark.parametrize("name", UNSAFE)
@pytest.mark.parametrize("key", ["study", "experiments", "definitions.variants", "definitions.datasets"])
def test_names_that_become_paths_are_plain(changed: Callable[..., Path], key: str, name: Any) -> None:
    content = MATCHED if key == "experiments" else {}
    line = refusal(changed(*key.split("."), to=name if key == "study" else {name: content}))
    assert f" {key}" in line
    assert (repr(name) if len(repr(name)) < 40 else name[:20]) in line
    words = "of lower-case letters, digits and hyphens, at most 64, beginning and ending with a letter or digit"
    assert line.endswith(f"allowed: text {words}" if isinstance(name, str) else "like a number, true, false or null")


@pytest.mark.parametrize("text", ["a: [1, 2\nb: {", "a: {b: 1,\n  b: 2}", "study: !!int x\n", b"study: \xff\xfe\n"])
def test_broken_yaml_is_one_line_that_names_the_file(tmp_path: Path, text: str | bytes) -> None:
    file = written(tmp_path, text)
    assert refusal(file).startswith(f"{file}: ")


@pytest.mark.parametrize(("text", "held"), [("", "NoneType"), ("- 1\n", "list"), ("x", "str")])
def test_a_file_is_a_mapping(tmp_path: Path, text: str, held: str) -> None:
    file = written(tmp_path, text)
    assert refusal(file) == f"{file}: holds {held}; allowed: a mapping of keys to values"


def test_yaml_merge_keys_work_and_give_way(tmp_path: Path) -> None:
    file = written(tmp_path, "a: &a {x: 1, y: 1}\nb:\n  <<: *a\n  x: 2\n")
    assert read_yaml(file)["b"] == {"x": 2, "y": 1}


def test_the_error_names_the_file_that_gave_the_value(tmp_path: Path) -> None:
    later = written(tmp_path, "seeds: []\n")
    with pytest.raises(StudyError) as caught:
        load_study([later, DEFAULT], {"block_size": "0"})
    assert str(caught.value).startswith("--config: block_size: 0 ")
    with pytest.raises(StudyError) as caught:
        load_study([DEFAULT, later], {"block_size": "3"})
    assert str(caught.value).startswith(f"{later}: seeds: ")
    later.write_text("experiments: {matched: {recipes: {points: {batch: 0}}}}\n")
    for overrides in ({}, {"experiments": {"matched": {"recipes": {"points": {"latent": "3"}}}}}):
        with pytest.raises(StudyError) as caught:
            load_study([DEFAULT, later], overrides)
        assert str(caught.value).startswith(f"{later}: experiments.matched.recipes.points.batch: 0 ")


@pytest.mark.parametrize(
    ("overrides", "start"),
    [
        ({"sedes": 5}, "--config: unknown key 'sedes'"),
        ({"seeds": ["0", "0"]}, "--config: seeds: [0, 0] "),
        ({"seeds": []}, "--config: seeds: [] "),
        ({"steps": "nan"}, "--config: steps: 'nan' "),
        ({"study": "a;b"}, "--config: study: 'a;b' "),
        ({"variants": ["[veegan"]}, "--config: variants: '[veegan' is unknown (did you mean 'veegan'?)"),
        ({7: "[1"}, "--config: 7: '[1' is not allowed; allowed: YAML (line 1: "),
        ({"seeds": "010"}, "--config: seeds: 010 is read by YAML as 8 (octal); write 8 or 10"),
        ({"seeds": ["0", "010"]}, "--config: seeds[1]: 010 is read by YAML as 8 (octal); write 8 or 10"),
        ({"steps": "1:30"}, "--config: steps: 1:30 is read by YAML as 90 (sexagesimal, base 60); write 90"),
        (
            {"definitions": "{datasets: {ring: {options: {sd: 1_0.5}}}}"},
            "--config: definitions.datasets.ring.options.sd: 1_0.5 is read by YAML as 10.5; write 10.5",
        ),
        ({"experiments": "{matched: [" + "[" * 100}, "--config: experiments: '{matched: ["),
        ({"study": "a: b: c"}, "--config: study: 'a: b: c' "),
        ({"study": "!!python/name:os.system"}, "--config: study: "),
        ({"definitions": "{variants: {}, variants: {}}"}, "--config: definitions: "),
    ],
)
def test_a_mistake_on_the_command_line_is_named_as_such(
    changed: Callable[..., Path], overrides: dict, start: str
) -> None:
    line = refusal(changed("study", to="x"), overrides)
    assert line.startswith(start)
    assert "allowed: " in line or "write " in line


def test_overrides_restore_numbers_inside_lists_and_mappings_of_text() -> None:
    matched = {"variants": ["veegan", "010"], "recipes": {"points": {"batch": "64"}}}
    definitions = {"datasets": {"ring": {"options": {"sd": "0.5"}}}, "variants": {"010": {"objective": "veegan"}}}
    overrides = {"seeds": ["3", "1"], "steps": "100", "variants": ["veegan"], "block_size": 2, "study": "010"}
    study = load_study([DEFAULT], overrides | {"definitions": definitions, "experiments": {"matched": matched}})
    assert (study.seeds, study.steps, study.variants, study.block_size) == ([3, 1], 100, ["veegan"], 2)
    assert study.seeds_of("matched") == [1, 3]
    assert study.dataset("ring").options["sd"] == 0.5
    assert (study.study, study.experiments["matched"].variants) == ("010", ["veegan", "010"])
    assert study.experiments["matched"].recipes["points"].batch == 64

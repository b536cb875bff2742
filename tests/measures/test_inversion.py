"""From a run folder to IvOM's rows and pictures: known answers at both ranges, statuses, and what is refused."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from blocks import RECIPE, make_block
from made_up_study import make_cell
from safetensors.torch import load_file, save_file

from modecollapse import datasets
from modecollapse.datasets import Dataset
from modecollapse.errors import StudyError
from modecollapse.measures import inversion_controls, ivom_test, ivom_train, reads, support
from modecollapse.measures.frozen import frozen
from modecollapse.measures.inversion import invert_block, to_bytes, trained, untrained
from modecollapse.measures.inversion_controls import control_rows
from modecollapse.measures.inversion_targets import targets
from modecollapse.measures.ivom_controls import mean_image_mse, nearest_mse, pca_mse
from modecollapse.measures.table import COLUMNS, gather, to_parquet
from modecollapse.study.inversion import Inversion
from modecollapse.study.specs import Block
from modecollapse.training import record
from modecollapse.training.draws import evaluation_latents
from modecollapse.training.loop import train_block

SEEDS, TRAINING, HELD_OUT, STEPS = (3, 5), 120, 40, 2
SETTINGS = Inversion(images=9, restarts=2, iterations=6)
NETWORKS = {
    "generator": {"channels": [6, 4], "kernel": 3, "activation": "relu", "normalisation": "batch", "output": "tanh"},
    "discriminator": {"channels": [4, 6], "kernel": 3, "activation": "leaky-relu"},
}
PERCEPTRON = {"generator": {"hidden": [8], "activation": "relu", "output": "tanh"}}
POOLS = ("test", "train")


def block_on(pixels: str, networks: dict[str, Any], **recipe: Any) -> Block:
    """Seeds on CIFAR-10 with that range."""
    used = {**RECIPE["networks"], **networks}
    block = make_block(seeds=SEEDS, dataset="cifar10", steps=STEPS, evaluations=1, batch=8, networks=used, **recipe)
    spec = block.cell.dataset
    spec = spec.model_copy(update={"options": spec.options | {"range": pixels}})
    return block.model_copy(update={"cell": block.cell.model_copy(update={"dataset": spec})})


def data_of(block: Block) -> bytes:
    """A data file of CIFAR-10 as the family writes it, with few and simple images: one colour and one edge each."""
    rng = np.random.default_rng(0)
    pictures = np.repeat(rng.integers(40, 200, (TRAINING + HELD_OUT, 3)), 32 * 32, axis=1).reshape(-1, 3, 32, 32)
    pictures[:, :, :, 16:] += rng.integers(0, 56, (len(pictures), 1, 1, 1))
    low, high = {"symmetric": (-1.0, 1.0), "unit": (0.0, 1.0)}[block.cell.dataset.options["range"]]
    arrays = {
        "family": "cifar10",
        "images": pictures.astype(np.uint8),
        "labels": np.zeros(len(pictures), np.uint8),
        "training": TRAINING,
        "held_out": HELD_OUT,
        "classes": 10,
        "pixels": np.array([low, high]),
        "sources": "{}",
    }
    return datasets.to_bytes({name: np.array(value) for name, value in arrays.items()}, block.cell.dataset.config_hash)


def load(block: Block) -> Dataset:
    spec = block.cell.dataset
    return datasets.load(spec.family, io.BytesIO(data_of(block)), spec.config_hash)


def run(folder: Path, block: Block) -> Path:
    folder.mkdir()
    (folder / "data.npz").write_bytes(data_of(block))
    train_block(block, folder / "data.npz", folder / "run")
    return folder / "run"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder of convolutional generators with batch norm."""
    return run(tmp_path_factory.mktemp("runs") / "conv", block_on("symmetric", NETWORKS))


@pytest.fixture(scope="module")
def perceptrons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder of perceptrons, whose last layer is easily set by hand."""
    return run(tmp_path_factory.mktemp("runs") / "mlp", block_on("symmetric", PERCEPTRON))


@pytest.fixture(scope="module")
def inverted(finished: Path) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    return invert_block(finished, load(record.read_block(finished)), SETTINGS)


def edited(folder: Path, copy: Path, **weights: Any) -> Path:
    """A copy of a run folder with some of G's parameters filled with a number, for all seeds."""
    shutil.copytree(folder, copy)
    content = load_file(copy / "weights.safetensors")
    for name, value in weights.items():
        content[f"G.{name.replace('_', '.')}"].fill_(value)
    save_file(content, copy / "weights.safetensors")
    return copy


def values(rows: pd.DataFrame) -> dict[tuple[int, int, str], float]:
    return {(row.seed, row.step, row.measure): row.value for row in rows.itertuples()}


def test_a_block_has_a_row_for_each_seed_pool_and_stage(inverted: tuple, finished: Path) -> None:
    rows, _ = inverted
    cell = record.read_block(finished).cell
    assert list(rows.columns) == COLUMNS
    assert set(values(rows)) == {(s, step, f"ivom_{pool}") for s in SEEDS for step in (0, STEPS) for pool in POOLS}
    assert len(rows) == 8
    assert (rows["n"] == SETTINGS.images).all()
    assert (rows["status"] == "ok").all()
    assert rows["config_hash"].unique().tolist() == [cell.config_hash]
    assert rows[["experiment", "dataset", "variant"]].drop_duplicates().values.tolist() == [cell.path.split("/")]
    assert rows["value"].nunique() == 8


def test_rows_are_the_best_of_the_stored_errors(inverted: tuple) -> None:
    rows, found = inverted
    assert found["seeds"].tolist() == list(SEEDS)
    for pool in POOLS:
        for stage, step in (("untrained", 0), ("trained", STEPS)):
            errors = found[f"{pool}_errors_{stage}"]
            assert errors.shape == (2, SETTINGS.restarts, SETTINGS.images)
            for index, seed in enumerate(SEEDS):
                best = errors[index].min(axis=0).mean()
                assert values(rows)[seed, step, f"ivom_{pool}"] == pytest.approx(best, rel=1e-12)


def test_pictures_are_targets_reconstructions_and_nearest_samples(inverted: tuple, finished: Path) -> None:
    _, found = inverted
    block = record.read_block(finished)
    samples = (np.load(finished / "samples.npy")[0].astype(np.float64) + 1) / 2
    for pool, images in targets(block.cell.dataset, load(block), SETTINGS.images).items():
        shown = {name: found[f"{pool}_{name}"] for name in ("targets", "reconstructions", "nearest")}
        for name, pictures in shown.items():
            assert (pictures.shape, pictures.dtype) == ((8, 3, 32, 32), np.float16), name
        assert shown["targets"] == pytest.approx(images[:8], abs=1e-3)
        best = found[f"{pool}_errors_trained"][0].min(axis=0)[:8]
        off = shown["reconstructions"].astype(np.float64) - images[:8]
        assert (off**2).mean(axis=(1, 2, 3)) == pytest.approx(best, rel=0.01)
        to_all = ((samples[None] - images[:8, None]) ** 2).mean(axis=(2, 3, 4))
        to_shown = ((shown["nearest"].astype(np.float64) - images[:8]) ** 2).mean(axis=(1, 2, 3))
        assert to_shown == pytest.approx(to_all.min(axis=1), rel=0.01)


def test_stored_latents_give_the_errors_under_the_statistics_of_the_samples(inverted: tuple, finished: Path) -> None:
    _, found = inverted
    block = record.read_block(finished)
    latents = evaluation_latents(block, "cpu")
    for index in range(2):
        generator = frozen(trained(finished, block)[index], latents)
        with torch.no_grad():
            assert np.allclose(generator(latents).numpy(), np.load(finished / "samples.npy")[index], atol=2e-3)
        for pool, images in targets(block.cell.dataset, load(block), SETTINGS.images).items():
            made = (generator(torch.from_numpy(found[f"{pool}_latents"][index])).detach().numpy() + 1) / 2
            best = found[f"{pool}_errors_trained"][index].min(axis=0)
            assert ((made - images) ** 2).mean(axis=(1, 2, 3)) == pytest.approx(best, rel=1e-4)


def test_the_untrained_generators_are_those_that_training_began_with(finished: Path) -> None:
    block = record.read_block(finished)
    before, after = untrained(block), trained(finished, block)
    again = untrained(block)
    for seed in range(2):
        for name, value in before[seed].state_dict().items():
            assert torch.equal(value, again[seed].state_dict()[name])
        assert any(not torch.equal(v, after[seed].state_dict()[n]) for n, v in before[seed].state_dict().items())
    stored = load_file(finished / "weights.safetensors")
    for index, generator in enumerate(after):
        for name, value in generator.state_dict().items():
            assert torch.equal(value, stored[f"G.{name}"][index])


@pytest.mark.parametrize("pixels", ["symmetric", "unit"])
def test_a_constant_generator_is_as_far_as_its_image(tmp_path: Path, pixels: str) -> None:
    """On [-1, 1] tanh(0.5) is a grey of (1 + tanh 0.5) / 2, on [0, 1] it is tanh(0.5) itself."""
    block = block_on(pixels, PERCEPTRON)
    folder = edited(run(tmp_path / pixels, block), tmp_path / "constant", body_2_weight=0.0, body_2_bias=0.5)
    rows, _ = invert_block(folder, load(block), SETTINGS)
    grey = np.tanh(0.5) if pixels == "unit" else (1 + np.tanh(0.5)) / 2
    for pool, images in targets(block.cell.dataset, load(block), SETTINGS.images).items():
        expected = ((images.astype(np.float64) - grey) ** 2).mean()
        for seed in SEEDS:
            assert values(rows)[seed, STEPS, f"ivom_{pool}"] == pytest.approx(expected, rel=1e-5)


def test_the_range_of_the_data_changes_no_error(tmp_path: Path) -> None:
    """Linear generators of the same images, one on [-1, 1] and one on [0, 1]."""
    found = {}
    for pixels in ("symmetric", "unit"):
        block = block_on(pixels, {"generator": {"hidden": [8], "activation": "relu"}})
        folder = run(tmp_path / pixels, block)
        content = load_file(folder / "weights.safetensors")
        rng = np.random.default_rng(1)
        for name in ("body.0.weight", "body.0.bias", "body.2.weight", "body.2.bias"):
            drawn = torch.from_numpy(rng.normal(0, 0.4, content[f"G.{name}"].shape)).float()
            if name.startswith("body.2") and pixels == "symmetric":  # the image 2 x - 1
                drawn = 2 * drawn - (1 if name == "body.2.bias" else 0)
            content[f"G.{name}"] = drawn
        save_file(content, folder / "weights.safetensors")
        rows, _ = invert_block(folder, load(block), SETTINGS)
        found[pixels] = [value for (_, step, _), value in values(rows).items() if step == STEPS]
    assert found["symmetric"] == pytest.approx(found["unit"], rel=1e-3)


def test_targets_are_of_their_parts_and_the_same_for_every_variant() -> None:
    symmetric, unit = (block_on(pixels, PERCEPTRON) for pixels in ("symmetric", "unit"))
    first = targets(symmetric.cell.dataset, load(symmetric), 30)
    all_images = load(symmetric).images / 255
    for pool, known in (("train", all_images[:TRAINING]), ("test", all_images[TRAINING:])):
        assert nearest_mse(known, first[pool]).max() < 1e-12
        assert first[pool].dtype == np.float32
        assert first[pool] == pytest.approx(targets(unit.cell.dataset, load(unit), 30)[pool], abs=1e-6)
    assert len(np.unique(first["test"].reshape(30, -1), axis=0)) > 12


def test_a_generator_of_nan_is_undefined_and_a_diverged_one_diverged(perceptrons: Path, tmp_path: Path) -> None:
    folder = edited(perceptrons, tmp_path / "nan", body_2_bias=np.nan)
    run_json = json.loads((folder / "run.json").read_text())
    run_json["status"][1] |= {"status": "diverged", "step": 1}
    (folder / "run.json").write_text(json.dumps(run_json))
    samples = np.load(folder / "samples.npy")
    np.save(folder / "samples.npy", samples * np.float16(np.nan))
    rows, found = invert_block(folder, load(record.read_block(folder)), SETTINGS)
    last, first = rows[rows["step"] == STEPS], rows[rows["step"] == 0]
    assert np.isinf(last["value"]).all()
    assert dict(zip(last["seed"], last["status"], strict=True)) == {SEEDS[0]: "undefined", SEEDS[1]: "diverged"}
    assert np.isfinite(first["value"]).all()
    assert (first["status"] == "ok").all()
    assert np.isnan(found["test_reconstructions"]).all()
    assert np.isnan(found["test_nearest"]).all()


def test_a_seed_has_the_same_error_whatever_else_is_in_its_block(tmp_path: Path, inverted: tuple) -> None:
    alone = block_on("symmetric", NETWORKS).model_copy(update={"seeds": [SEEDS[1]]})
    folder = run(tmp_path / "alone", alone)
    rows, _ = invert_block(folder, load(alone), SETTINGS)
    for key, value in values(rows).items():
        assert value == pytest.approx(values(inverted[0])[key], rel=1e-3)


def test_uniform_priors_and_extra_noise_are_inverted_too(tmp_path: Path) -> None:
    block = block_on("symmetric", PERCEPTRON, prior="uniform", latent=4, extra_noise=1)
    rows, found = invert_block(run(tmp_path / "run", block), load(block), Inversion(images=3, restarts=1, iterations=1))
    assert found["test_latents"].shape == (2, 3, 4)
    assert np.isfinite(rows["value"]).all()


def test_more_iterations_and_restarts_are_no_worse(finished: Path, inverted: tuple) -> None:
    more = SETTINGS.model_copy(update={"iterations": 15, "restarts": 3})
    rows, _ = invert_block(finished, load(record.read_block(finished)), more)
    assert all(value <= values(inverted[0])[key] * (1 + 1e-6) for key, value in values(rows).items())


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda path: path.unlink(), "No such file"),
        (lambda path: path.write_bytes(b"nothing"), "."),
        (lambda path: save_file({"G.body.0.weight": torch.zeros(2, 8, 3)}, path), "Missing key"),
        (lambda path: save_file({k: v[:1] for k, v in load_file(path).items()}, path), "out of bounds"),
    ],
    ids=["missing", "damaged", "other networks", "a seed short"],
)
def test_damaged_weights_are_refused(perceptrons: Path, tmp_path: Path, damage: Any, told: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(perceptrons, folder)
    damage(folder / "weights.safetensors")
    with pytest.raises(StudyError, match=rf"weights\.safetensors: .*{told}.*; allowed: the weights of the run"):
        invert_block(folder, load(record.read_block(folder)), SETTINGS)


def test_what_was_found_is_a_file_of_plain_arrays(inverted: tuple) -> None:
    _, found = inverted
    with np.load(io.BytesIO(to_bytes(found)), allow_pickle=False) as stored:
        assert set(stored) == set(found)
        assert all(np.array_equal(stored[name], value) for name, value in found.items())
    assert to_bytes(found) == to_bytes(found)


def test_rows_join_the_tidy_table(inverted: tuple, finished: Path, tmp_path: Path, few: None) -> None:
    block = record.read_block(finished)
    controls = control_rows(block.cell.dataset, load(block), SETTINGS, [3])
    for name, rows in (("runs", inverted[0]), ("controls", controls)):
        (tmp_path / name).write_bytes(to_parquet(rows))
    cell = replace(make_cell("test", "cifar10", block.cell.variant.name), config_hash=block.cell.config_hash)
    table = gather([tmp_path / "runs", tmp_path / "controls"], [cell])
    assert len(table) == 8 + 6
    assert table["value"].notna().all()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many draws know nearly all of the few training images."""
    monkeypatch.setattr(inversion_controls, "TRAINING", 700)


def test_controls_have_a_row_for_each_pool(few: None) -> None:
    block = block_on("unit", PERCEPTRON)
    spec, dataset = block.cell.dataset, load(block)
    rows = control_rows(spec, dataset, SETTINGS, [3])
    assert list(rows.columns) == COLUMNS
    assert set(rows["experiment"]) == {"calibration"}
    found = {(row.variant, row.measure): row.value for row in rows.itertuples()}
    training = dataset.images[:TRAINING].astype(np.float32) / np.float32(255)
    for pool, images in targets(spec, dataset, SETTINGS.images).items():
        measure, other = f"ivom_{pool}", pool == "train"
        assert found["mean-image", measure] == pytest.approx(mean_image_mse(training, images).mean(), rel=0.05)
        assert found["nearest-training", measure] == pytest.approx(nearest_mse(training, images, other).mean())
        assert found["pca-3", measure] == pytest.approx(pca_mse(training, images, 3).mean(), rel=0.1)
        assert found["pca-3", measure] < found["nearest-training", measure] < found["mean-image", measure]
    assert control_rows(spec, dataset, SETTINGS, [3]).equals(rows)


def test_pca_has_no_more_components_than_pixels(digits: Dataset, few: None) -> None:
    spec = make_block(dataset="stacked-digits", root_seed=1).cell.dataset
    rows = control_rows(spec, digits, SETTINGS, [2, 500]).set_index(["variant", "measure"])["value"]
    assert rows["pca-500", "ivom_test"] < 1e-12 < rows["nearest-training", "ivom_test"] < rows["pca-2", "ivom_test"]


def test_both_measures_read_inversions_and_have_no_upper_end() -> None:
    for module, pool in ((ivom_test, "test"), (ivom_train, "train")):
        assert (reads(f"ivom_{pool}"), support(f"ivom_{pool}", 10)) == ("inversions", (0.0, np.inf))
        assert module.DECIMALS == 5


def test_settings_default_to_the_authors_and_are_checked() -> None:
    assert Inversion().model_dump() == {"images": 64, "restarts": 3, "iterations": 200}
    for wrong in ({"images": 0}, {"restarts": 0}, {"iterations": 0}, {"images": 2.0}, {"image": 3}):
        with pytest.raises(ValueError, match="validation error"):
            Inversion.model_validate(wrong)


def test_a_run_of_another_kind_of_device_is_not_inverted(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(run | {"device": "NVIDIA H200"}))
    with pytest.raises(StudyError, match=r"inverted here: trained on cpu, .* on NVIDIA H200; allowed: all on"):
        invert_block(folder, load(record.read_block(folder)), SETTINGS)

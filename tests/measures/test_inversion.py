"""From a run folder to IvOM's rows and pictures: known answers at both ranges, statuses, and what is refused."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from inverted import CONVOLUTIONAL, PERCEPTRON, SEEDS, SETTINGS, STEPS, TRAINING, block_on, load, run
from role_networks import PAIRED, K, build, normal
from safetensors.torch import load_file, save_file
from torch import nn

from modecollapse.errors import StudyError
from modecollapse.measures.inversion import frozen, invert_block, to_bytes, trained, untrained
from modecollapse.measures.inversion_controls import nearest_mse
from modecollapse.measures.ivom import targets
from modecollapse.measures.table import COLUMNS
from modecollapse.training import record
from modecollapse.training.draws import evaluation_latents

POOLS = ("test", "train")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder of convolutional generators with batch norm."""
    return run(tmp_path_factory.mktemp("runs") / "conv", block_on("symmetric", CONVOLUTIONAL))


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


def test_a_block_has_a_row_of_the_best_errors_for_each_seed_pool_and_stage(inverted: tuple, finished: Path) -> None:
    (rows, found), cell = inverted, record.read_block(finished).cell
    assert list(rows.columns) == COLUMNS
    facts = rows[["experiment", "dataset", "variant", "config_hash", "n", "status"]].drop_duplicates().values.tolist()
    assert facts == [[*cell.path.split("/"), cell.config_hash, SETTINGS.images, "ok"]]
    assert found["seeds"].tolist() == list(SEEDS)
    expected = {}
    for pool in POOLS:
        for stage, step in (("untrained", 0), ("trained", STEPS)):
            errors = found[f"{pool}_errors_{stage}"]
            assert errors.shape == (2, SETTINGS.restarts, SETTINGS.images)
            best = errors.min(axis=1).mean(axis=1)
            expected |= {(seed, step, f"ivom_{pool}"): best[index] for index, seed in enumerate(SEEDS)}
    assert values(rows) == pytest.approx(expected, rel=1e-12)
    assert len(set(expected.values())) == len(rows) == 8
    with np.load(io.BytesIO(to_bytes(found)), allow_pickle=False) as stored:
        assert set(stored) == set(found)
        assert all(np.array_equal(stored[name], value) for name, value in found.items())


def test_stored_latents_give_the_errors_under_the_statistics_of_the_samples(inverted: tuple, finished: Path) -> None:
    _, found = inverted
    block = record.read_block(finished)
    latents, samples = evaluation_latents(block, "cpu"), np.load(finished / "samples.npy").astype(np.float64)
    for index in range(2):
        generator = frozen(trained(finished, block)[index], latents)
        with torch.no_grad():
            assert np.allclose(generator(latents).numpy(), samples[index], atol=2e-3)
        for pool, images in targets(block.cell.dataset, load(block), SETTINGS.images).items():
            made = (generator(torch.from_numpy(found[f"{pool}_latents"][index])).detach().numpy() + 1) / 2
            best = found[f"{pool}_errors_trained"][index].min(axis=0)
            assert ((made - images) ** 2).mean(axis=(1, 2, 3)) == pytest.approx(best, rel=1e-4)
            if index == 0:  # of the first seed there are pictures
                shown = [found[f"{pool}_{name}"] for name in ("targets", "reconstructions", "nearest")]
                assert {(pictures.shape, pictures.dtype.name) for pictures in shown} == {((8, 3, 32, 32), "float16")}
                to_all = (((samples[0, None] + 1) / 2 - images[:8, None]) ** 2).mean(axis=(2, 3, 4))
                assert shown[0] == pytest.approx(images[:8], abs=1e-3)
                assert shown[1] == pytest.approx(made[:8], abs=1e-3)
                to_shown = ((shown[2] - images[:8].astype(np.float64)) ** 2).mean(axis=(1, 2, 3))
                assert to_shown == pytest.approx(to_all.min(axis=1), rel=0.01)


def test_the_untrained_generators_are_those_that_training_began_with(finished: Path) -> None:
    block = record.read_block(finished)
    stored = load_file(finished / "weights.safetensors")
    for index, generators in enumerate(zip(untrained(block), untrained(block), trained(finished, block), strict=True)):
        before, again, after = (generator.state_dict() for generator in generators)
        for name, value in before.items():
            assert torch.equal(value, again[name])
            assert torch.equal(after[name], stored[f"G.{name}"][index])
        assert any(not torch.equal(value, after[name]) for name, value in before.items())


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


OF_THIS_RUN = ".*; allowed: the weights of the run"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "is missing, .*; allowed: to move this run and its copy .* and to train again$"),
        (lambda path: path.write_bytes(b"nothing"), OF_THIS_RUN),
        (lambda path: save_file({"G.body.0.weight": torch.zeros(2, 8, 3)}, path), f"Missing key{OF_THIS_RUN}"),
        (lambda path: save_file({k: v[:1] for k, v in load_file(path).items()}, path), f"out of bounds{OF_THIS_RUN}"),
    ],
    ids=["missing", "damaged", "other networks", "a seed short"],
)
def test_damaged_weights_are_refused(perceptrons: Path, tmp_path: Path, damage: Any, message: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(perceptrons, folder)
    damage(folder / "weights.safetensors")
    with pytest.raises(StudyError, match=rf"weights\.safetensors: .*{message}"):
        invert_block(folder, load(record.read_block(folder)), SETTINGS)


def test_a_run_of_another_kind_of_device_is_not_inverted(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(run | {"device": "NVIDIA H200"}))
    with pytest.raises(StudyError, match=r"inverted here: trained on cpu, .* on NVIDIA H200; allowed: all on"):
        invert_block(folder, load(record.read_block(folder)), SETTINGS)


N = 40
KINDS: dict[str, dict[str, Any]] = {
    "perceptron": {},
    "convolutional": {"conv": True},
    "paired": {"conv": True, **PAIRED},
}


def generator_of(kind: str, normalisation: str) -> nn.Module:
    """A generator whose batch norms have weights and biases of their own, as after training."""
    generator = build("generator", (2, 8, 8), normalisation=normalisation, **KINDS[kind])
    with torch.no_grad():
        for p in generator.parameters():
            p.add_(0.3 * torch.randn_like(p))
    return generator


@pytest.mark.parametrize("kind", KINDS)
def test_a_frozen_generator_makes_of_each_latent_what_its_batch_made(kind: str) -> None:
    generator, z, other = generator_of(kind, "batch"), normal(N, K), normal(N, K, seed=2)
    before, made = {name: value.clone() for name, value in generator.state_dict().items()}, generator(z)
    alone = frozen(generator, z)
    torch.testing.assert_close(alone(z), made)
    after = generator.state_dict()  # freezing leaves the generator as it was
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert generator.training
    assert all(p.requires_grad for p in generator.parameters())
    assert not any(p.requires_grad for p in alone.parameters())
    assert torch.equal(generator(z), made)
    together = alone(torch.cat([z, other]))
    for row in range(3):
        torch.testing.assert_close(alone(z[row : row + 1]), together[row : row + 1])
        torch.testing.assert_close(alone(other[row : row + 1]), together[N + row : N + row + 1])
    assert not torch.allclose(generator(torch.cat([z, other]))[:3], together[:3])
    assert not torch.allclose(frozen(generator, 3 * other)(z), alone(z))
    plain = generator_of(kind, "none")
    assert torch.equal(frozen(plain, normal(5, K, seed=2))(z), plain(z))

"""A folder of images: any size and mode becomes one shape, and nothing outside or broken is read."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from modecollapse import datasets
from modecollapse.datasets import Dataset, classifier
from modecollapse.datasets import folder as folder_module
from modecollapse.datasets.random_numbers import RandomNumbers
from modecollapse.errors import StudyError
from modecollapse.study.catalogue import declarations

COLOURS = {"blue": (20, 30, 220), "green": (20, 220, 40), "red": (220, 20, 30)}
EACH = 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Plain images of three colours with noise: PNG and JPEG, of many sizes, in folders."""
    rng = np.random.default_rng(0)
    lines = ["file,label"]
    for name, colour in COLOURS.items():
        (tmp_path / "our images" / name).mkdir(parents=True)
        for number in range(EACH):
            height, width = rng.integers(20, 60, size=2)
            pixels = (colour + rng.integers(-20, 20, size=(height, width, 3))).clip(0, 255).astype(np.uint8)
            file = f"{name}/{number}.{'png' if number % 2 else 'jpg'}"
            Image.fromarray(pixels).save(tmp_path / "our images" / file)
            lines.append(f"{file},{name}")
    (tmp_path / "our images" / "labels.csv").write_text("\n".join(lines) + "\n")
    torch.set_num_threads(1)
    return tmp_path / "our images"


def make(folder: Path, **options: Any) -> Dataset:
    """Through the data file, as a study has it."""
    chosen = {"path": str(folder), "classes": 3, "size": 16} | options
    rules = declarations("datasets", "folder")["OPTIONS"]
    complete = {name: rule[0] if isinstance(rule, list) else rule["default"] for name, rule in rules.items()} | chosen
    return datasets.load("folder", io.BytesIO(datasets.to_bytes(datasets.create("folder", complete, 0))))


def refusal(folder: Path, **options: Any) -> str:
    with pytest.raises(StudyError) as caught:
        make(folder, **options)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.mark.parametrize(("channels", "size", "accuracy"), [(3, 16, 0.9), (1, 32, 0.3)])
def test_images_become_one_shape_keep_their_labels_and_are_read(
    channels: int, size: int, accuracy: float, folder: Path
) -> None:
    made = make(folder, channels=channels, size=size, accuracy=accuracy)
    assert (made.images.shape, made.images.dtype) == ((3 * EACH, channels, size, size), np.uint8)
    assert np.bincount(made.labels).tolist() == [EACH] * 3
    assert (made.modes, np.bincount(made.labels[made.held_out]).tolist()) == (3, [EACH // 5] * 3)
    batch = made.sample(50, RandomNumbers((0,), 50))
    assert (batch.shape, batch.dtype) == ((50, channels, size, size), torch.float32)
    assert batch.abs().max() <= 1
    oracle = np.rint((made.oracle(50, np.random.default_rng(0)) + 1) * 127.5).astype(np.uint8)
    assert {image.tobytes() for image in oracle} <= sides(made)[1]
    if channels == 3:
        plain = np.broadcast_to(np.array([*COLOURS.values()])[:, :, None, None] / 127.5 - 1, (3, 3, 16, 16))
        assert made.assign(plain).tolist() == [0, 1, 2]
        strongest = made.images.mean(axis=(2, 3)).argmax(axis=1)  # channel: red 0, green 1, blue 2
        assert np.array_equal(strongest, 2 - made.labels)


def test_the_digest_pins_every_image_and_label_and_neither_line_endings_nor_the_home_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = make(folder).sources
    digest = sources.split('"')[3]
    (folder / "labels.csv").write_bytes((folder / "labels.csv").read_bytes().replace(b"\n", b"\r\n"))
    monkeypatch.setenv("HOME", str(folder.parent))
    assert make(folder, path=f"~/{folder.name}", digest=digest).sources == sources
    Image.new("RGB", (20, 20), COLOURS["red"]).save(folder / "red" / "1.png")
    assert f"; allowed: the digest that is given, {digest}" in refusal(folder, digest=digest)


def picture(kind: str, image: Image.Image, **how: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **how)
    return stream.getvalue()


def decoded(kind: str, image: Image.Image, channels: int = 3, **how: Any) -> list:
    """The image's pixels, rows of colours, after it was a file; it is square, so that nothing is resized."""
    pixels = folder_module.decoded("f", picture(kind, image, **how), (channels, image.width, image.width))
    return pixels.transpose(1, 2, 0).tolist()


WHITE, RED = [255, 255, 255], [200, 0, 0]


def two_by_two(mode: str, *values: Any) -> Image.Image:
    image = Image.new(mode, (2, 2))
    image.putdata(values)
    return image


CORNERS = (200, 0, 0, 255), (0, 200, 0, 0), (0, 0, 0, 0), (200, 0, 0, 255)
PALETTE = two_by_two("P", 0, 1, 2, 0)
PALETTE.putpalette([*RED, 0, 200, 0, 0, 0, 200])
GREEN, BLUE_ = [0, 200, 0], [0, 0, 200]
ON_WHITE: dict[str, tuple[Image.Image, dict[str, Any], list]] = {
    "alpha": (two_by_two("RGBA", *CORNERS), {}, [[RED, WHITE], [WHITE, RED]]),
    "colour key": (
        two_by_two("RGB", *((200, 0, 0), (7, 8, 9), (7, 8, 9), (200, 0, 0))),
        {"transparency": (7, 8, 9)},
        [[RED, WHITE], [WHITE, RED]],
    ),
    "grey alpha": (two_by_two("LA", (40, 255), (0, 0), (90, 0), (40, 255)), {}, [[[40], [255]], [[255], [40]]]),
    "grey key": (two_by_two("L", 40, 7, 7, 40), {"transparency": 7}, [[[40], [255]], [[255], [40]]]),
    "black and white": (two_by_two("1", 0, 1, 1, 0), {}, [[[0], [255]], [[255], [0]]]),
    "palette": (PALETTE, {}, [[RED, GREEN], [BLUE_, RED]]),
    "palette alpha": (PALETTE, {"transparency": b"\xff\x00\x33"}, [[RED, WHITE], [[204, 204, 244], RED]]),
    "palette key": (PALETTE, {"transparency": 0}, [[WHITE, GREEN], [BLUE_, WHITE]]),
}


@pytest.mark.parametrize("case", ON_WHITE)
def test_what_cannot_be_seen_is_white(case: str) -> None:
    image, how, expected = ON_WHITE[case]
    assert decoded("PNG", image, len(expected[0][0]), **how) == expected


# Where the pixels a b / c d of a file are seen, by its orientation: the EXIF standard's row 0 and column 0.
SEEN = {1: "abcd", 2: "badc", 3: "dcba", 4: "cdab", 5: "acbd", 6: "cadb", 7: "dbca", 8: "bdac"}


@pytest.mark.parametrize("orientation", SEEN)
def test_an_image_is_turned_as_its_exif_data_say(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    grey = {"a": 10, "b": 80, "c": 160, "d": 240}
    seen = [[grey[letter]] for letter in SEEN[orientation]]
    assert sum(decoded("PNG", two_by_two("L", *grey.values()), channels=1, exif=exif), []) == seen
    large = two_by_two("L", *grey.values()).resize((16, 16), Image.Resampling.NEAREST)
    turned = np.array(decoded("JPEG", large, channels=1, exif=exif, quality=100))[4::8, 4::8].reshape(4, 1)
    assert np.abs(turned - seen).max() <= 2


@pytest.mark.parametrize("tag", [0x0100, 0x011A])
def test_damaged_exif_data_are_one_line(tag: int) -> None:
    turned = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    text = struct.pack(">HHI4s", tag, 2, 4, b"abc\0")  # where a number belongs
    exif = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 2) + b"".join(sorted([turned, text])) + bytes(4)
    with pytest.raises(StudyError, match=r"^f: cannot be read \(.*\); allowed: PNG, JPEG$"):
        decoded("JPEG", Image.new("L", (8, 8)), channels=1, exif=exif)


def sides(made: Dataset) -> list[set[bytes]]:
    """The different images to train on, and those held out."""
    kept = made.held_out.start
    return [{image.tobytes() for image in images} for images in (made.images[:kept], made.images[kept:])]


def test_copies_of_an_image_stay_on_its_side(folder: Path) -> None:
    before = make(folder)
    lines = []
    for number, path in enumerate(sorted(folder.glob("*/*"))):
        name = f"{path.parent.name}/copy of {path.stem}.png"
        if number % 2:
            Image.open(path).save(folder / name)  # the same pixels in another file
        else:
            (folder / name).write_bytes(path.read_bytes())
        lines.append(f"{name},{path.parent.name}")
    labels = folder / "labels.csv"
    labels.write_text(labels.read_text() + "\n".join(lines) + "\n")
    copied = make(folder)
    assert sides(copied) == sides(before)
    assert (len(copied.images), len(copied.images[copied.held_out])) == (6 * EACH, 6 * EACH // 5)
    for number in range(6):  # copies do not make a class large enough
        (folder / f"{number}.png").write_bytes(picture("PNG", Image.new("RGB", (9, 9), (9, 9, 9))))
    labels.write_text(labels.read_text() + "".join(f"{number}.png,grey\n" for number in range(6)))
    assert "has 1 different images of 'grey'; allowed: 5 of each" in refusal(folder, classes=4)


# A line of labels.csv, what it is replaced by, and the refusal
WRONG_LINES = [
    ("file,label", "name,class", "begins with 'name,class'; allowed: file,label"),
    ("blue/0.jpg,blue", "../blue/0.jpg,blue", "line 2: '../blue/0.jpg' is not allowed; allowed: a path below"),
    ("blue/0.jpg,blue", "/etc/passwd,blue", "line 2: '/etc/passwd' is not allowed"),
    ("blue/1.png,blue", "blue/0.jpg,blue", "line 3: 'blue/0.jpg' is listed twice"),
    ("blue/1.png,blue", "blue//./0.jpg,blue", "line 3: 'blue//./0.jpg' is listed twice, also as 'blue/0.jpg'"),
    ("blue/1.png,blue", "red/../blue/0.jpg,blue", "line 3: 'red/../blue/0.jpg' is not allowed"),
    ("blue/1.png,blue", "blue/1.png", "line 3: 'blue/1.png' is not allowed; allowed: a file, its label"),
    ("blue/1.png,blue", "blue/none.png,blue", "none.png: no file of at most"),
    ("blue/1.png,blue", "blue/1.png,Blue", "has 4 labels; allowed: 3, the option `classes`"),
    ("blue/1.png,blue", 'blue/1.png,"blue', "cannot be read (unexpected end of data)"),
]


def test_a_wrong_line_of_the_labels_is_named(folder: Path) -> None:
    labels = folder / "labels.csv"
    right = labels.read_text()
    for old, new, message in WRONG_LINES:
        labels.write_text(right.replace(old, new, 1))
        assert message in refusal(folder)
    labels.unlink()
    assert "labels.csv: cannot be read: " in refusal(folder)
    for path in ("", "nowhere"):
        assert f"path: '{path}' is not a folder" in refusal(folder, path=path)


BLUE = Image.new("RGB", (30, 30), COLOURS["blue"])
BAD = [
    (b"hello", "cannot be read ("),
    (b"", "cannot be read ("),
    (picture("GIF", BLUE), "cannot be read ("),
    (picture("PNG", BLUE)[:60], "cannot be read ("),
    (picture("PNG", Image.fromarray(np.zeros((9, 9), np.uint16))), "is 9 x 9 in mode I;16"),
    (picture("JPEG", Image.new("CMYK", (9, 9))), "is 9 x 9 in mode CMYK"),
    (picture("PNG", Image.new("1", (5000, 5000))), "is 5000 x 5000 in mode 1"),
    (picture("PNG", Image.new("1", (14000, 14000))), "cannot be read (Image size (196000000 pixels)"),
]


def test_a_file_that_is_no_usable_image_is_named(folder: Path) -> None:
    path = folder / "blue" / "1.png"
    for content, message in BAD:
        path.write_bytes(content)
        assert refusal(folder).startswith(f"{path}: {message}")
    path.unlink()
    path.symlink_to("0.jpg")
    assert "line 3: 'blue/1.png' is listed twice, also as 'blue/0.jpg'; allowed: each file once" in refusal(folder)
    path.unlink()
    (folder.parent / "outside.png").write_bytes(picture("PNG", BLUE))
    path.symlink_to(folder.parent / "outside.png")
    assert "1.png: is a link out of the folder" in refusal(folder)
    path.unlink()
    path.write_bytes((folder / "red" / "1.png").read_bytes())
    assert refusal(folder).endswith(
        "labels.csv: 'blue/1.png' is 'blue' and 'red/1.png' is 'red', though they are the same image at 16 x 16 "
        "pixels; allowed: one label an image"
    )


def test_the_gate_is_at_the_classifier_that_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "LEARNING_RATE", 1e-12)
    assert "the classifier reads 0." in refusal(folder, accuracy=1.0)


def test_a_few_dozen_images_of_each_shape_are_enough(tmp_path: Path) -> None:
    """Which one epoch of them would not be: few images are repeated until the classifier has seen enough."""
    rng = np.random.default_rng(0)
    lines = ["file,label"]
    for number in range(180):
        label = ("circle", "square", "triangle")[number % 3]
        image = Image.new("RGB", (40, 40), tuple(rng.integers(0, 60, 3).tolist()))
        (x, y), side = rng.integers(6, 14, 2).tolist(), int(rng.integers(14, 22))
        draw, colour = ImageDraw.Draw(image), tuple(rng.integers(150, 255, 3).tolist())
        if label == "triangle":
            draw.polygon([(x, y + side), (x + side, y + side), (x + side / 2, y)], fill=colour)
        else:
            (draw.ellipse if label == "circle" else draw.rectangle)([x, y, x + side, y + side], fill=colour)
        image.save(tmp_path / f"{number}.png")
        lines.append(f"{number}.png,{label}")
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")
    made = make(tmp_path, accuracy=0.9)
    assert made.images.shape == (180, 3, 16, 16)
    assert make(tmp_path, accuracy=0.9).images.tobytes() == made.images.tobytes()

"""Images side by side, as one picture."""

from __future__ import annotations

import numpy as np

SIDE = 64  # pixels that an image is enlarged to, by a whole factor, so that no viewer blurs it into the next
MISSING, GAP = 225, 255  # grey levels


def mosaic(images: np.ndarray, rows: int, columns: int, low: float, high: float) -> np.ndarray:
    """One RGB picture, uint8 (height, width, 3), of up to rows x columns images with pixels in [low, high].

    images: (n, 1, h, w) in grey or (n, 3, h, w) in red, green and blue, in reading order. What is not finite, or
    missing, stays light grey.
    """
    height, width = images.shape[2:]
    step = (height + 1, width + 1)
    picture = np.full((rows * step[0] - 1, columns * step[1] - 1, 3), GAP, dtype=np.uint8)
    for place in range(rows * columns):
        top, left = place // columns * step[0], place % columns * step[1]
        tile: np.ndarray | int = MISSING
        if place < len(images) and np.isfinite(images[place]).all():
            unit = np.clip((images[place].transpose(1, 2, 0).astype(np.float64) - low) / (high - low), 0, 1)
            tile = np.round(255 * unit).astype(np.uint8)
        picture[top : top + height, left : left + width] = tile
    enlarge = max(1, SIDE // width)
    return picture.repeat(enlarge, axis=0).repeat(enlarge, axis=1)

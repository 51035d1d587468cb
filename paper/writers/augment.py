"""Images once more, turned and shifted a little, as the paper did."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def moved(
    images: Floats, degrees: float, shift: float, rng: np.random.Generator
) -> Floats:
    """Each image (N, H, W) turned about its middle, then shifted.

    Angles are even within +-`degrees`, shifts within +-`shift` pixels along
    each axis. Paper (0) comes in from outside; ink is interpolated between
    the four pixels around.
    """
    count, high, wide = images.shape
    angle = np.deg2rad(rng.uniform(-degrees, degrees, (count, 1, 1)))
    down, right = rng.uniform(-shift, shift, (2, count, 1, 1))
    y, x = np.mgrid[:high, :wide].astype(np.float64)
    y, x = y - (high - 1) / 2 - down, x - (wide - 1) / 2 - right
    # Where the ink of each pixel comes from.
    from_y = np.cos(angle) * y - np.sin(angle) * x + (high - 1) / 2
    from_x = np.sin(angle) * y + np.cos(angle) * x + (wide - 1) / 2
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    from_y = np.clip(from_y + 1, 0, high + 0.999)
    from_x = np.clip(from_x + 1, 0, wide + 0.999)
    top, left = from_y.astype(int), from_x.astype(int)
    below, beside = from_y - top, from_x - left
    each = np.arange(count)[:, None, None]
    made: Floats = (
        (1 - below) * (1 - beside) * padded[each, top, left]
        + (1 - below) * beside * padded[each, top, left + 1]
        + below * (1 - beside) * padded[each, top + 1, left]
        + below * beside * padded[each, top + 1, left + 1]
    )
    return np.asarray(made, np.float32)

"""Six Hangul syllables as strokes, and how a hand draws them.

The syllables are those of the paper: 가 나 다 라 마 바. A syllable is a list
of strokes, a stroke a line through points (x, y) in a square from (0, 0), top
left, to (1, 1), bottom right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Line = list[tuple[float, float]]

CONSONANTS: dict[str, list[Line]] = {
    "가": [[(0.05, 0.15), (0.55, 0.15), (0.5, 0.45), (0.25, 0.85)]],
    "나": [[(0.1, 0.1), (0.1, 0.75), (0.6, 0.7)]],
    "다": [
        [(0.1, 0.15), (0.55, 0.15)],
        [(0.1, 0.15), (0.1, 0.78), (0.6, 0.74)],
    ],
    "라": [
        [(0.08, 0.12), (0.55, 0.12), (0.55, 0.42), (0.1, 0.42)],
        [(0.1, 0.42), (0.1, 0.8), (0.6, 0.76)],
    ],
    "마": [[(0.1, 0.15), (0.1, 0.8), (0.55, 0.8), (0.55, 0.15), (0.1, 0.15)]],
    "바": [
        [(0.1, 0.1), (0.1, 0.8), (0.55, 0.8), (0.55, 0.1)],
        [(0.1, 0.45), (0.55, 0.45)],
    ],
}
# The vowel ㅏ: an upright and a short stroke to its right.
VOWEL: list[Line] = [[(0.75, 0.0), (0.75, 1.0)], [(0.75, 0.48), (0.95, 0.48)]]
SYLLABLES = tuple(CONSONANTS)
GRAIN = 0.04  # between two points of a stroke
PLACE = 0.04  # how far a syllable lands from the middle, of the image


@dataclass(frozen=True)
class Hand:
    """What one writer does in the same way every time."""

    slant: float  # how far the top leans to the right, of the height
    rise: float  # how much horizontal strokes climb, of their length
    width: float  # of the consonant, 1 as in CONSONANTS
    height: float  # of the consonant
    upright: float  # the length of the vowel's upright
    gap: float  # between consonant and vowel
    pen: float  # half the width of a stroke, of the image's height
    jitter: float  # 1 is the wobble of an ordinary hand


USUAL = Hand(0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.026, 1.0)
# How much hands differ (standard deviations), in each trait.
SPREAD = Hand(0.25, 0.10, 0.12, 0.14, 0.13, 0.04, 0.005, 0.2)


def hands(count: int, seed: int, traits: tuple[str, ...] = ()) -> list[Hand]:
    """Some writers; with `traits`, they differ in nothing else."""
    rng = np.random.default_rng([seed, 1])
    drawn = rng.standard_normal((count, 8))
    names = list(USUAL.__dataclass_fields__)
    return [
        Hand(
            **{
                name: getattr(USUAL, name)
                + getattr(SPREAD, name)
                * float(np.clip(z, -2, 2))
                * (not traits or name in traits)
                for name, z in zip(names, row, strict=True)
            }
        )
        for row in drawn
    ]


def write(
    hand: Hand,
    syllable: str,
    count: int,
    size: int,
    rng: np.random.Generator,
) -> Floats:
    """`count` images, shape (count, size, size), ink 1 on paper 0.

    Every trait wavers a little each time, by the hand's own jitter.
    """

    def wavering(scale: float) -> NDArray[np.float64]:
        return rng.normal(0, scale * hand.jitter, (count, 1))

    width = hand.width + wavering(0.08)
    height = hand.height + wavering(0.08)
    length = hand.upright + wavering(0.07)
    shift = hand.gap + wavering(0.02)
    rise = hand.rise + wavering(0.05)
    slant = hand.slant + wavering(0.06)
    bend = wavering(0.04)
    strokes = []
    for x, y in map(even, CONSONANTS[syllable]):
        wide = (x - 0.3) * width
        high = (y - 0.45) * height + 0.45 + wavering(0.02)
        strokes.append((0.3 + wide + wavering(0.02), high - rise * wide))
    for number, (x, y) in enumerate(map(even, VOWEL)):
        if number == 0:
            strokes.append((x + shift, 0.5 + (y - 0.5) * length))
        else:
            strokes.append(
                (x + shift, y + wavering(0.03) - rise * (x - 0.75))
            )
    x = np.concatenate([x for x, _ in strokes], axis=1)
    y = np.concatenate([y for _, y in strokes], axis=1)
    x = x + bend * np.sin(np.pi * y) - slant * (y - 0.5)
    place = rng.normal(0, PLACE, (2, count, 1))
    pen = hand.pen * (1 + wavering(0.1))
    return ink(
        0.15 + 0.7 * x + place[0], 0.15 + 0.7 * y + place[1], pen, size
    )


def even(stroke: Line) -> NDArray[np.float64]:
    """Points evenly along a stroke, `GRAIN` apart; x and y, (2, points)."""
    corners = np.array(stroke)
    steps = np.hypot(*np.diff(corners, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0, along[-1], 1 + round(along[-1] / GRAIN))
    return np.stack(
        [np.interp(at, along, corners[:, axis]) for axis in (0, 1)]
    )


def ink(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    pen: NDArray[np.float64],
    size: int,
) -> Floats:
    """Images of points, each a round blot that is `pen` wide.

    `x` and `y` have the shape (images, points), `pen` (images, 1). Blots
    add up along a stroke and saturate, so strokes are even and soft-edged.
    """
    centre = (np.arange(size) + 0.5) / size
    blot = [
        np.exp(
            -0.5 * ((centre - at[..., None]) / pen[..., None]) ** 2
        ).astype(np.float32)
        for at in (y, x)
    ]
    amount = np.einsum("nph,npw->nhw", *blot, optimize=True)
    made: Floats = 1 - np.exp(-1.5 * amount)
    return made

"""Strings drawn as text CAPTCHAs draw them, with what makes them harder.

Every image is made here, from the DejaVu fonts that come with matplotlib:
no site's CAPTCHA is downloaded, copied or imitated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Images = NDArray[np.float32]
Strings = NDArray[np.int32]

ALPHABET = "ACEHKMRTX7"
FONTS = ("Sans", "Serif")
SIZES = (11, 12)  # pixels
ANGLES = (-10, -5, 0, 5, 10)  # degrees
HEIGHT = 16  # pixels
PITCH = 11  # pixels from one character to the next, give or take one
OVERLAPPING = 7  # the same where they overlap
MARGIN = 4  # pixels, left and right together
LINES = 2
NOISE = 0.2  # standard deviation, where ink is 1 and paper 0


@dataclass(frozen=True)
class Kind:
    """What is done against reading by machines."""

    overlap: bool = False
    lines: bool = False
    noise: bool = False


KINDS = {
    "plain": Kind(),
    "overlap": Kind(overlap=True),
    "lines": Kind(lines=True),
    "noise": Kind(noise=True),
    "all three": Kind(overlap=True, lines=True, noise=True),
}


def width(length: int) -> int:
    """Pixels of an image with so many characters."""
    return length * PITCH + MARGIN


@cache
def glyphs() -> tuple[tuple[Images, ...], ...]:
    """For each character, its pictures in all fonts, sizes and angles.

    Each is cut to its ink, at most `HEIGHT` pixels high, values in [0, 1].
    """
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return tuple(
        tuple(
            glyph(letter, folder / f"DejaVu{font}.ttf", size, angle)
            for font in FONTS
            for size in SIZES
            for angle in ANGLES
        )
        for letter in ALPHABET
    )


def glyph(letter: str, font: Path, size: int, angle: int) -> Images:
    """One character of a font, turned by so many degrees."""
    paper = Image.new("L", (3 * size, 3 * size))
    ImageDraw.Draw(paper).text(
        (1.5 * size, 1.5 * size),
        letter,
        fill=255,
        font=ImageFont.truetype(str(font), size),
        anchor="mm",
    )
    turned = paper.rotate(angle, Image.Resampling.BILINEAR)
    cut = turned.crop(turned.getbbox())
    return np.asarray(cut, np.float32)[:HEIGHT] / np.float32(255)


def draw(
    rng: np.random.Generator, count: int, length: int, kind: Kind
) -> tuple[Images, Strings]:
    """Draw so many random strings of this length.

    Returns the images, shape (count, HEIGHT, width(length), 1), ink 1 on
    paper 0 before the noise, and what they say, shape (count, length), as
    indices into `ALPHABET`. Characters are drawn independently of each
    other, so that a string may repeat one.
    """
    images = np.zeros((count, HEIGHT, width(length)), np.float32)
    said = rng.integers(len(ALPHABET), size=(count, length), dtype=np.int32)
    for image, letters in zip(images, said, strict=True):
        write(rng, image, letters, kind.overlap)
        if kind.lines:
            for _ in range(LINES):
                strike(rng, image)
    if kind.noise:
        images += NOISE * rng.standard_normal(images.shape, np.float32)
    return images[..., None], said


def write(
    rng: np.random.Generator,
    image: Images,
    letters: Strings,
    overlap: bool,
) -> None:
    """Put the characters near the middle, each in a form of its own.

    One that would stick out on the right is cut off there.
    """
    pitch = OVERLAPPING if overlap else PITCH
    wide = image.shape[1]
    left = (wide - pitch * len(letters)) // 2 + int(rng.integers(-1, 2))
    for letter in letters:
        forms = glyphs()[letter]
        shape = forms[rng.integers(len(forms))]
        top = int(rng.integers(HEIGHT - shape.shape[0] + 1))
        place = image[top : top + shape.shape[0], left : left + len(shape.T)]
        np.maximum(place, shape[:, : place.shape[1]], out=place)
        left += pitch + int(rng.integers(-1, 2))


def strike(rng: np.random.Generator, image: Images) -> None:
    """Draw a wavy line of ink, one pixel thick, from edge to edge."""
    high, wide = image.shape
    x = np.arange(4 * wide) / (4 * wide)
    start, end = rng.uniform(2, high - 3, 2)
    wave = 1.5 * np.sin(rng.uniform(4, 9) * x + rng.uniform(0, 2 * np.pi))
    y = np.clip(np.rint(start + (end - start) * x + wave), 0, high - 1)
    image[y.astype(int), (x * wide).astype(int)] = 1

"""Pen fonts as writers, for the larger run.

A font draws a syllable in the same way every time, so each gets a hand that
wavers: every image is turned, sheared, stretched and placed a little
differently, by a jitter of the font's own.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from paper.problem import Refusal
from paper.writers.strokes import SYLLABLES

Floats = NDArray[np.float32]

# Seven, as many as the paper had writers, by the names of their files.
PENS = (
    "NanumBarunpenR",
    "NanumBrush",
    "NanumPen",
    "UnGungseo",
    "UnPen",
    "UnPenheulim",
    "UnPilgi",
)
PACKAGES = "fonts-nanum-extra fonts-unfonts-core fonts-unfonts-extra"
HIGH, WIDE = 32, 40  # the paper's images, about 7.5 times smaller
FINER = 3  # drawn so many times as large, then made smaller
EM = 26  # pixels of a font's em square


def find(folder: Path | None) -> list[Path]:
    """The files of `PENS`, in a folder or on this system.

    Raises `Refusal` with what to install if one is missing.
    """
    if folder is not None and not folder.is_dir():
        raise Refusal(f"There is no folder {folder}.")
    files = installed() if folder is None else folder.rglob("*.[to]tf")
    found = {path.stem: path for path in sorted(files)}
    missing = [name for name in PENS if name not in found]
    if missing:
        where = "on this system" if folder is None else f"in {folder}"
        raise Refusal(
            f"{len(missing)} of the {len(PENS)} pen fonts are not {where} "
            f"({', '.join(missing)}): apt-get install {PACKAGES}, or give "
            "--fonts FOLDER."
        )
    return [found[name] for name in PENS]


def installed() -> Iterator[Path]:
    """The font files that fontconfig knows; none where it is missing."""
    program = shutil.which("fc-list")
    if program is None:
        return
    listed = subprocess.run(
        [program, "--format", "%{file}\n"],
        check=True,
        capture_output=True,
        text=True,
    )
    yield from (Path(line) for line in listed.stdout.splitlines())


def checksum(paths: list[Path]) -> str:
    """The SHA-256 of the files, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def jitters(seed: int) -> NDArray[np.float64]:
    """How much each of the fonts' hands wavers; 1 is usual."""
    rng = np.random.default_rng([seed, 1])
    return rng.uniform(0.8, 1.2, len(PENS))


def write(
    path: Path,
    syllable: str,
    count: int,
    jitter: float,
    rng: np.random.Generator,
) -> Floats:
    """`count` images of a syllable, (count, HIGH, WIDE), ink 1 on paper 0.

    Raises `Refusal` if the file is no font.
    """
    try:
        font = ImageFont.truetype(path, EM * FINER)
    except OSError:
        raise Refusal(f"{path} is not a font that can be read.") from None
    size = WIDE * FINER, HIGH * FINER
    sheet = Image.new("L", size, 0)
    ImageDraw.Draw(sheet).text(
        (size[0] / 2, size[1] / 2), syllable, 255, font, anchor="mm"
    )
    made = np.empty((count, HIGH, WIDE), np.float32)
    middle = np.array(size) / 2
    for image in made:
        turn, lean, wide, high = jitter * rng.normal(
            0, (np.deg2rad(4), 0.08, 0.08, 0.08)
        )
        place = jitter * rng.normal(0, 0.04, 2) * size[1]
        cos, sin = np.cos(turn), np.sin(turn)
        back = np.array([[cos, sin], [-sin, cos]]) @ [[1, lean], [0, 1]]
        back = back @ np.diag(1 / (1 + np.array([wide, high])))
        offset = middle - back @ (middle + place)
        moved = sheet.transform(
            size,
            Image.Transform.AFFINE,
            (*back[0], offset[0], *back[1], offset[1]),
            Image.Resampling.BILINEAR,
        )
        small = moved.resize((WIDE, HIGH), Image.Resampling.BOX)
        image[:] = np.asarray(small, np.float32) / 255
    return made


def images(paths: list[Path], seed: int, each: int, part: int) -> Floats:
    """`each` images of each syllable by each font, one after the other."""
    rng = np.random.default_rng([seed, part])
    return np.concatenate(
        [
            write(path, syllable, each, jitter, rng)
            for path, jitter in zip(paths, jitters(seed), strict=True)
            for syllable in SYLLABLES
        ]
    )

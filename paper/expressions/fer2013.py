"""FER2013, read from a CSV that the reader has, and checked line by line.

The pictures were made for a contest: I. J. Goodfellow et al., "Challenges in
representation learning: A report on three machine learning contests", Neural
Networks 64, 2015, pp. 59-63, arXiv:1307.0414. They are photographs of people
from the web; Kaggle gives them to whoever registers, so nothing here
downloads them.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paper.problem import Refusal

COLUMNS = ("emotion", "pixels", "Usage")
EMOTIONS = (
    "angry",
    "disgust",
    "fear",
    "happy",
    "sad",
    "surprise",
    "neutral",
)
SIDE = 48
PARTS = ("Training", "PublicTest", "PrivateTest")


@dataclass(frozen=True)
class Part:
    """Pictures, uint8 of shape (n, SIDE, SIDE), and labels, int64 (n,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Fer2013:
    """The three parts of the file, as its column Usage names them."""

    name: str
    sha256: str
    "Of the file's bytes."
    training: Part
    public: Part
    private: Part


def load(path: Path) -> Fer2013:
    """The pictures of a CSV file with the columns of `COLUMNS`.

    The columns may stand in any order, with spaces around their names, as
    in one of the two files that Kaggle has. Raises `Refusal`, with the
    number of the line, if a line holds something else.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from None
    images: dict[str, list[bytes]] = {part: [] for part in PARTS}
    labels: dict[str, list[int]] = {part: [] for part in PARTS}
    for part, label, pixels in lines(content, path):
        images[part].append(pixels)
        labels[part].append(label)
    for part in PARTS:
        if not images[part]:
            raise Refusal(f"{path} has no picture whose Usage is {part}.")
    return Fer2013(
        path.stem,
        hashlib.sha256(content).hexdigest(),
        *(
            Part(
                np.frombuffer(b"".join(images[part]), np.uint8).reshape(
                    -1, SIDE, SIDE
                ),
                np.array(labels[part], np.int64),
            )
            for part in PARTS
        ),
    )


def lines(content: bytes, path: Path) -> Iterator[tuple[str, int, bytes]]:
    """The part, the label and the grey levels of each line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(f"{path} is no CSV file: it is not text.") from None
    reader = csv.reader(text.splitlines())
    # A field has some 9,000 characters; the limit is for files that are not
    # CSV and have a quotation mark somewhere.
    csv.field_size_limit(min(sys.maxsize, 1 << 20))

    def wrong(what: str) -> Refusal:
        return Refusal(f"{path}, line {reader.line_num}: {what}.")

    try:
        head = [name.strip() for name in next(reader, [])]
        missing = [name for name in COLUMNS if name not in head]
        if missing:
            found = ", ".join(head)[:60] or "nothing"
            raise wrong(f"there is no column {missing[0]}, but {found}")
        places = [head.index(name) for name in COLUMNS]
        for fields in reader:
            if not fields:  # an empty line
                continue
            if len(fields) != len(head):
                raise wrong(f"{len(fields)} fields instead of {len(head)}")
            emotion, pixels, part = (fields[place] for place in places)
            part = part.strip()
            if part not in PARTS:
                raise wrong(
                    f"Usage is {part[:20]!r} instead of one of "
                    + ", ".join(PARTS)
                )
            emotion = emotion.strip()
            if emotion not in [str(n) for n in range(len(EMOTIONS))]:
                raise wrong(f"emotion is {emotion[:20]!r} instead of 0 to 6")
            try:
                levels = bytes(map(int, pixels.split()))
            except ValueError:
                raise wrong(
                    "pixels are not all whole numbers from 0 to 255"
                ) from None
            if len(levels) != SIDE**2:
                raise wrong(
                    f"{len(levels):,} pixels instead of {SIDE} x {SIDE} = "
                    f"{SIDE**2:,}"
                )
            yield part, int(emotion), levels
    except csv.Error as error:
        raise wrong(f"this is no CSV ({error})") from None


def repeated(part: Part, other: Part) -> NDArray[np.bool_]:
    """Which pictures of `part` are in `other` too, pixel for pixel.

    The only trace of a person that can be followed without names: the same
    photograph twice. Another photograph of the same person is not found.
    """
    known = {image.tobytes() for image in other.images}
    return np.array([image.tobytes() in known for image in part.images])

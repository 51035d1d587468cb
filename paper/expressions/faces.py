"""Drawn faces whose person and whose expression are separate settings.

Nobody is depicted: a person is a handful of random lengths, and an
expression moves the mouth, the brows and the eyes of any person in the same
way. So it is known which part of a picture says who it is and which part
says how the face looks.

All lengths are fractions of the picture's side; x grows to the right and y
downwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Points = NDArray[np.float64]
SIDE = 24  # pixels
# What an expression does: the corners of the mouth go up, the mouth opens,
# the inner ends of the brows go up, the whole brows go up, the eyes open.
EXPRESSIONS = {
    "neutral": (0.0, 0.0, 0.0, 0.0, 0.0),
    "happy": (1.0, 0.2, 0.0, 0.0, -0.1),
    "sad": (-1.0, 0.0, 0.7, 0.2, -0.1),
    "surprised": (0.0, 1.0, 0.0, 1.0, 1.0),
    "angry": (-0.5, 0.0, -1.0, -0.6, 0.0),
    "disgusted": (-0.7, 0.3, -0.4, -0.4, -0.6),
    "afraid": (-0.3, 0.7, 0.8, 0.8, 0.8),
}
MOVES = np.array(list(EXPRESSIONS.values()))
PAPER, INK = 1.0, 0.05  # grey levels: what is around a face, and its lines
HAIR = 0.15
SHOWN = 0.125  # how unlike an expression is from one picture to the next
HABIT = 0.075  # how unlike each of the five moves is
NOISE = 0.015  # grey levels of each pixel


@dataclass(frozen=True)
class Person:
    """The lengths of one face; they stay whatever the face expresses."""

    width: float
    height: float
    eye_x: float
    eye_y: float
    eye_size: float
    mouth_y: float
    mouth_width: float
    brow_y: float
    brow_width: float
    hair: float
    skin: float
    glasses: bool
    rest: Points
    "What the face does when it does nothing: five moves, as an expression."


def person(rng: np.random.Generator, unlike: float = 1.0) -> Person:
    """One random person; `unlike` = 0 makes everybody the same one."""

    def near(mean: float, spread: float) -> float:
        return mean + unlike * spread * float(rng.standard_normal())

    return Person(
        width=near(0.34, 0.03),
        height=near(0.43, 0.03),
        eye_x=near(0.14, 0.02),
        eye_y=near(0.42, 0.025),
        eye_size=0.045 + abs(near(0.0, 0.012)),
        mouth_y=near(0.72, 0.025),
        mouth_width=near(0.12, 0.025),
        brow_y=near(0.11, 0.02),
        brow_width=near(0.075, 0.012),
        hair=0.19 + unlike * float(rng.uniform(-0.11, 0.11)),
        skin=0.72 + unlike * float(rng.uniform(-0.17, 0.17)),
        glasses=bool(rng.random() < 0.3 * unlike),
        rest=unlike * 0.27 * rng.standard_normal(5),
    )


def draw(
    who: Person,
    expression: int,
    rng: np.random.Generator,
    side: int = SIDE,
    noise: float = 1.0,
) -> Image:
    """One picture, grey levels from 0 to about 1, shape (side, side).

    No two are equal: how far the expression goes, where the face is, the
    light and each pixel are drawn anew. `noise` = 0 draws without that.
    """
    moves = MOVES[expression] * (1 + noise * SHOWN * rng.standard_normal())
    moves = moves + who.rest + noise * HABIT * rng.standard_normal(5)
    smile, opening, slope, brows, eyes = moves
    right, down = noise * 0.006 * rng.standard_normal(2)
    places = (np.arange(side) + 0.5) / side
    x, y = places - 0.5 - right, places[:, None] - down

    def stroke(px: Points, py: Points) -> Points:
        """How much ink a line through these points leaves on each pixel."""
        across, along = (x[:, None] - px) ** 2, (y - py) ** 2
        away = np.sqrt((across + along[:, None]).min(axis=-1))
        ink: Points = np.clip((0.023 - away) / 0.035, 0, 1)
        return ink

    inside = 1 - (x / who.width) ** 2 - ((y - 0.53) / who.height) ** 2
    face = np.clip(6 * inside, 0, 1)
    colour = np.where(y < 0.1 + who.hair, HAIR, who.skin)
    t = np.linspace(-1, 1, 15)
    ink = np.zeros((side, side))
    for half in (-1, 1):
        middle = half * who.eye_x
        high = who.eye_size * (1 + 0.6 * eyes) + 0.006
        ball = ((x - middle) / (1.2 * who.eye_size)) ** 2
        ball = ball + ((y - who.eye_y) / max(high, 0.008)) ** 2
        inner = -half * t  # 1 at the end that is towards the nose
        brow_y = who.eye_y - who.brow_y - 0.04 * brows - 0.035 * slope * inner
        ink = np.maximum(ink, 0.9 * np.clip(3 * (1 - ball), 0, 1))
        ink = np.maximum(
            ink, 0.8 * stroke(middle + t * who.brow_width, brow_y)
        )
        if who.glasses:
            turn = np.linspace(0, 2 * np.pi, 30)
            rim = stroke(
                middle + 0.1 * np.cos(turn), who.eye_y + 0.09 * np.sin(turn)
            )
            ink = np.maximum(ink, 0.5 * rim)
    lips_x = t * who.mouth_width * (1 + 0.15 * smile)
    lips_y = who.mouth_y - 0.05 * smile * (t**2 - 0.5)
    apart = 0.035 * max(opening, 0.0) * (1 - t**2)
    for lip in (-apart, apart):
        ink = np.maximum(ink, 0.85 * stroke(lips_x, lips_y + lip))
    shaded = (1 - ink) * colour + ink * INK
    image = face * shaded + (1 - face) * PAPER
    image *= 1 + noise * rng.uniform(-0.05, 0.05)
    image += noise * NOISE * rng.standard_normal(image.shape)
    seen: Image = np.clip(image, 0, 1).astype(np.float32)
    return seen


@dataclass(frozen=True)
class Faces:
    """Pictures with what they show.

    `images` is float32 of shape (n, SIDE, SIDE); `expressions` and `people`
    are int64 of shape (n,).
    """

    images: Image
    expressions: NDArray[np.int64]
    people: NDArray[np.int64]


def album(
    rng: np.random.Generator, people: int, each: int, unlike: float = 1.0
) -> Faces:
    """`each` pictures of every expression of so many people."""
    cast = [person(rng, unlike) for _ in range(people)]
    shown = [
        (number, expression)
        for number in range(people)
        for expression in range(len(EXPRESSIONS))
        for _ in range(each)
    ]
    images = [draw(cast[number], what, rng) for number, what in shown]
    who, what = np.array(shown).T
    return Faces(np.array(images), what, who)

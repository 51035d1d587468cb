"""Two networks that read a string: one head a character, and CTC.

Both begin with the same convolutions. Every image is drawn anew, so that
no image is learned from twice and none is judged that was learned from.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from paper.captchas.drawing import (
    ALPHABET,
    HEIGHT,
    KINDS,
    Images,
    Strings,
    draw,
    width,
)

BATCH = 32
LEARNING_RATE = 3e-3
# Filters, and the height and width that are pooled. The second pooling
# leaves the width alone, since CTC needs several columns a character.
CONVOLUTIONS = ((8, (2, 2)), (16, (2, 1)))
CHUNK = 8000  # images that are drawn before they are learned from
BLANK = 0  # what CTC says between characters; the others follow it
Row = dict[str, Any]


def features(image: keras.KerasTensor) -> keras.KerasTensor:
    """What both networks begin with: convolutions and pooling."""
    for filters, pool in CONVOLUTIONS:
        image = layers.Conv2D(filters, 3, padding="same", activation="relu")(
            image
        )
        image = layers.MaxPooling2D(pool)(image)
    return image


def heads(length: int) -> keras.Model:
    """A network with one head a character.

    Takes images of strings of exactly this length, as `draw` makes them, and
    returns logits of shape (batch, length, len(ALPHABET)).
    """
    image = keras.Input((HEIGHT, width(length), 1))
    hidden = layers.Flatten()(features(image))
    hidden = layers.Dense(128, activation="relu")(hidden)
    logits = layers.Dense(length * len(ALPHABET))(hidden)
    model = keras.Model(
        image, layers.Reshape((length, len(ALPHABET)))(logits)
    )
    model.compile(
        keras.optimizers.Adam(LEARNING_RATE),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


def columns(length: int) -> keras.Model:
    """A network that reads column by column, to be trained with CTC.

    Takes images as `draw` makes them and returns logits of shape (batch,
    columns, 1 + len(ALPHABET)), where 0 is CTC's blank. Its weights do not
    depend on the length, so that they also read longer strings.
    """
    image = keras.Input((HEIGHT, width(length), 1))
    hidden = layers.Permute((2, 1, 3))(features(image))
    hidden = layers.Reshape((hidden.shape[1], -1))(hidden)
    hidden = layers.Conv1D(64, 3, padding="same", activation="relu")(hidden)
    model = keras.Model(image, layers.Dense(1 + len(ALPHABET))(hidden))
    model.compile(keras.optimizers.Adam(LEARNING_RATE), keras.losses.CTC())
    return model


NETWORKS = {"heads": heads, "ctc": columns}


@cache
def built(how: str, length: int) -> tuple[keras.Model, list[Any]]:
    """A network that is compiled once, and its optimizer as it began."""
    model = NETWORKS[how](length)
    model.optimizer.build(model.trainable_variables)
    return model, [
        keras.ops.convert_to_numpy(v) for v in model.optimizer.variables
    ]


def fresh(how: str, length: int, seed: int) -> keras.Model:
    """The network with new random weights, as if it had just been made."""
    model, began = built(how, length)
    keras.utils.set_random_seed(seed)
    model.set_weights(keras.models.clone_model(model).get_weights())
    for variable, value in zip(model.optimizer.variables, began, strict=True):
        variable.assign(value)
    return model


def collapsed(columns: NDArray[np.int64]) -> list[int]:
    """What CTC's columns spell: repeats merged, then blanks left out."""
    spelled, last = [], BLANK
    for symbol in columns:
        if symbol not in (BLANK, last):
            spelled.append(int(symbol) - 1)
        last = symbol
    return spelled


def read(how: str, model: keras.Model, images: Images) -> list[list[int]]:
    """What the network takes each image for, as indices into `ALPHABET`."""
    best = np.argmax(model.predict(images, 256, verbose=0), axis=-1)
    if how == "ctc":
        return [collapsed(symbols) for symbols in best]
    return [list(map(int, symbols)) for symbols in best]


def judged(read: list[list[int]], said: Strings) -> Row:
    """The shares of characters and of whole strings that are right.

    A string that was read with another number of characters than it has
    counts as wrong, and so do all characters of it.
    """
    length = said.shape[1]
    right = np.array(
        [
            np.array(one) == truth
            if len(one) == length
            else np.zeros(length, bool)
            for one, truth in zip(read, said, strict=True)
        ]
    )
    return {
        "character": float(right.mean()),
        "string": float(right.all(axis=1).mean()),
        "by_place": right.mean(axis=0),
        "length_right": float(np.mean([len(one) == length for one in read])),
    }


def doubles(answers: list[list[int]], said: Strings) -> Row:
    """The share of strings that are right, by whether two neighbours equal.

    CTC merges what it reads twice in a row, unless a blank stands between.
    """
    right = np.array(
        [one == list(truth) for one, truth in zip(answers, said, strict=True)]
    )
    doubled = (said[:, 1:] == said[:, :-1]).any(axis=1)
    return {
        "string_doubled": float(right[doubled].mean()),
        "string_not_doubled": float(right[~doubled].mean()),
    }


def run(  # noqa: PLR0913 (each is a setting of the task)
    *,
    seed: int,
    how: str,
    kind: str,
    length: int,
    images: int,
    tested: int,
    longer: int = 0,
) -> Row:
    """Train one network on so many new images, and judge it on others.

    With `longer`, the weights also read strings of that length, which they
    have never met. Returns the row; times are in seconds.
    """
    rng = np.random.default_rng([seed, list(KINDS).index(kind), length])
    model = fresh(how, length, seed)
    began = time.perf_counter()
    for start in range(0, images, CHUNK):
        count = min(CHUNK, images - start)
        shown, said = draw(rng, count, length, KINDS[kind])
        y = said + 1 if how == "ctc" else said
        model.fit(shown, y, BATCH, shuffle=False, verbose=0)
    seconds = time.perf_counter() - began
    shown, said = draw(rng, tested, length, KINDS[kind])
    answers = read(how, model, shown)
    row = judged(answers, said)
    if how == "ctc":
        row |= doubles(answers, said)
    if longer:
        other, _ = built(how, longer)
        other.set_weights(model.get_weights())
        shown, said = draw(rng, tested, longer, KINDS[kind])
        row["longer_string"] = judged(read(how, other, shown), said)["string"]
    return {
        **row,
        "parameters": model.count_params(),
        "seconds": round(seconds, 2),
    }

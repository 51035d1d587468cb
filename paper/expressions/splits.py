"""Two ways to hold pictures back, and what each lets two learners score.

`random` deals the pictures as they come, so most people stand on both sides.
`unseen` deals the people, so that nobody who is judged was met before.
"""

from __future__ import annotations

import hashlib
import time
from functools import cache
from typing import Any

import keras
import numpy as np
from keras.layers import Conv2D, Dense, Flatten
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit
from sklearn.neighbors import KNeighborsClassifier

from paper.expressions.faces import EXPRESSIONS, SIDE, Faces, album

SPLITS = {"random": ShuffleSplit, "unseen": GroupShuffleSplit}
HELD_BACK = 0.25  # of the pictures, or of the people
JUDGES = 20  # unseen people, where the number of the others varies
JUDGED = 140  # pictures at once; both kinds of test have a multiple of it
BATCH, LEARNING_RATE = 32, 3e-3
ZEROS: dict[str, Any] = {"kernel_initializer": "zeros"}  # see `renew`
Rows = NDArray[np.int64]


def split(faces: Faces, how: str, seed: int) -> tuple[Rows, Rows]:
    """Which pictures to learn from, and which to judge by."""
    dealer = SPLITS[how](n_splits=1, test_size=HELD_BACK, random_state=seed)
    groups = faces.people if how == "unseen" else None
    train, test = next(dealer.split(faces.images, groups=groups))
    return train, test


def run(
    seed: int, people: int, each: int, unlike: float, epochs: int
) -> dict[str, Any]:
    """Draw an album and judge both learners by both splits of it.

    `epochs` = 0 leaves the network out. Accuracies are from 0 to 1.
    """
    began = time.perf_counter()
    faces = album(np.random.default_rng(seed), people, each, unlike)
    found: dict[str, Any] = {
        "pictures": len(faces.images),
        "sha256": checksum(faces),
    }
    for how in SPLITS:
        train, test = split(faces, how, seed)
        found |= {
            f"{how}_{name}": value
            for name, value in nearest(faces, train, test).items()
        }
        if epochs:
            found[f"{how}_network"] = network(
                faces, train, test, seed, epochs
            )
        met = np.isin(faces.people[test], faces.people[train])
        found[f"{how}_met"] = float(met.mean())
    return found | {"seconds": round(time.perf_counter() - began, 2)}


def spread_out(
    seed: int, people: int, each: int, epochs: int
) -> dict[str, Any]:
    """Learn from so many people, be judged by others who are always the same.

    Those are drawn from the seed alone: `JUDGES` people that nobody met.
    """
    began = time.perf_counter()
    learn = album(np.random.default_rng([seed, people, each]), people, each)
    judge = album(np.random.default_rng([seed, 0]), JUDGES, 2)
    faces = Faces(
        np.concatenate([learn.images, judge.images]),
        np.concatenate([learn.expressions, judge.expressions]),
        np.concatenate([learn.people, people + judge.people]),
    )
    train, test = np.split(np.arange(len(faces.images)), [len(learn.images)])
    return {
        "pictures": len(train),
        "judged": len(test),
        "sha256": checksum(faces),
        "nearest": nearest(faces, train, test)["nearest"],
        "network": network(faces, train, test, seed, epochs),
        "seconds": round(time.perf_counter() - began, 2),
    }


def nearest(faces: Faces, train: Rows, test: Rows) -> dict[str, float]:
    """One nearest neighbour, by the difference of grey levels.

    `nearest` is how often its expression is the right one, `same` how often
    it is another picture of the same person.
    """
    pixels = faces.images.reshape(len(faces.images), -1)
    finder = KNeighborsClassifier(1, algorithm="brute")
    finder.fit(pixels[train], faces.expressions[train])
    found = train[
        finder.kneighbors(pixels[test], return_distance=False)[:, 0]
    ]
    right = faces.expressions[found] == faces.expressions[test]
    same = faces.people[found] == faces.people[test]
    return {"nearest": float(right.mean()), "same": float(same.mean())}


def network(
    faces: Faces, train: Rows, test: Rows, seed: int, epochs: int
) -> float:
    """The accuracy of a small convolutional network, after `epochs`.

    Nothing is chosen by the pictures that judge it: not the epoch either.
    """
    keras.utils.set_random_seed(seed)
    model = built()
    renew(model, np.random.default_rng([seed, len(train)]))
    # Mean 0 and standard deviation 1, over the pictures to learn from.
    mean, deviation = faces.images[train].mean(), faces.images[train].std()
    scaled = ((faces.images - mean) / deviation)[..., None]
    # All batches have one size, so that one program is compiled.
    train = train[: len(train) - len(train) % BATCH]
    model.fit(
        scaled[train],
        faces.expressions[train],
        batch_size=BATCH,
        epochs=epochs,
        verbose=0,
    )
    answers = np.argmax(
        model.predict(scaled[test], JUDGED, verbose=0), axis=-1
    )
    return float((answers == faces.expressions[test]).mean())


@cache
def built() -> keras.Model:
    """The network, compiled; `renew` gives it new weights."""
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            # Steps of 2 instead of pooling: many times faster on a CPU.
            Conv2D(8, 3, 2, padding="same", activation="relu", **ZEROS),
            Conv2D(16, 3, 2, padding="same", activation="relu", **ZEROS),
            Flatten(),
            Dense(32, activation="relu", **ZEROS),
            Dense(len(EXPRESSIONS), **ZEROS),
        ]
    )
    model.compile(
        keras.optimizers.Adam(LEARNING_RATE),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


def renew(model: keras.Model, rng: np.random.Generator) -> None:
    """New random weights, and an optimizer that remembers nothing.

    Uniform, as widely as Glorot and Bengio would (Keras' default), but drawn
    by NumPy: each of Keras' own draws is compiled first. Biases are zero.
    """
    drawn = []
    for weights in model.get_weights():
        limit = 0.0
        if weights.ndim > 1:
            *window, inputs, outputs = weights.shape
            limit = (6 / (np.prod(window) * (inputs + outputs))) ** 0.5
        drawn.append(rng.uniform(-limit, limit, weights.shape))
    model.set_weights(drawn)
    for variable in model.optimizer.variables:
        if variable.name != "learning_rate":
            variable.assign(np.zeros(variable.shape))


def checksum(faces: Faces) -> str:
    """The SHA-256 of the pictures in 256 grey levels, and of their labels."""
    levels = np.round(255 * faces.images)
    digest = hashlib.sha256(levels.astype("u1").tobytes())
    digest.update(faces.expressions.astype("u1").tobytes())
    digest.update(faces.people.astype("<u2").tobytes())
    return digest.hexdigest()

"""A small convolutional network on FER2013, epoch by epoch.

It learns from the part Training, chooses the epoch by PublicTest and is
judged once by PrivateTest, as the contest's entrants were. Every epoch ends
with a checkpoint, so that a run which is stopped goes on.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras.layers import Conv2D, Dense, Dropout, Flatten
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

from paper.bitwidth.networks import BlockPooling
from paper.bitwidth.statistics import accuracy_interval
from paper.checkpoint import (
    resume,
    save_epoch,
    save_weights,
    set_weights,
)
from paper.expressions.fer2013 import (
    EMOTIONS,
    SIDE,
    Fer2013,
    Part,
    repeated,
)

BATCH = 128
LEARNING_RATE = 1e-3
DROPOUT = 0.4
Row = dict[str, Any]


def baselines(data: Fer2013) -> list[Row]:
    """What is in the data, and two answers that need no network."""
    train, test = data.training, data.private
    again = repeated(test, train)
    counts = np.bincount(train.labels, minlength=len(EMOTIONS))
    common = np.full(len(test.labels), np.argmax(counts))
    return [
        {
            "what": "data",
            "training": len(train.labels),
            "public": len(data.public.labels),
            "private": len(test.labels),
            "training_by_emotion": dict(zip(EMOTIONS, counts, strict=True)),
            "public_in_training": int(repeated(data.public, train).sum()),
            "private_in_training": int(again.sum()),
        },
        {"what": "most common label", **judged(common, test, again)},
        {
            "what": "nearest picture",
            **judged(nearest(train, test), test, again),
        },
    ]


def judged_network(data: Fer2013, seed: int, epochs: int, work: Path) -> Row:
    """The row of one network: its scores, and how it was trained."""
    curves, answers, parameters = network(data, seed, epochs, work)
    test = data.private
    return {
        "what": "network",
        **judged(answers, test, repeated(test, data.training)),
        "parameters": parameters,
        "best_epoch": best(curves) + 1,
        "seconds": round(sum(epoch["seconds"] for epoch in curves), 1),
        "curves": curves,
    }


def judged(
    answers: NDArray[np.int64], test: Part, again: NDArray[np.bool_]
) -> Row:
    """The accuracy, and that on pictures that were not met in training."""
    right = answers == test.labels
    fresh = right[~again]
    return {
        "right": int(right.sum()),
        "judged": len(right),
        "accuracy": float(right.mean()),
        "interval": accuracy_interval(int(right.sum()), len(right)),
        "accuracy_not_repeated": float(fresh.mean()) if len(fresh) else None,
    }


def scaled(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Each picture with mean 0 and standard deviation 1, over its pixels.

    The light of a photograph says nothing of the expression. A picture of
    one grey becomes zeros.
    """
    pixels = images.astype(np.float32)
    pixels -= pixels.mean(axis=(1, 2), keepdims=True)
    deviation = pixels.std(axis=(1, 2), keepdims=True)
    pixels /= np.maximum(deviation, 1)
    return pixels


def nearest(train: Part, test: Part) -> NDArray[np.int64]:
    """The label of the most similar picture of the training part."""
    finder = KNeighborsClassifier(1, algorithm="brute")
    finder.fit(
        scaled(train.images).reshape(len(train.images), -1), train.labels
    )
    found: NDArray[np.int64] = finder.predict(
        scaled(test.images).reshape(len(test.images), -1)
    )
    return found


def network(
    data: Fer2013, seed: int, epochs: int, work: Path
) -> tuple[list[dict[str, float]], NDArray[np.int64], int]:
    """The curves, the answers of the best epoch and the number of weights.

    Goes on from its checkpoint if it has one; a longer run goes on from a
    shorter one.
    """
    settings = {
        "data": data.sha256,
        "seed": seed,
        "batch": BATCH,
        "learning_rate": LEARNING_RATE,
        "dropout": DROPOUT,
    }
    name = f"fer2013-{data.sha256[:12]}-seed{seed}"
    checkpoint = Path(work) / f"{name}.checkpoint.npz"
    chosen = Path(work) / f"{name}.best.npz"
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    model = build()
    model.optimizer.build(model.trainable_variables)
    curves = resume(model, checkpoint, settings)
    images = scaled(data.training.images)[..., None]
    check = scaled(data.public.images)[..., None]
    while len(curves) < epochs:
        began = time.perf_counter()
        rng = np.random.default_rng([seed, len(curves)])
        order = rng.permutation(len(images))
        # Each picture or its mirror image, drawn anew in every epoch.
        shown = images[order]
        flip = rng.random(len(shown)) < 0.5
        shown[flip] = shown[flip, :, ::-1]
        history = model.fit(
            shown,
            data.training.labels[order],
            batch_size=BATCH,
            shuffle=False,
            verbose=0,
        ).history
        loss, accuracy = model.evaluate(
            check, data.public.labels, batch_size=512, verbose=0
        )
        curves.append(
            {
                "loss": round(history["loss"][0], 5),
                "accuracy": round(history["accuracy"][0], 5),
                "public_loss": round(loss, 5),
                "public_accuracy": round(accuracy, 5),
                "seconds": round(time.perf_counter() - began, 2),
            }
        )
        print(
            f"seed {seed}, epoch {len(curves)} of {epochs}: loss "
            f"{curves[-1]['loss']:.4f}, PublicTest accuracy {accuracy:.4f}, "
            f"{curves[-1]['seconds']:.0f} s",
            flush=True,
        )
        # The weights before the checkpoint: a run that is killed between
        # the two repeats an epoch instead of missing its weights.
        if best(curves) == len(curves) - 1:
            save_weights(model, chosen, settings)
        save_epoch(model, checkpoint, settings, curves)
    set_weights(model, chosen)
    logits = model.predict(
        scaled(data.private.images)[..., None], batch_size=512, verbose=0
    )
    return curves, np.argmax(logits, axis=-1), model.count_params()


def best(curves: list[dict[str, float]]) -> int:
    """The first epoch with the highest accuracy on PublicTest, from 0."""
    return int(np.argmax([epoch["public_accuracy"] for epoch in curves]))


def build() -> keras.Model:
    """Three convolutions with pooling, and two dense layers."""
    layers: list[keras.Layer] = []
    for filters in (32, 64, 128):
        layers += [
            Conv2D(filters, 3, padding="same", activation="relu"),
            BlockPooling(),  # max pooling, faster on a CPU
        ]
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            *layers,
            Flatten(),
            Dropout(DROPOUT),
            Dense(128, activation="relu"),
            Dropout(DROPOUT),
            Dense(len(EMOTIONS)),
        ]
    )
    model.compile(
        keras.optimizers.Adam(LEARNING_RATE),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model

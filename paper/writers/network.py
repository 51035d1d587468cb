"""The paper's kind of network, and how it is trained here."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import keras
import numpy as np
from jax import numpy as jnp
from keras import layers
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Step = Callable[..., Any]
Labelled = tuple[Floats, NDArray[np.int64]]

CONVOLUTIONS = 3
DROPOUT = 0.3


def receptive_field(kernel: int) -> int:
    """How many pixels wide one unit behind the last pooling sees.

    A convolution adds `kernel - 1` steps, a 2x2 pooling one step and then
    doubles the step: 1 + 7 (kernel - 1) + 7 for three of each.
    """
    seen, step = 1, 1
    for _ in range(CONVOLUTIONS):
        seen += (kernel - 1) * step
        seen += step
        step *= 2
    return seen


def network(
    kernel: int, shape: tuple[int, int], writers: int, maps: tuple[int, ...]
) -> keras.Model:
    """Three convolutions with ReLU and 2x2 pooling, dropout, one dense.

    Takes images (batch, *shape, 1), ink 1 on paper 0, and returns the logits
    of the writers, (batch, writers).
    """
    parts: list[Any] = [keras.Input((*shape, 1))]
    for count in maps:
        parts += [
            layers.Conv2D(
                *(count, kernel),
                padding="same",
                activation="relu",
                kernel_initializer="zeros",  # each run draws its own
            ),
            layers.MaxPooling2D(2, padding="same"),
        ]
    parts += [
        layers.Flatten(),
        layers.Dropout(DROPOUT),
        layers.Dense(writers, kernel_initializer="zeros"),
    ]
    return keras.Sequential(parts)


@lru_cache
def compiled(
    kernel: int,
    shape: tuple[int, int],
    writers: int,
    maps: tuple[int, ...],
    learning_rate: float,
) -> tuple[keras.Model, keras.Optimizer, Step, Step]:
    """The network, its optimizer, one step of it, and whom it names.

    Compiled once a process; each run brings weights of its own.
    """
    model = network(kernel, shape, writers, maps)
    optimizer = keras.optimizers.Adam(learning_rate)
    optimizer.build(model.trainable_variables)
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True
    )

    def loss(weights: Any, state: Any, x: Any, y: Any) -> Any:
        logits, state = model.stateless_call(weights, state, x, training=True)
        return cross_entropy(y, logits), state

    @jax.jit
    def step(weights: Any, state: Any, moments: Any, x: Any, y: Any) -> Any:
        slopes, state = jax.grad(loss, has_aux=True)(weights, state, x, y)
        weights, moments = optimizer.stateless_apply(moments, slopes, weights)
        return weights, state, moments

    @jax.jit
    def named(weights: Any, state: Any, x: Any) -> Any:
        logits, _ = model.stateless_call(weights, state, x, training=False)
        return jnp.argmax(logits, -1)

    return model, optimizer, step, named


def learn(  # noqa: PLR0913 (what it learns from, and how)
    train: Labelled,
    judges: dict[str, Labelled],
    *,
    kernel: int,
    maps: tuple[int, ...],
    epochs: int,
    judge_every: int,
    batch: int,
    learning_rate: float,
    seed: int,
) -> dict[str, list[int]]:
    """Train from new weights; how many each judge has right.

    They are asked after every `judge_every` epochs, so a list has
    `epochs // judge_every` entries. `train` are images (N, H, W) and writers
    (N,). Images that do not fill the last batch of an epoch are left out of
    that epoch.
    """
    x, y = train
    writers = int(y.max()) + 1
    shape = (x.shape[1], x.shape[2])
    model, optimizer, step, named = compiled(
        kernel, shape, writers, maps, learning_rate
    )
    rng = np.random.default_rng([seed, 2])
    # He's normal start for the kernels, zero for the biases.
    weights: Any = [
        jnp.asarray(
            rng.standard_normal(v.shape) * np.sqrt(2 / np.prod(v.shape[:-1]))
            if len(v.shape) > 1
            else np.zeros(v.shape),
            dtype=jnp.float32,
        )
        for v in model.trainable_variables
    ]
    state: Any = [
        jax.random.key_data(jax.random.key(seed)).astype(v.dtype)
        for v in model.non_trainable_variables
    ]
    # Adam starts with no steps taken, and keeps its learning rate.
    moments: Any = [v.value for v in optimizer.variables]
    everything = jnp.asarray(
        np.concatenate([images for images, _ in judges.values()])[..., None]
    )
    ends = np.cumsum([len(images) for images, _ in judges.values()])
    right: dict[str, list[int]] = {name: [] for name in judges}
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(x))
        for first in range(0, len(x) - batch + 1, batch):
            some = order[first : first + batch]
            weights, state, moments = step(
                weights, state, moments, x[some][..., None], y[some]
            )
        if epoch % judge_every:
            continue
        said = np.split(np.asarray(named(weights, state, everything)), ends)
        for (name, (_, truth)), answers in zip(
            judges.items(), said[:-1], strict=True
        ):
            right[name].append(int((answers == truth).sum()))
    return right

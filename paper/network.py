"""The networks of the studies, and the settings to train them with."""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers
from keras.initializers import RandomNormal

LEARNING_RATE = 0.001
BATCH_SIZE = 100
EPOCHS = 15


def course_pooling() -> layers.Layer:
    """The pooling of lab 11-2: windows and steps of 2x2, padded."""
    return layers.MaxPooling2D(2, padding="same")


def mnist_cnn(
    pooling: Callable[[], layers.Layer] = course_pooling,
) -> keras.Model:
    """Build the CNN of lab 11-2: 1,379,333 weights in seven tensors.

    Takes images of shape (batch, 28, 28, 1) with values in [0, 1] and returns
    the logits of the ten digits, shape (batch, 10). It is compiled with the
    course's loss and optimizer. `pooling` makes the layers that pool.

    Source: S. Kim, github.com/hunkim/DeepLearningZeroToAll,
    lab-11-2-mnist_deep_cnn.py, 2017. The course keeps 70 % of the units in
    dropout, which in Keras is a rate of 0.3.
    """
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for filters in (32, 64, 128):
        model.add(convolution(filters))
        model.add(pooling())
        model.add(layers.Dropout(0.3))
    model.add(layers.Flatten())
    model.add(dense(625, activation="relu"))
    model.add(layers.Dropout(0.3))
    model.add(dense(10))
    return compiled(model)


def digits_cnn() -> keras.Model:
    """Build the small sibling for 8x8 digits: 30,694 weights, seven tensors.

    Takes images of shape (batch, 8, 8, 1) with values in [0, 1] and returns
    logits, shape (batch, 10). The same layers as `mnist_cnn`, with 16, 32
    and 64 filters and 100 dense units. So that 1,200 images train it within
    seconds, kernels start ten times as large and steps are three times as
    long.
    """
    model = keras.Sequential([keras.Input((8, 8, 1))])
    for filters in (16, 32, 64):
        model.add(convolution(filters, stddev=0.1))
        model.add(course_pooling())
        model.add(layers.Dropout(0.3))
    model.add(layers.Flatten())
    model.add(dense(100, activation="relu"))
    model.add(layers.Dropout(0.3))
    model.add(dense(10))
    return compiled(model, learning_rate=0.003)


def mlp(shape: tuple[int, int, int]) -> keras.Model:
    """Build two hidden layers of 300 and 100 units, without convolution.

    Takes images of shape (batch, *shape) with values in [0, 1] and returns
    logits, shape (batch, 10). The sizes are those of LeNet-300-100.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based
    Learning Applied to Document Recognition", Proc. IEEE 86(11), 1998.
    """
    model = keras.Sequential([keras.Input(shape), layers.Flatten()])
    for units in (300, 100):
        model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dense(10))
    return compiled(model)


def convolution(filters: int, stddev: float = 0.01) -> layers.Layer:
    """A 3x3 convolution with ReLU, no bias, kernels from N(0, stddev^2)."""
    return layers.Conv2D(
        filters,
        3,
        padding="same",
        activation="relu",
        use_bias=False,
        kernel_initializer=RandomNormal(stddev=stddev),
    )


def dense(units: int, activation: str | None = None) -> layers.Layer:
    """A dense layer as in the course: Xavier kernel, biases from N(0, 1)."""
    return layers.Dense(
        units,
        activation=activation,
        bias_initializer=RandomNormal(stddev=1.0),
    )


def compiled(
    model: keras.Model, learning_rate: float = LEARNING_RATE
) -> keras.Model:
    """The model with the course's optimizer, loss and metric."""
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model

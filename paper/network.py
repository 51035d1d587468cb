"""The network of the group's MNIST study, as Sung Kim's course defines it."""

from __future__ import annotations

import keras
from keras import layers
from keras.initializers import RandomNormal

LEARNING_RATE = 0.001
BATCH_SIZE = 100
EPOCHS = 15


def mnist_cnn() -> keras.Model:
    """Build the CNN of lab 11-2: 1,379,333 weights in seven tensors.

    Takes images of shape (batch, 28, 28, 1) with values in [0, 1] and returns
    the logits of the ten digits, shape (batch, 10). It is compiled with the
    course's loss and optimizer.

    Source: S. Kim, github.com/hunkim/DeepLearningZeroToAll,
    lab-11-2-mnist_deep_cnn.py, 2017. The course keeps 70 % of the units in
    dropout, which in Keras is a rate of 0.3.
    """
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for filters in (32, 64, 128):
        model.add(
            layers.Conv2D(
                filters,
                3,
                padding="same",
                activation="relu",
                use_bias=False,
                kernel_initializer=RandomNormal(stddev=0.01),
            )
        )
        model.add(layers.MaxPooling2D(2, padding="same"))
        model.add(layers.Dropout(0.3))
    model.add(layers.Flatten())
    bias = RandomNormal(stddev=1.0)
    model.add(layers.Dense(625, activation="relu", bias_initializer=bias))
    model.add(layers.Dropout(0.3))
    model.add(layers.Dense(10, bias_initializer=bias))
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model

"""The networks of the study, and how they are run with given weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import keras
from keras import layers, ops

from paper.bitwidth.data import Data
from paper.network import digits_cnn, mlp, mnist_cnn


class BlockPooling(layers.Layer):  # type: ignore[misc]
    """Max pooling in blocks of 2x2, padded like "same".

    The same function as `keras.layers.MaxPooling2D(2, padding="same")`. On a
    CPU, XLA takes the gradient of its sliding windows slowly; blocks, which
    never overlap, train this network in about two thirds of the time.
    """

    def call(self, images: Any) -> Any:
        """Shape (n, h, w, c) in, (n, ceil(h / 2), ceil(w / 2), c) out."""
        _, height, width, channels = images.shape
        if height % 2 or width % 2:
            # Never the largest of a block: what is pooled comes from ReLU.
            images = ops.pad(
                images, ((0, 0), (0, height % 2), (0, width % 2), (0, 0))
            )
        blocks = ops.reshape(
            images,
            (-1, (height + 1) // 2, 2, (width + 1) // 2, 2, channels),
        )
        return ops.max(blocks, axis=(2, 4))


def build(network: str, data: Data) -> keras.Model:
    """A new network for these images: "cnn" or "mlp"."""
    shape = data.x_train.shape[1:]
    if network == "mlp":
        return mlp(shape)
    if shape[0] == 8:
        return digits_cnn()
    return mnist_cnn(pooling=BlockPooling)


def tensor_names(model: keras.Model) -> list[str]:
    """The names of the weights in their order: W1, W2, W3, W4, B4, ...

    The number is that of the layer, among those that have weights.
    """
    names = []
    weighted = [layer for layer in model.layers if layer.trainable_variables]
    for number, layer in enumerate(weighted, 1):
        for variable in layer.trainable_variables:
            kind = "B" if variable.name == "bias" else "W"
            names.append(f"{kind}{number}")
    return names


def forward(model: keras.Model) -> Callable[[Any, Any], jax.Array]:
    """A compiled function from weights and images to logits.

    It takes the weights in the order of `tensor_names` and images of shape
    (n, height, width, 1); logits have the shape (n, 10). Dropout is off. It
    is compiled once for each n.
    """
    others = [variable.value for variable in model.non_trainable_variables]

    def logits(tensors: Any, images: Any) -> Any:
        return model.stateless_call(
            list(tensors), others, images, training=False
        )[0]

    return jax.jit(logits)

"""Run a trained network with other weights, over the same images.

What the searches of the study do all day: some tensors are replaced, and
the question is which digit each image is taken for now. The layers before
the first replaced tensor give what they gave before, and weights that were
asked about before give the predictions that they gave then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import keras
import numpy as np
from numpy.typing import NDArray

from paper.bitwidth.networks import tensor_names

# Images that are run at once: enough for the matrix products to be fast,
# few enough for what lies between the layers to stay in the cache.
BATCH_SIZE = 500

Tensors = Mapping[str, NDArray[np.float32]]


class Evaluator:
    """One network, one set of images, many weights.

    `tensors` are the weights by name, in the order of the layers; images
    have the shape (n, height, width, channels), labels the shape (n,). Keeps
    the activations of these tensors between the layers, up to 460 MB for
    10,000 images of MNIST, once they are needed.
    """

    def __init__(
        self,
        model: keras.Model,
        tensors: Tensors,
        x: NDArray[np.float32],
        labels: NDArray[np.int64] | None = None,
    ) -> None:
        self.tensors = dict(tensors)
        self.labels = labels
        self.names = stage_names(model)
        self.suffixes = suffixes(model)
        batches = [
            jax.numpy.asarray(x[start : start + BATCH_SIZE])
            for start in range(0, len(x), BATCH_SIZE)
        ]
        # What enters each stage, as far as it has been needed.
        self.inputs: dict[int, list[jax.Array]] = {0: batches}
        self.stages = stages(model)
        self.known: dict[bytes, NDArray[np.int64]] = {}

    def predict(self, changed: Tensors) -> NDArray[np.int64]:
        """The class of each image, shape (n,), with these tensors replaced.

        Names that the network has not raise `ValueError`, shapes as well.
        """
        changed = self.different(changed)
        name = digest(changed)
        if name not in self.known:
            first = self.first(changed)
            tensors = self.tensors | changed
            logits = self.suffixes[first]
            weights = self.weights(tensors, first)
            self.known[name] = np.concatenate(
                [
                    np.asarray(logits(weights, batch)).argmax(1)
                    for batch in self.entering(first)
                ]
            ).astype(np.int64)
        return self.known[name].copy()

    def errors(self, changed: Tensors) -> int:
        """How many images are taken for another digit than their label."""
        if self.labels is None:
            raise ValueError("this Evaluator was made without labels")
        return int(np.count_nonzero(self.predict(changed) != self.labels))

    def different(self, changed: Tensors) -> dict[str, Any]:
        """The tensors that differ from the network's own, in its order."""
        unknown = set(changed) - set(self.tensors)
        if unknown:
            raise ValueError(f"the network has no tensor {unknown.pop()!r}")
        found = {}
        for name, own in self.tensors.items():
            if name not in changed:
                continue
            tensor = np.asarray(changed[name], np.float32)
            if tensor.shape != own.shape:
                raise ValueError(
                    f"{name} has shape {own.shape}, not {tensor.shape}"
                )
            if not np.array_equal(tensor, own):
                found[name] = tensor
        return found

    def first(self, changed: Tensors) -> int:
        """The first stage that has one of these tensors; else the last."""
        for number, names in enumerate(self.names):
            if any(name in changed for name in names):
                return number
        return len(self.names) - 1

    def weights(
        self, tensors: Tensors, first: int
    ) -> list[list[NDArray[np.float32]]]:
        """The tensors of each stage, from this stage on."""
        return [
            [tensors[name] for name in names] for names in self.names[first:]
        ]

    def entering(self, stage: int) -> list[jax.Array]:
        """What enters this stage with the network's own tensors."""
        if stage not in self.inputs:
            last = max(known for known in self.inputs if known < stage)
            batches = self.inputs[last]
            for number in range(last, stage):
                weights = [self.tensors[n] for n in self.names[number]]
                run = jax.jit(self.stages[number])
                batches = [run(weights, batch) for batch in batches]
            self.inputs[stage] = batches
        return self.inputs[stage]


def stages(model: keras.Model) -> list[Callable[[Any, Any], Any]]:
    """The network, cut before each layer that has weights.

    Each stage is a function of its list of tensors and of what enters it.
    Layers before the first one with weights belong to the first stage.
    """
    layers: list[list[keras.Layer]] = [[]]
    for layer in model.layers:
        weighted = any(part.trainable_variables for part in layers[-1])
        if layer.trainable_variables and weighted:
            layers.append([])
        layers[-1].append(layer)
    return [stage(group) for group in layers]


def stage(layers: Sequence[keras.Layer]) -> Callable[[Any, Any], Any]:
    """These layers as a function of their tensors and of what enters."""

    def run(tensors: Any, values: Any) -> Any:
        left = list(tensors)
        for layer in layers:
            count = len(layer.trainable_variables)
            mine, left = left[:count], left[count:]
            others = [v.value for v in layer.non_trainable_variables]
            # Without being told that this is training, dropout is off.
            values = layer.stateless_call(mine, others, values)[0]
        return values

    return run


def suffixes(model: keras.Model) -> list[Callable[[Any, Any], jax.Array]]:
    """For each stage, the compiled way from what enters it to the logits."""
    every = stages(model)

    def suffix(first: int) -> Callable[[Any, Any], jax.Array]:
        def run(tensors: Any, values: Any) -> Any:
            for mine, one in zip(tensors, every[first:], strict=True):
                values = one(mine, values)
            return values

        return jax.jit(run)

    return [suffix(first) for first in range(len(every))]


def stage_names(model: keras.Model) -> list[list[str]]:
    """The names of each stage's tensors: [["W1"], ..., ["W4", "B4"], ...]."""
    grouped: dict[str, list[str]] = {}
    for name in tensor_names(model):
        grouped.setdefault(name[1:], []).append(name)
    return list(grouped.values())


def digest(tensors: Tensors) -> bytes:
    """The same for the same values; 0 and -0 are the same value."""
    found = hashlib.blake2b(digest_size=16)
    for name, tensor in tensors.items():
        found.update(name.encode())
        found.update(np.ascontiguousarray(tensor + np.float32(0)).tobytes())
    return found.digest()

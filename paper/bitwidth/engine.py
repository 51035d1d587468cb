"""Run a trained network with other weights, over the same images.

What the searches of the study do all day: some tensors are replaced, and
the question is which digit each image is taken for now. Three things save
time, and none changes a prediction. Weights that were asked about before
give the predictions that they gave then. The layers before the first
replaced tensor give what they gave before. And an image whose margin is
larger than anything that the change can do is not run (bound.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import keras
import numpy as np
from jax import numpy as jnp
from keras import layers
from numpy.typing import NDArray

from paper.bitwidth.bound import OUTPUTS, TERMS, Trace, patch_grams, settle
from paper.bitwidth.bound import stages as bound_stages
from paper.bitwidth.networks import BlockPooling, tensor_names

# Images that are run at once: enough for the matrix products to be fast,
# few enough for what lies between the layers to stay in the cache.
BATCH_SIZE = 500
# The same, for the images that are left over.
FEW = 100
# With a smaller share of images settled, all are run, for a new reference;
# with a larger one, no other reference is asked.
WORTH = 0.3
ENOUGH = 0.95

# Fewer images are run sooner than their bounds are computed.
MANY = 1000

Tensors = Mapping[str, NDArray[np.float32]]


class Evaluator:
    """One network, one set of images, many weights.

    `tensors` are the weights by name, in the order of the layers; images
    have the shape (n, height, width, channels), labels the shape (n,). With
    `bound`, images whose prediction provably cannot change are not run; the
    default is to do so where it pays: for many images, with convolutions.

    Keeps the activations of these tensors between the layers, up to 460 MB
    for 10,000 images of MNIST, once they are needed. `full` and `images`
    count how many networks were run on all images and how many images were
    run in all, the former included.
    """

    def __init__(
        self,
        model: keras.Model,
        tensors: Tensors,
        x: NDArray[np.float32],
        labels: NDArray[np.int64] | None = None,
        bound: bool | None = None,
    ) -> None:
        self.tensors = dict(tensors)
        self.labels = labels
        self.names = stage_names(model)
        self.runs = [way(model, first) for first in range(len(self.names))]
        self.measuring = way(model, 0, measure=True)
        self.steps = [jax.jit(step) for step in stages(model)]
        pays = len(x) >= MANY and convolutional(model)
        self.bound = pays if bound is None else bound
        if self.bound and not provable(model):
            raise ValueError("the bound is not proved for such a network")
        # What enters each stage, as far as it has been needed.
        self.inputs = {0: np.asarray(x, np.float32)}
        self.sizes: dict[int, NDArray[np.float64]] = {}
        self.known: dict[bytes, NDArray[np.int64]] = {}
        self.references: list[Trace] = []
        self.full = self.images = 0

    def predict(self, changed: Tensors) -> NDArray[np.int64]:
        """The class of each image, shape (n,), with these tensors replaced.

        Names that the network has not raise `ValueError`, shapes as well.
        """
        different = self.different(changed)
        name = digest(different)
        if name not in self.known:
            self.known[name] = self.evaluated(different)
        return self.known[name].copy()

    def evaluated(
        self, changed: dict[str, NDArray[np.float32]]
    ) -> NDArray[np.int64]:
        """The same, without looking whether it is known."""
        if self.bound and not self.references:
            own = self.reference({}, self.weights(self.tensors, 0), 0)
            if not changed:
                return own
        first = self.first(changed)
        weights = self.weights(self.tensors | changed, first)
        if not self.bound:
            self.full += 1
            return self.run(weights, first, self.everything())[0]
        best, holds = self.settled(self.tensors | changed)
        if holds.mean() < WORTH:
            return self.reference(changed, weights, first)
        rest = np.flatnonzero(~holds)
        if len(rest):
            best[rest] = self.run(weights, first, rest)[0]
        return best

    def settled(
        self, tensors: Tensors
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The best that the bound can say, from one of the references."""
        best = np.zeros(len(self.inputs[0]), np.int64)
        holds = np.zeros(len(best), np.bool_)
        for reference in self.references:
            found, proved = settle(reference, tensors, WORTH)
            best[proved] = found[proved]
            holds |= proved
            if holds.mean() > ENOUGH:
                break
        return best, holds

    def reference(
        self,
        changed: dict[str, NDArray[np.float32]],
        weights: Any,
        first: int,
    ) -> NDArray[np.int64]:
        """Run all images, and keep what the bound needs to know of it.

        Two are kept: the network's own weights, with which everything is
        measured that the bound can use, and those run last.
        """
        every = self.everything()
        if self.references:
            best, norms, last, _ = self.run(weights, first, every)
            before = [self.size(number) for number in range(first)]
            norms = np.concatenate([*before, norms])
            patches, sums = self.references[0].patches, None
        else:
            best, norms, last, sums = self.run(
                weights, 0, every, self.measuring
            )
            patches = patch_grams(self.inputs[0])
        self.full += 1
        self.references[1:] = []
        tensors = self.tensors | changed
        self.references.append(
            Trace(bound_stages(tensors), norms, last, patches, sums)
        )
        return best

    def run(
        self,
        weights: Any,
        first: int,
        which: NDArray[np.intp],
        program: Callable[[Any, Any], Any] | None = None,
    ) -> tuple[NDArray[Any], ...]:
        """Run these images from this stage on.

        Returns what `way` does, for all of them, with upper bounds of the
        norms, of shape (stages, n).
        """
        program = program or self.runs[first]
        entering = self.entering(first)
        whole = len(which) - len(which) % BATCH_SIZE
        starts = [*range(0, whole, BATCH_SIZE)]
        starts += range(whole, len(which), FEW)
        pieces = []
        for start in starts:
            size = BATCH_SIZE if start < whole else FEW
            batch = entering[which[start : start + size]]
            if len(batch) < size:
                # A size of its own would be compiled: filled up with zeros.
                short = [(0, size - len(batch)), *[(0, 0)] * (batch.ndim - 1)]
                batch = np.pad(batch, short)
            pieces.append([np.asarray(p) for p in program(weights, batch)])
        self.images += len(which)
        best, norms, last, sums = (
            np.concatenate(parts)[: len(which)]
            for parts in zip(*pieces, strict=True)
        )
        return best.astype(np.int64), upper(norms.T), last, upper(sums.T)

    def everything(self) -> NDArray[np.intp]:
        """The numbers of all images."""
        return np.arange(len(self.inputs[0]))

    def errors(self, changed: Tensors) -> int:
        """How many images are taken for another digit than their label."""
        if self.labels is None:
            raise ValueError("this Evaluator was made without labels")
        return int(np.count_nonzero(self.predict(changed) != self.labels))

    def different(self, changed: Tensors) -> dict[str, NDArray[np.float32]]:
        """The tensors that differ from the network's own, in its order."""
        unknown = set(changed) - set(self.tensors)
        if unknown:
            raise ValueError(f"the network has no tensor {unknown.pop()!r}")
        found: dict[str, NDArray[np.float32]] = {}
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

    def entering(self, stage: int) -> NDArray[np.float32]:
        """What enters this stage with the network's own tensors."""
        if stage not in self.inputs:
            before = self.entering(stage - 1)
            weights = [self.tensors[name] for name in self.names[stage - 1]]
            self.inputs[stage] = np.concatenate(
                [
                    self.steps[stage - 1](weights, before[i : i + BATCH_SIZE])
                    for i in range(0, len(before), BATCH_SIZE)
                ]
            )
        return self.inputs[stage]

    def size(self, stage: int) -> NDArray[np.float64]:
        """Upper bounds of the norms of what enters this stage: (1, n)."""
        if stage not in self.sizes:
            entering = self.entering(stage)
            flat = entering.reshape(len(entering), -1)
            squares = np.einsum("ij,ij->i", flat, flat)
            self.sizes[stage] = upper(np.sqrt(squares)[None])
        return self.sizes[stage]


def upper(norms: NDArray[np.float32]) -> NDArray[np.float64]:
    """Upper bounds of norms of up to 2^16 numbers, computed in float32."""
    return norms.astype(np.float64) * (1 + 2.0**-8) + 2.0**-50


def provable(model: keras.Model) -> bool:
    """Whether the network has only what the proof on bound.md speaks of."""
    weighted = [layer for layer in model.layers if layer.trainable_variables]
    return all(map(known, model.layers)) and is_linear(weighted[-1])


def known(layer: keras.Layer) -> bool:
    """Whether a layer is one that the proof speaks of."""
    if isinstance(layer, layers.Conv2D):
        settings = (layer.kernel_size, layer.padding, layer.strides)
        return (
            settings == ((3, 3), "same", (1, 1))
            and layer.dilation_rate == (1, 1)
            and layer.groups == 1
            and not layer.use_bias
            and layer.activation is keras.activations.relu
            and small(layer)
        )
    if isinstance(layer, layers.Dense):
        has_relu = layer.activation is keras.activations.relu
        return (has_relu or is_linear(layer)) and small(layer)
    if isinstance(layer, layers.MaxPooling2D):
        return bool(layer.pool_size == layer.strides)
    return isinstance(
        layer,
        layers.InputLayer | layers.Dropout | layers.Flatten | BlockPooling,
    )


def small(layer: keras.Layer) -> bool:
    """Whether underflow is negligible, as the page shows."""
    outputs = np.prod(layer.output.shape[1:])
    terms = np.prod(layer.kernel.shape[:-1])
    return bool(outputs <= OUTPUTS and terms < TERMS)


def is_linear(layer: keras.Layer) -> bool:
    """Whether a layer's outputs are its sums."""
    return layer.activation is keras.activations.linear


def convolutional(model: keras.Model) -> bool:
    """Whether it is worth more to settle an image than to run it."""
    has = any(isinstance(layer, layers.Conv2D) for layer in model.layers)
    return has and provable(model)


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
            if isinstance(layer, BlockPooling):
                # The same maxima, and on a CPU faster than blocks, where no
                # gradient is asked for.
                values = keras.ops.max_pool(values, 2, 2, "same")
                continue
            # Without being told that this is training, dropout is off.
            values = layer.stateless_call(mine, others, values)[0]
        return values

    return run


def way(
    model: keras.Model, first: int, measure: bool = False
) -> Callable[[Any, Any], Any]:
    """The compiled way from what enters a stage to the end.

    It returns the classes, the 2-norms of what enters each of the stages on
    the way, shape (n, stages), and what enters the last one, shape (n, ...).
    To `measure` costs as much again, and gives for each stage but the last
    the norm of its sums without signs, shape (n, stages - 1).
    """
    following = stages(model)[first:]

    def run(tensors: Any, values: Any) -> Any:
        norms, sums, last = [], [jnp.zeros((len(values), 0))], values
        for number, one in enumerate(following):
            last = values
            norms.append(lengths(values))
            if measure and number < len(following) - 1:
                signless = unsigned(tensors[number][0], values)
                sums.append(lengths(signless)[:, None])
            values = one(tensors[number], values)
        return (
            values.argmax(1),
            jnp.stack(norms, axis=1),
            last,
            jnp.concatenate(sums, axis=1),
        )

    return jax.jit(run)


def lengths(values: jax.Array) -> jax.Array:
    """The 2-norm of what each image has become: (n,)."""
    flat = values.reshape(len(values), -1)
    return jnp.sqrt(jnp.sum(flat * flat, axis=1))


def unsigned(kernel: jax.Array, values: jax.Array) -> jax.Array:
    """The sums of a stage whose weights and inputs have lost their signs."""
    kernel, values = jnp.abs(kernel), jnp.abs(values)
    if kernel.ndim == 4:
        sums: jax.Array = keras.ops.conv(values, kernel, 1, "same")
        return sums
    return values.reshape(len(values), -1) @ kernel


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

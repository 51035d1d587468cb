"""The predictions that cannot change when the weights change.

The proof is a page of the site, docs/en/papers/bound.md; the names here are
those of the page. A network is a row of stages, each a convolution or a
dense layer with what follows it; `Trace` is what one evaluation of it leaves
behind, `settle` says what every evaluation with other weights predicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tensors = Mapping[str, NDArray[np.float32]]
Array = NDArray[np.float64]

# The unit roundoff of float32.
U32 = 2.0**-24
# Covers the rounding of this module's own sums, all of float64.
INFLATION = 1 + 2.0**-20
# What underflow can add to a stage, whether it is flushed to 0 or not, while
# no number is larger than LARGE, no sum and no stage's output longer.
UNDERFLOW = 2.0**-80
LARGE = 2.0**16
TERMS = 2**12
OUTPUTS = 2**16
# Samples of the symbol of a convolution, in each direction: for a network
# that others are compared with, and for the small change between two.
FINE = 16
COARSE = 8


@dataclass(frozen=True)
class Stage:
    """The weights of a stage: a kernel, and a bias where there is one."""

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32] | None

    @property
    def terms(self) -> int:
        """How many numbers are added to make one output, at most."""
        return int(np.prod(self.kernel.shape[:-1])) + (self.bias is not None)

    @property
    def largest(self) -> float:
        """The largest absolute value of its weights."""
        bias = 0.0 if self.bias is None else np.abs(self.bias).max()
        return float(max(np.abs(self.kernel).max(), bias))


@dataclass(eq=False)
class Trace:
    """What one evaluation in float32 leaves behind, for n images."""

    stages: list[Stage]
    norms: Array
    "Upper bounds of the 2-norms of what enters each stage: (stages, n)."
    last: NDArray[np.float32]
    "What enters the last stage, as computed: (n, units)."
    patches: Array
    "For each image the Gram matrix of its patches: (n, 9c * 9c)."
    measured: Array | None = None
    "Upper bounds of the norms of each stage's sums without signs, if known."

    @cached_property
    def wide(self) -> Array:
        """What enters the last stage, in float64."""
        return self.last.astype(np.float64)

    @cached_property
    def sums(self) -> Array:
        """The same, measured or from the norms of the weights."""
        if self.measured is not None:
            return self.measured
        found: Array = np.array(self.absolute)[:, None] * self.norms[:-1]
        return found

    @cached_property
    def gains(self) -> list[float]:
        """Upper bounds of each stage's norm, but for the last."""
        return [gain(stage.kernel, FINE) for stage in self.stages[:-1]]

    @cached_property
    def absolute(self) -> list[float]:
        """The same with the absolute values of the weights."""
        return [absolute_gain(stage.kernel) for stage in self.stages[:-1]]


def stages(tensors: Tensors) -> list[Stage]:
    """The tensors W1, ..., W4, B4, ... by stage."""
    return [
        Stage(tensor, tensors.get("B" + name[1:]))
        for name, tensor in tensors.items()
        if name.startswith("W")
    ]


def settle(
    known: Trace, tensors: Tensors, worth: float = 0.0
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The predictions with these tensors, and for which images they hold.

    Both have the shape (n,). Where the second is true, every evaluation in
    float32 predicts this class, whatever the order of its sums. Where it is
    false, nothing is known. If it soon looks as if a smaller share than
    `worth` will be settled, none is.
    """
    new = stages(tensors)
    best, allowed = room(known, new[-1])
    # What the first stage alone will do, if the others hardly change.
    error = step(known, new, 0, np.zeros(len(best)))
    if np.mean(error * np.prod(known.gains[1:]) < allowed) < worth:
        return best, np.zeros(len(best), np.bool_)
    largest = max(stage.largest for stage in (*new, *known.stages))
    within = (known.norms[0] < LARGE) & (largest < LARGE)
    for k in range(1, len(new)):
        within &= known.norms[k] + error < LARGE
        if k < len(new) - 1:
            error = step(known, new, k, error)
    return best, (error * INFLATION < allowed) & within


def room(known: Trace, final: Stage) -> tuple[NDArray[np.int64], Array]:
    """The best class, and how far the last stage's input may move: (n,)."""
    kernel = final.kernel.astype(np.float64)
    bias = np.zeros(kernel.shape[1])
    if final.bias is not None:
        bias += final.bias
    logits = known.wide @ kernel + bias
    best = logits.argmax(1)
    gaps = logits[np.arange(len(best)), best][:, None] - logits
    # Both logits of a pair are rounded.
    size = norms(kernel).max()
    rounded = 2 * gamma(final.terms) * INFLATION
    reach = size * known.norms[-1] + np.abs(bias).max()
    free = gaps - (rounded * reach + 2 * UNDERFLOW)[:, None]
    pairs = norms(kernel[:, :, None] - kernel[:, None, :]) * INFLATION
    # A number instead of 0 where a class would compete with itself.
    np.fill_diagonal(pairs, 1.0)
    allowed = free / (pairs[best] + rounded * size + UNDERFLOW)
    allowed[np.arange(len(best)), best] = np.inf
    return best, allowed.min(1)


def step(known: Trace, new: list[Stage], k: int, error: Array) -> Array:
    """How far what leaves stage k moves, in the 2-norm, if what enters does.

    `error` is the latter; both have the shape (n,).
    """
    old, stage, size = known.stages[k], new[k], known.norms[k]
    change = stage.kernel.astype(np.float64) - old.kernel
    changed, grown = gain(change, COARSE), loose_gain(change)
    if k == 0 and change.ndim == 4:
        moved = first(known.patches, change)
    else:
        moved = changed * size
    shift = biases = 0.0
    if stage.bias is not None and old.bias is not None:
        shift = norm(stage.bias.astype(np.float64) - old.bias)
        biases = norm(stage.bias) + norm(old.bias)
    # Both evaluations round: |W| on what entered, |V| on what enters now.
    sums = 2 * known.sums[k] + grown * size + biases
    sums = sums + (known.absolute[k] + grown) * error
    linear = (known.gains[k] + changed) * error + moved + shift
    moves: Array = linear + gamma(stage.terms) * sums + 2 * UNDERFLOW
    return moves


def gamma(terms: int) -> float:
    """Relative to the sum of absolute values, the error of a sum of products.

    It holds for any order of the sum, with or without fused multiply-add:
    N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.,
    SIAM, 2002, sections 3.1 and 4.2.
    """
    return terms * U32 / (1 - terms * U32)


def norm(vector: NDArray[Any]) -> float:
    """The 2-norm of a vector, computed in float64."""
    return float(np.linalg.norm(vector.astype(np.float64)))


def norms(columns: Array) -> Array:
    """The 2-norms along the first axis."""
    lengths: Array = np.linalg.norm(columns, axis=0)
    return lengths


def gain(kernel: NDArray[Any], grid: int) -> float:
    """An upper bound of the 2-norm of a stage's linear map.

    `kernel` is (in, out), or (3, 3, in, out) of a convolution with padding
    of zeros and steps of 1, whose symbol is sampled on a square grid.
    """
    matrix = kernel.astype(np.float64)
    if kernel.ndim == 2:
        return spectral(matrix)
    if kernel.shape[:2] != (3, 3):
        raise ValueError(f"nothing is proved for {kernel.shape[:2]} kernels")
    wave = np.exp(-2j * np.pi * np.outer(np.arange(grid), [-1, 0, 1]) / grid)
    # The kernel is real, so half of the grid has the other half's norms.
    waves = np.kron(wave[: grid // 2 + 1], wave)
    symbol = (waves @ matrix.reshape(9, -1)).reshape(-1, *kernel.shape[2:])
    return spectral(symbol) / float(np.cos(np.pi / grid)) ** 2


def absolute_gain(kernel: NDArray[Any]) -> float:
    """An upper bound of the norm, when all weights lose their sign."""
    matrix = np.abs(kernel.astype(np.float64))
    if kernel.ndim == 4:
        # The symbol of a kernel without negative weights is largest at 0.
        matrix = matrix.sum((0, 1))
    return spectral(matrix)


def loose_gain(kernel: NDArray[Any]) -> float:
    """The same, larger and cheaper."""
    size = norm(kernel.ravel())
    return 3 * size if kernel.ndim == 4 else size


def first(patches: Array, change: Array) -> Array:
    """The norm of what a change of the first kernel adds: (n,)."""
    flat = change.reshape(-1, change.shape[-1])
    gram = flat @ flat.T
    square = patches @ gram.ravel()
    traces = patches[:, :: len(gram) + 1].sum(1)
    # The square is a sum in which terms cancel; this is more than its error.
    slack = 2.0**-40 * traces * np.trace(gram)
    lengths: Array = np.sqrt(np.maximum(square, 0) + slack)
    return lengths


def patch_grams(images: NDArray[np.float32]) -> Array:
    """The Gram matrices of the 3x3 patches of images: (n, 9c * 9c)."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    grams = []
    for start in range(0, len(images), 100):
        view = np.lib.stride_tricks.sliding_window_view(
            padded[start : start + 100], (3, 3), axis=(1, 2)
        )
        # (n, h, w, c, 3, 3) to (n, places, 3 * 3 * c), as kernels are.
        few = view.transpose(0, 1, 2, 4, 5, 3).astype(np.float64)
        few = few.reshape(len(few), -1, 9 * images.shape[-1])
        gram = few.transpose(0, 2, 1) @ few
        grams.append(gram.reshape(len(few), -1))
    return np.concatenate(grams)


def spectral(stack: NDArray[Any]) -> float:
    """An upper bound of the largest 2-norm in a stack of matrices."""
    if stack.shape[-2] < stack.shape[-1]:
        stack = stack.swapaxes(-1, -2)
    gram = stack.conj().swapaxes(-1, -2) @ stack
    size = gram.shape[-1]
    trace = float(np.trace(gram, axis1=-2, axis2=-1).real.max())
    if trace == 0:
        return 0.0
    # A guess from below, by the power method ...
    vector = np.cos(np.arange(size, dtype=np.float64))[:, None] + 1.5
    for _ in range(10):
        vector = gram @ vector
        vector = vector / (
            np.linalg.norm(vector, axis=-2, keepdims=True) + trace * 1e-99
        )
    guess = float(np.linalg.norm(gram @ vector, axis=-2).max())
    guess = max(guess, trace / size) * 1.02
    # ... raised until a factorization proves it.
    while True:
        try:
            np.linalg.cholesky(guess * np.eye(size) - gram)
        except np.linalg.LinAlgError:
            guess *= 1.03
        else:
            return float(np.sqrt(guess))

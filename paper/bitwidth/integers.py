"""int8 and int4: Keras' own where it applies, and ours on every tensor.

`python -m paper.bitwidth integers` stores weights as integers of 8 or 4 bits
with a float32 scale:

- `symmetric`: x = scale * q with |q| <= 2**(bits - 1) - 1, so that the
  largest value of the tensor is the largest q.
- `affine`: x = scale * (q - zero) with 0 <= q < 2**bits; the range of the
  tensor, widened to hold 0, fills all codes, and 0 is stored exactly.

Either has one scale for a tensor, or one for each output of a kernel (its
last axis); a vector of biases is one tensor. Weights alone are stored so: the
network computes in float32 with what is read back.

`keras` is `model.quantize` of Keras 3. It quantizes the layers that know how
to: dense ones, not convolutions, and no bias. "int8" has a scale for each
output and also rounds what enters the layer to int8 while it runs; "int4" has
a scale and a zero point for each 128 inputs of an output and leaves what
enters alone. What it leaves in float32, biases too, is judged so, and once
more (`keras-and-symmetric`) as symmetric integers, a scale for each output.
Its bits are those of all variables that it then keeps, its index of groups (a
float32 for each input in int4) among them.

Sources: B. Jacob et al., "Quantization and Training of Neural Networks for
Efficient Integer-Arithmetic-Only Inference", CVPR 2018, arXiv 1712.05877
(affine, 0 exact); R. Krishnamoorthi, "Quantizing deep convolutional networks
for efficient inference: A whitepaper", arXiv 1806.08342, 2018 (a scale for
each output).
"""

from __future__ import annotations

import argparse
import warnings
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray

from paper import results
from paper.bitwidth.data import load
from paper.bitwidth.engine import BATCH_SIZE
from paper.bitwidth.gather import gather, summary
from paper.bitwidth.judge import Judge, bits_per_weight, judge, places, plain
from paper.bitwidth.networks import build
from paper.bitwidth.scaling import Stored
from paper.bitwidth.training import home, results_folder
from paper.sweep import sweep

Row = dict[str, Any]
Array = NDArray[np.float32]
Method = Literal["symmetric", "affine", "keras", "keras-and-symmetric"]
Scale = Literal["tensor", "output"]

WIDTHS = (8, 4)
FLOAT_BITS = 32  # of a scale, as Keras stores it too


def run(args: argparse.Namespace) -> None:
    """Judge all integers; write integers.json."""
    data = load(args.data)
    found = sweep(
        trial,
        [place | setting for place in places(args) for setting in settings()],
        home(data.name, args.network, args.work) / "integers.jsonl",
        scheduler=args.scheduler,
        label="integers",
    )
    rows = gather([plain(row) for row in found])
    results.write(
        results_folder(data.name, args.network, args.results)
        / "integers.json",
        rows,
        {
            "network": args.network,
            "seeds": args.seeds,
            "float_bits": FLOAT_BITS,
        },
        data,
    )
    print(report(rows))


def settings() -> list[Row]:
    """The integers that each network is tried with."""
    own = [
        {
            "format": f"int{bits}",
            "method": method,
            "scale": scale,
            "biases": biases,
        }
        for bits in WIDTHS
        for method in ("symmetric", "affine")
        for scale in ("tensor", "output")
        for biases in ("quantized", "float32")
    ]
    by_keras = [
        {
            "format": f"int{bits}",
            "method": method,
            "scale": "output" if bits == 8 else "groups of 128",
            "biases": biases,
        }
        for bits in WIDTHS
        for method, biases in (
            ("keras", "float32"),
            ("keras-and-symmetric", "quantized"),
        )
    ]
    return own + by_keras


def trial(  # noqa: PLR0913 (a task's settings)
    *,
    data: str,
    network: str,
    seed: int,
    work: str,
    weights: str,
    format: str,
    method: Method,
    scale: str,
    biases: Literal["quantized", "float32"],
) -> Row:
    """Judge one network with its weights as integers.

    Returns a verdict (see `Judge.verdict`) with "bits_per_weight", scales and
    zero points included, and for Keras the tensors that it "covered".
    """
    trained = judge(data, network, seed, work, weights)
    bits = int(format.removeprefix("int"))
    if method.startswith("keras"):
        return by_keras(trained, data, bits, rest=method != "keras")
    axis = scale == "output"
    stored = {
        name: store(tensor, bits, method == "symmetric", each_output=axis)
        for name, tensor in trained.tensors.items()
    }
    widths = dict.fromkeys(stored, float(bits))
    if biases == "float32":
        for name in stored:
            if name.startswith("B"):
                stored[name] = Stored(trained.tensors[name], 0)
                widths[name] = FLOAT_BITS
    extra = sum(one.scale_bits for one in stored.values())
    return {
        "bits_per_weight": bits_per_weight(trained.tensors, widths, extra)
    } | trained.verdict(
        {name: one.values for name, one in stored.items()},
        remember=trained.biased,
    )


def store(
    tensor: Array, bits: int, symmetric: bool, *, each_output: bool
) -> Stored:
    """What the tensor reads as after it was stored as integers.

    With `each_output` every index of the last axis has its own scale (and
    zero point), if the tensor has more axes than that.
    """
    axes: tuple[int, ...] | None = None
    if each_output and tensor.ndim > 1:
        axes = tuple(range(tensor.ndim - 1))
    if symmetric:
        top = 2 ** (bits - 1) - 1
        largest = np.abs(tensor).max(axis=axes, keepdims=True)
        scale = nonzero(largest / np.float32(top))
        codes = np.clip(np.rint(tensor / scale), -top, top)
        return Stored(codes * scale, scale.size * FLOAT_BITS)
    top = 2**bits - 1
    low = np.minimum(tensor.min(axis=axes, keepdims=True), np.float32(0))
    high = np.maximum(tensor.max(axis=axes, keepdims=True), np.float32(0))
    scale = nonzero((high - low) / np.float32(top))
    zero = np.clip(np.rint(-low / scale), 0, top)
    codes = np.clip(np.rint(tensor / scale) + zero, 0, top)
    return Stored((codes - zero) * scale, scale.size * (FLOAT_BITS + bits))


def nonzero(scale: Array) -> Array:
    """The scale, or 1 where all values are 0."""
    return np.where(scale > 0, scale, np.float32(1))


# Keras' own


def by_keras(trained: Judge, data: str, bits: int, *, rest: bool) -> Row:
    """Judge what `model.quantize` makes of the network.

    With `rest`, what it leaves in float32 is stored as symmetric integers
    before, a scale for each output.
    """
    tensors = dict(trained.tensors)
    model = build(trained.network, load(data))
    covered = covers(model)
    left = [name for name in tensors if name not in covered]
    extra = 0
    if rest:
        for name in left:
            stored = store(tensors[name], bits, True, each_output=True)
            tensors[name] = stored.values
            extra += stored.scale_bits
    model.set_weights(list(tensors.values()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of what it leaves alone
        model.quantize(f"int{bits}")
    after = {
        name: model.predict(
            np.concatenate([np.asarray(batch) for batch in part.batches]),
            batch_size=BATCH_SIZE,
            verbose=0,
        ).argmax(1)
        for name, part in trained.parts.items()
    }
    # All that its layers keep, less what is counted in other bits here.
    kept = 8 * sum(
        np.asarray(variable).nbytes
        for layer in model.layers
        for variable in layer.weights
    )
    values = sum(tensors[name].size for name in left)
    width = bits if rest else FLOAT_BITS
    kept += (width - FLOAT_BITS) * values + extra
    size = sum(tensor.size for tensor in tensors.values())
    return {
        "bits_per_weight": kept / size,
        "covered": covered,
        "covered_weights": sum(tensors[name].size for name in covered),
    } | trained.counts(after)


def covers(model: keras.Model) -> list[str]:
    """The tensors that `model.quantize` stores as integers."""
    names = []
    weighted = [layer for layer in model.layers if layer.trainable_variables]
    for number, layer in enumerate(weighted, 1):
        if isinstance(layer, keras.layers.Dense):
            names.append(f"W{number}")
    return names


def report(rows: list[Row]) -> str:
    """The table for a terminal."""
    lines = []
    for row in rows:
        name = (
            f"{row['format']:6}{row['method']:21}{row['scale']:15}"
            f"{row['biases']:10}"
        )
        lines.append(name + summary(row))
    return "\n".join(lines)

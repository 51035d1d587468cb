"""Small floats with a scale: one for a tensor, or one for 32 values.

`python -m paper.bitwidth scaling` judges formats of 3 to 8 bits whose
exponent does not reach far. A scale s moves them to where the weights are:
a weight x is stored as q(x / s) and read as s * q(x / s). Every scale here is
a power of two, stored in 8 bits (OCP's E8M0): multiplying by it is adding to
an exponent, and exact.

The rules that choose it look at the weights alone, at no image:

- `none`: s = 1.
- `fit`: the smallest power of two with which no value of the tensor is
  larger than the format's largest. Nothing saturates.
- `least-squares`: of `fit` and the five next smaller powers, the one with
  the smallest sum of squared errors. A few large values may saturate, if
  that gives the many small ones a finer grid.
- `block`: as the MX formats of the Open Compute Project. Each 32 values that
  are summed up for one output (the last block of them may be shorter) share
  the scale of their largest: 2 ** (its exponent - that of the format's
  largest value). The largest value itself may saturate.

Sources: Open Compute Project, "OCP Microscaling Formats (MX) Specification",
version 1.0, 2023 (blocks of 32, E8M0); B. Rouhani et al., "Microscaling Data
Formats for Deep Learning", arXiv 2310.10537, 2023 (the rule for the scale).
"""

from __future__ import annotations

import argparse
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from paper import results
from paper.bitwidth.data import load
from paper.bitwidth.formats import FloatFormat, quantize
from paper.bitwidth.gather import gather, summary
from paper.bitwidth.judge import bits_per_weight, judge, places, plain
from paper.bitwidth.training import home, results_folder
from paper.sweep import sweep

Row = dict[str, Any]
Array = NDArray[np.float32]
Scale = Literal["none", "fit", "least-squares", "block"]
Rounding = Literal["nearest-even", "stochastic"]

SCALES: tuple[Scale, ...] = ("none", "fit", "least-squares", "block")
SCALE_BITS = 8
BLOCK = 32
SMALLEST, LARGEST = -127, 127  # the exponents that E8M0 has
NARROWER = 5  # how many powers of two below `fit` are tried
# Every split of 3 to 6 bits, and of 8 bits those near what hardware has.
SPLITS = [(e, bits - 1 - e) for bits in range(3, 7) for e in range(1, bits)]
SPLITS += [(e, 7 - e) for e in (2, 3, 4, 5)]
# Stochastic rounding: the paper's exponent without scale, and small formats
# with a scale that saturates nothing, since saturation is not unbiased.
STOCHASTIC: list[tuple[int, int, Scale]] = [
    *((8, m, "none") for m in range(3)),
    *((e, m, "fit") for e, m in ((2, 0), (1, 2), (2, 1), (3, 0), (2, 2))),
]
REPEATS = 3


class Stored(NamedTuple):
    """What a tensor reads as, and the bits that its scales take in all."""

    values: Array
    scale_bits: int


def run(args: argparse.Namespace) -> None:
    """Judge every format with every scale; write scaling.json."""
    data = load(args.data)
    found = sweep(
        trial,
        [place | setting for place in places(args) for setting in settings()],
        home(data.name, args.network, args.work) / "scaling.jsonl",
        scheduler=args.scheduler,
        label="scaling",
    )
    verdicts = [
        plain({name: row[name] for name in row if name != "biases"})
        | {"biases": biases}
        | judged
        for row in found
        for biases, judged in row["biases"].items()
    ]
    rows = gather(verdicts)
    results.write(
        results_folder(data.name, args.network, args.results)
        / "scaling.json",
        rows,
        {
            "network": args.network,
            "seeds": args.seeds,
            "flavour": "finite",
            "scale_bits": SCALE_BITS,
            "block": BLOCK,
            "narrower": NARROWER,
            "repeats": REPEATS,
        },
        data,
    )
    print(report(rows))


def settings() -> list[Row]:
    """The formats, scales and roundings that each network is tried with."""
    nearest = [
        {"format": f"E{e}M{m}", "scale": scale, "rounding": "nearest-even"}
        for e, m in SPLITS
        for scale in SCALES
    ]
    stochastic = [
        {
            "format": f"E{e}M{m}",
            "scale": scale,
            "rounding": "stochastic",
            "repeat": repeat,
        }
        for e, m, scale in STOCHASTIC
        for repeat in range(REPEATS)
    ]
    # What each of the stochastic formats is compared with, where it is new.
    beside = [
        {"format": f"E{e}M{m}", "scale": scale, "rounding": "nearest-even"}
        for e, m, scale in STOCHASTIC
        if (e, m) not in SPLITS
    ]
    return nearest + beside + stochastic


def trial(  # noqa: PLR0913 (a task's settings)
    *,
    data: str,
    network: str,
    seed: int,
    work: str,
    weights: str,
    format: str,
    scale: Scale,
    rounding: Rounding,
    repeat: int = 0,
) -> Row:
    """Judge one network with all tensors stored in one format.

    Returns, under "biases", a verdict for biases in the same format
    ("quantized") and one for biases left alone ("float32"); see
    `Judge.verdict`. Each has its "bits_per_weight", scales included.
    """
    trained = judge(data, network, seed, work, weights)
    rng = np.random.default_rng([seed, repeat])
    fmt = named(format)
    stored = {
        name: store(tensor, fmt, scale, rounding, rng)
        for name, tensor in trained.tensors.items()
    }
    biases = [name for name in stored if name.startswith("B")]
    kept = {
        name: Stored(trained.tensors[name], 0) if name in biases else one
        for name, one in stored.items()
    }
    widths = dict.fromkeys(stored, float(fmt.bits))
    found = {}
    for kind, chosen, bits in (
        ("quantized", stored, widths),
        ("float32", kept, widths | dict.fromkeys(biases, 32.0)),
    ):
        verdict = trained.verdict(
            {name: one.values for name, one in chosen.items()},
            remember=trained.biased,
        )
        extra = sum(one.scale_bits for one in chosen.values())
        found[kind] = {
            "bits_per_weight": bits_per_weight(trained.tensors, bits, extra)
        } | verdict
    return {"biases": found}


def named(name: str) -> FloatFormat:
    """The finite format of a name such as "E2M1"."""
    exponent, mantissa = name.removeprefix("E").split("M")
    return FloatFormat(int(exponent), int(mantissa), "finite")


# Scales


def store(
    tensor: Array,
    fmt: FloatFormat,
    scale: Scale,
    rounding: Rounding = "nearest-even",
    rng: np.random.Generator | None = None,
) -> Stored:
    """What the tensor reads as after it was stored with such a scale.

    Keeps the shape. Kernels have their outputs along the last axis.
    """
    if scale == "block":
        return in_blocks(tensor, fmt, rounding, rng)
    if scale == "none":
        return Stored(
            quantize(tensor, fmt, rounding, saturate=True, rng=rng), 0
        )
    exponent = fitting(tensor, fmt)
    if scale == "least-squares":
        exponent = min(
            range(max(exponent - NARROWER, SMALLEST), exponent + 1),
            key=lambda e: squared_error(tensor, scaled(tensor, fmt, e)),
        )
    return Stored(scaled(tensor, fmt, exponent, rounding, rng), SCALE_BITS)


def fitting(tensor: Array, fmt: FloatFormat) -> int:
    """The exponent of the smallest scale with which nothing saturates.

    0 for a tensor of zeros.
    """
    largest = float(np.max(np.abs(tensor), initial=0))
    if largest == 0:
        return 0
    # largest / max = fraction * 2**exponent with 0.5 <= fraction < 1.
    fraction, exponent = np.frexp(largest / fmt.max)
    exponent = int(exponent) - int(fraction == 0.5)
    return min(max(exponent, SMALLEST), LARGEST)


def scaled(
    tensor: Array,
    fmt: FloatFormat,
    exponent: int | NDArray[np.int_],
    rounding: Rounding = "nearest-even",
    rng: np.random.Generator | None = None,
) -> Array:
    """The tensor stored with the scale 2 ** exponent, or several scales."""
    small = np.ldexp(tensor, -np.asarray(exponent))
    rounded = quantize(small, fmt, rounding, saturate=True, rng=rng)
    return np.ldexp(rounded, exponent)


def squared_error(tensor: Array, stored: Array) -> float:
    """The sum of the squared differences."""
    difference = (tensor - stored).ravel().astype(np.float64)
    return float(difference @ difference)


def in_blocks(
    tensor: Array,
    fmt: FloatFormat,
    rounding: Rounding = "nearest-even",
    rng: np.random.Generator | None = None,
) -> Stored:
    """The tensor with a scale for each 32 values of one output.

    The inputs of an output are all axes but the last, in their order; a
    vector of biases is cut into blocks as it stands.
    """
    inputs = tensor.reshape(-1, tensor.shape[-1])
    if tensor.ndim == 1:
        inputs = tensor.reshape(-1, 1)
    count = -(-len(inputs) // BLOCK)
    padded = np.zeros((count * BLOCK, inputs.shape[1]), np.float32)
    padded[: len(inputs)] = inputs
    blocks = padded.reshape(count, BLOCK, -1)
    largest = np.abs(blocks).max(axis=1, keepdims=True)
    # frexp's exponents are one larger than IEEE's; so they cancel.
    exponents = np.frexp(largest)[1] - np.frexp(np.float32(fmt.max))[1]
    exponents = np.clip(
        np.where(largest > 0, exponents, 0), SMALLEST, LARGEST
    )
    values = scaled(blocks, fmt, exponents, rounding, rng)
    values = values.reshape(padded.shape)[: len(inputs)]
    return Stored(
        np.ascontiguousarray(values.reshape(tensor.shape)),
        exponents.size * SCALE_BITS,
    )


def report(rows: list[Row]) -> str:
    """The table for a terminal, of networks with their biases quantized."""
    return "\n".join(
        f"{row['format']:6}{row['scale']:14}{row['rounding']:13}"
        + summary(row)
        for row in rows
        if row["biases"] == "quantized"
    )

"""What truncation takes from a network: bits, and size.

Rounding toward zero makes every weight that is not exact smaller. `python -m
paper.bitwidth rescaling` truncates mantissas as the search does, then
multiplies each tensor by one float32 factor, so that the mean of its absolute
values is what it was. Not one of the lost bits comes back. If the network
does, it was the size that it had lost.
"""

from __future__ import annotations

import argparse
from typing import Any

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

EXPONENT_BITS = 8
MANTISSA_BITS = range(8)
FACTOR_BITS = 32  # of each tensor's factor, a float32


def run(args: argparse.Namespace) -> None:
    """Judge truncated and rescaled networks; write rescaling.json."""
    data = load(args.data)
    found = sweep(
        trial,
        [
            place | {"mantissa_bits": mantissa_bits}
            for place in places(args)
            for mantissa_bits in MANTISSA_BITS
        ],
        home(data.name, args.network, args.work) / "rescaling.jsonl",
        scheduler=args.scheduler,
        label="rescaling",
    )
    rows = gather([plain(row) for row in found])
    results.write(
        results_folder(data.name, args.network, args.results)
        / "rescaling.json",
        rows,
        {
            "network": args.network,
            "seeds": args.seeds,
            "flavour": "finite",
            "factor_bits": FACTOR_BITS,
        },
        data,
    )
    for row in rows:
        print(f"{row['format']}  {summary(row)}")


def trial(mantissa_bits: int, **place: Any) -> Row:
    """Judge one network, truncated to M bits and rescaled, biases too.

    Returns a verdict (see `Judge.verdict`) with its "bits_per_weight", the
    factors included. `place` is what `judge` takes.
    """
    trained = judge(**place)
    fmt = FloatFormat(EXPONENT_BITS, mantissa_bits, "finite")
    widths = dict.fromkeys(trained.tensors, float(fmt.bits))
    return {
        "format": f"E{EXPONENT_BITS}M{mantissa_bits}",
        "method": "rescaled",
        "rounding": "toward-zero",
        "biases": "quantized",
        "bits_per_weight": bits_per_weight(
            trained.tensors, widths, FACTOR_BITS * len(widths)
        ),
    } | trained.verdict(
        {
            name: rescaled(tensor, fmt)
            for name, tensor in trained.tensors.items()
        }
    )


def rescaled(tensor: Array, fmt: FloatFormat) -> Array:
    """The tensor truncated, times the factor that brings back its size.

    Where nothing is left of it, it stays zeros.
    """
    cut = quantize(tensor, fmt, "toward-zero")
    left = float(np.abs(cut).mean(dtype=np.float64))
    if left == 0:
        return cut
    factor = float(np.abs(tensor).mean(dtype=np.float64)) / left
    return cut * np.float32(factor)

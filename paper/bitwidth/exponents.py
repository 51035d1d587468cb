"""Which exponents do the weights have? Why E can shrink.

`python -m paper.bitwidth exponents` counts, for each tensor, how many values
have each exponent: x = +-1.f * 2**e. It reads weights alone, no images.

float32 spends eight bits on e. How many of them say something is the entropy
of the counts: the mean length that a perfect code of the exponents would have
(C. Shannon, "A Mathematical Theory of Communication", Bell System Technical
Journal 27, 1948). The same is measured for the sign and for the first bits of
the fraction f: those are nearly as random as coin flips, so no code would
shorten them; they can be dropped only because the network does not need them.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paper import results
from paper.bitwidth.data import load
from paper.bitwidth.training import home, results_folder, trained
from paper.problem import Refusal

Row = dict[str, Any]
Array = NDArray[np.float32]

LEADING = 3  # bits of the fraction whose entropy is measured
BIAS = 127
KEPT = 0.999  # of the sum of squares: what the largest exponents must hold


def run(args: argparse.Namespace) -> None:
    """Count for each seed and tensor; write exponents.json."""
    data = load(args.data)
    rows = []
    for seed in range(args.seeds):
        tensors = trained(data, args.network, seed, args.work)
        if not all(np.isfinite(tensor).all() for tensor in tensors.values()):
            raise Refusal(
                f"Seed {seed} in {home(data.name, args.network, args.work)} "
                "has weights that are no numbers; train it again."
            )
        every = np.concatenate([t.ravel() for t in tensors.values()])
        rows += [
            {"seed": seed, "tensor": name} | described(tensor)
            for name, tensor in [*tensors.items(), ("all", every)]
        ]
    results.write(
        results_folder(data.name, args.network, args.results)
        / "exponents.json",
        rows,
        {
            "network": args.network,
            "seeds": args.seeds,
            "leading": LEADING,
            "kept": KEPT,
        },
        data,
    )
    print(report(rows))


def described(tensor: Array) -> Row:
    """The exponents of one tensor of finite values.

    "counts" has one entry for each exponent from "lowest" to "highest";
    zeros and float32's subnormals are "without" an exponent of their own.
    Entropies are in bits; "octaves" is how many exponents, from the highest
    down, hold 99.9 % of the sum of squares.
    """
    bits = np.ascontiguousarray(tensor, np.float32).view(np.uint32).ravel()
    fields = (bits >> 23) & 0xFF
    normal = fields > 0
    if not normal.any():
        raise Refusal("A tensor has no value but 0; train the network again.")
    exponents = fields[normal].astype(np.int64) - BIAS
    lowest, highest = int(exponents.min()), int(exponents.max())
    fraction = (bits[normal] & 0x7FFFFF) >> (23 - LEADING)
    values = tensor.ravel()[normal].astype(np.float64)
    squares = np.bincount(exponents - lowest, weights=values**2)
    share = np.cumsum(squares[::-1]) / squares.sum()
    return {
        "size": int(tensor.size),
        "without": int(np.count_nonzero(~normal)),
        "lowest": lowest,
        "highest": highest,
        "counts": np.bincount(exponents - lowest).tolist(),
        "sign_entropy": entropy(np.bincount(bits >> 31)),
        "exponent_entropy": entropy(np.bincount(fields)),
        "fraction_entropy": entropy(np.bincount(fraction)),
        "octaves": int(np.searchsorted(share, KEPT)) + 1,
    }


def entropy(counts: NDArray[np.int_]) -> float:
    """Shannon's entropy of these counts, in bits."""
    shares = counts[counts > 0] / counts.sum()
    return float(abs((shares * np.log2(shares)).sum()))


def report(rows: list[Row]) -> str:
    """The first seed's tensors for a terminal."""
    lines = [
        "tensor      size  exponents    octaves  "
        f"entropy: sign, exponent (of 8), fraction (of {LEADING})"
    ]
    for row in rows:
        if row["seed"] != 0:
            continue
        span = f"{row['lowest']} to {row['highest']}"
        lines.append(
            f"{row['tensor']:5}{row['size']:11,}  {span:13}"
            f"{row['octaves']:7}  {row['sign_entropy']:.2f}, "
            f"{row['exponent_entropy']:.2f}, {row['fraction_entropy']:.3f}"
        )
    return "\n".join(lines)

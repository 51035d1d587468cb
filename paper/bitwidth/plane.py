"""Every exponent width by every mantissa width: `plane`.

All tensors of a network in one format, 1 to 8 bits of exponent by 0 to 23 of
mantissa, with two roundings: 384 configurations a seed. What each image is
taken for is kept in WORK, in a file for each distinct network, so that
configurations can be compared image by image, and none is evaluated twice.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from paper import results
from paper.bitwidth import statistics
from paper.bitwidth.data import Data, load
from paper.bitwidth.engine import Evaluator, Tensors, digest
from paper.bitwidth.formats import FloatFormat, quantize
from paper.bitwidth.judge import places, plain
from paper.bitwidth.networks import build
from paper.bitwidth.training import (
    home,
    results_folder,
    trained_as,
)
from paper.checkpoint import save
from paper.sweep import sweep

Row = dict[str, Any]
Rounding = Literal["nearest-even", "toward-zero"]
Predictions = dict[str, NDArray[np.int64]]

EXPONENT_BITS = range(1, 9)
MANTISSA_BITS = range(24)
ROUNDINGS: tuple[Rounding, ...] = ("nearest-even", "toward-zero")
PARTS = ("validation", "test")


def run(args: argparse.Namespace) -> None:
    """Evaluate the plane of every seed; write plane.json."""
    data = load(args.data)
    rows = sweep(
        configuration,
        [place | one for place in places(args) for one in configurations()],
        home(data.name, args.network, args.work) / "plane.jsonl",
        scheduler=args.scheduler,
        label="the plane",
    )
    results.write(
        results_folder(data.name, args.network, args.results) / "plane.json",
        tested([plain(row) for row in rows]),
        {
            "network": args.network,
            "seeds": args.seeds,
            "flavour": "finite",
            "images": {
                "validation": len(data.y_validation),
                "test": len(data.y_test),
            },
        },
        data,
    )
    for seed in range(args.seeds):
        own = [row for row in rows if row["seed"] == seed]
        distinct = len({row["digest"] for row in own})
        print(
            f"seed {seed}: {len(own)} configurations are {distinct} distinct "
            "networks"
        )


def tested(rows: list[Row]) -> list[Row]:
    """The same rows with "p" and "p_holm" of the test images.

    McNemar's p against the network's own float32, and corrected for all
    rows: for every configuration of every seed.
    """
    found = [
        statistics.mcnemar(row["test"]["lost"], row["test"]["won"])
        for row in rows
    ]
    return [
        row | {"p": p, "p_holm": corrected}
        for row, p, corrected in zip(
            rows, found, statistics.holm(found), strict=True
        )
    ]


def configurations() -> Iterator[Row]:
    """Those of one seed, each after the one it is most alike.

    A network that is close to one that was run before needs few images to
    be run. With wide exponents, that is one with the same mantissa. With
    narrow ones nearly all weights are subnormal, multiples of one smallest
    value, and it is one with the same smallest value.
    """
    widths = list(product(EXPONENT_BITS, MANTISSA_BITS))
    for rounding in ROUNDINGS:
        for exponent_bits, mantissa_bits in sorted(widths, key=likeness):
            yield {
                "rounding": rounding,
                "exponent_bits": exponent_bits,
                "mantissa_bits": mantissa_bits,
            }


def likeness(widths: tuple[int, int]) -> tuple[int, int]:
    """By what the exponent's and the mantissa's bits are sorted."""
    exponent_bits, mantissa_bits = widths
    # The smallest value is 2 ** (1 - bias - M), and the bias of narrow
    # exponents 3, 1 and 0.
    shift = {2: 2, 1: 3}.get(exponent_bits, 0)
    return shift - mantissa_bits, -exponent_bits


def quantized(
    tensors: Tensors,
    exponent_bits: int,
    mantissa_bits: int,
    rounding: Rounding,
) -> dict[str, NDArray[np.float32]]:
    """All tensors in one format, from their float32 values."""
    form = FloatFormat(exponent_bits, mantissa_bits, "finite")
    return {
        name: quantize(tensor, form, rounding)
        for name, tensor in tensors.items()
    }


def configuration(
    exponent_bits: int, mantissa_bits: int, rounding: Rounding, **place: Any
) -> Row:
    """What one configuration makes of the images.

    Returns for each part its "errors" and the images "lost" and "won"
    against float32, and the "digest" of the network's weights, by which
    `predictions` finds what each image was taken for. `place` is what
    `opened` takes.
    """
    bench = opened(**place)
    changed = quantized(bench.tensors, exponent_bits, mantissa_bits, rounding)
    name = digest(changed).hex()[:16]
    found = bench.predictions(name, changed)
    row: Row = {"digest": name}
    for part, labels in bench.labels.items():
        lost, won = statistics.changes(
            labels, bench.float32[part], found[part]
        )
        errors = int(np.count_nonzero(found[part] != labels))
        row[part] = {"errors": errors, "lost": lost, "won": won}
    return row


class Bench:
    """A trained network, its images, and what is known of its relatives."""

    def __init__(
        self, data: Data, network: str, tensors: Tensors, folder: Path
    ) -> None:
        self.tensors = tensors
        self.folder = folder
        self.labels = {
            "validation": data.y_validation,
            "test": data.y_test,
        }
        self.evaluator = Evaluator(
            build(network, data),
            tensors,
            np.concatenate([data.x_validation, data.x_test]),
        )
        self.float32 = self.predictions(
            digest(tensors).hex()[:16], dict(tensors)
        )

    def predictions(self, name: str, changed: Tensors) -> Predictions:
        """The classes by part, from the file of this name if it is there."""
        path = self.folder / f"{name}.npz"
        if not path.exists():
            classes = self.evaluator.predict(changed).astype(np.uint8)
            middle = len(self.labels["validation"])
            parts = {"validation": classes[:middle], "test": classes[middle:]}
            save(path, parts, {})
        return predictions(path)


def predictions(path: Path) -> Predictions:
    """The classes that a network gave, by part, each of shape (n,)."""
    with np.load(path) as file:
        return {part: file[part].astype(np.int64) for part in PARTS}


def folder(data: str, network: str, seed: int, work: Path) -> Path:
    """Where the predictions of the plane of a seed are kept."""
    return home(data, network, work) / "plane" / f"seed{seed}"


@lru_cache(maxsize=1)
def opened(
    data: str, network: str, seed: int, work: str, weights: str
) -> Bench:
    """The bench of a seed; kept, as the tasks of a seed follow each other.

    Raises `Refusal` if this machine's weights are not the task's.
    """
    images = load(data)
    tensors = trained_as(images, network, seed, Path(work), weights)
    where = folder(images.name, network, seed, Path(work))
    return Bench(images, network, tensors, where)

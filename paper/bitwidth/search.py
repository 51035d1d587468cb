"""The paper's experiment: `python -m paper.bitwidth search`.

How few bits does each tensor need? float32's sign and eight exponent bits
stay; the mantissa of one tensor at a time is shortened, the others are left
as they are, with both roundings. `paper.bitwidth.rules` says which width is
chosen. Then all tensors get the widths that were chosen for them, packed into
files, and what is read back from the files is judged on the test images,
beside a choice of one width for all. Nothing is trained again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from paper import results
from paper.bitwidth import published, statistics, storage
from paper.bitwidth.data import Data, load
from paper.bitwidth.engine import Evaluator
from paper.bitwidth.formats import FloatFormat, quantize
from paper.bitwidth.judge import places
from paper.bitwidth.networks import build
from paper.bitwidth.rules import RULES, choose
from paper.bitwidth.search_table import ALL, report, table
from paper.bitwidth.training import (
    home,
    results_folder,
    trained,
    trained_as,
)
from paper.sweep import sweep

Row = dict[str, Any]
Tensors = dict[str, NDArray[np.float32]]
Rounding = Literal["nearest-even", "toward-zero"]

EXPONENT_BITS = 8
WIDTHS = range(24)  # bits of the mantissa; 23 are float32's
ROUNDINGS: tuple[Rounding, ...] = ("nearest-even", "toward-zero")
PARTS = ("validation", "test")


def options(parser: argparse.ArgumentParser) -> None:
    """How often the search is made on the test images as well."""
    parser.add_argument(
        "--test-seeds",
        type=int,
        metavar="N",
        help="search one tensor at a time on the test images too, as the "
        "poster reads, for seeds 0 to N - 1 (default: all); twice the work",
    )


def run(args: argparse.Namespace) -> None:
    """Search, choose, judge; write search.json and print its tables."""
    data = load(args.data)
    seeds = places(args)
    names = list(trained(data, args.network, 0, args.work))
    journal = home(data.name, args.network, args.work) / "search.jsonl"
    curves = sweep(
        curve,
        [
            one
            | {
                "rounding": rounding,
                "tensor": tensor,
                "parts": parts(one["seed"], tensor, args.test_seeds),
            }
            for one in seeds
            for rounding in ROUNDINGS
            for tensor in [*names, ALL]
        ],
        journal,
        scheduler=args.scheduler,
        label="one tensor at a time",
    )
    networks = sweep(
        packed,
        [
            one | {"chosen": chosen}
            for one in seeds
            for chosen in choices(
                [row for row in curves if row["seed"] == one["seed"]]
            )
        ],
        journal,
        scheduler=args.scheduler,
        label="all tensors together",
    )
    rows = table(curves, networks)
    results.write(
        results_folder(data.name, args.network, args.results) / "search.json",
        rows,
        {
            "network": args.network,
            "seeds": args.seeds,
            "exponent_bits": EXPONENT_BITS,
            "flavour": "finite",
            "rules": {name: vars(rule) for name, rule in RULES.items()},
            "paper": published.facts(),
        },
        data,
    )
    print(report(rows))


def parts(seed: int, tensor: str, test_seeds: int | None) -> list[str]:
    """The parts of the data on which a curve is drawn."""
    if tensor == ALL or test_seeds is None or seed < test_seeds:
        return ["validation", "test"]
    return ["validation"]


def curve(
    rounding: Rounding, tensor: str, parts: Sequence[str], **place: Any
) -> Row:
    """Lost and won images at each M, with one tensor's mantissa shortened.

    Returns for each of these parts of the data its number of "images",
    float32's errors, and lists over M from 0 to 23: "errors", "lost" and
    "won" images. The tensor `ALL` shortens all of them alike. `place` is
    what `opened` takes.
    """
    bench = opened(**place)
    shortened = bench.tensors if tensor == ALL else [tensor]
    counts: Row = {}
    for width in WIDTHS:
        changed = {
            name: quantize(bench.tensors[name], form(width), rounding)
            for name in shortened
        }
        for part, found in bench.verdict(changed, parts).items():
            own = counts.setdefault(part, {})
            for name, count in found.items():
                own.setdefault(name, []).append(count)
    for own in counts.values():  # these are the same at every width
        own |= {name: own[name][0] for name in ("images", "float32_errors")}
    return counts


def form(width: int) -> FloatFormat:
    """float32's exponent with a mantissa of `width` bits."""
    return FloatFormat(EXPONENT_BITS, width, "finite")


def choices(curves: Sequence[Row]) -> list[Row]:
    """The networks of one seed to be judged: float32, and each rule's two.

    Each has a rounding, a rule, "per-tensor" or "uniform" as its choice, and
    the mantissa's bits of each tensor as its widths.
    """
    names = [row["tensor"] for row in curves if row["tensor"] != ALL]
    names = list(dict.fromkeys(names))
    whole: Row = {
        "rounding": ROUNDINGS[0],
        "rule": None,
        "choice": "float32",
        "widths": dict.fromkeys(names, WIDTHS[-1]),
    }
    chosen = [whole]
    for rounding in ROUNDINGS:
        found = {
            row["tensor"]: row
            for row in curves
            if row["rounding"] == rounding
        }
        for name, rule in RULES.items():
            if not all(rule.part in counts for counts in found.values()):
                continue  # nobody looked at the test images
            widths = {
                tensor: choose(rule, counts)
                for tensor, counts in found.items()
            }
            uniform = dict.fromkeys(names, widths.pop(ALL))
            chosen += [
                {
                    "rounding": rounding,
                    "rule": name,
                    "choice": choice,
                    "widths": found_widths,
                }
                for choice, found_widths in (
                    ("per-tensor", widths),
                    ("uniform", uniform),
                )
            ]
    return chosen


def packed(chosen: Row, **place: Any) -> Row:
    """Pack a network into files and judge what is read back from them.

    Returns the files' "bytes" by tensor and, for each part of the data, its
    number of "images", the "errors", float32's errors, and the "lost" and
    "won" images. `place` is what `opened` takes.
    """
    bench = opened(**place)
    formats = {name: form(m) for name, m in chosen["widths"].items()}
    words = (chosen[name] for name in ("choice", "rule", "rounding"))
    name = "-".join([f"seed{place['seed']}", *filter(None, words)])
    work = home(bench.data, place["network"], Path(place["work"]))
    folder = work / "packed" / name
    sizes = storage.write(
        folder,
        {
            name: quantize(tensor, formats[name], chosen["rounding"])
            for name, tensor in bench.tensors.items()
        },
        formats,
    )
    found = storage.read(folder, bench.tensors)
    return {"bytes": sizes} | bench.verdict(found)


class Bench:
    """A trained network with the images that it is tried on."""

    def __init__(self, data: Data, network: str, tensors: Tensors) -> None:
        model = build(network, data)
        images = {
            "validation": (data.x_validation, data.y_validation),
            "test": (data.x_test, data.y_test),
        }
        self.data = data.name
        self.tensors = tensors
        self.labels = {part: y for part, (_, y) in images.items()}
        self.evaluators = {
            part: Evaluator(model, tensors, x)
            for part, (x, _) in images.items()
        }
        self.before = {
            part: evaluator.predict({})
            for part, evaluator in self.evaluators.items()
        }

    def verdict(
        self, changed: Tensors, parts: Sequence[str] = PARTS
    ) -> dict[str, dict[str, int]]:
        """What becomes of the images of these parts with these tensors.

        Returns by part the number of "images", "errors", float32's errors,
        and the "lost" and "won" images.
        """
        found = {}
        for part in parts:
            evaluator = self.evaluators[part]
            labels, before = self.labels[part], self.before[part]
            after = evaluator.predict(changed)
            lost, won = statistics.changes(labels, before, after)
            found[part] = {
                "images": len(labels),
                "float32_errors": int(np.count_nonzero(before != labels)),
                "errors": int(np.count_nonzero(after != labels)),
                "lost": lost,
                "won": won,
            }
        return found


@lru_cache(maxsize=1)
def opened(
    data: str, network: str, seed: int, work: str, weights: str
) -> Bench:
    """The bench of a seed; kept, as the tasks of a seed follow each other.

    Raises `Refusal` if this machine's weights are not the task's.
    """
    images = load(data)
    tensors = trained_as(images, network, seed, Path(work), weights)
    return Bench(images, network, tensors)

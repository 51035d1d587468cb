"""Bits against accuracy: the front of all that was tried.

`python -m paper.bitwidth pareto` runs no network. It collects every way of
storing the weights from the results files of the other commands, those that
are there, with its bits a weight (scales included) and its means over the
seeds. Those of more than 16 bits are left out.

A way is on the *front* if no other takes fewer bits, or as many, and gets
more of the validation images right, or as many; of equals the first counts.
The test images have no say in that: they are what the front is shown with,
by the mean change of accuracy against float32 and its 95 % interval over
seeds.

The best of hundreds of ways looks better on validation images than it is; on
test images it does not. And two neighbours on the front may differ by less
than their intervals: the front is a picture, not a test.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from paper import results
from paper.bitwidth.data import load
from paper.bitwidth.rules import BLIND
from paper.bitwidth.statistics import mean_interval
from paper.bitwidth.training import results_folder
from paper.problem import Refusal

Row = dict[str, Any]

WIDEST = 16  # bits a weight; beyond, nothing differs from float32


def run(args: argparse.Namespace) -> None:
    """Collect and mark the front; write pareto.json."""
    data = load(args.data)
    folder = results_folder(data.name, args.network, args.results)
    points, used = collect(folder)
    if not points:
        raise Refusal(
            f"There are no results in {folder} yet: run "
            f"{', '.join(READERS)} first."
        )
    mark(points)
    points.sort(key=lambda point: point["bits_per_weight"])
    results.write(
        folder / "pareto.json",
        points,
        {"network": args.network, "from": used},
        data,
    )
    print(report(points))


def collect(folder: Path) -> tuple[list[Row], list[str]]:
    """The points of all results files of a folder, and those files' names.

    Raises `Refusal` if they come from different data.
    """
    points: list[Row] = []
    used, sums = [], set()
    for name, reader in READERS.items():
        path = folder / f"{name}.json"
        if not path.exists():
            continue
        found = results.read(path)
        sums.add(found["data"]["sha256"])
        points += [
            {"from": name} | point
            for point in reader(found)
            if point["bits_per_weight"] <= WIDEST
        ]
        used.append(path.name)
    if len(sums) > 1:
        raise Refusal(f"The results in {folder} are from different data.")
    return points, used


def mark(points: list[Row]) -> None:
    """Set "front" of each point."""
    best = -np.inf
    order = sorted(
        points,
        key=lambda p: (p["bits_per_weight"], -p["validation_difference"]),
    )
    for point in order:
        point["front"] = point["validation_difference"] > best
        best = max(best, point["validation_difference"])


def report(points: list[Row]) -> str:
    """The front for a terminal."""
    lines = [f"{len(points)} ways; the front, by validation images:"]
    for point in points:
        if point["front"]:
            text = f"{100 * point['difference']:+.3f}"
            if point["interval"] is not None:
                low, high = (100 * end for end in point["interval"])
                text += f" ({low:+.3f} to {high:+.3f})"
            lines.append(
                f"{point['bits_per_weight']:7.3f} bits  "
                f"{point['name']:52}  test accuracy {text}"
            )
    return "\n".join(lines)


# What the files say: each reader takes a whole file


def gathered(found: Row) -> Iterator[Row]:
    """Points from rows of `paper.bitwidth.gather`."""
    words = ("format", "method", "scale", "rounding")
    for row in found["rows"]:
        name = ", ".join(row[word] for word in words if word in row)
        validation = row["validation"]
        changes = np.subtract(validation["won"], validation["lost"])
        yield {
            "name": f"{name}, {row['biases']} biases",
            "bits_per_weight": row["bits_per_weight"],
            "validation_difference": float(
                np.mean(changes) / validation["images"]
            ),
            "difference": row["difference"],
            "interval": row["interval"],
        }


def mixed(found: Row) -> Iterator[Row]:
    """Points from mixed.json, whose seeds differ in their bits."""
    for row in found["rows"]:
        if row["kind"] != "mean":
            continue
        validation = row["validation"]
        width = f", {row['width']} bits" if row["width"] else ""
        yield {
            "name": row["of"] + width,
            "bits_per_weight": row["bits_per_weight"],
            "validation_difference": (
                validation["won_less_lost"] / validation["images"]
            ),
            "difference": row["difference"],
            "interval": row["interval"],
        }


def planar(found: Row) -> Iterator[Row]:
    """Points from plane.json, which has a row for each seed."""
    images = found["settings"]["images"]
    groups: dict[tuple[int, int, str], list[Row]] = {}
    for row in found["rows"]:
        key = (row["exponent_bits"], row["mantissa_bits"], row["rounding"])
        groups.setdefault(key, []).append(row)
    for (exponent, mantissa, rounding), rows in groups.items():
        changes = {
            part: [
                (row[part]["won"] - row[part]["lost"]) / images[part]
                for row in rows
            ]
            for part in images
        }
        test = changes["test"]
        yield {
            "name": f"E{exponent}M{mantissa}, none, {rounding}",
            "bits_per_weight": 1 + exponent + mantissa,
            "validation_difference": float(np.mean(changes["validation"])),
            "difference": float(np.mean(test)),
            "interval": mean_interval(test) if len(test) > 1 else None,
        }


def searched(found: Row) -> Iterator[Row]:
    """Points from search.json, of rules that did not see the test images."""
    for row in found["rows"]:
        if row["kind"] != "mean" or row["rule"] not in (None, *BLIND):
            continue
        words = [row["choice"], row["rule"], row["rounding"]]
        yield {
            "name": "E8, " + ", ".join(filter(None, words)),
            # Of packed files: their heads of a few bytes are in it.
            "bits_per_weight": 32 * (1 - row["reduction"]),
            "validation_difference": row["validation"]["difference"],
            "difference": row["test"]["difference"],
            "interval": row["test"]["interval"],
        }


READERS: dict[str, Callable[[Row], Iterator[Row]]] = {
    "plane": planar,
    "search": searched,
    "rescaling": gathered,
    "scaling": gathered,
    "integers": gathered,
    "mixed": mixed,
}

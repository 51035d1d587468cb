"""What the pages quote: `python -m paper.bitwidth report`.

Reads the results files, runs no network, and writes the texts, tables and
figures of the write-up. A test compares the texts with what is committed, so
that a page cannot say a number that is not in the results.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from paper import results
from paper.bitwidth import published
from paper.bitwidth.figures import FIGURES, ROUNDINGS, Results
from paper.bitwidth.statistics import mean_interval
from paper.reporting import DRAWN, MEASURED, write

PARTS = (
    "training",
    "plane",
    "search",
    "scaling",
    "integers",
    "mixed",
    "pareto",
    "exponents",
)
SHOWN = range(8)  # bits of the mantissa that the tables show
Row = dict[str, Any]


def run(args: argparse.Namespace) -> None:
    """Write every text, table and figure anew, from the MNIST results."""
    found = read(args.results / "mnist")
    write(texts(found), figures(found))


def read(folder: Path) -> Results:
    """The results files of one set of images, by the name of their part.

    Raises `Refusal` for the first that is not there.
    """
    return {part: results.read(folder / f"{part}.json") for part in PARTS}


def figures(found: Results) -> dict[Path, Callable[[], Figure]]:
    """What draws each figure, by the file that it goes to."""
    return {
        DRAWN / f"bit-width-{name}.svg": partial(draw, found)
        for name, draw in FIGURES.items()
    }


def texts(found: Results) -> dict[Path, str]:
    """Every file of docs/measured that is made from the study's results."""
    made = {
        "bit-width-float32.txt": "\n".join(float32(found)),
        "bit-width-mantissa.txt": "\n".join(by_mantissa(found)),
        "bit-width-plane.txt": "\n".join(by_format(found)),
        "bit-width-search.txt": "\n".join(searched(found)),
        "bit-width-beyond.txt": "\n".join(beyond(found)),
        "bit-width-exponents.txt": "\n".join(exponents(found)),
        "bit-width-tensors.ko.md": "\n".join(tensors(found, "ko")),
        "bit-width-tensors.en.md": "\n".join(tensors(found, "en")),
    }
    return {MEASURED / name: text + "\n" for name, text in made.items()}


def float32(found: Results) -> Iterator[str]:
    """How good the networks are before a bit is taken away."""
    plane = found["plane"]
    images = plane["settings"]["images"]["test"]
    whole = [
        100 * (1 - row["test"]["errors"] / images)
        for row in plane["rows"]
        if (row["exponent_bits"], row["mantissa_bits"]) == (8, 23)
        and row["rounding"] == ROUNDINGS[0]
    ]
    trained = found["training"]["rows"]
    seconds = [c["seconds"] for row in trained for c in row["curves"]]
    yield f"networks trained: {len(whole)}, {epochs(found)} epochs each"
    yield f"test accuracy, mean: {np.mean(whole):.2f} %"
    yield f"test accuracy, lowest: {min(whole):.2f} %"
    yield f"test accuracy, highest: {max(whole):.2f} %"
    yield f"seconds an epoch, median: {np.median(seconds):.0f}"


def epochs(found: Results) -> int:
    """How many epochs each network was trained for."""
    return int(found["training"]["settings"]["epochs"])


def change(rows: list[Row], images: int) -> tuple[float, str]:
    """The mean change of accuracy in points, and it with its interval."""
    changes = [
        100 * (row["test"]["won"] - row["test"]["lost"]) / images
        for row in rows
    ]
    mean = float(np.mean(changes))
    if len(set(changes)) < 2:
        return mean, f"{points(mean)} in all"
    low, high = mean_interval(changes)
    return mean, f"{points(mean)}, from {points(low)} to {points(high)}"


def points(value: float, digits: int = 2) -> str:
    """A number with its sign; no minus before a zero."""
    text = f"{value:+.{digits}f}"
    return f"{0:+.{digits}f}" if float(text) == 0 else text


def by_mantissa(found: Results) -> Iterator[str]:
    """The whole network with E = 8: mean change and interval over seeds."""
    plane = found["plane"]
    images = plane["settings"]["images"]["test"]
    for rounding in ROUNDINGS:
        for mantissa in SHOWN:
            rows = formatted(found, 8, mantissa, rounding)
            yield (
                f"{rounding}, M = {mantissa}, change in points: "
                f"{change(rows, images)[1]}"
            )


def formatted(
    found: Results, exponent: int, mantissa: int, rounding: str
) -> list[Row]:
    """The plane's rows of one format, one a seed."""
    wanted = (exponent, mantissa, rounding)
    return [
        row
        for row in found["plane"]["rows"]
        if (row["exponent_bits"], row["mantissa_bits"], row["rounding"])
        == wanted
    ]


def by_format(found: Results) -> Iterator[str]:
    """Nearest-even over E and M: mean test accuracy."""
    images = found["plane"]["settings"]["images"]["test"]
    for exponent in range(8, 0, -1):
        for mantissa in range(5):
            rows = formatted(found, exponent, mantissa, ROUNDINGS[0])
            errors = [row["test"]["errors"] for row in rows]
            accuracy = 100 * (1 - np.mean(errors) / images)
            yield (
                f"E{exponent}M{mantissa}, {1 + exponent + mantissa} bits: "
                f"{accuracy:.2f} %"
            )


def searched(found: Results) -> Iterator[str]:
    """The paper's experiment by this study's rules, all tensors together."""
    for row in found["search"]["rows"]:
        if row["kind"] != "mean":
            continue
        test = row["test"]
        name = ", ".join(
            word for word in (row["choice"], row["rule"]) if word
        )
        name = f"{row['rounding']}, {name}"
        yield f"{name}, memory saved: {100 * row['reduction']:.1f} %"
        yield f"{name}, MiB: {row['bytes_in_all'] / 2**20:.2f}"
        text = f"{name}, change in points: {points(100 * test['difference'])}"
        if test["interval"]:
            low, high = (points(100 * end) for end in test["interval"])
            text += f", from {low} to {high}"
        yield text


def tensors(found: Results, language: str) -> Iterator[str]:
    """The table of tensors beside the paper's figures."""
    yield {
        "ko": "| 텐서 | 파라미터 | 짝수로 반올림 | 버림 | 줄어든 파일 |",
        "en": "| Tensor | Parameters | Nearest-even | Toward zero | File "
        "smaller by |",
    }[language]
    yield "|---|---|---|---|---|"
    rows = [
        row
        for row in found["search"]["rows"]
        if row["kind"] == "tensor" and row["rule"] == "validation"
    ]
    sizes = found["training"]["rows"][0]["shapes"]
    by = {(row["tensor"], row["rounding"]): row for row in rows}
    unit = {"ko": "비트", "en": "bits"}[language]
    for name, shape in sizes.items():
        near, zero = (by[name, rounding] for rounding in ROUNDINGS)
        yield (
            f"| {name} | {int(np.prod(shape)):,} | {spread(near)} {unit} | "
            f"{spread(zero)} {unit} | {100 * near['reduction']:.1f} %, "
            f"{100 * zero['reduction']:.1f} % |"
        )
    fewer, more = published.BITS
    paper = {"ko": "2018년 포스터", "en": "2018 poster"}[language]
    less, least = (100 * part for part in published.REDUCTIONS)
    yield (
        f"| {paper} | {published.PARAMETERS:,} | | {fewer}, {more} {unit} | "
        f"{less:.2f} %, {least:.1f} % |"
    )


def spread(row: Row) -> str:
    """The bits that the seeds chose: 9-11, or 9 where all agree."""
    low, high = min(row["bits"]), max(row["bits"])
    return f"{low}" if low == high else f"{low}-{high}"


def beyond(found: Results) -> Iterator[str]:
    """Scales, blocks, integers: bits a weight and the change of accuracy."""
    for part in ("scaling", "integers"):
        for row in found[part]["rows"]:
            name = ", ".join(
                row[word]
                for word in ("format", "method", "scale", "rounding")
                if word in row
            )
            text = (
                f"{name}, {row['biases']} biases, "
                f"{row['bits_per_weight']:.2f} bits, change in points: "
                f"{points(100 * row['difference'])}"
            )
            if row["interval"]:
                low, high = (points(100 * end) for end in row["interval"])
                text += f", from {low} to {high}"
            yield text
    for row in found["mixed"]["rows"]:
        if row["kind"] == "mean":
            width = f", {row['width']} bits" if row["width"] else ""
            yield (
                f"mixed widths, {row['of']}{width}, "
                f"{row['bits_per_weight']:.2f} bits a weight, change in "
                f"points: {points(100 * row['difference'])}"
            )
    for row in found["pareto"]["rows"]:
        if row["front"]:
            yield (
                f"front, {row['name']}, {row['bits_per_weight']:.2f} bits, "
                f"change in points: {points(100 * row['difference'])}"
            )


def exponents(found: Results) -> Iterator[str]:
    """What the exponents of the weights say (means over the seeds)."""
    rows = found["exponents"]["rows"]
    for name in dict.fromkeys(row["tensor"] for row in rows):
        own = [row for row in rows if row["tensor"] == name]
        low = min(row["lowest"] for row in own)
        high = max(row["highest"] for row in own)
        entropy = np.mean([row["exponent_entropy"] for row in own])
        octaves = np.mean([row["octaves"] for row in own])
        fraction = np.mean([row["fraction_entropy"] for row in own])
        yield f"{name}, lowest exponent: {low}"
        yield f"{name}, highest exponent: {high}"
        yield f"{name}, entropy of the exponent, of 8 bits: {entropy:.2f}"
        yield f"{name}, entropy of 3 fraction bits: {fraction:.2f}"
        yield f"{name}, octaves with 99.9 % of the squares: {octaves:.1f}"

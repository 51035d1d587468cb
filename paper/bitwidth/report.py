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
from paper.bitwidth.figures import (
    FIGURES,
    MANTISSAS,
    ROUNDINGS,
    Results,
    mantissa_changes,
)
from paper.bitwidth.statistics import mean_interval
from paper.reporting import DRAWN, MEASURED, write

PARTS = (
    "training",
    "plane",
    "search",
    "rescaling",
    "scaling",
    "integers",
    "mixed",
    "pareto",
    "exponents",
    "plane_bench",
)
OF_AN_MLP = tuple(part for part in PARTS if part != "plane_bench")
OF_THE_FORMATS = ("verify", "bench")
# The formats whose scales and biases the page tells of.
SMALL: tuple[str, ...] = ("E1M1", "E2M0")  # 3 bits
SMALL += ("E1M2", "E2M1", "E3M0", "int4")
SMALL += ("E2M2", "E3M1", "E4M0")  # 5 bits
SMALL += ("E4M3", "E5M2", "int8", "E8M0")
WITH_FLOAT32_BIASES = ("E1M1", "E2M1", "int4")
SMALL_EXPONENT = -3  # half of E3M0's smallest number but 0: rounded to 0
RESULTS = Path(__file__).parent / "results"
# What the page tells of the other network.
OF_THE_MLP = (
    "networks trained",
    "test accuracy, mean",
    "nearest-even, M = 1",
    "nearest-even, M = 3",
    "toward-zero, M = 0",
    "rescaled, M = 0",
    "E4M0, 5 bits",
    "nearest-even, per-tensor, validation, ",
    "E2M1, fit, nearest-even, quantized",
    "E2M1, block, nearest-even, quantized",
    "E1M1, least-squares, nearest-even, quantized",
    "E1M1, block, nearest-even, quantized",
    "uniform, at most 3",
    "mixed, same bits, at most 3",
)
KINDS = ("rounding", "rule", "choice")
Row = dict[str, Any]


def run(args: argparse.Namespace) -> None:
    """Write every text, table and figure anew, from the MNIST results."""
    found = read(args.results / "mnist")
    write(texts(found), figures(found))


def read(folder: Path) -> Results:
    """The results files of one set of images, by the name of their part.

    Raises `Refusal` for the first that is not there.
    """
    files = {part: folder / f"{part}.json" for part in PARTS}
    files |= {part: folder.parent / f"{part}.json" for part in OF_THE_FORMATS}
    found = {part: results.read(path) for part, path in files.items()}
    mlp = folder.with_name(f"{folder.name}-mlp")
    found["mlp"] = {
        part: results.read(mlp / f"{part}.json") for part in OF_AN_MLP
    }
    return found


def figures(found: Results) -> dict[Path, Callable[[], Figure]]:
    """What draws each figure, by the file that it goes to."""
    return {
        DRAWN / f"bit-width-{name}.svg": partial(draw, found)
        for name, draw in FIGURES.items()
    }


def texts(found: Results | None = None) -> dict[Path, str]:
    """Every file of docs/measured that is made from the study's results.

    Without an argument, those that are committed, from MNIST's.
    """
    found = found or read(RESULTS / "mnist")
    made = {
        "bit-width-float32.txt": "\n".join(float32(found)),
        "bit-width-mantissa.txt": "\n".join(by_mantissa(found)),
        "bit-width-plane.txt": "\n".join(by_format(found)),
        "bit-width-search.txt": "\n".join(searched(found)),
        "bit-width-beyond.txt": "\n".join(beyond(found)),
        "bit-width-mixed.txt": "\n".join(mixed(found)),
        "bit-width-front.txt": "\n".join(front(found)),
        "bit-width-exponents.txt": "\n".join(exponents(found)),
        "bit-width-speed.txt": "\n".join(speed(found)),
        "bit-width-mlp.txt": "\n".join(another(found["mlp"])),
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


def change(changes: list[float]) -> str:
    """The mean change of accuracy in points, with its interval."""
    mean = float(np.mean(changes))
    if len(set(changes)) < 2:
        return f"{points(mean)} in all"
    low, high = mean_interval(changes)
    return (
        f"{points(mean)}, from {points(low)} to {points(high)}, "
        f"single networks from {points(min(changes))} "
        f"to {points(max(changes))}"
    )


def speed(found: Results) -> Iterator[str]:
    """How fast the plane and the rounding are, and how they were checked."""
    bench = found["plane_bench"]
    for row in bench["rows"]:
        way = row["way"]
        if row["batch_size"]:
            way = f"Keras, batches of {row['batch_size']}"
            times = row["times_slower_than_the_plane"]
            yield f"{way}, times as long as the plane: {times:.1f}"
        yield f"{way}, seconds: {row['seconds']:.0f}"
        yield f"{way}, share of a matrix product's rate: {row['of_gemm']:.2f}"
    plane = bench["rows"][0]
    yield f"configurations: {plane['timed']}"
    yield f"distinct networks: {plane['distinct_networks']}"
    yield f"networks run on all images: {plane['run_in_full']}"
    whole = plane["timed"] * bench["settings"]["images"]
    yield f"images run, of all: {100 * plane['images_run'] / whole:.0f} %"
    yield f"peak memory, GiB: {plane['peak_gib']:.1f}"
    check = bench["settings"]["check"]
    yield f"predictions compared with Keras: {check['images']:,}"
    yield f"of them different: {check['different']}"
    verified = found["verify"]["rows"]
    whole = [row for row in verified if row["values"] == 2**32]
    yield f"formats compared over all 2^32 floats: {len(whole)}"
    yield f"other formats compared: {verified[-1]['formats']}"
    different = sum(row["differences"] for row in verified)
    yield f"values that were rounded differently: {different}"
    rows = found["bench"]["rows"]
    rate = {row["name"]: row["melem_per_s"] for row in rows}
    shares = [
        100 * row["of_copyto"]
        for row in rows
        if row["name"].startswith(("quantize", "slowest"))
    ]
    yield f"slowest rounding, of copying's rate: {min(shares):.0f} %"
    yield f"fastest rounding, of copying's rate: {max(shares):.0f} %"
    passes = 100 * rate["NumPy E4M3, the same steps"] / rate["np.copyto"]
    yield f"NumPy's passes, of copying's rate: {passes:.0f} %"
    for peer, name in (
        ("ml_dtypes float8_e4m3, cast", "ml_dtypes' cast"),
        ("gfloat E4M3", "gfloat"),
    ):
        times = rate["quantize E4M3"] / rate[peer]
        yield f"E4M3, times as fast as {name}: {times:.0f}"


def points(value: float, digits: int = 2) -> str:
    """A number with its sign; no minus before a zero."""
    text = f"{value:+.{digits}f}"
    return f"{0:+.{digits}f}" if float(text) == 0 else text


def by_mantissa(found: Results) -> Iterator[str]:
    """The whole network with E = 8: mean change and interval over seeds.

    And, as changes in both directions hide each other, how many images
    become wrong or right.
    """
    for way, rows in mantissa_changes(found).items():
        for mantissa, changes in zip(MANTISSAS, rows, strict=True):
            name = f"{way}, M = {mantissa}"
            yield f"{name}, change in points: {change(changes)}"
            if way in ROUNDINGS:
                changed = [
                    row["test"]["lost"] + row["test"]["won"]
                    for row in formatted(found, 8, mantissa, way)
                ]
                yield f"{name}, images lost or won: {np.mean(changed):.0f}"


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
    for rounding in ROUNDINGS:
        p_values = [
            row["p_holm"]
            for row in found["plane"]["rows"]
            if row["rounding"] == rounding and row["exponent_bits"] >= 4
        ]
        name = f"{rounding}, four exponent bits or more"
        yield f"{name}, networks: {len(p_values)}"
        yield (
            f"{name}, different from float32 (Holm's p at most 0.05): "
            f"{sum(p <= 0.05 for p in p_values)}"
        )


def searched(found: Results) -> Iterator[str]:
    """The paper's experiment by every rule, all tensors together."""
    rows = found["search"]["rows"]
    for row in rows:
        if row["kind"] != "mean" or row["choice"] == "float32":
            continue
        test = row["test"]
        name = f"{row['rounding']}, {row['choice']}, {row['rule']}"
        if row["choice"] == "uniform":
            yield f"{name}, bits of each seed: {uniform(rows, row)}"
        saved = [100 * one["reduction"] for one in networks(rows, row)]
        yield (
            f"{name}, memory saved: {100 * row['reduction']:.1f} %, "
            f"single networks {min(saved):.1f} to {max(saved):.1f} %"
        )
        yield f"{name}, MiB: {row['bytes_in_all'] / 2**20:.2f}"
        change = spanned(test, "difference", "interval")
        yield f"{name}, change in points: {change}"


def uniform(rows: list[Row], mean: Row) -> str:
    """The one width of each seed that such a mean is of."""
    return ", ".join(
        str(max(row["bits"].values())) for row in networks(rows, mean)
    )


def networks(rows: list[Row], mean: Row) -> list[Row]:
    """The networks, one a seed, that such a mean is of."""
    return [
        row
        for row in rows
        if row["kind"] == "network"
        and all(row[word] == mean[word] for word in KINDS)
    ]


def tensors(found: Results, language: str) -> Iterator[str]:
    """The table of tensors beside the paper's figures."""
    yield {
        "ko": "| 텐서 | 파라미터 | float32, KiB | 반올림 | 파일, KiB | "
        "버림 | 파일, KiB | 줄어든 만큼 |",
        "en": "| Tensor | Parameters | float32, KiB | Rounded | File, KiB | "
        "Truncated | File, KiB | Smaller by |",
    }[language]
    yield "|---|--:|--:|---|--:|---|--:|---|"
    rows = found["search"]["rows"]
    by = {
        (row["tensor"], row["rounding"]): row
        for row in rows
        if row["kind"] == "tensor" and row["rule"] == "validation"
    }
    unit = {"ko": "비트", "en": "bits"}[language]
    for name, shape in found["training"]["rows"][0]["shapes"].items():
        near, zero = (by[name, rounding] for rounding in ROUNDINGS)
        yield (
            f"| {name} | {int(np.prod(shape)):,} | "
            f"{kibibytes(near['bytes_float32'])} | "
            f"{spread(near)} {unit} | {kibibytes(np.mean(near['bytes']))} | "
            f"{spread(zero)} {unit} | {kibibytes(np.mean(zero['bytes']))} | "
            f"{100 * near['reduction']:.1f} %, "
            f"{100 * zero['reduction']:.1f} % |"
        )
    whole, near, zero = (
        row
        for wanted in (None, *ROUNDINGS)
        for row in rows
        if row["kind"] == "mean"
        and (row["choice"], row["rule"], row["rounding"])
        == (
            ("per-tensor", "validation", wanted)
            if wanted
            else ("float32", None, ROUNDINGS[0])
        )
    )
    together = {"ko": "모두", "en": "all"}[language]
    yield (
        f"| {together} | {published.PARAMETERS:,} | "
        f"{kibibytes(whole['bytes_in_all'])} | | "
        f"{kibibytes(near['bytes_in_all'])} | | "
        f"{kibibytes(zero['bytes_in_all'])} | "
        f"{100 * near['reduction']:.1f} %, {100 * zero['reduction']:.1f} % |"
    )
    fewer, more = published.BITS
    paper = {"ko": "2018년 포스터", "en": "2018 poster"}[language]
    either = {"ko": "또는", "en": "or"}[language]
    about = {"ko": "약", "en": "about"}[language]
    bits = f"{fewer} {either} {more} {unit}"
    before, after = published.MEGABYTES
    # Its rounding is not known, so its bits stand in both columns.
    size = f"{about} {after} MiB"
    yield (
        f"| {paper} | {published.PARAMETERS:,} | {before} MiB | "
        f"{bits} | {size} | {bits} | {size} | "
        f"{about} {100 * published.REDUCTION:.0f} % |"
    )


def kibibytes(size: float) -> str:
    """A size of that many bytes in KiB, with three digits or more."""
    digits = max(0, 2 - len(str(int(size / 1024))))
    return f"{size / 1024:,.{digits + (size < 1024)}f}"


def spread(row: Row) -> str:
    """The bits that the seeds chose: 9-11, or 9 where all agree."""
    low, high = min(row["bits"]), max(row["bits"])
    return f"{low}" if low == high else f"{low}-{high}"


def beyond(found: Results) -> Iterator[str]:
    """Scales and integers: bits a weight, and the change of accuracy."""
    for part in ("scaling", "integers"):
        for row in found[part]["rows"]:
            short = row["biases"] == "quantized"
            wanted = SMALL if short else WITH_FLOAT32_BIASES
            if row["format"] in wanted:
                words = ("format", "method", "scale", "rounding")
                name = ", ".join(row[word] for word in words if word in row)
                yield (
                    f"{name}, {row['biases']} biases, {size(row)}, change "
                    f"in points: {spanned(row, 'difference', 'interval')}"
                )


def mixed(found: Results) -> Iterator[str]:
    """Other bits for other tensors, and one width for all."""
    for row in found["mixed"]["rows"]:
        if row["kind"] == "mean":
            width = f", at most {row['width']}" if row["width"] else ""
            name = row["of"] + width
            yield f"{name}, mean: {size(row)}"
            change = spanned(row, "difference", "interval")
            yield f"{name}, change in points: {change}"
            if "gain" in row:
                gain = spanned(row, "gain", "gain_interval")
                yield f"{name}, gain over uniform in points: {gain}"


def front(found: Results) -> Iterator[str]:
    """The ways that no other beats in bits and accuracy."""
    rows = found["pareto"]["rows"]
    yield f"ways of storing the weights: {len(rows)}"
    for row in rows:
        if row["front"]:
            change = spanned(row, "difference", "interval")
            yield f"{row['name']}, {size(row)}, change in points: {change}"


def another(found: Results) -> Iterator[str]:
    """What is told of the other network, as of the first."""
    shapes = found["training"]["rows"][0]["shapes"].values()
    yield f"parameters: {sum(int(np.prod(shape)) for shape in shapes):,}"
    for texts in (float32, by_mantissa, by_format, searched, beyond, mixed):
        for line in texts(found):
            if line.startswith(OF_THE_MLP):
                yield line


def size(row: Row) -> str:
    """The bits a weight, with two digits."""
    return f"{row['bits_per_weight']:.2f} bits"


def spanned(row: Row, name: str, interval: str) -> str:
    """A share as points, with its interval."""
    low, high = (points(100 * end) for end in row[interval])
    return f"{points(100 * row[name])}, from {low} to {high}"


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
        small = np.mean([below(row, SMALL_EXPONENT) for row in own])
        yield f"{name}, lowest exponent: {low}"
        yield f"{name}, highest exponent: {high}"
        yield f"{name}, entropy of the exponent, of 8 bits: {entropy:.2f}"
        yield f"{name}, entropy of 3 fraction bits: {fraction:.2f}"
        yield f"{name}, octaves with 99.9 % of the squares: {octaves:.1f}"
        yield f"{name}, below 2^{SMALL_EXPONENT}: {100 * small:.1f} %"


def below(row: Row, exponent: int) -> float:
    """The share of the numbers that are smaller than 2 ** exponent."""
    counts = row["counts"][: max(exponent - row["lowest"], 0)]
    return float((sum(counts) + row["without"]) / row["size"])

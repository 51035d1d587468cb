"""The pictures of the write-up, drawn from the results files alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper.bitwidth.formats import FloatFormat, quantize
from paper.bitwidth.statistics import mean_interval

Row = dict[str, Any]
Results = dict[str, Row]
"A study's results files by the name of their part."

ROUNDINGS = ("nearest-even", "toward-zero")
SHOWN = 0.3141592  # a weight to take bits from
KEPT = (23, 7, 3, 1, 0)


def bits(found: Results) -> Figure:
    """One float32, and what is left of it with fewer mantissa bits."""
    figure, axes = new(4.8, 2.7)
    for row, mantissa in enumerate(KEPT):
        fmt = FloatFormat(8, mantissa, "finite")
        value = quantize(np.array(SHOWN, np.float32), fmt)
        code = f"{int(value.view(np.uint32)):032b}"
        for place in range(9 + mantissa):
            color = "C3" if place == 0 else "C1" if place < 9 else "C0"
            axes.text(
                *(place, -row, code[place]),
                ha="center",
                va="center",
                color=color,
                family="monospace",
                fontsize=8,
            )
        axes.text(
            *(33, -row, f"{float(value):.7f}"[:9].rstrip("0")),
            va="center",
            fontsize=9,
        )
        axes.text(
            *(-1.6, -row, f"{9 + mantissa}"),
            va="center",
            ha="right",
            fontsize=9,
        )
    for x, text, color in (
        (0, "sign", "C3"),
        (4.5, "exponent", "C1"),
        (20, "mantissa", "C0"),
        (35.5, "value", "black"),
        (-2, "bits", "black"),
    ):
        axes.text(x, 0.9, text, ha="center", color=color, fontsize=9)
    axes.set(xlim=(-4, 40), ylim=(-len(KEPT) + 0.4, 1.4))
    axes.axis("off")
    return figure


def mantissa(found: Results) -> Figure:
    """Test accuracy over M with E = 8, both roundings, bands over seeds."""
    figure, axes = new(4.8, 3.1)
    plane = found["plane"]
    images = plane["settings"]["images"]["test"]
    shown = range(9)
    for number, rounding in enumerate(ROUNDINGS):
        rows = [
            [
                100 * (row["test"]["won"] - row["test"]["lost"]) / images
                for row in plane["rows"]
                if row["exponent_bits"] == 8
                and row["mantissa_bits"] == m
                and row["rounding"] == rounding
            ]
            for m in shown
        ]
        means = [float(np.mean(row)) for row in rows]
        bands = [
            mean_interval(row) if len(set(row)) > 1 else (row[0], row[0])
            for row in rows
        ]
        low, high = np.transpose(bands)
        axes.fill_between(
            *(shown, low, high), color=f"C{number}", alpha=0.2, lw=0
        )
        axes.plot(
            *(shown, means),
            color=f"C{number}",
            marker="os"[number],
            ls=("-", "--")[number],
        )
        below = min(band[0] for band in bands)
        axes.annotate(
            rounding.replace("-", " "),
            (0, means[0]),
            (0.5, means[0] + (0.12 if number else -0.16) * abs(below)),
            color=f"C{number}",
        )
    axes.axhline(0, color="grey", lw=0.8)
    axes.set(
        xlabel="bits left in the mantissa",
        title="Change of test accuracy against float32, in points",
        xticks=list(shown),
    )
    return figure


def plane(found: Results) -> Figure:
    """Test accuracy of all formats of up to 8 exponent, 8 mantissa bits."""
    figure, axes = new(4.8, 3.6)
    rows = found["plane"]["rows"]
    images = found["plane"]["settings"]["images"]["test"]
    grid = np.full((8, 9), np.nan)
    for exponent in range(1, 9):
        for m in range(9):
            errors = [
                row["test"]["errors"]
                for row in rows
                if row["exponent_bits"] == exponent
                and row["mantissa_bits"] == m
                and row["rounding"] == "nearest-even"
            ]
            grid[exponent - 1, m] = 100 * (1 - np.mean(errors) / images)
    axes.imshow(grid, origin="lower", cmap="cividis", vmin=90, aspect="auto")
    top = np.max(grid)
    for exponent in range(1, 9):
        for m in range(9):
            value = grid[exponent - 1, m]
            best = value >= top - 0.1
            axes.text(
                *(m, exponent - 1, f"{value:.1f}"),
                ha="center",
                va="center",
                fontsize=9,
                weight="bold" if best else "normal",
                color="black" if value > 95 else "white",
            )
    axes.set(
        xlabel="mantissa bits M",
        ylabel="exponent bits E",
        xticks=range(9),
        yticks=range(8),
        yticklabels=range(1, 9),
        title="Test accuracy in percent (bold: within 0.1 of the best)",
    )
    return figure


def front(found: Results) -> Figure:
    """Bits a weight against the change of test accuracy, and the front."""
    figure, axes = new(4.8, 3.2)
    points = found["pareto"]["rows"]
    floor = -1.0
    for point in points:
        if not point["front"] and 100 * point["difference"] > floor:
            axes.plot(
                *(point["bits_per_weight"], 100 * point["difference"]),
                marker="o",
                color="C5",
                alpha=0.35,
                ms=3,
            )
    best = [point for point in points if point["front"]]
    axes.plot(
        [point["bits_per_weight"] for point in best],
        [100 * point["difference"] for point in best],
        color="C0",
        marker="s",
        ms=4,
    )
    axes.axhline(0, color="grey", lw=0.8)
    axes.set(
        xlabel="bits a weight, scales included",
        title="Change of test accuracy against float32, in points",
        ylim=(floor, 0.2),
    )
    if best:
        narrow = max(best[:-1], key=lambda point: point["difference"])
        axes.annotate(
            "the front",
            (narrow["bits_per_weight"], 100 * narrow["difference"]),
            xytext=(0.45, 0.3),
            textcoords="axes fraction",
            color="C0",
            arrowprops={"arrowstyle": "-", "color": "C0"},
        )
    return figure


def exponents(found: Results) -> Figure:
    """How many weights of each tensor have which exponent (seed 0)."""
    rows = [
        row
        for row in found["exponents"]["rows"]
        if row["seed"] == 0 and row["tensor"] != "all"
    ]
    figure = Figure(figsize=(4.8, 3.8))
    every = figure.subplots(len(rows), sharex=True)
    for axes, row in zip(every, rows, strict=True):
        counts = np.array(row["counts"]) / row["size"]
        places = range(row["lowest"], row["highest"] + 1)
        axes.bar(places, counts, width=0.9, color="C0")
        axes.text(
            *(-31.5, 0.5 * counts.max(), row["tensor"]),
            va="center",
            fontsize=9,
        )
        axes.set(yticks=[], xlim=(-32, 4))
        axes.spines["left"].set_visible(False)
    every[0].set_title("Share of weights by their exponent (seed 0)")
    every[-1].set_xlabel(
        "exponent e of 2^e; float32 reaches from -126 to 127"
    )
    return figure


def new(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of this size in inches, with one pair of axes."""
    figure = Figure(figsize=(width, height))
    return figure, figure.subplots()


FIGURES: dict[str, Callable[[Results], Figure]] = {
    "bits": bits,
    "mantissa": mantissa,
    "plane": plane,
    "front": front,
    "exponents": exponents,
}

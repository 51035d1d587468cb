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
MANTISSAS = range(8)
FLOOR = -0.6  # what loses more points is below the picture of the front
RESCALED = "rescaled"


def bits(found: Results) -> Figure:
    """One float32, and what is left of it with fewer mantissa bits."""
    figure, axes = new(4.8, 2.3)
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
                fontsize=9,
            )
        number = f"{float(value):.7f}"[:9].rstrip("0")
        axes.text(32.5, -row, number, va="center", fontsize=9)
        axes.text(-3.4, -row, f"{9 + mantissa}", va="center", ha="right")
    for x, text, color in (
        (0, "sign", "C3"),
        (5.2, "exponent", "C1"),
        (20, "mantissa", "C0"),
        (35.5, "value", "black"),
        (-4.6, "bits", "black"),
    ):
        axes.text(x, 0.75, text, ha="center", color=color, fontsize=9)
    axes.set(xlim=(-7, 40), ylim=(-len(KEPT) + 0.5, 1.2))
    axes.axis("off")
    return figure


def mantissa(found: Results) -> Figure:
    """Test accuracy over M with E = 8, by rounding, bands over seeds."""
    figure, axes = new(4.8, 3.4)
    for number, (name, ways) in enumerate(mantissa_changes(found).items()):
        means = [float(np.mean(changes)) for changes in ways]
        bands = [
            mean_interval(some) if len(set(some)) > 1 else (some[0], some[0])
            for some in ways
        ]
        low, high = np.transpose(bands)
        color = f"C{number}"
        axes.fill_between(MANTISSAS, low, high, color=color, alpha=0.2, lw=0)
        axes.plot(
            *(MANTISSAS, means),
            color=color,
            marker="os^"[number],
            ls=("-", "--", ":")[number],
            label=name,
        )
    axes.axhline(0, color="grey", lw=0.8)
    axes.legend(loc="lower right")
    axes.set(
        xlabel="bits left in the mantissa",
        title="Change of test accuracy against float32, in points",
        xticks=list(MANTISSAS),
    )
    return figure


def mantissa_changes(found: Results) -> dict[str, list[list[float]]]:
    """The changes of test accuracy with E = 8: by way, M and seed, points.

    The ways are the two roundings, and truncation with the size given back.
    """
    planar = found["plane"]["rows"]
    images = found["plane"]["settings"]["images"]["test"]
    ways = {
        rounding: [
            [
                100 * (row["test"]["won"] - row["test"]["lost"]) / images
                for row in planar
                if (row["exponent_bits"], row["mantissa_bits"]) == (8, m)
                and row["rounding"] == rounding
            ]
            for m in MANTISSAS
        ]
        for rounding in ROUNDINGS
    }
    tests = [row["test"] for row in found["rescaling"]["rows"]]
    ways[RESCALED] = [
        list(100 * np.subtract(test["won"], test["lost"]) / test["images"])
        for test in tests
    ]
    return ways


def plane(found: Results) -> Figure:
    """Test accuracy of formats of up to 8 exponent and 6 mantissa bits."""
    figure, axes = new(4.8, 3.6)
    rows = found["plane"]["rows"]
    images = found["plane"]["settings"]["images"]["test"]
    wrong: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        if row["rounding"] == ROUNDINGS[0]:
            place = (row["exponent_bits"], row["mantissa_bits"])
            wrong.setdefault(place, []).append(row["test"]["errors"])
    grid = np.array(
        [
            [100 * (1 - np.mean(wrong[e, m]) / images) for m in range(7)]
            for e in range(1, 9)
        ]
    )
    whole = 100 * (1 - np.mean(wrong[8, 23]) / images)
    axes.imshow(grid, origin="lower", cmap="cividis", vmin=90, aspect="auto")
    for (row, m), value in np.ndenumerate(grid):
        axes.text(
            *(m, row, f"{value:.2f}"),
            ha="center",
            va="center",
            fontsize=9,
            weight="bold" if value >= whole - 0.1 else "normal",
            color="black" if value > 95 else "white",
        )
    axes.set(
        xlabel="mantissa bits M",
        ylabel="exponent bits E",
        yticks=range(8),
        yticklabels=range(1, 9),
        title="Test accuracy, % (bold: less than 0.1 below float32)",
    )
    return figure


def front(found: Results) -> Figure:
    """Bits a weight against the change of test accuracy, and the front."""
    figure, axes = new(4.8, 3.2)
    points = found["pareto"]["rows"]
    best = [point for point in points if point["front"]]
    for some, name, look in (
        (points, "all that was tried", {"color": "C5", "alpha": 0.8}),
        (best, "the front", {"color": "C0"}),
    ):
        axes.plot(
            [point["bits_per_weight"] for point in some],
            [100 * point["difference"] for point in some],
            ls="-" if some is best else "",
            marker="s" if some is best else "o",
            ms=5 if some is best else 3,
            label=name,
            **look,
        )
    axes.axhline(0, color="grey", lw=0.8)
    axes.legend(loc="lower right")
    axes.set(
        xlabel="bits a weight, scales included",
        title="Change of test accuracy against float32, in points",
        xlim=(1.5, 12.5),
        ylim=(FLOOR, -FLOOR / 4),
    )
    return figure


def exponents(found: Results) -> Figure:
    """How many weights of each tensor have which exponent (seed 0)."""
    rows = [
        row
        for row in found["exponents"]["rows"]
        if row["seed"] == 0 and row["tensor"] != "all"
    ]
    lowest = min(row["lowest"] for row in rows) - 4
    figure = Figure(figsize=(4.8, 3.8))
    every = figure.subplots(len(rows), sharex=True)
    for axes, row in zip(every, rows, strict=True):
        counts = np.array(row["counts"]) / row["size"]
        edges = np.arange(row["lowest"], row["highest"] + 2) - 0.5
        axes.stairs(counts, edges, fill=True, color="C0")
        axes.text(
            *(lowest + 0.5, 0.5 * counts.max(), row["tensor"]),
            va="center",
            fontsize=9,
        )
        axes.set(yticks=[], xlim=(lowest, 4))
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

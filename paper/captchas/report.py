"""What the page quotes and shows: `python -m paper.captchas report`.

The texts are made from the results file alone; the strings of the figure
are drawn anew, as the experiment draws them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from paper import results
from paper.captchas.drawing import ALPHABET, KINDS, draw
from paper.captchas.miniature import LENGTH, Row, groups, tries
from paper.reporting import DRAWN, MEASURED, write

RESULTS = Path(__file__).parent / "results" / "miniature.json"
DRAWN_WITH = 3  # the seed of the figure's strings
CTC_LINES = {
    "right number of characters": "length_right",
    "no character doubled": "string_not_doubled",
    "a character doubled": "string_doubled",
    "strings of six": "longer_string",
}


def run() -> None:
    """Write every text and figure anew."""
    write(texts(), figures())


def texts() -> dict[Path, str]:
    """The file of docs/measured that is made from the results."""
    rows = results.read(RESULTS)["rows"]
    found = groups(rows)
    first = rows[0]
    said = [
        f"seeds: {len(next(iter(found.values())))}",
        f"images to learn from: {first['images']}",
        f"images to judge by: {first['tested']}",
        f"guessing a character: {1 / len(ALPHABET):.2f}",
    ]
    for name, own in found.items():
        if own[0]["images"] > first["images"]:
            said.append(f"images to learn from, more: {own[0]['images']}")
        strings = [row["string"] for row in own]
        if own[0]["how"] == "heads":
            characters = [row["character"] for row in own]
            powers = [value**LENGTH for value in characters]
            said += [
                f"{name}, one character: {spread(characters)}",
                f"{name}, whole string: {spread(strings)}",
                f"{name}, fourth power: {spread(powers)}",
                f"{name}, one of three tries: "
                + spread([tries(value) for value in strings]),
            ]
        else:
            said.append(f"{name}, whole string: {spread(strings)}")
            said += [
                f"{name}, {what}: " + spread([row[key] for row in own])
                for what, key in CTC_LINES.items()
                if own[0]["kind"] == next(iter(KINDS))
            ]
    for how in ("heads", "ctc"):
        size = next(row["parameters"] for row in rows if row["how"] == how)
        said.append(f"weights, {how}: {size}")
    return {MEASURED / "captchas.txt": "\n".join(said) + "\n"}


def spread(values: list[float]) -> str:
    """The mean over the seeds, and the lowest and the highest of them."""
    return (
        f"{np.mean(values):.2f}, from {min(values):.2f} to {max(values):.2f}"
    )


def figures() -> dict[Path, Callable[[], Figure]]:
    """What draws each figure, by the file that it goes to."""
    return {DRAWN / "captchas-kinds.svg": kinds_figure}


def kinds_figure() -> Figure:
    """A string of each kind, and how often it is read, by both networks."""
    found = groups(results.read(RESULTS)["rows"])
    figure = Figure(figsize=(4.8, 4.4))
    axes = figure.subplots(len(KINDS), 2, width_ratios=(1, 1.7), sharex="col")
    for (left, right), (name, kind) in zip(axes, KINDS.items(), strict=True):
        rng = np.random.default_rng(DRAWN_WITH)
        image = draw(rng, 1, LENGTH, kind)[0][0, ..., 0]
        # Ink on nothing, so that the dark theme can turn it over.
        ink = np.zeros((*image.shape, 4))
        ink[..., 3] = np.clip(image, 0, 1)
        left.imshow(ink, interpolation="none")
        left.set_title(name, loc="left", pad=2)
        left.set(xticks=[], yticks=[])
        left.spines[:].set_visible(False)
        for place, (label, value) in enumerate(bars(found, name)):
            right.barh(
                place,
                value,
                0.8,
                color=f"C{place}",
                hatch=("", "//", "xx")[place],
            )
            right.text(
                value + 0.02, place, f"{label} {value:.2f}", va="center"
            )
        right.set(xlim=(0, 1.45), ylim=(2.6, -0.6), yticks=[])
        right.set_xticks([0, 0.5, 1])
    axes[-1, 1].set_xlabel("how often it is right (1 is best)")
    return figure


def bars(found: dict[str, list[Row]], kind: str) -> list[tuple[str, float]]:
    """The bars of one kind, from top to bottom."""

    def mean(how: str, what: str) -> float:
        return float(np.mean([row[what] for row in found[f"{how}, {kind}"]]))

    return [
        ("character", mean("heads", "character")),
        ("string", mean("heads", "string")),
        ("string, CTC", mean("ctc", "string")),
    ]

"""What the page quotes: `python -m paper.writers report`.

Reads the results files, trains nothing, and writes texts and figures. A test
compares the texts with what is committed, so that a page cannot say a number
that is not in the results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from paper import results
from paper.reporting import DRAWN, MEASURED, write
from paper.writers import published, strokes
from paper.writers.study import SETTINGS
from paper.writers.summary import accuracies, baseline, lines

RESULTS = Path(__file__).parent / "results"
PARTS = {"short": "miniature", "long": "miniature-24", "fonts": "full"}
Row = dict[str, Any]


def run() -> None:
    """Write every text and figure anew."""
    write(texts(), figures())


def texts() -> dict[Path, str]:
    """Every file of docs/measured that is made from the study's results."""
    made = {"writers-paper.txt": published.lines()}
    for part, name in PARTS.items():
        path = RESULTS / f"{name}.json"
        if path.exists():
            near = results.read(RESULTS / f"{name}-nearest.json")
            made[f"writers-{part}.txt"] = of(results.read(path), near)
    return {
        MEASURED / name: "\n".join(text) + "\n" for name, text in made.items()
    }


def of(found: Row, near: Row) -> Iterator[str]:
    """The lines of one run: its networks, and the nearest image."""
    yield f"epochs: {found['settings']['epochs']}"
    yield from lines(found["rows"], found["settings"])
    yield from baseline(found["rows"], near["rows"], found["settings"])


def figures() -> dict[Path, Callable[[], Figure]]:
    """What draws each picture, by the file that it goes to."""
    return {
        DRAWN / "writers-slant.svg": slant,
        DRAWN / "writers-hands.svg": drawn,
    }


def slant() -> Figure:
    """What turning does to hands that differ in slant, or in everything."""
    found = results.read(RESULTS / "miniature-24.json")
    right = accuracies(found["rows"], found["settings"])
    bars = [
        ("all traits", "as collected", "as drawn"),
        ("all traits", "as collected and turned by 5", "+ turned ±5°"),
        ("all traits", "as collected and turned by 20", "+ turned ±20°"),
        ("slant alone", "as collected", "as drawn"),
        ("slant alone", "as collected and turned by 20", "+ turned ±20°"),
        ("slant alone", "only turned by 20", "only ±20°"),
    ]
    figure = Figure(figsize=(4.8, 3.2))
    axes = figure.subplots()
    at = [0.0, 1, 2, 4, 5, 6]
    for y, (what, way, _) in zip(at, bars, strict=True):
        values = right[what, way, 3]
        mean = float(np.mean(values))
        color = "C0" if what == "all traits" else "C1"
        axes.barh(y, mean, 0.7, color=color, alpha=0.35)
        spots = y + np.linspace(-0.22, 0.22, len(values))
        axes.plot(values, spots, ".", color=color, markersize=4)
        axes.text(113, y, f"{mean:.0f} %", va="center", ha="right")
    axes.text(0, -0.75, "Hands that differ in every trait", color="C0")
    axes.text(0, 3.25, "Hands that differ in slant alone", color="C1")
    for top, bottom in ((-0.5, 2.5), (3.5, 7.1)):  # not through the titles
        axes.vlines(100 / 7, top, bottom, color="black", ls=":", lw=1)
    axes.text(15.5, 6.75, "guessing", fontsize=9, va="center")
    axes.set(xlim=(0, 113), xticks=range(0, 101, 20), ylim=(7.1, -1.1))
    axes.set_yticks(at, [name for _, _, name in bars], fontsize=9)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("writers named rightly, % (a dot: one seed)")
    axes.spines.left.set_visible(False)
    return figure


def drawn() -> Figure:
    """Three hands and the six syllables, as the network sees them."""
    size, gap = SETTINGS["miniature"]["size"], 2
    sheet = np.zeros((3 * (size + gap), 6 * (size + gap)))
    for row, hand in enumerate(strokes.hands(7, 1)[:3]):
        rng = np.random.default_rng(0)
        for column, syllable in enumerate(strokes.SYLLABLES):
            image = strokes.write(hand, syllable, 1, size, rng)[0]
            y, x = row * (size + gap), column * (size + gap)
            sheet[y : y + size, x : x + size] = image
    dark = np.zeros((*sheet.shape, 4))
    dark[..., 3] = sheet
    figure = Figure(figsize=(4.8, 2.3))
    axes = figure.subplots()
    axes.imshow(dark, interpolation="none")
    axes.set_xticks([])
    axes.set_yticks(
        [size / 2 + row * (size + gap) for row in range(3)],
        ["hand 1", "hand 2", "hand 3"],
    )
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return figure

"""What the page quotes and shows: `python -m paper.expressions report`.

The texts are made from the results file alone; the faces of the figure are
drawn anew, as the experiment draws them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from paper import results
from paper.bitwidth.statistics import mean_interval
from paper.expressions.faces import EXPRESSIONS, SIDE, draw, person
from paper.reporting import DRAWN, MEASURED, write

RESULTS = Path(__file__).parent / "results" / "drawn-20.json"
SPLITS = {"random": "random split", "unseen": "unseen people"}
LEARNERS = {"nearest": "nearest face", "network": "network"}
SHOWN = ("neutral", "happy", "sad", "surprised", "angry")
CAST = (1, 21, 22)  # seeds of three people who are easily told apart
ENLARGED = 3
Row = dict[str, Any]


def run() -> None:
    """Write every text and figure anew."""
    write(texts(), figures())


def texts() -> dict[Path, str]:
    """The file of docs/measured that is made from the results."""
    rows = results.read(RESULTS)["rows"]
    alike = [row for row in rows if row["what"] == "split"]
    drawn = [row for row in alike if row["unlike"] == 1]
    shares = [row for row in rows if row["what"] == "share"]
    said = [
        f"seeds: {len(drawn)}",
        f"pictures a seed: {drawn[0]['pictures']}",
        f"guessing: {1 / len(EXPRESSIONS):.2f}",
    ]
    for how, split in SPLITS.items():
        for what, learner in LEARNERS.items():
            values = [row[f"{how}_{what}"] for row in drawn]
            said.append(f"{split}, {learner}: {spread(values)}")
    for what, learner in LEARNERS.items():
        lost = [
            row[f"random_{what}"] - row[f"unseen_{what}"] for row in drawn
        ]
        low, high = mean_interval(lost)
        said.append(
            f"lost by the {learner}: {np.mean(lost):.2f}, "
            f"interval from {low:.2f} to {high:.2f}"
        )
    same = [row["random_same"] for row in drawn]
    said.append(
        f"same person nearest, after a random split: {spread(same, 3)}"
    )
    said += [
        f"all people alike, {split}: "
        + spread(
            [row[f"{how}_nearest"] for row in alike if not row["unlike"]]
        )
        for how, split in SPLITS.items()
    ]
    for people in dict.fromkeys(row["people"] for row in shares):
        own = [row for row in shares if row["people"] == people]
        said += [
            f"{own[0]['pictures']} pictures of {people} people, {learner}: "
            + spread([row[what] for row in own])
            for what, learner in LEARNERS.items()
        ]
    return {MEASURED / "expressions.txt": "\n".join(said) + "\n"}


def spread(values: list[float], digits: int = 2) -> str:
    """The mean over the seeds, and the lowest and the highest of them."""
    low, mean, high = (
        f"{value:.{digits}f}"
        for value in (min(values), float(np.mean(values)), max(values))
    )
    return f"{mean}, from {low} to {high}"


def figures() -> dict[Path, Callable[[], Figure]]:
    """What draws each figure, by the file that it goes to."""
    return {DRAWN / "expressions-splits.svg": split_figure}


def split_figure() -> Figure:
    """Three people with five faces each, and what each split scores."""
    rows = [
        row
        for row in results.read(RESULTS)["rows"]
        if row["what"] == "split" and row["unlike"] == 1
    ]
    figure = Figure(figsize=(4.8, 5.0))
    top, bottom = figure.subplots(2, height_ratios=(1.25, 1))
    # Ink on nothing. The page's .photo puts it on white in the dark theme.
    ink = np.zeros((*pictures().shape, 4))
    # In 32 grey levels, for a smaller file.
    ink[..., 3] = np.round(31 * (1 - pictures())) / 31
    top.imshow(ink, interpolation="none")
    side = SIDE * ENLARGED
    top.set(
        xticks=[side * (n + 0.5) for n in range(len(SHOWN))],
        xticklabels=SHOWN,
        yticks=[side * (n + 0.5) for n in range(len(CAST))],
        yticklabels=[f"person {n + 1}" for n in range(len(CAST))],
    )
    top.xaxis.tick_top()
    top.tick_params(length=0)
    for spine in top.spines.values():
        spine.set_visible(False)
    place, guess = 0.0, 1 / len(EXPRESSIONS)
    for color, (how, split) in enumerate(SPLITS.items()):
        bottom.text(0, place - 0.75, split, color=f"C{color}", weight="bold")
        for what, learner in LEARNERS.items():
            mean = np.mean([row[f"{how}_{what}"] for row in rows])
            bottom.barh(
                place,
                mean,
                0.8,
                color=f"C{color}",
                hatch=("", "//")[color],
            )
            bottom.text(
                mean + 0.01, place, f"{learner} {mean:.2f}", va="center"
            )
            place += 1
        bottom.vlines(
            guess, place - 2.5, place - 0.5, color="black", ls="--", lw=1
        )
        place += 1.1
    bottom.text(guess, place - 1.2, "guessing", ha="center", va="center")
    bottom.set(
        xlim=(0, 1),
        ylim=(place - 0.6, -1.4),
        yticks=[],
        xlabel="how often the expression is right (1 is best)",
    )
    return figure


def pictures() -> np.ndarray:
    """The faces of the figure in one picture, a row a person."""
    rng = np.random.default_rng(0)
    cast = [person(np.random.default_rng(seed)) for seed in CAST]
    names = list(EXPRESSIONS)
    grid = [
        [draw(who, names.index(name), rng) for name in SHOWN] for who in cast
    ]
    return np.kron(np.block(grid), np.ones((ENLARGED, ENLARGED)))

"""What the rows of a run say: accuracies, differences, choices."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from paper.writers.network import receptive_field
from paper.writers.strokes import SYLLABLES

Row = dict[str, Any]
ALL = "all traits"
SLANT = "slant alone"


def images(settings: Row, part: str) -> int:
    """How many images a set has."""
    return int(settings["writers"] * len(SYLLABLES) * settings["each"][part])


def group(row: Row) -> tuple[str, str, int]:
    """What was to be told apart, by which images it learned, the kernel."""
    way = "as collected"
    if row["degrees"]:
        start = f"{way} and" if row["originals"] else "only"
        way = f"{start} turned by {row['degrees']}"
    return SLANT if row["traits"] else ALL, way, row["kernel"]


def accuracies(
    rows: list[Row], settings: Row, part: str = "fresh"
) -> dict[tuple[str, str, int], list[float]]:
    """Percent right at the end of the training, a list over the seeds."""
    found: dict[tuple[str, str, int], list[float]] = {}
    for row in rows:
        right = row["right"][part][-1]
        share = 100 * right / images(settings, part)
        found.setdefault(group(row), []).append(share)
    return found


def baseline(
    rows: list[Row], near: list[Row], settings: Row
) -> Iterator[str]:
    """What the nearest image gets right, and what the networks add to it.

    `rows` are of networks and `near` of the nearest image, by the same seeds.
    """
    found = accuracies(rows, settings)
    for what in (ALL, SLANT):
        shares = [
            100 * row["right"]["fresh"] / images(settings, "fresh")
            for row in near
            if bool(row["traits"]) == (what == SLANT)
        ]
        if not shares:
            continue
        yield f"{what}, nearest image, right %: {said(shares)}"
        for (of, way, kernel), values in found.items():
            if (of, way) == (what, "as collected"):
                more = [a - b for a, b in zip(values, shares, strict=True)]
                yield (
                    f"{what}, k = {kernel} minus nearest image, points: "
                    f"{change(more)}"
                )


def choices(rows: list[Row], settings: Row) -> list[Row]:
    """A seed each: what is chosen by the test set and what by validation.

    The choice is among all networks and epochs of the seed that learned all
    traits. Percent right where it was chosen and on images never seen.
    """
    made = []
    for seed in sorted({row["seed"] for row in rows}):
        own = [
            (group(row), row["right"])
            for row in rows
            if row["seed"] == seed and not row["traits"]
        ]
        options = [
            (name, epoch, {part: right[part][epoch] for part in right})
            for name, right in own
            for epoch in range(len(right["test"]))
        ]
        chosen: Row = {"seed": seed, "options": len(options)}
        for part in ("validation", "test"):
            name, epoch, right = max(options, key=lambda o: o[2][part])
            chosen[part] = {
                "kernel": name[2],
                "setting": [name[1], name[2], epoch],
            } | {
                judge: 100 * right[judge] / images(settings, judge)
                for judge in right
            }
        made.append(chosen)
    return made


def interval(values: list[float]) -> tuple[float, float]:
    """Student's 95 % interval for the mean over the seeds."""
    # Imported where needed: SciPy takes a second.
    from paper.bitwidth.statistics import mean_interval  # noqa: PLC0415 (slow)

    return mean_interval(values)


def said(values: list[float]) -> str:
    """A mean share and its 95 % interval over the seeds, in percent."""
    text = f"{np.mean(values):.1f}"
    if len(set(values)) < 2:
        return text
    low, high = np.clip(interval(values), 0, 100)
    return f"{text}, from {low:.1f} to {high:.1f}"


def change(values: list[float]) -> str:
    """A mean difference with its sign, and its interval."""
    text = f"{np.mean(values) + 0.0:+.1f}"
    if len(set(values)) < 2:
        return text
    low, high = interval(values)
    return f"{text}, from {low:+.1f} to {high:+.1f}"


def lines(rows: list[Row], settings: Row) -> Iterator[str]:
    """What a page quotes, `name: value`, percent and points."""
    found = accuracies(rows, settings)
    yield f"seeds: {settings['seeds']}"
    yield f"images a seed, train: {images(settings, 'train')}"
    for part in ("validation", "test", "fresh"):
        yield f"images a seed, {part}: {images(settings, part)}"
    for name, values in found.items():
        what, way, kernel = name
        sees = f", sees {receptive_field(kernel)} px"
        yield f"{what}, {way}, k = {kernel}{sees}, right %: {said(values)}"
    for name, values in found.items():
        what, way, kernel = name
        plain = found[what, "as collected", kernel]
        if values is not plain:
            differences = [a - b for a, b in zip(values, plain, strict=True)]
            yield (
                f"{what}, {way}, k = {kernel}, change in points: "
                f"{change(differences)}"
            )
    kernels = settings["kernels"]
    for fewer, more in pairwise(kernels):
        large, small = (found[ALL, "as collected", k] for k in (more, fewer))
        yield (
            f"{ALL}, as collected, k = {more} minus k = {fewer}, points: "
            f"{change([a - b for a, b in zip(large, small, strict=True)])}"
        )
    made = choices(rows, settings)
    yield f"options to choose from: {made[0]['options']}"
    for part in ("test", "validation"):
        for judge in ("test", "fresh"):
            yield (
                f"chosen on {part}, right % on {judge}: "
                f"{said([one[part][judge] for one in made])}"
            )
    inflated = [one["test"]["test"] - one["test"]["fresh"] for one in made]
    yield f"chosen on test, test minus fresh, points: {change(inflated)}"
    honest = [
        one["validation"]["test"] - one["validation"]["fresh"] for one in made
    ]
    yield f"chosen on validation, test minus fresh, points: {change(honest)}"
    other = sum(
        one["test"]["setting"] != one["validation"]["setting"] for one in made
    )
    yield f"seeds where validation chose another network or epoch: {other}"
    kernels = sum(
        one["test"]["kernel"] != one["validation"]["kernel"] for one in made
    )
    yield f"seeds where validation chose another kernel: {kernels}"

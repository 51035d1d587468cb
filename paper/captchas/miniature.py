"""The experiment on drawn strings: `python -m paper.captchas`.

What the page claims is asserted here, on the means over the seeds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from paper.captchas import drawing, reading
from paper.problem import Refusal
from paper.results import write
from paper.sweep import sweep

LENGTH, LONGER = 4, 6  # characters
IMAGES, MORE, TESTED = 24000, 96000, 2000
TRIES = 3
CLOSE = 0.05  # two shares that the page calls nearly the same
CTC = (
    "length_right",
    "string_doubled",
    "string_not_doubled",
    "longer_string",
)
Row = dict[str, Any]


def run(
    seeds: int, work: Path, results: Path, scheduler: str | None = None
) -> list[Row]:
    """Run what is not in the journal yet, record it, and print the means."""
    rows = sweep(
        reading.run,
        [task for seed in range(seeds) for task in tasks(seed)],
        work / "miniature.jsonl",
        scheduler=scheduler,
        label="captchas",
    )
    settings = {
        "seeds": seeds,
        "alphabet": drawing.ALPHABET,
        "height": drawing.HEIGHT,
        "pitch": drawing.PITCH,
        "overlapping": drawing.OVERLAPPING,
        "lines": drawing.LINES,
        "noise": drawing.NOISE,
        "batch": reading.BATCH,
        "learning_rate": reading.LEARNING_RATE,
    }
    write(results / "miniature.json", rows, settings)
    found = means(rows)
    for name, value in found.items():
        print(f"{name}: {value:.2f}")
    check(found)
    return rows


def tasks(seed: int) -> list[Row]:
    """What is run for one seed."""
    common = {"seed": seed, "length": LENGTH, "tested": TESTED}
    found = [
        {**common, "how": "heads", "kind": kind, "images": IMAGES}
        for kind in drawing.KINDS
    ]
    found += [
        {
            **common,
            "how": "ctc",
            "kind": kind,
            "images": IMAGES,
            "longer": LONGER,
        }
        for kind in drawing.KINDS
    ]
    # The same CAPTCHA, and nothing but more images of it.
    hardest = list(drawing.KINDS)[-1]
    found.append({**common, "how": "heads", "kind": hardest, "images": MORE})
    return found


def means(rows: list[Row]) -> dict[str, float]:
    """What the page speaks of: each the mean over the seeds."""
    found: dict[str, float] = {}
    for name, own in groups(rows).items():
        for what in ("character", "string"):
            found[f"{name}, {what}"] = mean([row[what] for row in own])
        found[f"{name}, power"] = mean(
            [row["character"] ** LENGTH for row in own]
        )
        found[f"{name}, tries"] = mean([tries(row["string"]) for row in own])
        if own[0]["how"] == "ctc":
            for what in CTC:
                found[f"{name}, {what}"] = mean([row[what] for row in own])
    return found


def groups(rows: list[Row]) -> dict[str, list[Row]]:
    """The rows of all seeds that share their settings, by a short name."""
    found: dict[str, list[Row]] = {}
    fewest = min(row["images"] for row in rows)
    for row in rows:
        more = " with more images" if row["images"] > fewest else ""
        name = f"{row['how']}{more}, {row['kind']}"
        found.setdefault(name, []).append(row)
    return found


def tries(string: float) -> float:
    """How likely at least one of `TRIES` other images is read completely."""
    return 1 - (1 - string) ** TRIES


def mean(values: list[float]) -> float:
    """As a plain number."""
    return float(np.mean(values))


def check(found: dict[str, float]) -> None:
    """What the page claims; raises `Refusal` for what does not hold."""
    kinds = list(drawing.KINDS)
    plain, *single, hardest = (
        found[f"heads, {kind}, string"] for kind in kinds
    )
    more = found[f"heads with more images, {kinds[-1]}, string"]
    claims = {
        "a string is right as often as the fourth power says": all(
            abs(
                found[f"heads, {kind}, string"]
                - found[f"heads, {kind}, power"]
            )
            < CLOSE
            for kind in kinds
        ),
        "each obstacle costs strings": max(single) < plain - 0.1,
        "all of them cost most": hardest < min(single) / 2,
        "more images bring strings back": more > 2 * hardest,
        "heads read more than CTC under any obstacle": all(
            found[f"heads, {kind}, string"] > found[f"ctc, {kind}, string"]
            for kind in kinds[1:]
        ),
        "CTC mostly errs in the number of characters": 1
        - found["ctc, plain, length_right"]
        > (1 - found["ctc, plain, string"]) / 2,
        "CTC takes doubled characters like others": abs(
            found["ctc, plain, string_doubled"]
            - found["ctc, plain, string_not_doubled"]
        )
        < CLOSE,
        "CTC has not begun to read what overlaps": found[
            "ctc, overlap, string"
        ]
        < CLOSE,
        "CTC reads strings longer than it met": found[
            "ctc, plain, longer_string"
        ]
        > 0.2,
    }
    for claim, holds in claims.items():
        if not holds:
            raise Refusal(f"This does not hold on these seeds: {claim}.")

"""From verdicts of single networks to one row a configuration.

A row then has, for each part of the data, lists of "errors", "lost" and "won"
with an entry a seed (see `Judge.verdict`), or one for each of a seed's
"repeats" where chance had a part in storing; and on the test images:

- "difference": the change of accuracy against float32, the mean over seeds;
- "interval": Student's 95 % interval for that mean over trainings, `None` for
  one seed;
- "p": McNemar's p of each seed, which asks about other images;
- "p_holm": the same, corrected for all p values of the file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from paper.bitwidth import statistics

Row = dict[str, Any]
PARTS = ("validation", "test")
COUNTS = ("errors", "lost", "won")
OWN = ("seed", "repeat", *PARTS)  # what differs between the networks


def gather(rows: Sequence[Row]) -> list[Row]:
    """One row for all seeds of a configuration, in the order they come."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        settings = {name: row[name] for name in row if name not in OWN}
        groups.setdefault(json.dumps(settings), []).append(row)
    gathered = [
        json.loads(settings) | together(some)
        for settings, some in groups.items()
    ]
    correct(gathered)
    return gathered


def together(rows: Sequence[Row]) -> Row:
    """What the seeds of one configuration say together."""
    found: Row = {"seeds": [row["seed"] for row in rows]}
    if "repeat" in rows[0]:
        found["repeats"] = [row["repeat"] for row in rows]
    for part in PARTS:
        counts = [row[part] for row in rows]
        found[part] = {"images": counts[0]["images"]} | {
            name: [one[name] for one in counts] for name in COUNTS
        }
    return found | compared(found["seeds"], found["test"])


def compared(seeds: Sequence[int], test: Row) -> Row:
    """The difference from float32 on the test images.

    A seed's repeats are averaged: they are no trainings of their own.
    """
    pairs = list(zip(test["lost"], test["won"], strict=True))
    by_seed: dict[int, list[float]] = {}
    for seed, (lost, won) in zip(seeds, pairs, strict=True):
        by_seed.setdefault(seed, []).append((won - lost) / test["images"])
    changes = [float(np.mean(some)) for some in by_seed.values()]
    several = len(changes) > 1
    return {
        "difference": float(np.mean(changes)),
        "interval": statistics.mean_interval(changes) if several else None,
        "p": [statistics.mcnemar(lost, won) for lost, won in pairs],
        "p_holm": None,
    }


def correct(rows: Sequence[Row]) -> None:
    """Set "p_holm" of these rows, taken as one family."""
    corrected = iter(statistics.holm([p for row in rows for p in row["p"]]))
    for row in rows:
        row["p_holm"] = [next(corrected) for _ in row["p"]]


def summary(row: Row) -> str:
    """A gathered row's test images for a terminal."""
    test = row["test"]
    text = (
        f"{row['bits_per_weight']:7.3f} bits{np.mean(test['errors']):8.1f} "
        f"errors, accuracy {100 * row['difference']:+.3f}"
    )
    if row["interval"] is not None:
        low, high = (100 * end for end in row["interval"])
        text += f" ({low:+.3f} to {high:+.3f})"
    differ = sum(p <= 0.05 for p in row["p_holm"])
    return text + (f", {differ} of {len(row['p'])} differ" if differ else "")

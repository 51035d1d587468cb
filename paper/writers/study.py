"""The sweep: kernels and augmentations, and three sets to judge by.

The last set, `fresh`, is what few real studies have: more images by the same
hands, never chosen by.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from paper.writers import fonts, strokes
from paper.writers.augment import moved
from paper.writers.network import Labelled, learn

Row = dict[str, Any]
WRITERS = 7  # as in the paper
MIDDLE = 3  # the kernel of what is not about kernels
# What the two runs are: images of each syllable by each hand in each set, and
# how a network is trained. Shifts are at most a seventh of the width, as the
# paper's 42 of 303 pixels.
SETTINGS: dict[str, Row] = {
    "miniature": {
        "each": {"train": 7, "validation": 3, "test": 8, "fresh": 16},
        "size": 16,
        "shift": 2.3,
        "kernels": [1, 3, 5],
        "maps": [6, 12, 12],
        "epochs": 6,
        "judge_every": 2,
        "batch": 48,
        "learning_rate": 5e-3,
    },
    "full": {
        "each": {"train": 12, "validation": 4, "test": 8, "fresh": 16},
        "size": [fonts.HIGH, fonts.WIDE],
        "shift": 5.5,
        "kernels": [1, 3, 5, 7],
        "maps": [8, 16, 16],
        "epochs": 8,
        "judge_every": 2,
        "batch": 48,
        "learning_rate": 3e-3,
    },
}
PLAIN: Row = {"degrees": 0, "shift": 0, "originals": True, "traits": []}


@lru_cache
def images(
    world: str, seed: int, traits: tuple[str, ...], paths: tuple[str, ...]
) -> dict[str, Labelled]:
    """The sets of one world of seven hands, drawn or of fonts."""
    settings = SETTINGS[world]
    sets = {}
    for part, (name, each) in enumerate(settings["each"].items(), 10):
        if world == "full":
            drawn = fonts.images([Path(p) for p in paths], seed, each, part)
        else:
            rng = np.random.default_rng([seed, part])
            drawn = np.concatenate(
                [
                    strokes.write(hand, syllable, each, settings["size"], rng)
                    for hand in strokes.hands(WRITERS, seed, traits)
                    for syllable in strokes.SYLLABLES
                ]
            )
        of_each = len(strokes.SYLLABLES) * each
        sets[name] = drawn, np.repeat(np.arange(WRITERS), of_each)
    return sets


def run(  # noqa: PLR0913 (a task is its settings)
    *,
    world: str,
    seed: int,
    kernel: int,
    degrees: float,
    shift: float,
    originals: bool,
    traits: list[str],
    epochs: int,
    paths: list[str],
    sha256: str,
) -> Row:
    """Train one network; `right`: how many of each set, as it learns.

    Every run sees as many images an epoch: each one twice as it is, or once
    as it is and once moved (the paper's way), or, without `originals`, twice
    moved. `sha256`, of the fonts, tells two runs apart.
    """
    settings = SETTINGS[world]
    sets = dict(images(world, seed, tuple(traits), tuple(paths)))
    x, y = sets.pop("train")
    rng = np.random.default_rng([seed, 3])
    copy = moved(x, degrees, shift, rng) if degrees or shift else x
    first = x if originals else moved(x, degrees, shift, rng)
    right = learn(
        (np.concatenate([first, copy]), np.concatenate([y, y])),
        sets,
        kernel=kernel,
        maps=tuple(settings["maps"]),
        epochs=epochs,
        judge_every=settings["judge_every"],
        batch=settings["batch"],
        learning_rate=settings["learning_rate"],
        seed=seed,
    )
    return {"right": right}


def nearest(
    *, world: str, seed: int, traits: list[str], paths: list[str], sha256: str
) -> Row:
    """A baseline that learns nothing: `right`, how many of each set.

    It names the writer of the training image that differs least, by the
    difference of grey levels. `sha256` as in `run`.
    """
    sets = dict(images(world, seed, tuple(traits), tuple(paths)))
    x, y = sets.pop("train")
    known = x.reshape(len(x), -1)
    right = {}
    for name, (asked, truth) in sets.items():
        # Squared distances, less what is the same for all known images.
        apart = (known**2).sum(1) - 2 * asked.reshape(
            len(asked), -1
        ) @ known.T
        right[name] = int((y[apart.argmin(1)] == truth).sum())
    return {"right": right}


def without_network(tasks: list[Row]) -> list[Row]:
    """The tasks of `nearest` that belong to tasks of `run`, each once."""
    wanted = ("world", "seed", "traits", "paths", "sha256")
    made: list[Row] = []
    for task in tasks:
        one = {name: task[name] for name in wanted}
        if one not in made:
            made.append(one)
    return made


def tasks(
    world: str,
    seeds: int,
    epochs: int | None = None,
    paths: list[Path] | None = None,
) -> list[Row]:
    """The kernels as collected, then what turning does, then slant alone."""
    settings = SETTINGS[world]
    turned = {"degrees": 20, "shift": settings["shift"]}
    kinds = [{"kernel": kernel} | PLAIN for kernel in settings["kernels"]]
    if world == "full":
        kinds += [kind | turned for kind in kinds]
        kinds += [{"kernel": MIDDLE} | PLAIN | turned | {"degrees": 5}]
    else:
        slant = {"kernel": MIDDLE} | PLAIN | {"traits": ["slant"]}
        kinds += [
            {"kernel": MIDDLE} | PLAIN | turned | {"degrees": 5},
            {"kernel": MIDDLE} | PLAIN | turned,
            slant,
            slant | turned,
            slant | turned | {"originals": False},
        ]
    common = {
        "epochs": epochs or settings["epochs"],
        "paths": [path.as_posix() for path in paths or []],
        "sha256": fonts.checksum(paths) if paths else "",
    }
    return [
        {"world": world, "seed": seed} | kind | common
        for seed in range(seeds)
        for kind in kinds
    ]

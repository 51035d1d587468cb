"""Run a program with other seeds, or less: `reseed.py PROGRAM SET CORES`.

Started by `chain.robust` in a fresh interpreter. Set 0 is the program's own
seeds, and 0 cores are all; where the system cannot limit them, they are too.
"""

import importlib
import numbers
import os
import runpy
import sys
from collections.abc import Callable
from typing import Any

# Where snippets name a seed, as the first argument.
SEEDED = [
    ("numpy.random", "default_rng"),
    ("numpy.random", "seed"),
    ("random", "seed"),
    ("keras.utils", "set_random_seed"),
    ("keras.random", "SeedGenerator"),
    ("jax.random", "key"),
    ("jax.random", "PRNGKey"),
]
STEP = 1000  # so that no two sets share a seed


def shifted(function: Callable[..., Any], by: int) -> Callable[..., Any]:
    """The function, its seed moved by so much."""

    def moved(seed: Any = None, *args: Any, **keywords: Any) -> Any:
        if isinstance(seed, (list, tuple)):
            seed = [*seed, by]
        elif isinstance(seed, numbers.Integral):
            seed = int(seed) + by
        # Nothing, or a generator that somebody seeded: as it was.
        return function(seed, *args, **keywords)

    return moved


def main(program: str, number: str, cores: str) -> None:
    """Run `program` with the seeds of set `number` on so many cores."""
    if int(cores) and sys.platform == "linux":
        available = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, available[: int(cores)])
    with open(program, encoding="utf-8") as file:
        text = file.read()
    # Keras is imported here, before the program says which backend.
    os.environ["KERAS_BACKEND"] = "jax"
    for module, name in SEEDED if int(number) else []:
        package = module.split(".")[0]
        if package in text:
            owner = importlib.import_module(module)
            by = STEP * int(number)
            setattr(owner, name, shifted(getattr(owner, name), by))
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Run a program with other seeds than it names: `reseed.py PROGRAM SET`.

Started by `chain.robust` in a fresh interpreter. Set 0 changes nothing.
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


def main(program: str, number: str) -> None:
    """Run `program` with the seeds of set `number`."""
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

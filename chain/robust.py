"""Run snippets as other machines and other seeds would: `make robust NAME=x`.

A snippet asserts what its page claims. Here it does so with ten other sets
of seeds, on one thread and on two, with older instruction sets, and with
JAX's compilation cache filled. What it prints for its own seeds must be what
is recorded; every assertion must hold for all. Takes minutes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from chain.numbers import difference
from chain.record import clean_environment
from chain.snippet import Snippet, choose, versions

HERE = Path(__file__).parent
NUM_SEED_SETS = 10
say = Console().print


@dataclass
class Variation:
    """One way to run a snippet otherwise than its record did."""

    name: str
    variables: dict[str, str] = field(default_factory=dict)
    seeds: int = 0
    "Which other set of seeds; 0 is the snippet's own."
    cores: int = 0
    "How many cores it may use; 0 is all."


def variations(compiles: bool, cache: str) -> list[Variation]:
    """What is tried; `cache` is a folder for what JAX, if used, compiles."""
    found = [
        Variation(f"seeds {n}", seeds=n) for n in range(1, 1 + NUM_SEED_SETS)
    ]
    found += [
        Variation(f"{n} thread{'s' * (n > 1)}", threads(n), cores=n)
        for n in (1, 2)
    ]
    if not compiles:
        return found
    for isa in ("AVX2", "SSE4_2"):
        flag = f"--xla_cpu_max_isa={isa}"
        found.append(Variation(isa, {"XLA_FLAGS": flag}))
    kept = {
        "JAX_COMPILATION_CACHE_DIR": cache,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    return found + [Variation(f"cache {n}", kept) for n in ("empty", "full")]


def threads(count: int) -> dict[str, str]:
    """The variables that tell every library how many threads to use."""
    names = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
    return {f"{name}_NUM_THREADS": str(count) for name in names}


def main(arguments: list[str] | None = None) -> int:
    """Try the named snippets, or all; 0 if every run of them held."""
    chosen = choose("chain.robust", arguments)
    if chosen is None:
        return 2
    named, known = chosen
    return max([attempt(snippet) for snippet in named or known], default=0)


def attempt(snippet: Snippet) -> int:
    """Run one snippet in every variation; 1 if it failed in any."""
    failed = 0
    recorded = snippet.output.read_text("utf-8")
    compiles = "jax" in versions(snippet.path.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as cache:
        for variation in variations(compiles, cache):
            start = time.perf_counter()
            run = once(snippet, variation)
            seconds = time.perf_counter() - start
            differing = difference(recorded, run.stdout)
            if run.returncode:
                failed = 1
                lines = run.stderr.strip().splitlines()[-4:]
                said = "FAILED\n" + "\n".join(lines)
            elif variation.seeds or not differing:
                same = "" if differing else ", prints the same"
                said = f"held{same}"
            else:
                failed = 1
                said = f"PRINTS OTHERWISE\n{run.stdout.strip()}"
            name = f"{snippet.name}, {variation.name}"
            say(f"{name}: {said} ({seconds:.1f} s)", markup=False)
    return failed


def once(
    snippet: Snippet, variation: Variation
) -> subprocess.CompletedProcess[str]:
    """One run of a snippet; what it says and how it ended."""
    program = (HERE / "reseed.py", snippet.path.resolve())
    numbers = (variation.seeds, variation.cores)
    command = [sys.executable, "-P", *map(str, program + numbers)]
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            command,
            check=False,
            cwd=folder,
            env=clean_environment() | variation.variables,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )


if __name__ == "__main__":
    sys.exit(main())

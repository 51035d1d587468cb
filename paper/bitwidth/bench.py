"""How fast `quantize` is, beside its peers, on as many values as the paper's.

`python -m paper.bitwidth bench` rounds 1,379,333 values (normal, as weights
are) to nearest and prints million values a second, the median and the best of
many rounds. In each round everybody takes a turn of four calls, of which the
last is timed: before it the caches are full of what others used. Where median
and best differ much, the machine was busy. np.copyto, which reads and writes
the same memory and does nothing else, is the limit. The peers write a new
array where they have no other way.

Why Numba is used where it is installed
    NumPy makes one pass over a block for each of its nine operations. On two
    cores of an Intel Xeon this reaches 23 % of np.copyto's rate (850 of 3,650
    million values a second) and 4 to 8 % for M = 0 and 23; on a Zen 5, whose
    np.copyto makes 14,550, trials with NumPy saw 11 %. Numba makes one pass
    of the same steps: 71 to 89 % for the slowest of the 192 formats. JAX,
    here anyway, compiles one pass too: alone on one core 76 % for a new array
    and 36 % into `out`, for that is a copy more; on two busy cores 36 and
    12 %, for its memory comes anew with each call and its thread has to wake.
    So of what was tried only Numba keeps 35 % for every format.
    The price is 208 MB on the disk (llvmlite 173, Numba 35), and two seconds
    in the first process that rounds (later ones find the code compiled). The
    study does not need it: NumPy takes 2 to 10 ms of the half second that
    judging a configuration takes. So Numba is an option, with the same bits
    (`verify` compares both ways), and NumPy alone is enough.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

import gfloat
import jax
import ml_dtypes
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from paper import results
from paper.bitwidth.formats import FloatFormat, fill, plan_of, quantize
from paper.bitwidth.verify import ENGINES, gfloat_format

PARAMETERS = 1_379_333
ROUNDS = 21
PLANE_ROUNDS = 9
WARM = 3
E4M3 = FloatFormat(4, 3)
Work = Callable[[], Any]


class Times(NamedTuple):
    """Seconds of the rounds."""

    median: float
    best: float


def options(parser: argparse.ArgumentParser) -> None:
    """Whether to record the figures."""
    parser.add_argument(
        "--save", action="store_true", help="record in results/bench.json"
    )


def run(args: argparse.Namespace) -> None:
    """Measure, print the table, and record it if asked to."""
    x = np.random.default_rng(0).normal(0, 0.05, PARAMETERS)
    weights = x.astype(np.float32)
    rows = [*peers(weights), *plane(weights)]
    for row in rows:
        print(
            f"{row['name']:48} {row['melem_per_s']:8,.1f} Melem/s "
            f"{row['of_copyto']:7.1%} of np.copyto; best "
            f"{row['best_melem_per_s']:8,.1f} {row['best_of_copyto']:7.1%}"
        )
    speed = {row["name"]: row["melem_per_s"] for row in rows}
    ours = speed["quantize E4M3, " + ENGINES[-1]]
    once, twice, other = (
        ours / speed[name]
        for name in (
            "ml_dtypes float8_e4m3, cast",
            "ml_dtypes float8_e4m3, and back",
            "gfloat E4M3",
        )
    )
    print(
        f"E4M3 is {twice:.0f} times ml_dtypes' casts to it and back, which "
        f"give the same values ({once:.0f} times the first cast alone), and "
        f"{other:.0f} times gfloat."
    )
    if args.save:
        settings = {
            "values": PARAMETERS,
            "rounds": ROUNDS,
            "plane_rounds": PLANE_ROUNDS,
            "engines": list(ENGINES),
        }
        results.write(args.results / "bench.json", rows, settings)


def peers(x: NDArray[np.float32]) -> list[dict[str, Any]]:
    """One row for np.copyto, each peer, and our ways for three formats."""
    y = np.empty_like(x)
    works: dict[str, Work] = {"np.copyto": lambda: np.copyto(y, x)}
    for fmt in (E4M3, FloatFormat(8, 3), FloatFormat(2, 1, "finite")):
        for engine in ENGINES:
            works[f"quantize {fmt}, {engine}"] = rounding(x, y, fmt, engine)
    works["quantize E4M3, new array"] = lambda: quantize(x, E4M3)
    reduce = jax.jit(lambda values: jax.lax.reduce_precision(values, 4, 3))
    fused = jax_kernel(E4M3)
    for name in ("float8_e4m3", "float8_e4m3fn", "float6_e2m3fn", "bfloat16"):
        dtype = getattr(ml_dtypes, name)
        works[f"ml_dtypes {name}, cast"] = cast(x, dtype)
        works[f"ml_dtypes {name}, and back"] = cast(x, dtype, back=True)
    info = gfloat_format(E4M3)
    works |= {
        "NumPy float16, cast": cast(x, np.float16),
        "JAX reduce_precision(4, 3) (flushes subnormals)": lambda: np.asarray(
            reduce(x)
        ),
        "JAX jit E4M3, the same steps": lambda: np.asarray(
            fused(x.view(np.uint32))
        ),
        "JAX jit E4M3, the same steps, to out": lambda: np.copyto(
            y.view(np.uint32), np.asarray(fused(x.view(np.uint32)))
        ),
        "gfloat E4M3": lambda: gfloat.round_ndarray(info, x),
    }
    seconds = measure(works, ROUNDS, "peers")
    limit = seconds["np.copyto"]
    return [row(name, found, limit) for name, found in seconds.items()]


def plane(x: NDArray[np.float32]) -> list[dict[str, Any]]:
    """For each of our ways, the slowest of all 192 formats."""
    y = np.empty_like(x)
    rows = []
    for engine in ENGINES:
        works: dict[str, Work] = {"np.copyto": lambda: np.copyto(y, x)}
        for exponent_bits in range(1, 9):
            for mantissa_bits in range(24):
                fmt = FloatFormat(exponent_bits, mantissa_bits)
                works[str(fmt)] = rounding(x, y, fmt, engine)
        seconds = measure(works, PLANE_ROUNDS, f"plane, {engine}")
        limit = seconds.pop("np.copyto")
        slowest = max(seconds, key=lambda name: seconds[name].best)
        name = f"slowest of {len(seconds)} formats ({slowest}), {engine}"
        rows.append(row(name, seconds[slowest], limit))
    return rows


def row(name: str, seconds: Times, limit: Times) -> dict[str, Any]:
    """A line of the table: speeds, and the part of np.copyto's."""
    return {
        "name": name,
        "melem_per_s": PARAMETERS / seconds.median / 1e6,
        "of_copyto": limit.median / seconds.median,
        "best_melem_per_s": PARAMETERS / seconds.best / 1e6,
        "best_of_copyto": limit.best / seconds.best,
    }


def measure(
    works: dict[str, Work], rounds: int, label: str
) -> dict[str, Times]:
    """The seconds of each work, all taking turns."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    with np.errstate(all="ignore"):
        for _ in track(range(rounds), description=label):
            for name, work in works.items():
                for _ in range(WARM):
                    work()
                begin = time.perf_counter()
                work()
                seconds[name].append(time.perf_counter() - begin)
    return {
        name: Times(median(found), min(found))
        for name, found in seconds.items()
    }


def rounding(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    fmt: FloatFormat,
    engine: str,
) -> Work:
    """Our rounding of x into y, by NumPy or by Numba."""
    plan = plan_of(fmt, "nearest-even", fmt.flavour == "finite")
    bits, out = x.view(np.uint32), y.view(np.uint32)
    return lambda: fill(bits, out, plan, None, engine)


def cast(x: NDArray[np.float32], dtype: Any, back: bool = False) -> Work:
    """A cast of x, and back to float32 if asked for."""
    if back:
        return lambda: x.astype(dtype).astype(np.float32)
    return lambda: x.astype(dtype)


def jax_kernel(fmt: FloatFormat) -> Any:
    """The steps of `nearest_even` compiled by XLA, for one format."""
    plan = plan_of(fmt, "nearest-even", False)
    shift = np.uint32(plan.drop << 23)
    word = np.uint32

    def kernel(bits: jax.Array) -> jax.Array:
        view = jax.lax.bitcast_convert_type
        a = bits & word(0x7FFFFFFF)
        exponent = jax.lax.max(a & word(0x7F800000), plan.lowest)
        power = view(exponent + shift, np.float32)
        r = view((view(a, np.float32) + power) - power, np.uint32)
        r = jax.numpy.where(a > plan.last, plan.over, r)
        r = jax.numpy.where(a > word(0x7F800000), a | word(0x00400000), r)
        return r | (bits & word(0x80000000))

    return jax.jit(kernel)

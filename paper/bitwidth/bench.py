"""How fast `quantize` is, beside its peers, on as many values as the paper's.

`python -m paper.bitwidth bench` rounds 1,379,333 values (normal, as weights
are) to nearest and prints million values a second, the median and the best of
many rounds. In each round everybody takes a turn of four calls, of which the
last is timed: before it the caches are full of what others used. Where median
and best differ much, the machine was busy. np.copyto, which reads and writes
the same memory and does nothing else, is the limit. The peers write a new
array where they have no other way.

Why Numba is among the requirements
    Rounding shall cost a study nothing: at least 35 % of np.copyto's rate for
    every format, and 20 times ml_dtypes' cast to eight bits. NumPy makes one
    pass over a block for each of its nine operations, which on two cores of
    an Intel Xeon reaches a quarter of np.copyto's rate (4 to 8 % where M is 0
    or 23 and the steps are others; on a Zen 5, whose np.copyto makes 14,550
    million values a second, trials saw 11 %). JAX, here anyway, compiles one
    pass, but its memory comes anew with each call, its thread has to wake,
    and writing to `out` is a copy more: 27 to 48 %. Numba makes one pass of
    the same steps, with no copy: 80 % and more for every format, and 21 to 22
    times ml_dtypes, in four runs.
    The price is a download of 61 MiB, 208 MB on a disk where the whole of the
    requirements takes 1.4 GB, and half a second in the first process that
    rounds (later ones find the code compiled).
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
from paper.bitwidth.formats import FloatFormat, plan_of, quantize
from paper.bitwidth.kernels import (
    INFINITY,
    MAGNITUDE,
    QUIET,
    SIGN,
    Bits,
    fill,
)
from paper.bitwidth.verify import gfloat_format

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
    once, twice, other = (
        speed["quantize E4M3"] / speed[name]
        for name in (
            "ml_dtypes float8_e4m3, cast",
            "ml_dtypes float8_e4m3, and back",
            "gfloat E4M3",
        )
    )
    print(
        f"E4M3 is {once:.1f} times ml_dtypes' cast to it, {twice:.0f} times "
        f"the casts to it and back, and {other:.0f} times gfloat."
    )
    if args.save:
        settings = {
            "values": PARAMETERS,
            "rounds": ROUNDS,
            "plane_rounds": PLANE_ROUNDS,
        }
        results.write(args.results / "bench.json", rows, settings)


def peers(x: NDArray[np.float32]) -> list[dict[str, Any]]:
    """One row for np.copyto, each peer, and our ways for three formats."""
    y = np.empty_like(x)
    works: dict[str, Work] = {"np.copyto": lambda: np.copyto(y, x)}
    for fmt in (E4M3, FloatFormat(8, 3), FloatFormat(2, 1, "finite")):
        works[f"quantize {fmt}"] = rounding(x, y, fmt)
    works["quantize E4M3, new array"] = lambda: quantize(x, E4M3)
    reduce = jax.jit(lambda values: jax.lax.reduce_precision(values, 4, 3))
    fused = jax_kernel(E4M3)
    for name in ("float8_e4m3", "float8_e4m3fn", "float6_e2m3fn", "bfloat16"):
        dtype = getattr(ml_dtypes, name)
        works[f"ml_dtypes {name}, cast"] = cast(x, dtype)
        works[f"ml_dtypes {name}, and back"] = cast(x, dtype, back=True)
    info = gfloat_format(E4M3)
    bits = x.view(np.uint32), y.view(np.uint32)
    works |= {
        "NumPy E4M3, the same steps": lambda: numpy_steps(*bits, E4M3),
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
    """The slowest of all 192 formats."""
    y = np.empty_like(x)
    works: dict[str, Work] = {"np.copyto": lambda: np.copyto(y, x)}
    for exponent_bits in range(1, 9):
        for mantissa_bits in range(24):
            fmt = FloatFormat(exponent_bits, mantissa_bits)
            works[str(fmt)] = rounding(x, y, fmt)
    seconds = measure(works, PLANE_ROUNDS, "plane")
    limit = seconds.pop("np.copyto")
    slowest = max(seconds, key=lambda name: seconds[name].best)
    name = f"slowest of {len(seconds)} formats ({slowest})"
    return [row(name, seconds[slowest], limit)]


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
    x: NDArray[np.float32], y: NDArray[np.float32], fmt: FloatFormat
) -> Work:
    """Our rounding of x into y."""
    plan = plan_of(fmt, "nearest-even", fmt.flavour == "finite")
    bits, out = x.view(np.uint32), y.view(np.uint32)
    return lambda: fill(bits, out, plan, None)


def numpy_steps(bits: Bits, out: Bits, fmt: FloatFormat) -> None:
    """The steps of `to_nearest` by NumPy, where nothing overflows."""
    numbers = plan_of(fmt, "nearest-even", False).numbers
    block = 1 << 16  # four such arrays fit the L2 cache
    scratch = np.empty((2, block), np.uint32)
    for start in range(0, bits.size, block):
        x, y = bits[start : start + block], out[start : start + block]
        a, b = scratch[:, : x.size]
        np.bitwise_and(x, MAGNITUDE, out=a)
        if a.max() > numbers.last:
            raise ValueError("a value overflows, which is not done here")
        np.bitwise_and(a, INFINITY, out=b)
        np.maximum(b, numbers.lowest, out=b)
        np.add(b, numbers.drop << np.uint32(23), out=b)
        number, power = a.view(np.float32), b.view(np.float32)
        np.add(number, power, out=number)
        np.subtract(number, power, out=number)
        np.bitwise_and(x, SIGN, out=b)
        np.bitwise_or(a, b, out=y)


def cast(x: NDArray[np.float32], dtype: Any, back: bool = False) -> Work:
    """A cast of x, and back to float32 if asked for."""
    if back:
        return lambda: x.astype(dtype).astype(np.float32)
    return lambda: x.astype(dtype)


def jax_kernel(fmt: FloatFormat) -> Any:
    """The steps of `to_nearest` compiled by XLA, for one format."""
    numbers = plan_of(fmt, "nearest-even", False).numbers
    shift = numbers.drop << np.uint32(23)

    def kernel(bits: jax.Array) -> jax.Array:
        view = jax.lax.bitcast_convert_type
        a = bits & MAGNITUDE
        exponent = jax.lax.max(a & INFINITY, numbers.lowest)
        power = view(exponent + shift, np.float32)
        r = view((view(a, np.float32) + power) - power, np.uint32)
        r = jax.numpy.where(a > numbers.last, numbers.over, r)
        r = jax.numpy.where(a > INFINITY, a | QUIET, r)
        return r | (bits & SIGN)

    return jax.jit(kernel)

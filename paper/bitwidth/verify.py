"""The formats against others: ml_dtypes and NumPy bit by bit, and gfloat.

`python -m paper.bitwidth verify` rounds all 2^32 float32 values to nearest in
each of nine formats that ml_dtypes or NumPy have, and compares the bits of
the results; then it compares with gfloat all formats of the plane (E 1-8,
M 0-23, three flavours), to nearest and toward zero, saturating and not, on
random values and on every kind of edge: numbers of the format, the middles
between two, the float32 values next to all of these, and the ends of float32.

A NaN is compared as the docstring of formats.py says it: the result must be a
NaN of the same sign on both sides, and in FP6 and FP4 ml_dtypes must make it
a zero of the opposite sign. Anything else is a difference. The outcome goes
to results/verify.json, and one difference makes the command fail.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import gfloat
import ml_dtypes
import numpy as np
from gfloat.types import Domain, FormatInfo, RoundMode
from numpy.typing import NDArray
from rich.progress import Progress

from paper import results
from paper.bitwidth.formats import FLAVOURS, FloatFormat, plan_of
from paper.bitwidth.kernels import SIGN, Bits, fill
from paper.problem import Refusal

PEERS: dict[str, tuple[Any, FloatFormat]] = {
    "float16": (np.float16, FloatFormat(5, 10)),
    "bfloat16": (ml_dtypes.bfloat16, FloatFormat(8, 7)),
    "float8_e4m3": (ml_dtypes.float8_e4m3, FloatFormat(4, 3)),
    "float8_e4m3fn": (ml_dtypes.float8_e4m3fn, FloatFormat(4, 3, "fn")),
    "float8_e5m2": (ml_dtypes.float8_e5m2, FloatFormat(5, 2)),
    "float8_e3m4": (ml_dtypes.float8_e3m4, FloatFormat(3, 4)),
    "float6_e2m3fn": (ml_dtypes.float6_e2m3fn, FloatFormat(2, 3, "finite")),
    "float6_e3m2fn": (ml_dtypes.float6_e3m2fn, FloatFormat(3, 2, "finite")),
    "float4_e2m1fn": (ml_dtypes.float4_e2m1fn, FloatFormat(2, 1, "finite")),
}
MODES = {
    "nearest-even": RoundMode.TiesToEven,
    "toward-zero": RoundMode.TowardZero,
}
PART = 1 << 24  # values in a task
CHUNK = 1 << 15  # values at a time: temporaries that need no new memory


class Compared(NamedTuple):
    """What came out of a comparison, in values."""

    values: int
    differences: int
    nans: int


def options(parser: argparse.ArgumentParser) -> None:
    """How many processes share the work."""
    parser.add_argument("--jobs", type=int, default=results.cores())


def run(args: argparse.Namespace) -> None:
    """Compare everything, print and record it; `Refusal` if any differs."""
    rows = []
    with Progress() as progress:
        for name in PEERS:
            starts = range(0, 1 << 32, PART)
            tasks = [(name, start) for start in starts]
            rows.append(
                counted(progress, args.jobs, name, compare_part, tasks)
            )
        rows.append(
            counted(progress, args.jobs, "gfloat", compare_gfloat, plane())
        )
    for row in rows:
        print(
            f"{row['peer']:14} {row['formats']:4} formats "
            f"{row['values']:14,} values {row['nan']:11,} NaN "
            f"{row['differences']:5,} differences {row['seconds']:6.0f} s"
        )
    results.write(args.results / "verify.json", rows, {})
    wrong = sum(row["differences"] for row in rows)
    if wrong:
        raise Refusal(f"{wrong:,} values differ from what formats.py says.")


def counted(
    progress: Progress, jobs: int, peer: str, function: Any, tasks: list[Any]
) -> dict[str, Any]:
    """Run the tasks with a progress bar, and add up what they compared."""
    begin = time.perf_counter()
    values = differences = nans = 0
    found = progress.track(
        spread(function, tasks, jobs), total=len(tasks), description=peer
    )
    for part in found:
        values += part.values
        differences += part.differences
        nans += part.nans
    return {
        "peer": peer,
        "formats": len(tasks) if peer == "gfloat" else 1,
        "values": values,
        "nan": nans,
        "differences": differences,
        "seconds": time.perf_counter() - begin,
    }


def spread(function: Any, tasks: list[Any], jobs: int) -> Iterator[Compared]:
    """The results of all tasks, from as many processes as asked for."""
    if jobs == 1:
        yield from map(function, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(function, tasks)


def compare_part(task: tuple[str, int]) -> Compared:
    """Compare the float32 values whose bits start at a number."""
    name, start = task
    differences = nans = 0
    for first in range(start, start + PART, CHUNK):
        bits = np.arange(first, first + CHUNK, dtype=np.uint32)
        part = compare(name, bits)
        differences += part.differences
        nans += part.nans
    return Compared(PART, differences, nans)


def compare(name: str, bits: Bits) -> Compared:
    """Compare float32 values, given by their bits, with one peer."""
    dtype, fmt = PEERS[name]
    with np.errstate(all="ignore"):
        theirs = bits.view(np.float32).astype(dtype).astype(np.float32)
    nan = is_nan(bits)
    ours = np.empty_like(bits)
    plan = plan_of(fmt, "nearest-even", fmt.flavour == "finite")
    fill(bits, ours, plan, None)
    if fmt.has_nan:
        wrong = unlike(ours, theirs.view(np.uint32))
    else:
        opposite = (bits & SIGN) ^ SIGN
        wrong = np.where(
            nan,
            ~is_nan(ours) | (theirs.view(np.uint32) != opposite),
            ours != theirs.view(np.uint32),
        )
    return Compared(bits.size, int(wrong.sum()), int(nan.sum()))


def is_nan(bits: Bits) -> NDArray[np.bool_]:
    """Whether the bits are those of a NaN."""
    return np.isnan(bits.view(np.float32))


def unlike(ours: Bits, theirs: Bits) -> NDArray[np.bool_]:
    """Where bits differ, two NaNs of one sign being alike."""
    nan = is_nan(ours) & is_nan(theirs) & ((ours ^ theirs) < SIGN)
    unlike: NDArray[np.bool_] = (ours != theirs) & ~nan
    return unlike


def plane() -> list[FloatFormat]:
    """Every format there is."""
    return [
        FloatFormat(exponent_bits, mantissa_bits, flavour)
        for exponent_bits in range(1, 9)
        for mantissa_bits in range(24)
        for flavour in FLAVOURS
    ]


def compare_gfloat(fmt: FloatFormat) -> Compared:
    """Compare one format with gfloat's in every way that both can."""
    x = samples(fmt)
    nans = int(np.isnan(x).sum()) if fmt.has_nan else 0
    # Where gfloat's largest number is not ours (formats.py says why), only
    # what does not reach it is compared; NaN only where the format has it.
    info = gfloat_format(fmt)
    kept = np.ones(x.shape, bool) if fmt.has_nan else ~np.isnan(x)
    if info.max != fmt.max:
        kept &= ~(np.abs(x) > fmt.max)
    x = x[kept]
    values = differences = 0
    for saturate in {True, fmt.flavour == "finite"}:
        for rounding, mode in MODES.items():
            with np.errstate(all="ignore"):
                theirs = gfloat.round_ndarray(
                    info, x.astype(np.float64), mode, saturate
                ).astype(np.float32)
            ours = np.empty(x.shape, np.uint32)
            plan = plan_of(fmt, rounding, saturate)
            fill(x.view(np.uint32), ours, plan, None)
            wrong = unlike(ours, theirs.view(np.uint32))
            # gfloat's NaN has no sign.
            wrong &= ~(is_nan(ours) & np.isnan(theirs))
            differences += int(wrong.sum())
            values += x.size
    return Compared(values, differences, nans)


def gfloat_format(fmt: FloatFormat) -> FormatInfo:
    """The same format in gfloat's terms."""
    nans = {"ieee": 2**fmt.mantissa_bits - 1, "fn": 1, "finite": 0}
    ieee = fmt.flavour == "ieee"
    return FormatInfo(
        str(fmt),
        fmt.bits,
        fmt.mantissa_bits + 1,
        bias=fmt.bias,
        is_signed=True,
        domain=Domain.Extended if ieee else Domain.Finite,
        has_nz=True,
        num_high_nans=nans[fmt.flavour],
        has_subnormals=True,
        is_twos_complement=False,
    )


def samples(
    fmt: FloatFormat, count: int = 4096, seed: int = 0
) -> NDArray[np.float32]:
    """Random float32 values and the edges of a format, of both signs.

    Its numbers (at most `count` of them, drawn at random), the middles
    between neighbours, the float32 values next to both, the ends of float32,
    `count` values of any bits, and `count` of the size of weights.
    """
    rng = np.random.default_rng(seed)
    codes: Iterable[int] = range(fmt.max_code + 1)
    if fmt.max_code >= count:
        codes = rng.integers(0, fmt.max_code, count, endpoint=True).tolist()
    below = np.array([fmt.magnitude(code) for code in codes])
    above = np.array([fmt.magnitude(code + 1) for code in codes])
    with np.errstate(over="ignore"):
        edges = np.concatenate([below, (below + above) / 2, [fmt.max]])
        points = edges.astype(np.float32).view(np.uint32)
    ends = [0, 1, 2, 0x7FFFFF, 0x800000, 0x7F7FFFFF, 0x7F800000, 0x7F800001]
    near = np.concatenate(
        [points, points - np.uint32(1), points + np.uint32(1)]
    )
    # 0 - 1 wraps to a NaN, which is an edge as well.
    bits = np.concatenate(
        [near, np.array([*ends, 0x7FC00000, 0x7FFFFFFF], np.uint32)]
    )
    return np.concatenate(
        [
            bits.view(np.float32),
            (bits ^ SIGN).view(np.float32),
            rng.integers(0, 1 << 32, count, np.uint32).view(np.float32),
            rng.normal(0, 0.1, count).astype(np.float32),
        ]
    )

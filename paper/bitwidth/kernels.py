"""The loops that round float32 bits, each one pass over memory, by Numba.

NumPy makes one pass for each operation; here LLVM fuses all of them into one
loop of vector instructions. bench.py says what that is worth.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint32]
# Numba widens integers as it goes; U() says that 32 bits are enough.
U = np.uint32
F = np.float32
SIGN = U(0x80000000)
MAGNITUDE = U(0x7FFFFFFF)
INFINITY = U(0x7F800000)  # also the mask of the exponent field
QUIET = U(0x00400000)
SMALLEST_NORMAL = U(0x00800000)
BLOCK = 1 << 16  # how many random numbers are drawn at a time

# Never with fastmath, for which x + c - c is x.
compiled: Any = numba.njit(nogil=True, cache=True, error_model="numpy")


class Numbers(NamedTuple):
    """A format as the loops need it; numbers are given by their bits."""

    drop: np.uint32  # how many bits a normal number loses
    lowest: np.uint32  # 2^min_exponent; 0 if float32's subnormals are ours
    step: np.float32  # between subnormals
    last: np.uint32  # the largest that does not overflow
    over: np.uint32  # what larger finite numbers become
    infinity: np.uint32  # what infinity becomes


class Plan(NamedTuple):
    """How a format is rounded to."""

    rounding: str
    identity: bool
    numbers: Numbers


def fill(
    bits: Bits, out: Bits, plan: Plan, rng: np.random.Generator | None
) -> None:
    """Round `bits` into `out`, which may be the same array."""
    numbers = plan.numbers
    if plan.identity:
        np.copyto(out, bits)
    elif rng is not None and plan.rounding == "stochastic":
        for start in range(0, bits.size, BLOCK):
            part = slice(start, start + BLOCK)
            chance = rng.random(bits[part].size)
            by_chance(bits[part], out[part], numbers, chance)
    elif plan.rounding == "toward-zero":
        toward_zero(bits, out, numbers)
    elif numbers.lowest and 1 <= numbers.drop <= 22:
        to_nearest(bits, out, numbers)
    else:
        to_nearest_by_carry(bits, out, numbers)


@compiled  # type: ignore[untyped-decorator]
def to_nearest(bits: Bits, out: Bits, numbers: Numbers) -> None:
    """Round to nearest where 1 <= M <= 22 and E < 8.

    Adding a power of two 2^k to a smaller number makes the processor round it
    to a multiple of 2^(k-23), ties to even; subtracting it is exact. k is the
    number's own exponent (at least min_exponent) + 23 - M.
    """
    for i in range(bits.size):
        a = U(bits[i] & MAGNITUDE)
        exponent = max(U(a & INFINITY), numbers.lowest)
        power = U(exponent + (numbers.drop << U(23))).view(F)
        rounded = F((a.view(F) + power) - power).view(U)
        out[i] = finished(rounded, a, numbers.over, bits[i], numbers)


@compiled  # type: ignore[untyped-decorator]
def to_nearest_by_carry(bits: Bits, out: Bits, numbers: Numbers) -> None:
    """Round to nearest, for any format.

    To a normal number half a unit is added, less one where the last bit that
    stays is 0; a carry reaches the exponent. To a subnormal one 2^23 steps
    are added, and subtracted, as in `to_nearest`.
    """
    drop, step = numbers.drop, numbers.step
    mask = U(U(0xFFFFFFFF) << drop)
    # With nothing to drop, the bit that decides a tie is one that is 0.
    shift, half = U(31), U(0)
    if drop:
        shift, half = drop, U((U(1) << U(drop - U(1))) - U(1))
    magic = F(step * F(2**23)) if numbers.lowest else F(0)
    for i in range(bits.size):
        a = U(bits[i] & MAGNITUDE)
        normal = U((a + half + ((a >> shift) & U(1))) & mask)
        small = F((a.view(F) + magic) - magic).view(U)
        rounded = small if a < numbers.lowest else normal
        out[i] = finished(rounded, a, numbers.over, bits[i], numbers)


@compiled  # type: ignore[untyped-decorator]
def toward_zero(bits: Bits, out: Bits, numbers: Numbers) -> None:
    """Drop bits; of a subnormal number all that is no whole step."""
    step = numbers.step
    mask = U(U(0xFFFFFFFF) << numbers.drop)
    for i in range(bits.size):
        a = U(bits[i] & MAGNITUDE)
        small = F(np.trunc(F(a.view(F) / step)) * step).view(U)
        rounded = small if a < numbers.lowest else U(a & mask)
        over = numbers.infinity if a == INFINITY else numbers.over
        out[i] = finished(rounded, a, over, bits[i], numbers)


@compiled  # type: ignore[untyped-decorator]
def by_chance(
    bits: Bits, out: Bits, numbers: Numbers, chance: NDArray[np.float64]
) -> None:
    """Round up where `chance`, from [0, 1), is below the dropped part.

    In float64, which holds every step, number and quotient exactly.
    """
    low = max(numbers.lowest, SMALLEST_NORMAL)
    unit = 2.0 ** (np.float64(numbers.drop) - 23.0)
    for i in range(bits.size):
        a = U(bits[i] & MAGNITUDE)
        step = U(max(U(a & INFINITY), low)).view(F) * unit
        steps = a.view(F) / step
        whole = np.floor(steps)
        whole += 1.0 if chance[i] < steps - whole else 0.0
        # Of infinity and NaN this is NaN, which is beyond `last` too.
        rounded = F(whole * step).view(U)
        out[i] = finished(rounded, rounded, numbers.over, bits[i], numbers)


@compiled  # type: ignore[untyped-decorator]
def finished(
    rounded: np.uint32,
    judged: np.uint32,
    over: np.uint32,
    bits: np.uint32,
    numbers: Numbers,
) -> np.uint32:
    """Put in `over` if what overflow is judged by says so, NaN, the sign."""
    a = U(bits & MAGNITUDE)
    rounded = over if judged > numbers.last else rounded
    rounded = U(a | QUIET) if a > INFINITY else rounded
    return U(rounded | (bits & SIGN))

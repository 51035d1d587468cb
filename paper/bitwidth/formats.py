"""Small floating-point formats, and float32 arrays rounded to them.

A format has a sign, E exponent bits and M bits of *trailing significand*
(IEEE 754's name for what is mostly called the mantissa). A code with exponent
field e and trailing significand f stands for

    (-1)^s * 2^(e - bias) * (1 + f / 2^M)      if e > 0   (a normal number)
    (-1)^s * 2^(1 - bias) * f / 2^M            if e = 0   (a subnormal)

with bias 2^(E-1) - 1, as in IEEE 754 and OCP. (IEEE P3109 counts K = 1 + E + M
bits and the precision P = M + 1, and its bias is larger by one.) The flavour
says what the largest codes stand for:

    "ieee"    exponent field all ones: infinity (f = 0) and NaN, as in IEEE 754
              and OCP E5M2. With M = 0 there is no f for a NaN.
    "fn"      only the code of all ones is a NaN, and nothing is infinite: as
              OCP E4M3, ml_dtypes' e4m3fn ("finite, with NaN").
    "finite"  every code is a number: as OCP MX's FP6 and FP4, which ml_dtypes
              calls e2m3fn, e3m2fn, e2m1fn although they have no NaN.

    float16        FloatFormat(5, 10)          float8_e5m2    FloatFormat(5, 2)
    bfloat16       FloatFormat(8, 7)           float8_e3m4    FloatFormat(3, 4)
    float8_e4m3    FloatFormat(4, 3)           float8_e4m3fn  FloatFormat(4, 3, "fn")
    float6_e2m3fn  FloatFormat(2, 3, "finite") float6_e3m2fn  FloatFormat(3, 2, "finite")
    float4_e2m1fn  FloatFormat(2, 1, "finite")
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Flavour = Literal["ieee", "fn", "finite"]
Rounding = Literal["nearest-even", "toward-zero", "stochastic"]
FLAVOURS = ("ieee", "fn", "finite")
ROUNDINGS = ("nearest-even", "toward-zero", "stochastic")

SIGN = np.uint32(0x80000000)
MAGNITUDE = np.uint32(0x7FFFFFFF)
EXPONENT = np.uint32(0x7F800000)  # also the bits of infinity
QUIET = np.uint32(0x00400000)
NAN = np.uint32(0x7FC00000)
BLOCK = 1 << 14  # values in a block: a few such arrays fit the L2 cache


@dataclass(frozen=True)
class FloatFormat:
    """A sign, E exponent bits (1-8) and M bits of trailing significand (0-23).

    With E = 8 the largest exponent field of "fn" and "finite" would stand for
    values from 2^128 on, which float32 cannot hold: such a format ends where
    float32 does. E8M23 is float32 itself.

    Raises ValueError for bits outside these ranges and unknown flavours.
    """

    exponent_bits: int
    mantissa_bits: int
    flavour: Flavour = "ieee"

    def __post_init__(self) -> None:
        for name, low, high in (
            ("exponent_bits", 1, 8),
            ("mantissa_bits", 0, 23),
        ):
            try:
                value = operator.index(getattr(self, name))
            except TypeError:
                value = -1
            if not low <= value <= high:
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}; "
                    f"it must be a whole number from {low} to {high}"
                )
            object.__setattr__(self, name, value)
        if self.flavour not in FLAVOURS:
            raise ValueError(
                f"flavour is {self.flavour!r}; it must be one of {FLAVOURS}"
            )

    def __str__(self) -> str:
        name = f"E{self.exponent_bits}M{self.mantissa_bits}"
        return name if self.flavour == "ieee" else name + "-" + self.flavour

    @property
    def bits(self) -> int:
        """Bits of a value: 1 + E + M."""
        return 1 + self.exponent_bits + self.mantissa_bits

    @property
    def bias(self) -> int:
        """What is subtracted from the exponent field: 2^(E-1) - 1."""
        return (1 << (self.exponent_bits - 1)) - 1

    @property
    def min_exponent(self) -> int:
        """The exponent of the smallest normal number, and of subnormals."""
        return 1 - self.bias

    @property
    def max_code(self) -> int:
        """The code of the largest number, without the sign."""
        codes = 1 << (self.exponent_bits + self.mantissa_bits)
        if self.flavour == "ieee" or self.exponent_bits == 8:
            return codes - (1 << self.mantissa_bits) - 1
        return codes - 1 if self.flavour == "finite" else codes - 2

    @property
    def max(self) -> float:
        """The largest number; 0.0 for E1M0, which has no other."""
        return self.magnitude(self.max_code)

    @property
    def step(self) -> float:
        """The smallest difference of two numbers, 2^(min_exponent - M)."""
        return math.ldexp(1.0, self.min_exponent - self.mantissa_bits)

    @property
    def has_infinity(self) -> bool:
        """Whether a code stands for infinity."""
        return self.flavour == "ieee"

    @property
    def has_nan(self) -> bool:
        """Whether a code stands for "not a number"."""
        if self.flavour == "ieee":
            return self.mantissa_bits > 0
        return self.flavour == "fn"

    def magnitude(self, code: int) -> float:
        """The number that a code without sign stands for."""
        field, fraction = divmod(code, 1 << self.mantissa_bits)
        if field > 0:
            fraction += 1 << self.mantissa_bits
        return fraction * self.step * 2.0 ** max(field - 1, 0)


def quantize(
    x: NDArray[np.float32],
    fmt: FloatFormat,
    rounding: Rounding = "nearest-even",
    saturate: bool | None = None,
    rng: np.random.Generator | None = None,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Round each value of a float32 array to a number of the format.

    `saturate=None` is the format's own way: "finite" saturates, "ieee" and
    "fn" do not. Returns `out`, or a new array of the shape of `x`.
    """
    if not isinstance(fmt, FloatFormat):
        raise ValueError(f"fmt is {fmt!r}; it must be a FloatFormat")
    if rounding not in ROUNDINGS:
        raise ValueError(
            f"rounding is {rounding!r}; it must be one of {ROUNDINGS}"
        )
    if saturate is None:
        saturate = fmt.flavour == "finite"
    elif not isinstance(saturate, (bool, np.bool_)):
        raise ValueError(
            f"saturate is {saturate!r}; it must be a bool or None"
        )
    if fmt.flavour == "finite" and not saturate:
        raise ValueError(
            "saturate=False needs an infinity or a NaN to overflow to, "
            f"and {fmt} has neither"
        )
    if rounding == "stochastic" and not isinstance(rng, np.random.Generator):
        raise ValueError(
            "stochastic rounding draws random numbers: "
            "give rng=numpy.random.default_rng(seed)"
        )
    source = check_source(x)
    target = check_target(out, source)
    plan = plan_of(fmt, rounding, bool(saturate))
    kernel = KERNELS[rounding]
    flat_in = np.ascontiguousarray(source).reshape(-1)
    direct = target.flags.c_contiguous and (
        out is None
        or not np.may_share_memory(source, target)
        or same_memory(flat_in, target)
    )
    flat_out = (
        target.reshape(-1) if direct else np.empty(flat_in.size, np.float32)
    )
    scratch = np.empty((3, min(BLOCK, flat_in.size)), np.uint32)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for start in range(0, flat_in.size, BLOCK):
            block = slice(start, start + BLOCK)
            kernel(
                flat_in[block].view(np.uint32),
                flat_out[block].view(np.uint32),
                plan,
                scratch,
                rng,
            )
    if not direct:
        target[...] = flat_out.reshape(target.shape)
    return target


def check_source(x: Any) -> NDArray[np.float32]:
    """The array to be rounded, or a ValueError that says what is wrong."""
    source = np.asarray(x)
    if source.dtype != np.float32:
        raise ValueError(
            f"x has dtype {source.dtype}; it must be float32, for rounding "
            "twice is not rounding once: convert it yourself if that is meant"
        )
    return source


def check_target(
    out: Any, source: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The array to write to, or a ValueError that says what is wrong."""
    if out is None:
        return np.empty(source.shape, np.float32)
    if not isinstance(out, np.ndarray) or out.dtype != np.float32:
        kind = getattr(out, "dtype", type(out).__name__)
        raise ValueError(f"out is {kind}; it must be a float32 array")
    if out.shape != source.shape:
        raise ValueError(
            f"out has shape {out.shape}; x has shape {source.shape}"
        )
    if not out.flags.writeable:
        raise ValueError("out cannot be written to")
    return out


def same_memory(x: NDArray[np.float32], y: NDArray[np.float32]) -> bool:
    """Whether two contiguous arrays of one size start at one address."""
    return bool(x.ctypes.data == y.ctypes.data)


class Plan(NamedTuple):
    """What the kernels need to know of a format, as float32 bits."""

    mask: np.uint32  # the bits that stay in a normal number
    half: np.uint32  # half a unit of the last of these, less one
    lowest: np.uint32  # of 2^min_exponent; 0 if float32's subnormals are ours
    magic: np.float32  # adding and subtracting it rounds a subnormal
    step: np.float32
    drop: int  # how many bits go
    last: np.uint32  # the largest that does not overflow
    over: np.uint32  # what the others become
    infinity: np.uint32  # what infinity becomes


@lru_cache(maxsize=1024)
def plan_of(fmt: FloatFormat, rounding: Rounding, saturate: bool) -> Plan:
    """Derive the constants of the kernels, once for each format."""
    drop = 23 - fmt.mantissa_bits
    largest = int(np.float32(fmt.max).view(np.uint32))
    special = EXPONENT if fmt.has_infinity else NAN
    infinity = np.uint32(largest) if saturate else special
    last = largest
    over = np.uint32(largest)
    if rounding == "nearest-even":
        # Half of a step beyond the largest number; a tie goes to the even
        # code, which is the largest number's if that is even.
        exponent = math.frexp(fmt.max)[1] - 1 if fmt.max else -200
        step = math.ldexp(
            1.0, max(exponent, fmt.min_exponent) - fmt.mantissa_bits
        )
        middle = fmt.max + step / 2
        nearest = np.float32(min(middle, float(np.finfo(np.float32).max)))
        last = int(nearest.view(np.uint32))
        if nearest > middle or (nearest == middle and fmt.max_code % 2):
            last -= 1
        over = infinity
    wide = fmt.exponent_bits == 8
    return Plan(
        mask=np.uint32(0xFFFFFFFF << drop & 0xFFFFFFFF),
        half=np.uint32((1 << drop >> 1) - 1 if drop else 0),
        lowest=np.uint32(0)
        if wide
        else np.float32(2.0**fmt.min_exponent).view(np.uint32),
        magic=np.float32(0 if wide else fmt.step * 2.0**23),
        step=np.float32(0 if wide else fmt.step),
        drop=drop,
        last=np.uint32(last),
        over=over,
        infinity=infinity,
    )


def nearest_even(
    bits: Any, out: Any, plan: Plan, scratch: Any, _: Any
) -> None:
    """Round a block to nearest, ties to the even code."""
    a, b, c = scratch[:, : bits.size]
    np.bitwise_and(bits, MAGNITUDE, out=a)
    unusual = a.max() > plan.last
    if unusual:
        kept = a.copy()
    if plan.lowest:
        np.add(a.view(np.float32), plan.magic, out=c.view(np.float32))
        np.subtract(c.view(np.float32), plan.magic, out=c.view(np.float32))
        small = a < plan.lowest
    if plan.drop:
        np.right_shift(a, np.uint32(plan.drop), out=b)
        np.bitwise_and(b, np.uint32(1), out=b)
        np.add(b, plan.half, out=b)
        np.add(a, b, out=a)
        np.bitwise_and(a, plan.mask, out=a)
    if plan.lowest:
        np.copyto(a, c, where=small)
    if unusual:
        mend(a, kept, plan)
    np.bitwise_and(bits, SIGN, out=b)
    np.bitwise_or(a, b, out=out)


def toward_zero(
    bits: Any, out: Any, plan: Plan, scratch: Any, _: Any
) -> None:
    """Round a block to the next number that is not larger in magnitude."""
    a, b, c = scratch[:, : bits.size]
    np.bitwise_and(bits, MAGNITUDE, out=a)
    unusual = a.max() > plan.last
    if unusual:
        kept = a.copy()
    if plan.lowest:
        floor = c.view(np.float32)
        np.divide(a.view(np.float32), plan.step, out=floor)
        np.trunc(floor, out=floor)
        np.multiply(floor, plan.step, out=floor)
        small = a < plan.lowest
    np.bitwise_and(a, plan.mask, out=a)
    if plan.lowest:
        np.copyto(a, c, where=small)
    if unusual:
        mend(a, kept, plan)
    np.bitwise_and(bits, SIGN, out=b)
    np.bitwise_or(a, b, out=out)


def stochastic(
    bits: Any, out: Any, plan: Plan, scratch: Any, rng: Any
) -> None:
    """Round a block up or down by chance, so that the mean is kept."""
    a, b, _ = scratch[:, : bits.size]
    np.bitwise_and(bits, MAGNITUDE, out=a)
    kept = a.copy()
    x = a.view(np.float32).astype(np.float64)
    # The step at x, in float64, which holds it and the quotient exactly.
    np.bitwise_and(a, EXPONENT, out=b)
    lowest = max(plan.lowest, np.uint32(1 << 23))
    np.maximum(b, lowest, out=b)
    step = b.view(np.float32).astype(np.float64) * 2.0 ** (plan.drop - 23)
    quotient = x / step
    floor = np.floor(quotient)
    floor += rng.random(bits.size) < quotient - floor
    a.view(np.float32)[...] = floor * step
    mend(a, kept, plan)
    np.bitwise_and(bits, SIGN, out=b)
    np.bitwise_or(a, b, out=out)


def mend(rounded: Any, magnitude: Any, plan: Plan) -> None:
    """Put what overflow, infinity and NaN become in their places."""
    over = magnitude > plan.last
    rounded[over] = plan.over
    rounded[magnitude == EXPONENT] = plan.infinity
    nan = magnitude > EXPONENT
    rounded[nan] = magnitude[nan] | QUIET


KERNELS = {
    "nearest-even": nearest_even,
    "toward-zero": toward_zero,
    "stochastic": stochastic,
}

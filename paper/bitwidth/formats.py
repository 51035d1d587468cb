"""Small floating-point formats, and float32 arrays rounded to them.

A format has a sign, E exponent bits and M bits of *trailing significand*
(IEEE 754's name for what is mostly called the mantissa). The code with sign
s, exponent field e and trailing significand f stands for

    (-1)^s * 2^(e - bias) * (1 + f / 2^M)     if e > 0  (a normal number)
    (-1)^s * 2^(1 - bias) * f / 2^M           if e = 0  (a subnormal number)

with bias 2^(E-1) - 1, as in IEEE 754 and OCP. IEEE P3109 counts K = 1 + E + M
bits and the precision P = M + 1; its bias is larger by one, it has no -0 and
one NaN, so its formats are not among these. The flavour says what the largest
codes stand for:

    "ieee"    exponent field of ones: infinity (f = 0) and NaN (f > 0), as in
              IEEE 754 and OCP's E5M2. With M = 0 no code is left for NaN.
    "fn"      only the code of ones is a NaN and nothing is infinite, as in
              OCP's E4M3; ml_dtypes calls it e4m3fn ("finite, with NaN").
    "finite"  every code is a number, as in FP6 and FP4 of OCP's MX; ml_dtypes
              calls these e2m3fn, e3m2fn and e2m1fn, though they have no NaN.

    float16        (5, 10)           bfloat16       (8, 7)
    float8_e5m2    (5, 2)            float8_e4m3    (4, 3)
    float8_e3m4    (3, 4)            float8_e4m3fn  (4, 3, "fn")
    float6_e2m3fn  (2, 3, "finite")  float6_e3m2fn  (3, 2, "finite")
    float4_e2m1fn  (2, 1, "finite")

Rounding
    To nearest, ties to the even code (the trailing significand's last bit is
    0). With M = 0 there is no such bit: the code is the exponent field, and a
    tie goes to the even field, as in gfloat; IEEE 754 (4.3.1) would take the
    larger number there. Toward zero drops bits. Stochastic rounding goes up
    with the probability of the dropped part, so the mean of many roundings is
    the value itself (to 2^-53 of a step: the random numbers have 53 bits).
    Subnormals are rounded once, on their own grid; nothing is flushed.

Overflow
    is judged after rounding with an unbounded exponent, as in IEEE 754 (7.4)
    and OCP: in e4m3fn, whose largest number is 448, 464 is still 448 (a tie,
    to even) and what is above overflows. "ieee" gives infinity, "fn" NaN,
    with the sign; `saturate=True` gives the largest number instead, and also
    for infinity, as OCP's saturating conversion. "finite" always saturates.
    Toward zero a finite number never passes the largest one.

NaN
    stays NaN in every format, also in those without a code for it, for a NaN
    made a number is an error hidden (only `pack` then refuses it). Its sign
    and payload are kept, a signalling NaN is made quiet. E8M23 "ieee" is the
    identity, to the last bit.

Where the peers differ
    ml_dtypes  the sign of a NaN is kept, the payload is not. Its FP6 and FP4
               turn NaN into a zero of the opposite sign. Everything else is
               equal for all 2^32 float32 values (`verify`).
    NumPy      float16 keeps the payload's upper 10 bits, here all are kept.
    gfloat     refuses a NaN where the format has none, and loses its payload.
               With one exponent bit and infinities (also E1M0 "fn") its
               largest number is none that a code stands for: the codes of
               E1M1 "ieee" are 0, 1, infinity and NaN, and gfloat rounds to
               1.5 as well.
    both       E = 8 in "fn" and "finite": the top exponent field would mean
               2^128 and more, which float32 cannot hold. Here such a format
               ends where float32 does; gfloat computes on in float64.
    qtorch, torch and JAX (`lax.reduce_precision`) take ties away from zero,
               saturate infinity or flush subnormals; they are not followed.

E = 1 has one field for subnormals and, in "finite", one for normal numbers
that continue with the same step: it is fixed point with sign and magnitude.
In "ieee" the second field is taken, and only the subnormals are left.

Sources: IEEE 754-2019; OCP 8-bit Floating Point Specification (OFP8) 1.0;
OCP Microscaling Formats (MX) 1.0; IEEE P3109 working group's interim report.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from paper.bitwidth.kernels import INFINITY, Numbers, Plan, fill

Flavour = Literal["ieee", "fn", "finite"]
Rounding = Literal["nearest-even", "toward-zero", "stochastic"]
FLAVOURS: tuple[Flavour, ...] = ("ieee", "fn", "finite")
ROUNDINGS: tuple[Rounding, ...] = (
    "nearest-even",
    "toward-zero",
    "stochastic",
)

NAN = np.uint32(0x7FC00000)


@dataclass(frozen=True)
class FloatFormat:
    """A sign, E exponent bits (1-8), M bits of trailing significand (0-23).

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


def quantize(  # noqa: PLR0913 - as the study names them
    x: NDArray[np.float32],
    fmt: FloatFormat,
    rounding: Rounding = "nearest-even",
    *,
    saturate: bool | None = None,
    rng: np.random.Generator | None = None,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Round every value of a float32 array to a number of the format.

    x         float32 array of any shape and memory order; float64 is refused,
              for rounding to float32 first would be rounding twice.
    rounding  "nearest-even", "toward-zero" or "stochastic" (see above).
    saturate  whether overflow and infinity give the largest number. None is
              the format's own way: True for "finite", where False is an
              error, and False for the others.
    rng       where stochastic rounding draws from; the others leave it alone.
    out       a float32 array of the shape of x to write to: x itself, or one
              that overlaps it, gives the same result.

    Returns `out`, or a new C-ordered array of the shape of x (also if that is
    () or has a zero). Raises ValueError, before anything is written, if an
    argument is none of these.
    """
    saturate = checked(fmt, rounding, saturate, rng)
    if not isinstance(x, (np.ndarray, np.float32)) or x.dtype != np.float32:
        kind = getattr(x, "dtype", type(x).__name__)
        raise ValueError(f"x is {kind}; it must be a float32 array")
    source = np.asarray(x)
    if out is None:
        out = np.empty(source.shape, np.float32)
    else:
        check_target(out, source)
    flat_in = np.ascontiguousarray(source).reshape(-1)
    in_place = out.flags.c_contiguous and (
        out.ctypes.data == flat_in.ctypes.data
        or not np.may_share_memory(out, flat_in)
    )
    flat_out = out.reshape(-1) if in_place else np.empty_like(flat_in)
    fill(
        flat_in.view(np.uint32),
        flat_out.view(np.uint32),
        plan_of(fmt, rounding, saturate),
        rng,
    )
    if not in_place:
        out[...] = flat_out.reshape(out.shape)
    return out


def checked(
    fmt: FloatFormat, rounding: str, saturate: bool | None, rng: object
) -> bool:
    """Whether to saturate, or a ValueError that says what is wrong."""
    if not isinstance(fmt, FloatFormat):
        raise ValueError(f"fmt is {fmt!r}; it must be a FloatFormat")
    if rounding not in ROUNDINGS:
        raise ValueError(
            f"rounding is {rounding!r}; it must be one of {ROUNDINGS}"
        )
    if rounding == "stochastic" and not isinstance(rng, np.random.Generator):
        raise ValueError(
            "stochastic rounding draws random numbers: "
            "give rng=numpy.random.default_rng(seed)"
        )
    if saturate is None:
        return fmt.flavour == "finite"
    if not isinstance(saturate, (bool, np.bool_)):
        raise ValueError(
            f"saturate is {saturate!r}; it must be True, False or None"
        )
    if fmt.flavour == "finite" and not saturate:
        raise ValueError(
            f"{fmt} must saturate: it has no infinity and no NaN instead"
        )
    return bool(saturate)


def check_target(out: Any, source: NDArray[np.float32]) -> None:
    """Raise a ValueError if `out` cannot take what `source` becomes."""
    if not isinstance(out, np.ndarray) or out.dtype != np.float32:
        kind = getattr(out, "dtype", type(out).__name__)
        raise ValueError(f"out is {kind}; it must be a float32 array")
    if out.shape != source.shape:
        raise ValueError(
            f"out has shape {out.shape}, but x has {source.shape}"
        )
    if not out.flags.writeable:
        raise ValueError("out is read-only")


@lru_cache(maxsize=1024)
def plan_of(fmt: FloatFormat, rounding: str, saturate: bool) -> Plan:
    """Derive the constants of the kernels, once for each format."""
    wide = fmt.exponent_bits == 8
    largest = bits_of(fmt.max)
    special = INFINITY if fmt.has_infinity else NAN
    infinity = largest if saturate else special
    if rounding == "nearest-even":
        last, over = last_to_nearest(fmt), infinity
    else:
        last, over = largest, largest
        if rounding == "stochastic":
            # Overflow is judged on the rounded value, so only by `over`.
            over = infinity
    return Plan(
        rounding=rounding,
        identity=str(fmt) == "E8M23" and not saturate,
        numbers=Numbers(
            drop=np.uint32(23 - fmt.mantissa_bits),
            lowest=np.uint32(0) if wide else bits_of(2.0**fmt.min_exponent),
            step=np.float32(fmt.step),
            last=last,
            over=over,
            infinity=infinity,
        ),
    )


def last_to_nearest(fmt: FloatFormat) -> np.uint32:
    """The bits of the largest float32 that is rounded to the largest number.

    It lies half a step above; there, at the tie, an odd code is left.
    """
    top = math.frexp(fmt.max)[1] - 1 if fmt.max else fmt.min_exponent
    step = math.ldexp(1.0, max(top, fmt.min_exponent) - fmt.mantissa_bits)
    tie = fmt.max + step / 2
    last = int(bits_of(fmt.max))
    if fmt.mantissa_bits < 23:  # else float32 has nothing between
        last = int(bits_of(tie)) - fmt.max_code % 2
    return np.uint32(last)


def bits_of(value: float) -> np.uint32:
    """The bits of a number as float32."""
    return np.uint32(np.float32(value).view(np.uint32))

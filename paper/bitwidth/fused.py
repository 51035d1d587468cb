"""Rounding to nearest in one pass over memory, compiled by Numba.

NumPy runs every operation over a whole block; here LLVM fuses all of them
into one loop of vector instructions. The steps are those of formats.py, which
imports this only if Numba is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np

if TYPE_CHECKING:
    from paper.bitwidth.formats import Bits, Plan

U = np.uint32


def nearest_even_fused(bits: Bits, out: Bits, plan: Plan) -> None:
    """Round float32 bits to nearest, ties to the even code, into `out`."""
    drop = plan.drop
    nearest_even_loop(
        bits,
        out,
        # With nothing to drop, the bit that decides a tie is one that is 0.
        U(drop or 31),
        U((1 << drop >> 1) - 1 if drop else 0),
        U(0xFFFFFFFF << drop & 0xFFFFFFFF),
        plan.lowest,
        np.float32(plan.step * 2.0**23) if plan.lowest else np.float32(0),
        plan.last,
        plan.over,
    )


compiled: Any = numba.njit(nogil=True, cache=True, error_model="numpy")


@compiled  # type: ignore[untyped-decorator]
def nearest_even_loop(  # noqa: PLR0913, PLR0917 - scalars stay in registers
    bits: Bits,
    out: Bits,
    shift: np.uint32,
    half: np.uint32,
    mask: np.uint32,
    lowest: np.uint32,
    magic: np.float32,
    last: np.uint32,
    over: np.uint32,
) -> None:
    """Round each value as a normal and as a subnormal number, and choose."""
    for i in range(bits.size):
        # Numba widens integers as it goes; U() says that 32 bits are enough.
        a = U(bits[i] & U(0x7FFFFFFF))
        normal = U((a + half + ((a >> shift) & U(1))) & mask)
        subnormal = np.float32((a.view(np.float32) + magic) - magic)
        r = subnormal.view(np.uint32) if a < lowest else normal
        r = over if a > last else r
        r = U(a | U(0x00400000)) if a > U(0x7F800000) else r
        out[i] = U(r | (bits[i] & U(0x80000000)))

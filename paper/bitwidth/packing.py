r"""Numbers of a small format in exactly that many bits, as bytes.

A header of 28 bytes and 4 for each dimension, then the codes: 1 + E + M bits
a value, one after another without gaps, each with its highest bit (the sign)
first; zero bits fill the last byte. All of the header is little-endian:

    bytes  0-7    "\x89FLOATS\n": a byte that is no ASCII and a line feed, so
                  that a transfer as text is noticed
    byte   8      version of this layout: 1
    byte   9      exponent bits
    byte   10     trailing significand (mantissa) bits
    byte   11     flavour: 0 "ieee", 1 "fn", 2 "finite"
    bytes  12-19  scale, a float64: what a reader multiplies the numbers by
    bytes  20-23  number of dimensions
    bytes  24-27  CRC-32 (as in zlib) of all other bytes of the file
    then          the dimensions, 4 bytes each

The code of a NaN keeps the sign; of the payload it keeps what fits, with the
bit set that IEEE 754 says makes a NaN quiet.
"""

from __future__ import annotations

import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from paper.bitwidth.formats import FLAVOURS, NAN, FloatFormat
from paper.bitwidth.kernels import INFINITY, MAGNITUDE, QUIET, Bits

MAGIC = b"\x89FLOATS\n"
VERSION = 1
HEADER = struct.Struct("<8sBBBBdI")
CHECKSUM = struct.Struct("<I")
START = HEADER.size + CHECKSUM.size
CHUNK = 1 << 16  # values at a time; a multiple of 8, so that bytes are full
DIMENSIONS = 32  # more are refused, for some NumPy would refuse them


def pack(
    x: NDArray[np.float32], fmt: FloatFormat, scale: float = 1.0
) -> bytes:
    """Store a float32 array of numbers that the format has.

    `scale` goes into the header for whoever reads: what is meant is
    `x * scale`, which for a power of two is exact. Raises ValueError if x has
    a value that is none of the format's (so `quantize` first), or is no
    float32 array, or if the scale is not a finite number above 0.
    """
    if not isinstance(fmt, FloatFormat):
        raise ValueError(f"fmt is {fmt!r}; it must be a FloatFormat")
    scale = float(scale)
    if not (math.isfinite(scale) and scale > 0):
        raise ValueError(f"scale is {scale}; it must be finite and above 0")
    if not isinstance(x, (np.ndarray, np.float32)) or x.dtype != np.float32:
        kind = getattr(x, "dtype", type(x).__name__)
        raise ValueError(f"x is {kind}; it must be a float32 array")
    shape = x.shape
    if len(shape) > DIMENSIONS or max(shape, default=0) >= 1 << 32:
        raise ValueError(f"x has shape {shape}, which the header cannot hold")
    flat = np.ascontiguousarray(x).reshape(-1)
    parts = [struct.pack(f"<{len(shape)}I", *shape)]
    for start in range(0, flat.size, CHUNK):
        values = flat[start : start + CHUNK]
        codes = encode(values, fmt)
        same = decode(codes, fmt).view(np.uint32) == values.view(np.uint32)
        if fmt.has_nan:  # whose payload a code may cut short
            same |= np.isnan(values)
        if not same.all():
            raise ValueError(
                f"{fmt} has no {values[np.argmin(same)]}: quantize x first"
            )
        parts.append(join(codes, fmt.bits))
    body = b"".join(parts)
    head = HEADER.pack(
        MAGIC,
        VERSION,
        fmt.exponent_bits,
        fmt.mantissa_bits,
        FLAVOURS.index(fmt.flavour),
        scale,
        len(shape),
    )
    return head + CHECKSUM.pack(zlib.crc32(head + body)) + body


def unpack(blob: bytes) -> tuple[NDArray[np.float32], FloatFormat, float]:
    """The array (C order, its own memory), format and scale of packed bytes.

    The scale is not multiplied in. Raises ValueError, in one sentence, if the
    bytes were not made by `pack`, were altered, or are not all there.
    """
    if not isinstance(blob, bytes):
        raise ValueError(f"blob is {type(blob).__name__}; it must be bytes")
    fmt, scale, shape, start = read_header(blob)
    count = math.prod(shape)
    expected = start + (count * fmt.bits + 7) // 8
    if len(blob) < expected:
        raise ValueError(
            f"This file of packed floats is cut short: it has {len(blob)} "
            f"bytes of {expected}."
        )
    if len(blob) > expected:
        raise ValueError(
            f"This file of packed floats has {len(blob) - expected} bytes "
            "after its end."
        )
    (checksum,) = CHECKSUM.unpack_from(blob, HEADER.size)
    if zlib.crc32(blob[START:], zlib.crc32(blob[: HEADER.size])) != checksum:
        raise ValueError(
            "This file of packed floats was altered: its checksum is wrong."
        )
    x = np.empty(count, np.float32)
    for first in range(0, count, CHUNK):
        size = min(CHUNK, count - first)
        begin = start + first * fmt.bits // 8
        end = begin + (size * fmt.bits + 7) // 8
        codes = split(blob[begin:end], fmt.bits, size)
        x[first : first + size] = decode(codes, fmt)
    return x.reshape(shape), fmt, scale


def read_header(
    blob: bytes,
) -> tuple[FloatFormat, float, tuple[int, ...], int]:
    """Format, scale, shape and where the codes start, or a ValueError."""
    if not MAGIC.startswith(blob[: len(MAGIC)]) or not blob:
        raise ValueError("This is no file of packed floats.")
    short = "This file of packed floats is cut short, within its header."
    if len(blob) < START:
        raise ValueError(short)
    _, version, exponent, mantissa, flavour, scale, dimensions = (
        HEADER.unpack_from(blob)
    )
    if version != VERSION:
        raise ValueError(
            f"This file of packed floats has layout {version}; "
            f"only layout {VERSION} is known."
        )
    usual = math.isfinite(scale) and scale > 0 and dimensions <= DIMENSIONS
    if flavour >= len(FLAVOURS) or not usual:
        raise ValueError("This file of packed floats was altered: no header.")
    try:
        fmt = FloatFormat(exponent, mantissa, FLAVOURS[flavour])
    except ValueError as error:
        raise ValueError(
            f"This file of packed floats was altered: its {error}."
        ) from None
    start = START + 4 * dimensions
    if len(blob) < start:
        raise ValueError(short)
    return (
        fmt,
        scale,
        struct.unpack_from(f"<{dimensions}I", blob, START),
        start,
    )


def encode(values: NDArray[np.float32], fmt: FloatFormat) -> Bits:
    """The codes of numbers of the format, as uint32; shape (n,) for both.

    What is not a number of the format gets some code, which does not decode
    to it.
    """
    bits = values.view(np.uint32)
    a = bits & MAGNITUDE
    drop = 23 - fmt.mantissa_bits
    codes = (a >> np.uint32(drop)) - first_normal(fmt)
    if fmt.exponent_bits < 8:
        small = a < np.float32(2.0**fmt.min_exponent).view(np.uint32)
        steps = a[small].view(np.float32) / np.float32(fmt.step)
        codes[small] = steps.astype(np.uint32)
    ones = np.uint32((1 << (fmt.bits - 1)) - 1)
    if fmt.has_infinity:
        codes[a == INFINITY] = fmt.max_code + 1
    nan = a > INFINITY
    if fmt.flavour == "ieee":
        payload = ((a[nan] | QUIET) & ~INFINITY) >> np.uint32(drop)
        codes[nan] = payload + np.uint32(fmt.max_code + 1)
    else:
        codes[nan] = ones
    return codes & ones | bits >> np.uint32(31) << np.uint32(fmt.bits - 1)


def decode(codes: Bits, fmt: FloatFormat) -> NDArray[np.float32]:
    """What codes (uint32) stand for, as float32; shape (n,) for both.

    Raises ValueError for codes that stand for 2^128 or more ("fn" and
    "finite" with E = 8), which `encode` does not give.
    """
    ones = np.uint32((1 << (fmt.bits - 1)) - 1)
    a = codes & ones
    drop = 23 - fmt.mantissa_bits
    bits = (a + first_normal(fmt)) << np.uint32(drop)
    if fmt.exponent_bits < 8:
        small = a < 1 << fmt.mantissa_bits
        steps = a[small].astype(np.float32) * np.float32(fmt.step)
        bits[small] = steps.view(np.uint32)
    special = a > fmt.max_code
    if fmt.flavour == "ieee":
        fraction = a[special] - np.uint32(fmt.max_code + 1)
        bits[special] = INFINITY | fraction << np.uint32(drop)
    elif special.any():
        if fmt.flavour == "finite" or (a[special] != ones).any():
            raise ValueError(f"A code of {fmt} stands for 2^128 or more.")
        bits[special] = NAN
    bits |= codes >> np.uint32(fmt.bits - 1) << np.uint32(31)
    return bits.view(np.float32)


def first_normal(fmt: FloatFormat) -> np.uint32:
    """What to add to a normal number's code to get float32's upper bits."""
    return np.uint32((127 - fmt.bias) << fmt.mantissa_bits)


def join(codes: Bits, bits: int) -> bytes:
    """Codes of so many bits each, one after another."""
    each = np.unpackbits(codes.astype(">u4").view(np.uint8)).reshape(-1, 32)
    return np.packbits(each[:, 32 - bits :]).tobytes()


def split(body: bytes, bits: int, count: int) -> Bits:
    """So many codes of so many bits each, from where `join` put them."""
    each = np.zeros((count, 32), np.uint8)
    each[:, 32 - bits :] = np.unpackbits(
        np.frombuffer(body, np.uint8), count=count * bits
    ).reshape(count, bits)
    return np.packbits(each).view(">u4").astype(np.uint32)

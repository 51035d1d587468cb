"""Packing: exactly so many bits, the same numbers again, or a sentence."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from paper.bitwidth import packing
from paper.bitwidth.formats import FLAVOURS, FloatFormat, quantize
from paper.bitwidth.packing import decode, encode, pack, unpack
from paper.bitwidth.verify import plane

SMALL = [fmt for fmt in plane() if fmt.bits <= 10]
OTHERS = [fmt for fmt in plane() if fmt.bits > 10]


def codes_of(fmt: FloatFormat, count: int = 300) -> NDArray[np.uint32]:
    """All codes of a small format, or the ends and some between them."""
    every = 1 << fmt.bits
    if fmt.bits <= 10:
        codes = np.arange(every, dtype=np.uint32)
    else:
        rng = np.random.default_rng(0)
        ends = np.arange(50)
        codes = np.concatenate(
            [
                rng.integers(0, every, count),
                ends,
                every - 1 - ends,
                every // 2 - 25 + ends,
            ]
        ).astype(np.uint32)
    magnitude = codes & np.uint32(every // 2 - 1)
    usual = magnitude <= fmt.max_code
    if fmt.flavour == "fn":
        usual |= magnitude == every // 2 - 1
    return codes if fmt.flavour == "ieee" else codes[usual]


@pytest.mark.parametrize("formats", [SMALL, OTHERS], ids=["small", "others"])
def test_every_value_comes_back(formats: list[FloatFormat]) -> None:
    for fmt in formats:
        codes = codes_of(fmt)
        x = decode(codes, fmt)
        magnitude = codes & np.uint32((1 << (fmt.bits - 1)) - 1)
        number = magnitude <= fmt.max_code
        assert np.isfinite(x).tolist() == number.tolist()
        some = np.flatnonzero(number)[:20]
        assert [abs(float(v)) for v in x[some]] == [
            fmt.magnitude(int(code)) for code in magnitude[some]
        ]
        assert (np.signbit(x) == (codes >> (fmt.bits - 1) == 1)).all()
        # Numbers of the format are those that rounding leaves alone.
        y = quantize(x[number], fmt)
        assert (y.view(np.uint32) == x[number].view(np.uint32)).all()
        nan = np.isnan(x)
        assert (encode(x, fmt)[~nan] == codes[~nan]).all()
        z, found, scale = unpack(pack(x, fmt))
        assert (found, scale) == (fmt, 1.0)
        assert (z[~nan].view(np.uint32) == x[~nan].view(np.uint32)).all()
        assert np.isnan(z[nan]).all()
        assert (np.signbit(z) == np.signbit(x)).all()


def test_specials() -> None:
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan], np.float32)
    y, _, _ = unpack(pack(x, FloatFormat(5, 2)))
    np.testing.assert_array_equal(y, x)
    assert (np.signbit(y) == np.signbit(x)).all()
    y, _, _ = unpack(pack(x[[0, 1, 4, 5]], FloatFormat(4, 3, "fn")))
    np.testing.assert_array_equal(y, x[[0, 1, 4, 5]])


def test_codes_are_those_of_ml_dtypes() -> None:
    every = np.arange(256, dtype=np.uint8)
    for name, fmt in [
        ("float8_e4m3", FloatFormat(4, 3)),
        ("float8_e4m3fn", FloatFormat(4, 3, "fn")),
        ("float8_e5m2", FloatFormat(5, 2)),
        ("float8_e3m4", FloatFormat(3, 4)),
    ]:
        theirs = every.view(getattr(ml_dtypes, name)).astype(np.float32)
        ours = decode(every.astype(np.uint32), fmt)
        np.testing.assert_array_equal(ours, theirs)
        kept = every[~np.isnan(theirs)]
        body = pack(theirs[~np.isnan(theirs)], fmt)[packing.START + 4 :]
        assert body == kept.tobytes()


@pytest.mark.parametrize("mantissa_bits", [0, 1, 3, 7, 12, 23])
def test_exactly_so_many_bits(mantissa_bits: int) -> None:
    fmt = FloatFormat(8, mantissa_bits, "finite")
    for shape in [(), (0,), (1,), (7, 11), (3, 0, 2), (packing.CHUNK + 5,)]:
        rng = np.random.default_rng(0)
        x = quantize(rng.normal(size=shape).astype(np.float32), fmt)
        blob = pack(x, fmt, 0.25)
        size = (x.size * (9 + mantissa_bits) + 7) // 8
        assert len(blob) == 28 + 4 * x.ndim + size
        y, found, scale = unpack(blob)
        assert y.shape == shape
        assert y.flags.writeable
        assert np.array_equal(y, x)
        assert (found, scale) == (fmt, 0.25)


def test_any_memory_order() -> None:
    fmt = FloatFormat(4, 3)
    x = np.arange(30, dtype=np.float32).reshape(5, 6) // 4
    assert np.array_equal(unpack(pack(x.T, fmt))[0], x.T)
    assert np.array_equal(unpack(pack(x[::2], fmt))[0], x[::2])


@pytest.mark.parametrize(
    ("x", "fmt", "scale", "message"),
    [
        (np.zeros(2), FloatFormat(4, 3), 1, "x is float64; it must be"),
        ("text", FloatFormat(4, 3), 1, "x is str"),
        ([1, 1.01], FloatFormat(4, 3), 1, r"E4M3 has no 1\.0"),
        ([1000], FloatFormat(4, 3), 1, r"E4M3 has no 1000\.0"),
        ([np.inf], FloatFormat(4, 3, "fn"), 1, "has no inf"),
        ([np.nan], FloatFormat(4, 3, "finite"), 1, "has no nan"),
        ([np.nan], FloatFormat(4, 0), 1, "E4M0 has no nan"),
        ([1e-9], FloatFormat(4, 3), 1, "E4M3 has no 9"),
        ([1], (4, 3), 1, "must be a FloatFormat"),
        ([1], FloatFormat(4, 3), 0, "scale is 0.0; it must be"),
        ([1], FloatFormat(4, 3), np.nan, "scale is nan"),
        ([1], FloatFormat(4, 3), np.inf, "scale is inf"),
    ],
)
def test_what_cannot_be_packed(
    x: Any, fmt: Any, scale: float, message: str
) -> None:
    if isinstance(x, list):
        x = np.array(x, np.float32)
    with pytest.raises(ValueError, match=message):
        pack(x, fmt, scale)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_bit_counts(flavour: Any) -> None:
    fmt = FloatFormat(3, 2, flavour)
    x = quantize(np.linspace(-3, 3, 11, dtype=np.float32), fmt)
    blob = pack(x, fmt, 0.5)
    for cut in range(len(blob)):
        with pytest.raises(ValueError, match="packed floats"):
            unpack(blob[:cut])
    with pytest.raises(ValueError, match="1 bytes after its end"):
        unpack(blob + b"\0")
    for place in range(8 * len(blob)):
        altered = bytearray(blob)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(ValueError, match="packed floats"):
            unpack(bytes(altered))


def test_sentences() -> None:
    blob = pack(np.ones((2, 3), np.float32), FloatFormat(4, 3))
    with pytest.raises(ValueError, match="no file of packed floats"):
        unpack(b"\x93NUMPY" + blob)
    with pytest.raises(ValueError, match="no file of packed floats"):
        unpack(b"")
    with pytest.raises(ValueError, match="cut short: it has 41 bytes of 42"):
        unpack(blob[:-1])
    with pytest.raises(ValueError, match="altered: its checksum is wrong"):
        unpack(blob[:-1] + b"?")
    with pytest.raises(ValueError, match="layout 2; only layout 1"):
        unpack(blob[:8] + b"\2" + blob[9:])
    with pytest.raises(ValueError, match="altered: its exponent_bits is 9"):
        unpack(blob[:9] + b"\x09" + blob[10:])
    with pytest.raises(ValueError, match="blob is str; it must be bytes"):
        unpack("text")  # type: ignore[arg-type]


def test_codes_beyond_float32_are_refused() -> None:
    fmt = FloatFormat(8, 0, "finite")
    blob = bytearray(pack(np.ones(1, np.float32), fmt))
    blob[-2:] = (
        b"\x7f\x80"  # exponent field 255, with a checksum that is right
    )
    head, body = bytes(blob[:24]), bytes(blob[28:])
    blob[24:28] = struct.pack("<I", zlib.crc32(head + body))
    with pytest.raises(ValueError, match=r"stands for 2\^128"):
        unpack(bytes(blob))

"""Rounding to small formats: properties, peers, and what is refused."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from paper import results
from paper.bitwidth import bench, verify
from paper.bitwidth.formats import (
    FLAVOURS,
    ROUNDINGS,
    FloatFormat,
    Rounding,
    quantize,
)
from paper.problem import Refusal

SMALL = [
    FloatFormat(exponent_bits, mantissa_bits, flavour)
    for exponent_bits in range(1, 6)
    for mantissa_bits in range(5)
    for flavour in FLAVOURS
]
MIXED = [
    FloatFormat(exponent_bits, mantissa_bits, flavour)
    for exponent_bits, mantissa_bits in (
        *((8, 3), (4, 3), (2, 1)),
        *((1, 2), (4, 0), (5, 23)),
    )
    for flavour in FLAVOURS
]
DETERMINISTIC = ("nearest-even", "toward-zero")


def bits(x: NDArray[np.float32]) -> NDArray[np.uint32]:
    return x.view(np.uint32)


def numbers(fmt: FloatFormat) -> NDArray[np.float64]:
    """All numbers of a format from 0 on, from its codes."""
    codes = range(fmt.max_code + 1)
    return np.array([fmt.magnitude(code) for code in codes])


# What a format is


def test_formats_are_those_of_ml_dtypes() -> None:
    for dtype, fmt in verify.PEERS.values():
        info = ml_dtypes.finfo(dtype)  # type: ignore[no-untyped-call]
        assert fmt.bits == info.bits
        assert fmt.mantissa_bits == info.nmant
        assert fmt.max == float(info.max)
        assert fmt.min_exponent == info.minexp
        assert fmt.step == float(info.smallest_subnormal)
        with np.errstate(all="ignore"):
            infinity = np.array(np.inf, np.float32).astype(dtype)
            nan = np.array(np.nan, np.float32).astype(dtype)
        assert fmt.has_nan == bool(np.isnan(nan.astype(np.float32)))
        assert fmt.has_infinity == bool(np.isinf(infinity.astype(np.float32)))


def test_names() -> None:
    assert str(FloatFormat(4, 3)) == "E4M3"
    assert str(FloatFormat(4, 3, "fn")) == "E4M3-fn"
    assert FloatFormat(np.int64(4), 3) == FloatFormat(4, 3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 3), "exponent_bits is 0; it must be a whole number from 1 to 8"),
        ((9, 3), "exponent_bits is 9"),
        ((4, -1), "mantissa_bits is -1"),
        ((4, 24), "mantissa_bits is 24; .* from 0 to 23"),
        ((4.0, 3), "exponent_bits is 4.0"),
        ((4, "3"), "mantissa_bits is '3'"),
        ((4, 3, "IEEE"), "flavour is 'IEEE'; it must be one of"),
    ],
)
def test_no_such_format(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FloatFormat(*arguments)


# Properties


@pytest.mark.parametrize("fmt", SMALL, ids=str)
def test_nearest_of_all_numbers(fmt: FloatFormat) -> None:
    x = verify.samples(fmt, 512)
    x = x[np.isfinite(x) & (np.abs(x) <= fmt.max)]
    grid = numbers(fmt)
    a = np.abs(x).astype(np.float64)
    above = np.minimum(np.searchsorted(grid, a), len(grid) - 1)
    below = np.maximum(above - 1, 0)
    up, down = grid[above] - a, a - grid[below]
    nearest = np.where(up < down, above, below)
    even = np.where(above % 2, below, above)
    nearest = np.where(up == down, even, nearest)
    expected = np.copysign(grid[nearest], x).astype(np.float32)
    assert (bits(quantize(x, fmt)) == bits(expected)).all()
    floor = grid[np.searchsorted(grid, a, side="right") - 1]
    expected = np.copysign(floor, x).astype(np.float32)
    assert (bits(quantize(x, fmt, "toward-zero")) == bits(expected)).all()


@pytest.mark.parametrize("rounding", DETERMINISTIC)
@pytest.mark.parametrize("fmt", MIXED, ids=str)
def test_idempotent_odd_monotone(fmt: FloatFormat, rounding: Any) -> None:
    for saturate in {True, fmt.flavour == "finite"}:
        x = verify.samples(fmt, 1024)
        y = quantize(x, fmt, rounding, saturate=saturate)
        again = quantize(y, fmt, rounding, saturate=saturate)
        assert (bits(again) == bits(y)).all()
        opposite = quantize(-x, fmt, rounding, saturate=saturate)
        assert (bits(opposite) == bits(-y)).all()
        in_order = y[np.argsort(x)]
        in_order = in_order[~np.isnan(in_order)]
        assert (in_order[1:] >= in_order[:-1]).all()


@pytest.mark.parametrize("exponent_bits", [1, 4, 8])
def test_truncation_nests(exponent_bits: int) -> None:
    wide = FloatFormat(exponent_bits, 9, "finite")
    x = verify.samples(wide, 1024)
    for mantissa_bits in range(9):
        fmt = FloatFormat(exponent_bits, mantissa_bits, "finite")
        twice = quantize(quantize(x, wide, "toward-zero"), fmt, "toward-zero")
        once = quantize(x, fmt, "toward-zero")
        # Beyond the largest number both say the largest, which grows with M.
        inside = ~(np.abs(x) > fmt.max)
        assert (bits(once)[inside] == bits(twice)[inside]).all()


def test_nearest_does_not_nest() -> None:
    x = np.array([1.0 + 2.0**-2 - 2.0**-5], np.float32)  # 1.21875
    narrow, wide = FloatFormat(4, 1), FloatFormat(4, 3)
    assert quantize(x, narrow) == 1.0
    assert quantize(quantize(x, FloatFormat(4, 2)), narrow) == 1.0
    x = np.array([1.25 + 2.0**-5], np.float32)
    assert quantize(x, narrow) == 1.5
    assert quantize(quantize(x, wide), narrow) == 1.0


def test_stochastic_rounding_is_unbiased() -> None:
    rng = np.random.default_rng(0)
    fmt = FloatFormat(3, 2, "finite")
    count = 40_000
    # Normal numbers, subnormals, one of the format, and next to the largest.
    for value in (1.3, -2.9, 0.3, 0.01, 0.05, -0.1, 1.25, 27.5):
        x = np.full(count, value, np.float32)
        y = quantize(x, fmt, "stochastic", rng=rng).astype(np.float64)
        low, high = np.unique(y)[[0, -1]]
        assert len(np.unique(y)) <= 2
        assert low <= x[0] <= high
        spread = np.sqrt((high - x[0]) * (x[0] - low) / count)
        assert abs(y.mean() - x[0]) <= 4 * spread
    kept = quantize(x, FloatFormat(8, 23), "stochastic", rng=rng)
    assert (kept == x).all()


def test_stochastic_rounding_repeats_with_its_seed() -> None:
    x = verify.samples(FloatFormat(4, 3), 512)
    for fmt in MIXED:
        first, second = (
            quantize(x, fmt, "stochastic", rng=np.random.default_rng(seed))
            for seed in (1, 1)
        )
        assert (bits(first) == bits(second)).all()
        # A neighbour: below or at, where truncation is, or one step above.
        down = quantize(x, fmt, "toward-zero")
        finite = np.isfinite(first) & np.isfinite(down)
        assert (np.abs(first[finite]) >= np.abs(down[finite])).all()
        assert (np.signbit(first) == np.signbit(x)).all()


# Ends


def test_overflow_infinity_and_nan() -> None:
    x = np.array([464, 465, -1e30, np.inf, -np.inf, np.nan], np.float32)
    fn = FloatFormat(4, 3, "fn")
    nan = np.nan
    for fmt, saturate, rounding, expected in [
        (fn, None, "nearest-even", [448, nan, nan, nan, nan, nan]),
        (fn, True, "nearest-even", [448, 448, -448, 448, -448, nan]),
        (fn, None, "toward-zero", [448, 448, -448, nan, nan, nan]),
        (
            FloatFormat(4, 3),
            None,
            "nearest-even",
            [np.inf, np.inf, -np.inf, np.inf, -np.inf, nan],
        ),
        (
            FloatFormat(4, 3),
            None,
            "toward-zero",
            [240, 240, -240, np.inf, -np.inf, nan],
        ),
        (
            FloatFormat(4, 3, "finite"),
            None,
            "nearest-even",
            [448, 480, -480, 480, -480, nan],
        ),
    ]:
        y = quantize(x, fmt, rounding, saturate=saturate)  # type: ignore[arg-type]
        np.testing.assert_array_equal(y, np.array(expected, np.float32))
        assert (np.signbit(y) == np.signbit(x)).all()


def test_overflow_where_gfloat_has_another_largest_number() -> None:
    for fmt, largest, tie, then in [
        (FloatFormat(1, 1), 1.0, 1.5, np.inf),
        (FloatFormat(1, 0), 0.0, 1.0, 0.0),  # the even code is zero's
        (
            FloatFormat(8, 3, "fn"),
            1.875 * 2.0**127,
            1.9375 * 2.0**127,
            np.nan,
        ),
        (FloatFormat(8, 3, "finite"), *(1.875 * 2.0**127,) * 3),
    ]:
        assert fmt.max == largest
        x = np.array([tie, tie], np.float32)
        x[0] = np.nextafter(x[0], np.float32(0))
        np.testing.assert_array_equal(quantize(x, fmt), [largest, then])


def test_a_tie_at_no_mantissa_goes_to_the_even_exponent() -> None:
    x = np.array([0.75, 1.5, 3, 6], np.float32)
    for exponent_bits in (5, 8):
        fmt = FloatFormat(exponent_bits, 0)
        assert quantize(x, fmt).tolist() == [0.5, 2, 2, 8]


def test_one_exponent_bit_is_fixed_point() -> None:
    assert numbers(FloatFormat(1, 2, "finite")).tolist() == [
        0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5
    ]  # fmt: skip
    assert numbers(FloatFormat(1, 2)).tolist() == [0, 0.5, 1, 1.5]
    assert FloatFormat(1, 0).max == 0


def test_e8m23_is_the_identity() -> None:
    x = verify.samples(FloatFormat(8, 23))
    for rounding in ROUNDINGS[:2]:
        y = quantize(x, FloatFormat(8, 23), rounding)
        assert (bits(y) == bits(x)).all()
    finite = x[np.isfinite(x)]
    for flavour in FLAVOURS:
        y = quantize(finite, FloatFormat(8, 23, flavour))
        assert (bits(y) == bits(finite)).all()


def test_nan_keeps_sign_and_payload() -> None:
    x = np.array([0x7FC00001, 0xFF800001, 0xFFFFFFFF], np.uint32)
    for fmt in MIXED:
        y = quantize(x.view(np.float32), fmt)
        assert (bits(y) == (x | np.uint32(0x00400000))).all()


# Peers


@pytest.mark.parametrize("name", verify.PEERS)
def test_a_part_of_all_float32_against_the_peer(name: str) -> None:
    rng = np.random.default_rng(0)
    some = rng.integers(0, 1 << 32, 1 << 18, np.uint32)
    edges = bits(verify.samples(verify.PEERS[name][1]))
    compared = verify.compare(name, np.concatenate([some, edges]))
    assert compared.values > 1 << 18
    assert compared.nans > 500
    assert compared.differences == 0


def test_formats_that_no_hardware_has_against_gfloat() -> None:
    for fmt in verify.plane()[::11] + MIXED:
        compared = verify.compare_gfloat(fmt)
        # Of E1M0 zeros alone, for gfloat's largest number is not ours.
        assert compared.values > (16_000 if fmt.max else 20)
        assert compared.differences == 0, fmt


def test_a_difference_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dtype, _ = verify.PEERS["float8_e4m3"]
    wrong = {"float8_e4m3": (dtype, FloatFormat(4, 2))}
    monkeypatch.setattr(verify, "PEERS", wrong)
    monkeypatch.setattr(verify, "plane", lambda: [FloatFormat(3, 0)])
    some = bits(np.linspace(1, 2, 257, dtype=np.float32))
    part = verify.compare("float8_e4m3", some)
    monkeypatch.setattr(verify, "compare_part", lambda task: part)
    assert part.differences > 0
    with pytest.raises(Refusal, match="values differ"):
        verify.run(argparse.Namespace(jobs=1, results=tmp_path))
    rows = results.read(tmp_path / "verify.json")["rows"]
    assert rows[0]["differences"] > 0
    assert rows[1]["differences"] == 0


def test_the_record_says_that_nothing_differs() -> None:
    folder = Path(verify.__file__).parent / "results"
    rows = results.read(folder / "verify.json")["rows"]
    found = {row["peer"]: row for row in rows}
    assert set(found) == {*verify.PEERS, "gfloat"}
    for name, row in found.items():
        assert row["differences"] == 0
        if name != "gfloat":
            assert row["values"] == 1 << 32
            assert row["nan"] == 2 * ((1 << 23) - 1)


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_parts_of_any_length(rounding: Rounding) -> None:
    x = verify.samples(FloatFormat(4, 3), 1 << 17)
    for fmt in (FloatFormat(4, 3), FloatFormat(4, 0), FloatFormat(8, 3)):
        whole, part = np.random.default_rng(0), np.random.default_rng(0)
        parts = [
            quantize(some, fmt, rounding, rng=part)
            for some in np.array_split(x, 7)
        ]
        together = quantize(x, fmt, rounding, rng=whole)
        assert (bits(together) == bits(np.concatenate(parts))).all()


# Arrays and arguments


def test_arrays_of_any_shape() -> None:
    fmt = FloatFormat(4, 3)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 8, 10)).astype(np.float32)
    y = quantize(x, fmt)
    for view, expected in [
        (x[::2, :, ::-3], y[::2, :, ::-3]),
        (x.T, y.T),
        (np.asfortranarray(x), y),
        (x[:0], y[:0]),
        (x[1, 2, 3], y[1, 2, 3]),
        (np.broadcast_to(x[0], (2, 8, 10)), np.stack([y[0], y[0]])),
    ]:
        found = quantize(view, fmt)
        assert isinstance(found, np.ndarray)
        assert found.shape == expected.shape
        assert found.flags.writeable
        assert np.array_equal(found, expected)


def test_out() -> None:
    fmt = FloatFormat(4, 3)
    x = np.random.default_rng(0).normal(size=(200, 300)).astype(np.float32)
    y = quantize(x, fmt)
    out = np.empty_like(x)
    assert quantize(x, fmt, out=out) is out
    assert np.array_equal(out, y)
    column = np.zeros((200, 600), np.float32)
    quantize(x, fmt, out=column[:, ::2])
    assert np.array_equal(column[:, ::2], y)
    assert not column[:, 1::2].any()
    same = x.copy()
    assert quantize(same, fmt, out=same) is same
    assert np.array_equal(same, y)
    for start in (0, 7):  # memory that overlaps, in both directions
        long = np.concatenate([x.ravel(), x.ravel()[:7]])
        source, target = long[7 - start :][: x.size], long[start:][: x.size]
        expected = quantize(source.copy(), fmt)
        quantize(source, fmt, out=target)
        assert np.array_equal(target, expected)
    turned = x[:200, :200].copy()
    expected = quantize(turned.copy(), fmt)
    quantize(turned, fmt, out=turned.T)
    assert np.array_equal(turned.T, expected)


def frozen() -> NDArray[np.float32]:
    out = np.empty(3, np.float32)
    out.flags.writeable = False
    return out


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x": np.zeros(3)}, "x is float64; it must be a float32 array"),
        ({"x": np.zeros(3, ">f4")}, "x is >f4; it must be"),
        ({"x": [1.0, 2.0]}, "x is list"),
        ({"x": np.zeros(3, np.int32)}, "x is int32"),
        ({"fmt": (4, 3)}, r"fmt is \(4, 3\); it must be a FloatFormat"),
        ({"rounding": "nearest"}, "rounding is 'nearest'; .* one of"),
        ({"rounding": "stochastic"}, "give rng=numpy.random.default_rng"),
        ({"rounding": "stochastic", "rng": 3}, "give rng="),
        ({"saturate": "yes"}, "saturate is 'yes'; it must be True, False"),
        (
            {"fmt": FloatFormat(2, 1, "finite"), "saturate": False},
            "E2M1-finite must saturate",
        ),
        ({"out": np.zeros(3)}, "out is float64; it must be a float32 array"),
        ({"out": [0.0] * 3}, "out is list"),
        ({"out": np.zeros(4, np.float32)}, r"shape \(4,\), but x has \(3,\)"),
        ({"out": frozen()}, "out is read-only"),
    ],
)
def test_bad_arguments(changed: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"x": np.ones(3, np.float32)}
    arguments |= {"fmt": FloatFormat(4, 3)} | changed
    with pytest.raises(ValueError, match=message):
        quantize(**arguments)


def test_bench(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in [
        ("PARAMETERS", 1000), ("ROUNDS", 1), ("PLANE_ROUNDS", 1)
    ]:  # fmt: skip
        monkeypatch.setattr(bench, name, value)
    bench.run(argparse.Namespace(save=True, results=tmp_path))
    assert "times ml_dtypes' cast" in capsys.readouterr().out
    rows = results.read(tmp_path / "bench.json")["rows"]
    names = [row["name"] for row in rows]
    assert "np.copyto" in names
    assert "gfloat E4M3" in names
    slowest = [name for name in names if name.startswith("slowest of 192")]
    assert len(slowest) == 1


def test_the_record_says_that_rounding_is_fast() -> None:
    folder = Path(bench.__file__).parent / "results"
    rows = results.read(folder / "bench.json")["rows"]
    for row in rows:
        if row["name"].startswith(("quantize", "slowest of 192")):
            assert row["of_copyto"] >= 0.35
    speed = {row["name"]: row["melem_per_s"] for row in rows}
    ours = speed["quantize E4M3"]
    assert ours >= 20 * speed["ml_dtypes float8_e4m3, cast"]
    assert ours >= 100 * speed["gfloat E4M3"]

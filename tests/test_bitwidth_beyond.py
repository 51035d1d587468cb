"""Scales, integers, mixed widths, exponents and the front of the study."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paper.bitwidth import (
    exponents,
    integers,
    mixed,
    pareto,
    rescaling,
    scaling,
)
from paper.bitwidth.__main__ import main
from paper.bitwidth.data import load
from paper.bitwidth.formats import FloatFormat, quantize
from paper.bitwidth.gather import gather
from paper.bitwidth.judge import bits_per_weight, judge, places
from paper.bitwidth.networks import build, forward
from paper.bitwidth.training import train, trained, weights_checksum
from paper.problem import Refusal
from paper.results import read

E2M1 = FloatFormat(2, 1, "finite")


def values(*shape: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.05, shape).astype(np.float32)


# Scales


@pytest.mark.parametrize(("exponent", "mantissa"), scaling.SPLITS)
def test_fit_is_the_smallest_power_of_two_that_saturates_nothing(
    exponent: int, mantissa: int
) -> None:
    fmt = FloatFormat(exponent, mantissa, "finite")
    for seed in range(20):
        x = values(50, seed=seed) * np.float32(10.0 ** (seed - 10))
        largest = float(np.abs(x).max())
        fitting = scaling.fitting(x, fmt)
        assert largest <= fmt.max * 2.0**fitting
        assert largest > fmt.max * 2.0 ** (fitting - 1)


def test_fit_of_an_exact_maximum_is_not_one_too_large() -> None:
    x = np.array([E2M1.max / 8, 0], np.float32)
    assert scaling.fitting(x, E2M1) == -3
    assert np.array_equal(scaling.store(x, E2M1, "fit").values, x)


def test_the_scale_moves_the_format_and_nothing_else() -> None:
    x = values(7, 9)
    for exponent in (-9, 0, 4):
        moved = scaling.scaled(x, E2M1, exponent)
        other = quantize((x / 2.0**exponent).astype(np.float32), E2M1)
        assert np.array_equal(moved, other * np.float32(2.0**exponent))


def test_least_squares_is_never_worse_than_fit() -> None:
    gains = 0
    for seed in range(10):
        x = values(500, seed=seed)
        x[0] = 1  # far out
        errors = {
            scale: scaling.squared_error(
                x, scaling.store(x, E2M1, scale).values
            )
            for scale in ("fit", "least-squares")
        }
        assert errors["least-squares"] <= errors["fit"]
        gains += errors["least-squares"] < errors["fit"]
    assert gains > 0


def test_a_block_has_the_scale_of_the_mx_specification() -> None:
    # 3 x 3 x 5 inputs: a block of 32 and one of 13 for each of 4 outputs.
    x = values(3, 3, 5, 4)
    stored = scaling.store(x, E2M1, "block")
    assert stored.scale_bits == 2 * 4 * 8
    inputs, read_back = x.reshape(-1, 4), stored.values.reshape(-1, 4)
    for output in range(4):
        for rows in (slice(0, 32), slice(32, 45)):
            block = inputs[rows, output]
            # The largest power of two not above the largest value, over
            # that of the format: 4, as E2M1 ends at 6.
            scale = 2.0 ** (np.floor(np.log2(np.abs(block).max())) - 2)
            wanted = quantize((block / scale).astype(np.float32), E2M1)
            assert np.array_equal(read_back[rows, output], wanted * scale)


@pytest.mark.parametrize("scale", scaling.SCALES)
def test_zeros_stay_zeros(scale: scaling.Scale) -> None:
    for shape in ((3,), (40, 2)):
        zeros = np.zeros(shape, np.float32)
        assert not scaling.store(zeros, E2M1, scale).values.any()


def test_a_vector_is_cut_into_blocks() -> None:
    stored = scaling.store(values(70), E2M1, "block")
    assert stored.values.shape == (70,)
    assert stored.scale_bits == 3 * 8


# Integers


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("each_output", [True, False])
def test_integers_are_within_half_a_step(
    symmetric: bool, bits: int, each_output: bool
) -> None:
    x = values(3, 3, 4, 6) + np.float32(0.02)
    stored = integers.store(x, bits, symmetric, each_output=each_output)
    scales = 6 if each_output else 1
    assert stored.scale_bits == scales * (32 if symmetric else 32 + bits)
    for output in range(6):
        part = x[..., output] if each_output else x
        own = stored.values[..., output] if each_output else stored.values
        if symmetric:
            step = np.abs(part).max() / (2 ** (bits - 1) - 1)
        else:
            step = (part.max() - part.min()) / (2**bits - 1)
        assert len(np.unique(own)) <= 2**bits
        # One more half step at the ends, where the zero point was rounded.
        limit = step * (0.501 if symmetric else 1.001)
        assert np.abs(part - own).max() <= limit


@pytest.mark.parametrize("symmetric", [True, False])
def test_integers_keep_zero_exactly(symmetric: bool) -> None:
    x = np.array([0, 0.3, 1.7], np.float32)
    stored = integers.store(x, 4, symmetric, each_output=False)
    assert stored.values[0] == 0
    zeros = np.zeros((4, 2), np.float32)
    stored = integers.store(zeros, 4, symmetric, each_output=True)
    assert not stored.values.any()


# Mixed widths


def test_descend_takes_the_cheapest_bit_each_time() -> None:
    sizes = {"a": 10, "b": 1}
    cost = {
        "a": [0, 0, 0, 90, 9, 1, 0, 0, 0],
        "b": [0, 0, 9, 4, 1, 0, 0, 0, 0],
    }

    def loss(widths: dict[str, int]) -> float:
        return sum(cost[name][bits] for name, bits in widths.items())

    path = mixed.descend({"a": 5, "b": 4}, sizes, loss)
    assert path[0].lowered == ""
    # A bit of `a` saves ten: 8 / 10, then b's 3 / 1, then a's 81 / 10.
    cost_of = [step.loss for step in path]
    assert [step.lowered for step in path[1:4]] == ["a", "b", "b"]
    assert path[-1].widths == {"a": 2, "b": 2}
    assert cost_of[:2] == [2, 10]


def test_the_rule_stops_above_the_first_network_that_fails() -> None:
    def row(lost: int, won: int) -> dict[str, Any]:
        return {"validation": {"lost": lost, "won": won}}

    good, bad = row(1, 0), row(9, 0)
    assert mixed.last_passed([good, good, bad, good]) == 1
    assert mixed.last_passed([bad, good]) == 0
    assert mixed.last_passed([good, good]) == 1


def test_two_bits_are_a_sign_and_one_magnitude() -> None:
    x = values(200)
    choice = mixed.best(x, 2)
    assert choice.format == "E1M0"
    found = np.unique(np.abs(choice.stored.values))
    assert len(found) == 2
    assert found[0] == 0


# Exponents


def test_exponents_are_counted() -> None:
    x = np.array([1, 1.5, -2, 0.25, 0, 1e-40], np.float32)
    found = exponents.described(x)
    assert (found["lowest"], found["highest"]) == (-2, 1)
    assert found["counts"] == [1, 0, 2, 1]
    assert found["without"] == 2
    assert found["size"] == 6
    # The squares: 4 of 2**1, 3.25 of 2**0, 0.0625 of 2**-2.
    assert found["octaves"] == 4
    uniform = exponents.described(np.array([1, 2, 4, 8], np.float32))
    assert uniform["exponent_entropy"] == 2
    assert uniform["fraction_entropy"] == uniform["sign_entropy"] == 0


def test_a_tensor_of_zeros_is_refused() -> None:
    with pytest.raises(Refusal, match="no value but 0"):
        exponents.described(np.zeros(3, np.float32))


# One row a configuration


def test_repeats_are_averaged_before_the_interval() -> None:
    def row(seed: int, repeat: int, won: int) -> dict[str, Any]:
        part = {"images": 100, "errors": 5 - won, "lost": 0, "won": won}
        return {
            "seed": seed,
            "format": "E2M1",
            "repeat": repeat,
            "validation": part,
            "test": part,
        }

    found = gather([row(0, 0, 0), row(0, 1, 2), row(1, 0, 1), row(1, 1, 1)])
    assert len(found) == 1
    assert found[0]["seeds"] == [0, 0, 1, 1]
    assert found[0]["repeats"] == [0, 1, 0, 1]
    assert found[0]["test"]["won"] == [0, 2, 1, 1]
    assert found[0]["difference"] == pytest.approx(0.01)
    assert found[0]["interval"] == (pytest.approx(0.01), pytest.approx(0.01))
    assert found[0]["p"] == [1, 0.5, 1, 1]
    assert found[0]["p_holm"] == [1, 1, 1, 1]


# The front


def test_the_front_is_chosen_by_validation_images() -> None:
    def point(bits: float, validation: float, test: float) -> dict[str, Any]:
        return {
            "bits_per_weight": bits,
            "validation_difference": validation,
            "difference": test,
        }

    points = [
        point(4, -0.01, 0.0),
        point(2, -0.05, 0.9),
        point(3, -0.06, 0.9),
        point(4, -0.02, 0.9),
        point(8, -0.01, 0.9),
        point(9, 0.0, -0.9),
    ]
    pareto.mark(points)
    assert [p["front"] for p in points] == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]


# With a network


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seeds of each network on digits, trained for two epochs."""
    folder = tmp_path_factory.mktemp("work")
    for network in ("cnn", "mlp"):
        for seed in range(2):
            train(load("digits"), network, seed, folder, epochs=2)
    return folder


def place(work: Path, network: str = "cnn") -> dict[str, Any]:
    tensors = trained(load("digits"), network, 0, work)
    return {
        "data": "digits",
        "network": network,
        "seed": 0,
        "work": str(work),
        "weights": weights_checksum(tensors),
    }


@pytest.mark.parametrize("network", ["cnn", "mlp"])
def test_the_judge_sees_what_the_whole_network_answers(
    work: Path, network: str
) -> None:
    data = load("digits")
    trial = judge(**place(work, network))
    logits = forward(build(network, data))
    stages = range(len(trial.names))
    changed = dict(trial.tensors)
    # In this order some start from what an earlier one has left behind.
    for name in reversed(trial.tensors):
        changed[name] = quantize(changed[name], FloatFormat(4, 1, "finite"))
        found = trial.test.logits(changed, remember=stages)
        wanted = np.asarray(logits(tuple(changed.values()), data.x_test))
        assert np.allclose(found, wanted, rtol=1e-4, atol=1e-4)
    assert trial.verdict(trial.tensors)["test"]["lost"] == 0


def test_the_loss_is_the_cross_entropy_of_keras(work: Path) -> None:
    import keras  # noqa: PLC0415 (slow)

    trial = judge(**place(work))
    part = trial.validation
    logits = part.logits(trial.tensors)
    wanted = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(
        part.labels, logits
    )
    assert part.loss(logits) == pytest.approx(float(wanted), rel=1e-5)


def test_weights_of_another_training_are_refused(work: Path) -> None:
    with pytest.raises(Refusal, match="not those"):
        judge(**place(work) | {"weights": "0"})


def test_bits_are_counted_over_all_parameters(work: Path) -> None:
    found = scaling.trial(
        **place(work), format="E2M1", scale="fit", rounding="nearest-even"
    )["biases"]
    tensors = trained(load("digits"), "cnn", 0, work)
    size = sum(tensor.size for tensor in tensors.values())
    biases = sum(t.size for t in tensors.values() if t.ndim == 1)
    kernels = size - biases
    assert found["quantized"]["bits_per_weight"] == pytest.approx(
        4 + len(tensors) * 8 / size
    )
    assert found["float32"]["bits_per_weight"] == pytest.approx(
        (4 * kernels + 32 * biases + (len(tensors) - 2) * 8) / size
    )
    one = dict.fromkeys(tensors, 3)
    assert bits_per_weight(tensors, one) == 3


def test_keras_covers_the_dense_kernels_and_nothing_else(work: Path) -> None:
    model = build("cnn", load("digits"))
    assert integers.covers(model) == ["W4", "W5"]
    with pytest.warns(UserWarning, match="Conv2D"):
        model.quantize("int8")
    for layer in model.layers:
        for variable in layer.weights:
            is_integer = "int8" in str(variable.dtype)
            is_kernel = variable.name == "kernel"
            is_dense = layer.name.startswith("dense")
            assert is_integer == (is_kernel and is_dense)
    found = integers.trial(
        **place(work),
        format="int8",
        method="keras",
        scale="output",
        biases="float32",
    )
    assert found["covered"] == ["W4", "W5"]
    # int8 and rounded inputs change the answer to few of 300 images.
    assert found["test"]["lost"] <= 9


def command(name: str, work: Path, results: Path, network: str) -> int:
    """Run one command of the study on digits, in this process."""
    words = f"{name} --seeds 2 --network {network}"
    places = ["--work", str(work), "--results", str(results)]
    before = sys.argv
    sys.argv = ["bitwidth", *words.split(), *places]
    try:
        return main()
    finally:
        sys.argv = before


@pytest.mark.parametrize("network", ["cnn", "mlp"])
def test_the_commands_write_results_that_can_be_read(
    work: Path,
    tmp_path: Path,
    network: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scaling, "SPLITS", [(2, 1)])
    monkeypatch.setattr(scaling, "STOCHASTIC", [(2, 1, "fit")])
    monkeypatch.setattr(integers, "WIDTHS", (4,))
    monkeypatch.setattr(mixed, "WIDEST", 4)
    monkeypatch.setattr(rescaling, "MANTISSA_BITS", range(2))
    parts = ("rescaling", "scaling", "integers", "mixed", "exponents")
    for name in (*parts, "pareto"):
        assert command(name, work, tmp_path, network) == 0
    folder = tmp_path / ("digits" if network == "cnn" else "digits-mlp")
    found = {
        name: read(folder / f"{name}.json") for name in (*parts, "pareto")
    }
    for part in found.values():
        assert part["settings"]["network"] == network
        # Nothing of the machine's folders is in what is published.
        assert str(work) not in json.dumps(part["rows"])
    scaled = found["scaling"]["rows"]
    assert len(scaled) == (4 + 1) * 2
    assert scaled[0]["test"]["images"] == 300
    assert len(scaled[-1]["p"]) == 2 * scaling.REPEATS
    names = list(trained(load("digits"), network, 0, work))
    path = [row for row in found["mixed"]["rows"] if row["kind"] == "path"]
    assert len(path) == 2
    assert len(path[0]["lowered"]) == 1 + 2 * len(names)
    points = found["pareto"]["rows"]
    bits = [row["bits_per_weight"] for row in points]
    assert bits == sorted(bits)
    assert points[0]["front"]


def test_rescaling_gives_a_truncated_tensor_its_size_back() -> None:
    x = values(500)
    for mantissa in range(8):
        form = FloatFormat(8, mantissa, "finite")
        cut = quantize(x, form, "toward-zero")
        found = rescaling.rescaled(x, form)
        assert np.abs(cut).mean() < np.abs(x).mean()
        assert np.abs(found).mean() == pytest.approx(np.abs(x).mean())
        # One factor for all of it: not one bit more than in the truncated.
        factors = found[cut != 0] / cut[cut != 0]
        assert factors == pytest.approx(factors[0], rel=1e-6)
    nothing = np.zeros(3, np.float32)
    assert not rescaling.rescaled(nothing, form).any()


def test_the_front_reads_the_plane_and_the_search() -> None:
    counts = {"errors": 1, "lost": 2, "won": 1}
    plane = {
        "settings": {"images": {"validation": 10, "test": 100}},
        "rows": [
            {
                "seed": seed,
                "rounding": "toward-zero",
                "exponent_bits": 4,
                "mantissa_bits": 3,
                "validation": counts,
                "test": counts,
            }
            for seed in range(2)
        ],
    }
    (found,) = pareto.planar(plane)
    assert found["bits_per_weight"] == 8
    assert found["validation_difference"] == pytest.approx(-0.1)
    assert found["interval"] == (pytest.approx(-0.01), pytest.approx(-0.01))
    part = {"difference": -0.01, "interval": None}
    search = {
        "rows": [
            {
                "kind": "mean",
                "rounding": "nearest-even",
                "rule": rule,
                "choice": "uniform",
                "reduction": 0.75,
                "validation": part,
                "test": part,
            }
            for rule in ("validation", "test-strict")
        ]
    }
    (found,) = pareto.searched(search)
    assert found["name"] == "E8, uniform, validation, nearest-even"
    assert found["bits_per_weight"] == 8


def test_what_is_missing_is_said_in_one_sentence(
    work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("pareto", work, tmp_path / "none", "cnn") == 1
    assert command("mixed", tmp_path / "none", tmp_path, "cnn") == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert "no results" in said[0]
    assert "train" in said[1]
    assert not list(tmp_path.rglob("*.json"))


def test_a_seed_that_is_not_trained_is_refused(work: Path) -> None:
    class Arguments:
        data, network, seeds = "digits", "cnn", 3

    Arguments.work = work  # type: ignore[attr-defined]
    with pytest.raises(Refusal, match="seed2"):
        places(Arguments)

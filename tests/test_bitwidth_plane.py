"""The bound is one, the engine predicts as Keras does, a run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paper import results
from paper.bitwidth import bound, engine, plane, training
from paper.bitwidth.data import Data, load
from paper.bitwidth.networks import build, tensor_names

ROOT = Path(__file__).parents[1]
Tensors = dict[str, NDArray[np.float32]]


@pytest.fixture(scope="module")
def data() -> Data:
    return load("digits")


@pytest.fixture(scope="module")
def work(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    training.train(data, "cnn", 0, folder, epochs=15)
    return folder


@pytest.fixture(scope="module")
def tensors(data: Data, work: Path) -> Tensors:
    return training.trained(data, "cnn", 0, work)


def as_matrix(kernel: NDArray[Any], side: int) -> NDArray[Any]:
    """The zero-padded convolution of side x side images, as a matrix."""
    _, _, size, filters = kernel.shape
    matrix = np.zeros((side, side, filters, side + 2, side + 2, size))
    for i in range(side):
        for j in range(side):
            part = kernel.transpose(3, 0, 1, 2)
            matrix[i, j, :, i : i + 3, j : j + 3] = part
    inner = matrix[:, :, :, 1:-1, 1:-1]
    return inner.reshape(side * side * filters, -1)


@pytest.mark.parametrize("shape", [(1, 4), (5, 3), (3, 6)])
@pytest.mark.parametrize("smooth", [0, 1])
def test_gains_are_upper_bounds(shape: tuple[int, int], smooth: int) -> None:
    rng = np.random.default_rng(0)
    kernel = rng.normal(smooth, 1, (3, 3, *shape))
    for found, matrix in (
        (bound.gain(kernel, bound.FINE), as_matrix(kernel, 9)),
        (bound.gain(kernel, bound.COARSE), as_matrix(kernel, 9)),
        (bound.absolute_gain(kernel), as_matrix(np.abs(kernel), 9)),
        (bound.gain(kernel[0, 0], bound.FINE), kernel[0, 0]),
    ):
        norm = np.linalg.norm(matrix, 2)
        assert norm <= found < 1.6 * norm


def test_the_symbol_is_bounded_between_the_samples() -> None:
    # Its norm is largest half-way between two samples of the coarse grid.
    kernel = np.zeros((3, 3, 1, 1))
    turn = 2 * np.pi * 0.5 / bound.COARSE
    kernel[:, 1, 0, 0] = np.cos(turn) / 2, 0, np.cos(turn) / 2
    kernel[0, 1, 0, 0] += np.sin(turn) / 2
    kernel[2, 1, 0, 0] -= np.sin(turn) / 2
    fine = bound.gain(kernel, 1024)
    assert bound.gain(kernel, bound.COARSE) >= fine * (1 - 1e-4)


@pytest.mark.parametrize("rank", [1, 40])
def test_the_factorization_raises_a_guess_that_is_low(rank: int) -> None:
    rng = np.random.default_rng(1)
    for _ in range(10):
        matrix = rng.normal(size=(60, rank)) @ rng.normal(size=(rank, 40))
        norm = np.linalg.norm(matrix, 2)
        assert norm <= bound.spectral(matrix) < 1.1 * norm
    assert bound.spectral(np.zeros((3, 2))) == 0


def test_the_first_stage_is_measured() -> None:
    rng = np.random.default_rng(2)
    images = rng.random((4, 6, 6, 1), np.float32)
    change = rng.normal(size=(3, 3, 1, 5))
    exact = images.reshape(4, -1) @ as_matrix(change, 6).T
    found = bound.first(bound.patch_grams(images), change)
    np.testing.assert_allclose(found, np.linalg.norm(exact, axis=1), 1e-5)
    assert np.all(found >= np.linalg.norm(exact, axis=1))


@pytest.mark.parametrize("height", [4, 7])
def test_pooling_brings_nothing_further_apart(height: int) -> None:
    from keras import ops  # noqa: PLC0415 (the backend is set above)

    rng = np.random.default_rng(3)
    one, other = rng.normal(size=(2, 20, height, height, 3))
    pooled = [np.asarray(ops.max_pool(x, 2, 2, "same")) for x in (one, other)]
    assert pooled[0].shape[1] == (height + 1) // 2
    for before, after in zip(one - other, pooled[0] - pooled[1], strict=True):
        assert np.linalg.norm(after) <= np.linalg.norm(before) * (1 + 1e-6)


@pytest.mark.parametrize("network", ["cnn", "mlp"])
@pytest.mark.parametrize("noise", [1e-7, 1e-5, 1e-4, 1e-3, 1e-2, 0.1])
def test_what_is_settled_is_what_is_predicted(
    data: Data, tensors: Tensors, network: str, noise: float
) -> None:
    model = build(network, data)
    names = tensor_names(model)
    own = (
        tensors
        if network == "cnn"
        else dict(zip(names, model.get_weights(), strict=True))
    )
    plain = engine.Evaluator(model, own, data.x_test, bound=False)
    sure = engine.Evaluator(model, own, data.x_test, bound=True)
    rng = np.random.default_rng(4)
    changed = {
        name: (t + noise * rng.normal(size=t.shape)).astype(np.float32)
        for name, t in own.items()
    }
    predicted = plain.predict(changed)
    sure.predict({})
    best, holds = bound.settle(sure.references[0], changed)
    assert np.array_equal(best[holds], predicted[holds])
    assert np.array_equal(sure.predict(changed), predicted)
    if noise == 1e-7:
        assert holds.mean() > 0.8
    # How far the last stage's input moved, and how far it could have.
    error = np.zeros(len(best))
    for k in range(len(bound.stages(changed)) - 1):
        error = bound.step(
            sure.references[0], bound.stages(changed), k, error
        )
    before, after = (
        last_input(model, weights, data.x_test) for weights in (own, changed)
    )
    assert np.all(np.linalg.norm(after - before, axis=1) <= error)


def last_input(
    model: Any, tensors: Tensors, images: NDArray[np.float32]
) -> NDArray[np.float64]:
    """What enters the last layer, shape (n, units)."""
    values: Any = images
    names = engine.stage_names(model)[:-1]
    for own, stage in zip(names, engine.stages(model), strict=False):
        values = stage([tensors[name] for name in own], values)
    return np.asarray(values, np.float64)


def test_every_configuration_predicts_as_keras_does(
    data: Data, tensors: Tensors
) -> None:
    model = build("cnn", data)
    sure = engine.Evaluator(model, tensors, data.x_test, bound=True)
    known: dict[bytes, NDArray[np.int64]] = {}
    for one in plane.configurations():
        changed = plane.quantized(tensors, **one)
        name = engine.digest(changed)
        if name not in known:
            model.set_weights(list(changed.values()))
            logits = model.predict(data.x_test, batch_size=32, verbose=0)
            known[name] = logits.argmax(1)
        assert np.array_equal(sure.predict(changed), known[name]), one
    assert len(known) < 384
    assert sure.full < len(known) / 2
    assert sure.images < len(known) * len(data.x_test) / 2


@pytest.mark.parametrize("network", ["cnn", "mlp"])
def test_one_tensor_is_evaluated_from_its_layer_on(
    data: Data, network: str
) -> None:
    model = build(network, data)
    own = dict(zip(tensor_names(model), model.get_weights(), strict=True))
    evaluator = engine.Evaluator(model, own, data.x_test, data.y_test)
    for name, tensor in own.items():
        changed = {name: -tensor}
        model.set_weights(list((own | changed).values()))
        logits = model.predict(data.x_test, verbose=0)
        assert np.array_equal(evaluator.predict(changed), logits.argmax(1))
        wrong = np.count_nonzero(logits.argmax(1) != data.y_test)
        assert evaluator.errors(changed) == wrong
    with pytest.raises(ValueError, match="no tensor 'W9'"):
        evaluator.predict({"W9": own["W1"]})
    with pytest.raises(ValueError, match="W1 has shape"):
        evaluator.predict({"W1": own["W2"]})


def test_zero_has_no_sign() -> None:
    zeros = np.zeros(3, np.float32)
    assert engine.digest({"B4": zeros}) == engine.digest({"B4": -zeros})
    assert engine.digest({"B4": zeros}) != engine.digest({"B5": zeros})


def test_a_network_that_is_not_proved_is_refused(data: Data) -> None:
    import keras  # noqa: PLC0415 (the backend is set above)

    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(9, activation="gelu"),
            keras.layers.Dense(10),
        ]
    )
    own = dict(zip(tensor_names(model), model.get_weights(), strict=True))
    engine.Evaluator(model, own, data.x_test).predict({})
    with pytest.raises(ValueError, match="not proved"):
        engine.Evaluator(model, own, data.x_test, bound=True)


# A part of the plane, by the command, as a process that can be killed.
SMALL = (
    "from paper.bitwidth import __main__, plane;"
    "plane.MANTISSA_BITS = range(5);"
    "__main__.main()"
)


def test_a_run_that_is_killed_goes_on(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = ["--seeds", "1", "--work", str(work), "--results", str(tmp_path)]
    journal = work / "digits-cnn" / "plane.jsonl"
    with subprocess.Popen(
        [sys.executable, "-c", SMALL, "plane", *places],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    ) as first:
        until = time.monotonic() + 120
        while first.poll() is None and time.monotonic() < until:
            if journal.exists() and journal.read_bytes().count(b"\n") > 5:
                break
            time.sleep(0.01)
        assert first.poll() is None
        os.kill(first.pid, signal.SIGKILL)
    kept = journal.read_bytes()
    kept = kept[: kept.rfind(b"\n") + 1]
    assert 5 < kept.count(b"\n") < 80
    monkeypatch.setattr(plane, "MANTISSA_BITS", range(5))
    args = Namespace(
        data="digits",
        network="cnn",
        seeds=1,
        work=work,
        results=tmp_path,
        scheduler=None,
    )
    plane.opened.cache_clear()
    plane.run(args)
    assert journal.read_bytes().startswith(kept)
    rows = results.read(tmp_path / "digits" / "plane.json")["rows"]
    assert len(rows) == 80
    # Evaluated again, with nothing kept, they are the same.
    data = load("digits")
    bench = plane.Bench(
        data,
        "cnn",
        training.trained(data, "cnn", 0, work),
        tmp_path / "fresh",
    )
    for row in rows[::13]:
        changed = plane.quantized(
            bench.tensors,
            row["exponent_bits"],
            row["mantissa_bits"],
            row["rounding"],
        )
        found = bench.predictions(row["digest"], changed)
        wrong = np.count_nonzero(found["test"] != data.y_test)
        assert row["test"]["errors"] == wrong

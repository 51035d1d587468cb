"""Training goes on from its checkpoint; data are what they say they are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from paper.bitwidth.data import load
from paper.bitwidth.networks import (
    BlockPooling,
    build,
    forward,
    tensor_names,
)
from paper.bitwidth.training import finished, train, trained
from paper.network import course_pooling, mnist_cnn
from paper.problem import Refusal

ROOT = Path(__file__).parent.parent


def test_a_killed_run_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    data = load("digits")
    train(data, "cnn", 0, tmp_path / "whole", epochs=3)
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from paper import checkpoint\n"
        "from paper.bitwidth import training\n"
        "save = checkpoint.save\n"
        "def once(path, arrays, state):\n"
        "    save(path, arrays, state)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "checkpoint.save = once\n"
        "training.train(training.load('digits'), 'cnn', 0, "
        "Path(sys.argv[1]), 3)"
    )
    broken = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "broken")],
        check=False,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    if os.name == "posix":
        assert broken.returncode == -signal.SIGKILL
    left = list((tmp_path / "broken" / "digits-cnn").iterdir())
    assert [path.name for path in left] == ["seed0.checkpoint.npz"]
    train(data, "cnn", 0, tmp_path / "broken", epochs=3)
    whole, state = finished(data, "cnn", 0, tmp_path / "whole")
    assert len(state["curves"]) == 3
    broken_on = trained(data, "cnn", 0, tmp_path / "broken")
    assert list(whole) == ["W1", "W2", "W3", "W4", "B4", "W5", "B5"]
    for name, tensor in whole.items():
        assert tensor.dtype == np.float32
        np.testing.assert_allclose(broken_on[name], tensor, rtol=0, atol=1e-6)


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    data = load("digits")
    train(data, "mlp", 0, tmp_path, epochs=1)
    path = tmp_path / "digits-mlp" / "seed0.npz"
    path.rename(path.with_name("seed0.checkpoint.npz"))
    with pytest.raises(Refusal, match="other settings"):
        train(data, "mlp", 0, tmp_path, epochs=2)


def test_weights_that_are_not_there_name_the_command(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="bitwidth train --data digits"):
        trained(load("digits"), "cnn", 0, tmp_path)


def test_blocks_pool_as_keras_does() -> None:
    rng = np.random.default_rng(0)
    for size in (28, 14, 7):
        images = rng.random((2, size, size, 3), dtype=np.float32)
        np.testing.assert_array_equal(
            BlockPooling()(images), course_pooling()(images)
        )


def test_the_network_is_the_course_s() -> None:
    model = mnist_cnn()
    sizes = [variable.shape for variable in model.trainable_variables]
    assert [int(np.prod(size)) for size in sizes] == [
        *(288, 18_432, 73_728, 1_280_000, 625, 6_250, 10)
    ]
    assert model.count_params() == 1_379_333
    rates = [layer.rate for layer in model.layers if hasattr(layer, "rate")]
    assert rates == [0.3, 0.3, 0.3, 0.3]
    assert tensor_names(model) == ["W1", "W2", "W3", "W4", "B4", "W5", "B5"]


def test_weights_given_from_outside_are_those_used() -> None:
    data = load("digits")
    model = build("cnn", data)
    logits = forward(model)
    images = data.x_test[:5]
    given = [0 * weights for weights in model.get_weights()]
    assert np.any(logits(model.get_weights(), images))
    assert not np.any(logits(given, images))


def test_the_parts_of_the_data_share_no_image() -> None:
    data = load("digits")
    parts = [data.x_train, data.x_validation, data.x_test]
    assert [len(part) for part in parts] == [1197, 300, 300]
    assert all(part.dtype == np.float32 for part in parts)
    assert max(part.max() for part in parts) == 1
    assert data.sha256.startswith("a639ec19")


def arrays(**others: object) -> dict[str, object]:
    rng = np.random.default_rng(0)
    few = {
        "x_train": rng.integers(256, size=(5_010, 4, 4), dtype=np.uint8),
        "y_train": rng.integers(10, size=5_010),
        "x_test": rng.integers(256, size=(10, 4, 4), dtype=np.uint8),
        "y_test": rng.integers(10, size=10),
    }
    return few | others


def test_a_file_of_images_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays())  # type: ignore[arg-type]
    data = load(str(path))
    assert data.name == "mine"
    assert data.x_train.shape == (10, 4, 4, 1)
    assert data.x_validation.shape == (5_000, 4, 4, 1)


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({"x_test": np.zeros((10, 4, 4))}, "x_test is float64"),
        ({"y_test": np.full(10, 10)}, "y_test is not one label"),
        ({"y_test": np.zeros(9, int)}, "y_test is not one label"),
        ({"x_train": np.zeros((9, 4, 4), np.uint8)}, "y_train is not"),
    ],
)
def test_a_wrong_file_is_refused(
    others: dict[str, object], says: str, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.npz"
    np.savez(path, **arrays(**others))  # type: ignore[arg-type]
    with pytest.raises(Refusal, match=says):
        load(str(path))


def test_no_file_and_no_name_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.npz"
    text.write_text("no arrays")
    for source, says in (
        (str(tmp_path / "none.npz"), "There is no file"),
        (str(text), "is not an .npz file"),
        ("letters", "neither digits, mnist, fashion nor"),
    ):
        with pytest.raises(Refusal, match=says):
            load(source)


def test_a_problem_is_one_sentence_and_exit_1(tmp_path: Path) -> None:
    run = subprocess.run(
        [
            *(sys.executable, "-m", "paper.bitwidth", "train"),
            *("--data", str(tmp_path / "none.npz")),
        ],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr == f"There is no file {tmp_path / 'none.npz'}.\n"

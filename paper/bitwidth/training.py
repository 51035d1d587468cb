"""Train the networks of the study: `python -m paper.bitwidth train`.

Every epoch ends with a checkpoint of all that the next one depends on, so
that a run which is stopped, in whatever way, goes on to the same weights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from paper.bitwidth.data import Data, load
from paper.bitwidth.networks import build, tensor_names
from paper.checkpoint import resume, save, save_epoch
from paper.network import BATCH_SIZE, EPOCHS
from paper.problem import Refusal
from paper.results import write

# Digits have 46 times fewer images: shorter epochs, and more of them.
DIGITS_EPOCHS, DIGITS_BATCH_SIZE = 40, 50


def options(parser: argparse.ArgumentParser) -> None:
    """What only this command takes."""
    parser.add_argument(
        "--epochs",
        type=int,
        help=f"default: the course's {EPOCHS}; digits: {DIGITS_EPOCHS}",
    )


def run(args: argparse.Namespace) -> None:
    """Train every seed that is not trained yet, and record them all."""
    data = load(args.data)
    for seed in range(args.seeds):
        train(data, args.network, seed, args.work, args.epochs)
    record(data, args)


def train(
    data: Data,
    network: str,
    seed: int,
    work: Path,
    epochs: int | None = None,
) -> None:
    """Train one network to its end, from its last checkpoint if it has one.

    The seed decides the first weights, the order of the images and what
    dropout drops. Leaves the weights in WORK as an .npz file, with the
    curves of training in a .json file of the same name.
    """
    few = data.name == "digits"
    epochs = epochs or (DIGITS_EPOCHS if few else EPOCHS)
    batch_size = DIGITS_BATCH_SIZE if few else BATCH_SIZE
    folder = home(data.name, network, work)
    path = folder / f"seed{seed}.npz"
    if path.exists():
        return
    checkpoint = folder / f"seed{seed}.checkpoint.npz"
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    model = build(network, data)
    settings = {
        "data": data.sha256,
        "network": network,
        "seed": seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": round(float(model.optimizer.learning_rate), 9),
    }
    model.optimizer.build(model.trainable_variables)
    curves = resume(model, checkpoint, settings)
    for epoch in range(len(curves), epochs):
        start = time.perf_counter()
        order = np.random.default_rng([seed, epoch]).permutation(
            len(data.x_train)
        )
        history = model.fit(
            data.x_train[order],
            data.y_train[order],
            batch_size=batch_size,
            shuffle=False,  # the order is drawn above, for this epoch alone
            verbose=0,
        ).history
        loss, accuracy = model.evaluate(
            data.x_validation, data.y_validation, batch_size=500, verbose=0
        )
        curves.append(
            {
                "loss": round(history["loss"][0], 5),
                "accuracy": round(history["accuracy"][0], 5),
                "validation_loss": round(loss, 5),
                "validation_accuracy": round(accuracy, 5),
                "seconds": round(time.perf_counter() - start, 2),
            }
        )
        if not few or epoch + 1 == epochs:
            print(
                f"{data.name} {network} seed {seed}, epoch {epoch + 1} of "
                f"{epochs}: loss {curves[-1]['loss']:.4f}, validation "
                f"accuracy {accuracy:.4f}, {curves[-1]['seconds']:.0f} s",
                flush=True,
            )
        save_epoch(model, checkpoint, settings, curves)
    tensors = dict(zip(tensor_names(model), model.get_weights(), strict=True))
    save(path, tensors, {"settings": settings, "curves": curves})
    checkpoint.unlink(missing_ok=True)


def home(data: str, network: str, work: Path) -> Path:
    """Where the weights of a network and what was found with them lie."""
    return Path(work) / f"{data}-{network}"


def trained(
    data: Data, network: str, seed: int, work: Path
) -> dict[str, NDArray[np.float32]]:
    """The trained weights by name, float32, in the order of the layers.

    Raises `Refusal` if they are not there, or come from other data.
    """
    tensors, _ = finished(data, network, seed, work)
    return tensors


def trained_as(
    data: Data, network: str, seed: int, work: Path, weights: str
) -> dict[str, NDArray[np.float32]]:
    """The trained weights, if they have this checksum.

    Raises `Refusal` if this machine's weights are not those that a sweep was
    started with.
    """
    tensors = trained(data, network, seed, work)
    if weights_checksum(tensors) != weights:
        raise Refusal(
            f"The weights of seed {seed} in {work} are not those that this "
            "run was started with."
        )
    return tensors


def finished(
    data: Data, network: str, seed: int, work: Path
) -> tuple[dict[str, NDArray[np.float32]], dict[str, Any]]:
    """The trained weights by name, and how they were trained."""
    path = home(data.name, network, work) / f"seed{seed}.npz"
    if not path.exists():
        raise Refusal(
            f"{path} is not there: run python -m paper.bitwidth train "
            f"--data {data.name} --network {network} --seeds {seed + 1} "
            "first."
        )
    with np.load(path) as file:
        state: dict[str, Any] = json.loads(str(file["state"]))
        if state["settings"]["data"] != data.sha256:
            raise Refusal(f"{path} was trained on other data; delete it.")
        names = [name for name in file.files if name != "state"]
        return {name: file[name] for name in names}, state


def weights_checksum(tensors: dict[str, NDArray[np.float32]]) -> str:
    """The SHA-256 of all weights in their order, as little-endian float32."""
    digest = hashlib.sha256()
    for tensor in tensors.values():
        digest.update(np.ascontiguousarray(tensor, "<f4").tobytes())
    return digest.hexdigest()


def record(data: Data, args: argparse.Namespace) -> None:
    """Write the seeds' settings, curves and checksums to the results."""
    rows = []
    for seed in range(args.seeds):
        tensors, state = finished(data, args.network, seed, args.work)
        settings = state["settings"]
        rows.append(
            {
                "seed": seed,
                "weights_sha256": weights_checksum(tensors),
                "parameters": sum(t.size for t in tensors.values()),
                "shapes": {n: list(t.shape) for n, t in tensors.items()},
                "curves": state["curves"],
            }
        )
    write(
        results_folder(data.name, args.network, args.results)
        / "training.json",
        rows,
        {k: v for k, v in settings.items() if k not in ("seed", "data")},
        data,
    )


def results_folder(data: str, network: str, results: Path) -> Path:
    """Where the results on this data with this network are kept."""
    return Path(results) / (data if network == "cnn" else f"{data}-{network}")

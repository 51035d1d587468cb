"""Train the MNIST CNN for some batches and print how long one takes.

Started by `paper.gpu` once for each device: which devices a backend sees is
decided when it is imported. Prints one line of JSON.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from importlib.metadata import version

import keras
import numpy as np

from paper.network import BATCH_SIZE, mnist_cnn


def main(batches: int) -> None:
    """Measure, and print the seconds of one batch and where it ran."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    # Noise trains as slowly as digits do: no step depends on the pixels.
    images = rng.random((batches * BATCH_SIZE, 28, 28, 1), dtype=np.float32)
    labels = rng.integers(10, size=len(images))
    model = mnist_cnn()
    fit = {"batch_size": BATCH_SIZE, "verbose": 0}
    model.fit(images, labels, **fit)  # the first time compiles
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        model.fit(
            images, labels, **fit
        )  # returns the loss, so all work is done
        seconds.append(time.perf_counter() - start)
    device, name = used()
    facts = {
        "device": device,
        "name": name,
        "backend": keras.backend.backend(),
        "keras": keras.__version__,
        "version": version(keras.backend.backend()),
        "seconds_per_batch": statistics.median(seconds) / batches,
    }
    print(json.dumps(facts))


def used() -> tuple[str, str]:
    """The device that a new tensor is put on: its kind and its name."""
    tensor = keras.ops.zeros(())
    if keras.backend.backend() == "jax":
        (device,) = tensor.devices()
        return str(device.platform), str(device.device_kind)
    if keras.backend.backend() == "torch":
        import torch  # noqa: PLC0415 (only where it is the backend)

        kind = tensor.device.type
        name = torch.cuda.get_device_name() if kind == "cuda" else kind
        return kind, name
    import tensorflow as tf  # noqa: PLC0415 (as above)

    kind = tensor.device.rsplit("device:", 1)[-1].split(":")[0]
    card = tf.config.list_physical_devices(kind)[0]
    details = tf.config.experimental.get_device_details(card)
    return kind.lower(), str(details.get("device_name", kind))


if __name__ == "__main__":
    main(int(sys.argv[1]))

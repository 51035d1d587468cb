"""The speed of the plane, beside the loop that anyone would write.

The loop sets a Keras model's weights and calls `evaluate`, once with Keras'
own batches of 32 and once with batches of 1,000. It is timed on a random
sample of the configurations, and the time of all of them is extrapolated
from that; the plane is timed in full, with all that it compiles. Then the
loop's predictions are compared with the plane's, image by image.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import keras
import numpy as np
from numpy.typing import NDArray

from paper import results
from paper.bitwidth.data import Data, load
from paper.bitwidth.engine import Evaluator, Tensors
from paper.bitwidth.networks import build
from paper.bitwidth.plane import configurations, quantized
from paper.bitwidth.training import results_folder, trained
from paper.network import mnist_cnn

Row = dict[str, Any]
GEMM_SIZE = 3072


def options(parser: argparse.ArgumentParser) -> None:
    """What only this command takes."""
    parser.add_argument(
        "--sample",
        type=int,
        default=12,
        help="configurations on which the loop is timed (default 12)",
    )
    parser.add_argument(
        "--check",
        type=int,
        help="configurations whose predictions are compared "
        "(default: 30; digits: all)",
    )


def run(args: argparse.Namespace) -> None:
    """Time the plane and the loop on seed 0; write plane_bench.json."""
    data = load(args.data)
    tensors = trained(data, args.network, 0, args.work)
    plane = list(configurations())
    found, engine = timed_plane(data, args.network, tensors, plane)
    rng = np.random.default_rng(0)
    sample = [plane[i] for i in rng.permutation(len(plane))[: args.sample]]
    model = plain_model(data, args.network)
    loops = [
        timed_loop(model, data, tensors, sample, size) for size in (32, 1000)
    ]
    count = args.check or (len(plane) if data.name == "digits" else 30)
    which = rng.permutation(len(plane))[:count]
    check = compared(
        model, data, tensors, [(plane[i], found[i]) for i in which]
    )
    rate = gemm_rate()
    flops = operations(model) * len(data.y_test)
    rows = [engine, *loops]
    for row in rows:
        row["seconds"] *= len(plane) / row["timed"]
        row["gflop_per_s"] = flops * len(plane) / row["seconds"] / 1e9
        row["of_gemm"] = row["gflop_per_s"] / rate
        row["times_slower_than_the_plane"] = (
            row["seconds"] / engine["seconds"]
        )
    results.write(
        results_folder(data.name, args.network, args.results)
        / "plane_bench.json",
        rows,
        {
            "network": args.network,
            "seed": 0,
            "images": len(data.y_test),
            "configurations": len(plane),
            "gemm": {"size": GEMM_SIZE, "gflop_per_s": rate},
            "check": check,
        },
        data,
    )
    print(report(rows, rate, check))


def timed_plane(
    data: Data, network: str, tensors: Tensors, plane: list[Row]
) -> tuple[list[NDArray[np.int64]], Row]:
    """The predictions of every configuration, and how long they took."""
    start = time.perf_counter()
    evaluator = Evaluator(build(network, data), tensors, data.x_test)
    found = [evaluator.predict(quantized(tensors, **one)) for one in plane]
    seconds = time.perf_counter() - start
    return found, {
        "way": "plane",
        "batch_size": None,
        "seconds": seconds,
        "timed": len(plane),
        "distinct_networks": len(evaluator.known),
        "run_in_full": evaluator.full,
        "images_run": evaluator.images,
        # In KiB on Linux.
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / 2**20,
    }


def plain_model(data: Data, network: str) -> keras.Model:
    """The network with Keras' own layers, the faster ones for inference."""
    if network == "cnn" and data.x_test.shape[1] == 28:
        return mnist_cnn()
    return build(network, data)


def timed_loop(
    model: keras.Model,
    data: Data,
    tensors: Tensors,
    sample: list[Row],
    batch_size: int,
) -> Row:
    """How long the sample takes in the plain loop."""

    def evaluate(one: Row) -> None:
        model.set_weights(list(quantized(tensors, **one).values()))
        model.evaluate(
            data.x_test, data.y_test, batch_size=batch_size, verbose=0
        )

    evaluate(sample[0])  # compiles
    times = [seconds(partial(evaluate, one)) for one in sample]
    return {
        "way": "Keras loop",
        "batch_size": batch_size,
        "seconds": sum(times),
        "timed": len(sample),
        "seconds_each": [min(times), float(np.median(times)), max(times)],
    }


def compared(
    model: keras.Model,
    data: Data,
    tensors: Tensors,
    pairs: list[tuple[Row, NDArray[np.int64]]],
) -> Row:
    """Where the loop, with Keras' batches of 32, predicts other classes."""
    different = 0
    for one, found in pairs:
        model.set_weights(list(quantized(tensors, **one).values()))
        logits = model.predict(data.x_test, batch_size=32, verbose=0)
        different += int(np.count_nonzero(logits.argmax(1) != found))
    return {
        "configurations": len(pairs),
        "images": len(pairs) * len(data.y_test),
        "different": different,
    }


def gemm_rate() -> float:
    """The best rate of a product of two square float32 matrices, GFLOP/s."""
    matrix = jax.random.normal(jax.random.key(0), (GEMM_SIZE, GEMM_SIZE))
    product = jax.jit(lambda a: a @ a)
    product(matrix).block_until_ready()
    best = min(
        seconds(lambda: product(matrix).block_until_ready()) for _ in range(7)
    )
    return 2 * GEMM_SIZE**3 / best / 1e9


def seconds(work: Callable[[], Any]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def operations(model: keras.Model) -> int:
    """Multiplications and additions for one image, without the padding's."""
    total = 0
    for layer in model.layers:
        if layer.trainable_variables:
            places = int(np.prod(layer.output.shape[1:-1], dtype=int))
            total += 2 * places * int(np.prod(layer.kernel.shape))
    return total


def report(rows: list[Row], rate: float, check: Row) -> str:
    """The table on the terminal."""
    lines = [
        f"{'way':<12}{'batch':>7}{'seconds':>10}{'times':>8}{'GFLOP/s':>9}"
        f"{'of GEMM':>9}"
    ]
    for row in rows:
        mark = "*" if row["timed"] < rows[0]["timed"] else " "
        lines.append(
            f"{row['way']:<12}{row['batch_size'] or '-':>7}"
            f"{row['seconds']:>9.1f}{mark}"
            f"{row['times_slower_than_the_plane']:>8.2f}"
            f"{row['gflop_per_s']:>9.0f}{row['of_gemm']:>9.2f}"
        )
    plane = rows[0]
    lines += [
        f"* extrapolated from {rows[1]['timed']} configurations",
        f"a {GEMM_SIZE} x {GEMM_SIZE} product: {rate:.0f} GFLOP/s",
        f"{plane['distinct_networks']} distinct networks, "
        f"{plane['run_in_full']} run in full, {plane['images_run']:,} "
        f"images run in all; peak memory {plane['peak_gib']:.2f} GiB",
        f"{check['different']} of {check['images']:,} predictions differ "
        f"from the loop's, in {check['configurations']} configurations",
    ]
    return "\n".join(lines)

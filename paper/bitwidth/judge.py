"""Judge whole sets of weights: all tensors replaced, on both parts.

`paper.bitwidth.engine` keeps the activations of one set of weights and
answers for others that differ in a few tensors. Here every tensor differs
from float32's, and what is common to two sets (the same convolutions before
other biases) is remembered from the set that was judged before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from paper.bitwidth import statistics
from paper.bitwidth.data import load
from paper.bitwidth.engine import BATCH_SIZE, digest, stage_names, stages
from paper.bitwidth.networks import build
from paper.bitwidth.training import trained, trained_as, weights_checksum

Tensors = Mapping[str, NDArray[np.float32]]
Row = dict[str, Any]
# What tells a task where it runs, which is no part of its result.
PLACE = ("data", "network", "work", "weights")


class Part:
    """Images of one part of the data, run through one architecture.

    `names` are the tensors of each stage, `runs` the compiled stages (see
    `engine.stages`). Images have the shape (n, height, width, channels),
    labels the shape (n,).
    """

    def __init__(
        self,
        names: list[list[str]],
        runs: list[Any],
        images: NDArray[np.float32],
        labels: NDArray[np.int64],
    ) -> None:
        self.names = names
        self.runs = runs
        self.labels = labels
        self.batches = [
            jax.numpy.asarray(images[start : start + BATCH_SIZE])
            for start in range(0, len(images), BATCH_SIZE)
        ]
        # By stage: of which tensors before it, and what entered it.
        self.remembered: dict[int, tuple[bytes, list[jax.Array]]] = {}

    def logits(
        self, tensors: Tensors, remember: Iterable[int] = ()
    ) -> NDArray[np.float32]:
        """The logits with these weights, shape (n, 10).

        What enters the stages of the numbers in `remember` is kept until it
        is replaced: a later call that has the same tensors before such a
        stage starts there.
        """
        keys = [
            digest({n: tensors[n] for some in self.names[:i] for n in some})
            for i in range(len(self.names))
        ]
        known = [
            i for i, (key, _) in self.remembered.items() if key == keys[i]
        ]
        first = max(known, default=0)
        values = self.remembered[first][1] if known else self.batches
        for number in range(first, len(self.runs)):
            if number in remember:
                self.remembered[number] = (keys[number], values)
            weights = [tensors[name] for name in self.names[number]]
            values = [self.runs[number](weights, batch) for batch in values]
        return np.concatenate([np.asarray(batch) for batch in values])

    def errors(self, logits: NDArray[np.float32]) -> int:
        """How many images these logits take for another class."""
        return int(np.count_nonzero(logits.argmax(1) != self.labels))

    def loss(self, logits: NDArray[np.float32]) -> float:
        """The mean cross-entropy of these logits, in nats."""
        wide = logits.astype(np.float64)
        wide -= wide.max(1, keepdims=True)
        own = wide[np.arange(len(wide)), self.labels]
        return float(np.mean(np.log(np.exp(wide).sum(1)) - own))


@dataclass(frozen=True)
class Judge:
    """A trained network, float32, and the images that it is judged by."""

    network: str
    tensors: dict[str, NDArray[np.float32]]
    names: list[list[str]]
    validation: Part
    test: Part
    known: dict[bytes, Row] = field(default_factory=dict)
    "Verdicts by weights: many formats give the same ones."

    @property
    def parts(self) -> dict[str, Part]:
        """The parts by name."""
        return {"validation": self.validation, "test": self.test}

    @cached_property
    def float32(self) -> dict[str, NDArray[np.int64]]:
        """The predictions of the network as it was trained, by part."""
        return {
            name: part.logits(self.tensors).argmax(1)
            for name, part in self.parts.items()
        }

    def verdict(self, tensors: Tensors, remember: Iterable[int] = ()) -> Row:
        """The errors with these weights, and what changed from float32's.

        Returns for each part, "validation" and "test", its number of
        "images", "errors", and of images "lost" and "won" against float32
        (see `paper.bitwidth.statistics`).
        """
        key = digest(tensors)
        if key not in self.known:
            self.known[key] = self.counts(
                {
                    name: part.logits(tensors, remember).argmax(1)
                    for name, part in self.parts.items()
                }
            )
        return self.known[key]

    def counts(self, after: Mapping[str, NDArray[np.int64]]) -> Row:
        """The same for predictions of another program, by part."""
        return {part: self.count(part, after[part]) for part in self.parts}

    def count(self, part: str, after: NDArray[np.int64]) -> dict[str, int]:
        """The same for one part."""
        labels = self.parts[part].labels
        lost, won = statistics.changes(labels, self.float32[part], after)
        return {
            "images": len(labels),
            "errors": int(np.count_nonzero(after != labels)),
            "lost": lost,
            "won": won,
        }

    @property
    def biased(self) -> range:
        """The stages from the first one with a bias on."""
        first = next(i for i, some in enumerate(self.names) if len(some) > 1)
        return range(first, len(self.names))


def places(args: Any) -> list[Row]:
    """What the tasks of each seed have in common.

    Raises `Refusal` for a seed that is not trained.
    """
    data = load(args.data)
    return [
        {
            "data": args.data,
            "network": args.network,
            "seed": seed,
            "work": str(args.work),
            "weights": weights_checksum(
                trained(data, args.network, seed, args.work)
            ),
        }
        for seed in range(args.seeds)
    ]


@lru_cache(maxsize=1)
def judge(
    data: str, network: str, seed: int, work: str, weights: str
) -> Judge:
    """The judge of a seed; kept, as the tasks of a seed follow each other.

    Raises `Refusal` if this machine's weights are not those of the task.
    """
    loaded = load(data)
    tensors = trained_as(loaded, network, seed, Path(work), weights)
    model = build(network, loaded)
    names = stage_names(model)
    runs = [jax.jit(stage) for stage in stages(model)]
    return Judge(
        network,
        tensors,
        names,
        Part(names, runs, loaded.x_validation, loaded.y_validation),
        Part(names, runs, loaded.x_test, loaded.y_test),
    )


def plain(row: Row) -> Row:
    """A row without where it was made."""
    return {name: row[name] for name in row if name not in PLACE}


def bits_per_weight(
    tensors: Tensors, bits: Mapping[str, float], extra: float = 0
) -> float:
    """All bits that are stored, over the number of all parameters.

    `bits` is the width of a value of each tensor, `extra` what scales and
    zero points take in all.
    """
    stored = sum(bits[name] * tensors[name].size for name in tensors) + extra
    return stored / sum(tensor.size for tensor in tensors.values())

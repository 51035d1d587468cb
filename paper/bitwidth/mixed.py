"""Other bits for other tensors, against one width for all.

`python -m paper.bitwidth mixed` gives every tensor a width of 2 to 8 bits.
How a tensor is stored at each width is settled first, by its weights alone:
with the split of exponent and mantissa, and the power of two as its scale
(see `paper.bitwidth.scaling`, "least-squares"), that have the smallest
squared error.

*Uniform*: the same width for all tensors, each with its own split and scale.

*Mixed*: greedily down from 8 bits for all. Each step tries, for each tensor,
one bit less, and takes the one that raises the mean cross-entropy on the
validation images least for each bit that it saves. It stops when all tensors
have 2 bits, so that the whole path can be seen. Cross-entropy, since the
errors of 5,000 images are too few to tell such steps apart.

Two questions are asked of the path, and the test images are looked at for
the answers alone:

- *At the same bits*: for each uniform width, the first network of the path
  that takes no more bits in all, against the uniform one, image by image.
- *How few bits?* By the study's rule (`paper.bitwidth.rules`, down, with
  tolerance, on validation images): the last network of the path, and the
  smallest uniform width, that lose no more than chance does.

Bits a weight are taken over all parameters, scales included. Of the paper's
1,379,333, the first dense kernel W4 has 93 %, so that the mean is nearly its
width, and the other six tensors may keep 8 bits at little cost. The path has
more networks that could fail the rule by chance than there are uniform
widths: the second question is harder on it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from paper import results
from paper.bitwidth import statistics
from paper.bitwidth.data import load
from paper.bitwidth.formats import FloatFormat
from paper.bitwidth.judge import Judge, bits_per_weight, judge, places
from paper.bitwidth.rules import passes
from paper.bitwidth.scaling import Stored, squared_error, store
from paper.bitwidth.training import home, results_folder
from paper.sweep import sweep

Row = dict[str, Any]
Array = NDArray[np.float32]
Widths = dict[str, int]

WIDEST, NARROWEST = 8, 2  # one bit for the sign, one for 0 or not
SAME, FEWEST = "same bits", "fewest bits"  # the two questions


class Choice(NamedTuple):
    """How a tensor is stored at one width."""

    format: str
    stored: Stored


class Step(NamedTuple):
    """One network of the path: which tensor lost a bit, and the loss then."""

    lowered: str
    widths: Widths
    loss: float


def run(args: argparse.Namespace) -> None:
    """Search for each seed; write mixed.json."""
    data = load(args.data)
    found = sweep(
        trial,
        places(args),
        home(data.name, args.network, args.work) / "mixed.jsonl",
        scheduler=args.scheduler,
        label="mixed",
    )
    rows = table(found)
    results.write(
        results_folder(data.name, args.network, args.results) / "mixed.json",
        rows,
        {
            "network": args.network,
            "seeds": args.seeds,
            "widest": WIDEST,
            "narrowest": NARROWEST,
            "scale": "least-squares",
            "rule": "validation",
        },
        data,
    )
    print(report(rows))


def trial(data: str, network: str, seed: int, work: str, weights: str) -> Row:
    """Search for one network, then judge what was chosen.

    Returns lists of rows: the "formats" of each width, the "uniform"
    networks, the "path" (validation alone), and of the path the networks
    "mixed" that were judged.
    """
    trained = judge(data, network, seed, work, weights)
    choices = {
        name: {b: best(tensor, b) for b in range(NARROWEST, WIDEST + 1)}
        for name, tensor in trained.tensors.items()
    }
    bench = Bench(trained, choices)
    names = list(choices)
    uniform = [
        bench.validated(dict.fromkeys(names, width))
        for width in range(WIDEST, NARROWEST - 1, -1)
    ]
    sizes = {name: tensor.size for name, tensor in trained.tensors.items()}
    steps = descend(uniform[0]["widths"], sizes, bench.loss, bench.settle)
    path = [
        {"lowered": step.lowered, "loss": step.loss}
        | bench.validated(step.widths)
        for step in steps
    ]
    # All that follows is settled; now the test images are looked at.
    kept = {"uniform": last_passed(uniform), "path": last_passed(path)}
    for place, row in enumerate(uniform):
        row["chosen"] = place == kept["uniform"]
        row.update(bench.tested(row["widths"]))
    mixed = []
    for budget in uniform[1:-1]:
        place = within(path, budget["bits_per_weight"])
        mixed.append(bench.compared(path[place], budget, SAME))
    chosen, rival = path[kept["path"]], uniform[kept["uniform"]]
    mixed.append(bench.compared(chosen, rival, FEWEST))
    return {
        "formats": [
            {
                "tensor": name,
                "by_width": {str(b): c.format for b, c in some.items()},
            }
            for name, some in choices.items()
        ],
        "uniform": uniform,
        "path": path,
        "mixed": mixed,
    }


def best(tensor: Array, bits: int) -> Choice:
    """The split and the scale of this width with the least squared error."""
    found = []
    for exponent in range(1, bits):
        mantissa = bits - 1 - exponent
        fmt = FloatFormat(exponent, mantissa, "finite")
        stored = store(tensor, fmt, "least-squares")
        found.append(Choice(f"E{exponent}M{mantissa}", stored))
    return min(
        found, key=lambda one: squared_error(tensor, one.stored.values)
    )


def descend(
    start: Widths,
    sizes: Mapping[str, int],
    loss: Callable[[Widths], float],
    settle: Callable[[Widths], None] = lambda widths: None,
) -> list[Step]:
    """The path from `start` to the narrowest widths, one bit a step.

    `sizes` are the values of each tensor, `loss` is what shall stay small;
    `settle` is called with widths that the next losses start from.
    """
    widths, now = dict(start), loss(start)
    path = [Step("", dict(widths), now)]
    while True:
        settle(widths)
        tried = {
            name: loss(widths | {name: widths[name] - 1})
            for name in widths
            if widths[name] > NARROWEST
        }
        if not tried:
            return path
        lowered = min(tried, key=lambda n: (tried[n] - now) / sizes[n])
        widths[lowered] -= 1
        now = tried[lowered]
        path.append(Step(lowered, dict(widths), now))


def last_passed(rows: list[Row]) -> int:
    """The last of these, down from the first, before one fails the rule.

    The first if even that fails: there is none with more bits.
    """
    for place, row in enumerate(rows):
        part = row["validation"]
        if not passes(part["lost"], part["won"], tolerant=True):
            return max(place - 1, 0)
    return len(rows) - 1


def within(path: list[Row], budget: float) -> int:
    """The first network of the path that takes no more bits a weight."""
    return next(
        place
        for place, row in enumerate(path)
        if row["bits_per_weight"] <= budget
    )


class Bench:
    """A judge who knows how each tensor is stored at each width."""

    def __init__(
        self, trained: Judge, choices: dict[str, dict[int, Choice]]
    ) -> None:
        self.trained = trained
        self.choices = choices

    def read(self, widths: Widths) -> dict[str, Array]:
        """What the tensors read as at these widths."""
        return {
            name: self.choices[name][bits].stored.values
            for name, bits in widths.items()
        }

    def loss(self, widths: Widths) -> float:
        """The mean cross-entropy on the validation images."""
        part = self.trained.validation
        return part.loss(part.logits(self.read(widths)))

    def settle(self, widths: Widths) -> None:
        """Remember what lies between the layers of this network."""
        stages = range(len(self.trained.names))
        self.trained.validation.logits(self.read(widths), remember=stages)

    def validated(self, widths: Widths) -> Row:
        """A network's bits, and its errors on the validation images."""
        stored = {n: self.choices[n][b].stored for n, b in widths.items()}
        return {
            "widths": widths,
            "bits_per_weight": bits_per_weight(
                self.trained.tensors,
                widths,
                sum(one.scale_bits for one in stored.values()),
            ),
            "validation": self.trained.count(
                "validation", self.predicted("validation", widths)
            ),
        }

    def tested(self, widths: Widths) -> Row:
        """Its errors on the test images."""
        after = self.predicted("test", widths)
        return {"test": self.trained.count("test", after)}

    def compared(self, row: Row, rival: Row, question: str) -> Row:
        """A network of the path, judged and set against a uniform one.

        Under "against" are the uniform width, and the test images that are
        lost and won if the mixed network takes its place.
        """
        lost, won = statistics.changes(
            self.trained.test.labels,
            self.predicted("test", rival["widths"]),
            self.predicted("test", row["widths"]),
        )
        width = next(iter(rival["widths"].values()))
        return (
            {"question": question}
            | row
            | self.tested(row["widths"])
            | {"against": {"width": width, "lost": lost, "won": won}}
        )

    def predicted(self, part: str, widths: Widths) -> NDArray[np.int64]:
        """The classes that this network takes the images of a part for."""
        logits = self.trained.parts[part].logits(self.read(widths))
        classes: NDArray[np.int64] = logits.argmax(1)
        return classes


# The table


def table(found: list[Row]) -> list[Row]:
    """All rows of mixed.json, told apart by their "kind".

    - "formats": for a seed and a tensor, its format at each width.
    - "uniform": for a seed and a width; "chosen" if the rule chose it.
    - "path": for a seed, lists with an entry a network: the tensor
      "lowered", bits a weight, loss, and images lost and won against
      float32, all on validation images.
    - "mixed": for a seed and a question, the network of the path, with
      McNemar's p against the uniform one, also corrected by Holm for all
      rows of this kind.
    - "mean": means over the seeds, with Student's 95 % intervals, of a
      uniform width or of a question's mixed networks; "difference" is that
      of accuracy on the test images against float32, "gain" that of the
      mixed network against its uniform one.
    """
    rows: dict[str, list[Row]] = {
        kind: [
            {"kind": kind, "seed": seed["seed"]} | row
            for seed in found
            for row in (seed[kind] if kind != "path" else [drawn(seed[kind])])
        ]
        for kind in ("formats", "uniform", "path", "mixed")
    }
    for row in rows["mixed"]:
        rival = row["against"]
        rival["p"] = statistics.mcnemar(rival["lost"], rival["won"])
    corrected = statistics.holm(
        [row["against"]["p"] for row in rows["mixed"]]
    )
    for row, p in zip(rows["mixed"], corrected, strict=True):
        row["against"]["p_holm"] = p
    return [row for some in rows.values() for row in some] + means(rows)


def drawn(path: list[Row]) -> Row:
    """A path as lists, an entry a network."""
    return {
        "lowered": [row["lowered"] for row in path],
        "bits_per_weight": [row["bits_per_weight"] for row in path],
        "loss": [row["loss"] for row in path],
        "lost": [row["validation"]["lost"] for row in path],
        "won": [row["validation"]["won"] for row in path],
    }


def means(rows: dict[str, list[Row]]) -> list[Row]:
    """The rows of the kind "mean"."""
    groups: dict[tuple[str, int | None], list[Row]] = {}
    for row in rows["uniform"]:
        width = next(iter(row["widths"].values()))
        groups.setdefault(("uniform", width), []).append(row)
        if row["chosen"]:
            groups.setdefault(("uniform, fewest bits", None), []).append(row)
    for row in rows["mixed"]:
        fewest = row["question"] == FEWEST
        width = None if fewest else row["against"]["width"]
        name = f"mixed, {row['question']}"
        groups.setdefault((name, width), []).append(row)
    return [
        {"kind": "mean", "of": name, "width": width} | averaged(some)
        for (name, width), some in groups.items()
    ]


def averaged(rows: list[Row]) -> Row:
    """Means over the seeds of networks that answer one question."""
    images = rows[0]["test"]["images"]
    found: Row = {
        "bits_per_weight": float(
            np.mean([r["bits_per_weight"] for r in rows])
        )
    }
    for part in ("validation", "test"):
        errors = [row[part]["errors"] for row in rows]
        changes = [(row[part]["won"] - row[part]["lost"]) for row in rows]
        found[part] = {
            "images": rows[0][part]["images"],
            "errors": float(np.mean(errors)),
            "won_less_lost": float(np.mean(changes)),
        }
    changes = [(r["test"]["won"] - r["test"]["lost"]) / images for r in rows]
    found |= {"difference": float(np.mean(changes))}
    found["interval"] = interval(changes)
    if "against" in rows[0]:
        rivals = [row["against"] for row in rows]
        gains = [(rival["won"] - rival["lost"]) / images for rival in rivals]
        found |= {"gain": float(np.mean(gains))}
        found["gain_interval"] = interval(gains)
    return found


def interval(values: list[float]) -> tuple[float, float] | None:
    """Student's interval for the mean, `None` for a single seed."""
    return statistics.mean_interval(values) if len(values) > 1 else None


def report(rows: list[Row]) -> str:
    """The means, and which widths each seed ended with, for a terminal."""
    lines = []
    for row in rows:
        if row["kind"] == "mixed" and row["question"] == FEWEST:
            widths = [f"{n} {bits}" for n, bits in row["widths"].items()]
            lines.append(
                f"seed {row['seed']}, fewest bits: {', '.join(widths)}; "
                f"{row['bits_per_weight']:.3f} bits a weight; uniform "
                f"{row['against']['width']}"
            )
        if row["kind"] == "mean":
            name = row["of"] + (f" {row['width']}" if row["width"] else "")
            text = (
                f"{name:24}{row['bits_per_weight']:6.3f} bits, "
                f"{row['test']['errors']:.1f} errors, accuracy "
                f"{percent(row['difference'], row['interval'])}"
            )
            if "gain" in row:
                gain = percent(row["gain"], row["gain_interval"])
                text += f"; against uniform {gain}"
            lines.append(text)
    return "\n".join(lines)


def percent(mean: float, ends: tuple[float, float] | None) -> str:
    """A difference of accuracies in percent, with its interval."""
    text = f"{100 * mean:+.3f}"
    if ends is not None:
        text += f" ({100 * ends[0]:+.3f} to {100 * ends[1]:+.3f})"
    return text

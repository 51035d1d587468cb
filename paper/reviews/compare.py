"""Train and compare the models: `python -m paper.reviews compare`.

Each finished model is recorded at once, with its comparison to those that
were finished before it.
"""

from __future__ import annotations

import argparse
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paper.bitwidth.statistics import (
    accuracy_interval,
    changes,
    difference_interval,
    mcnemar,
)
from paper.problem import Refusal
from paper.results import write
from paper.reviews import models, training
from paper.reviews.corpus import Corpus, Reviews, seen
from paper.reviews.encode import LONGEST, UNITS, learn, split
from paper.sweep import sweep

MODELS = ("ngrams", *models.NETWORKS)
# The n-grams have units of their own.
DEFAULT = ("ngrams", "cnn:syllables", "bilstm:syllables", "parallel:jamo")
BASELINE_EPOCHS = 12
Row = dict[str, Any]


def options(parser: argparse.ArgumentParser) -> None:
    """What only this command takes."""
    parser.add_argument(
        "--models",
        type=named,
        nargs="+",
        default=[named(name) for name in DEFAULT],
        metavar="MODEL",
        help="ngrams, or cnn, bilstm or parallel with :syllables, :jamo or "
        f":words behind it; default: {' '.join(DEFAULT)}",
    )
    parser.add_argument(
        "--size", type=int, help="learn from so many reviews, not from all"
    )
    parser.add_argument(
        "--epochs", type=int, default=10, help="at most; default: 10"
    )
    parser.add_argument(
        "--batch", type=int, default=256, help="reviews a step; default: 256"
    )


def named(text: str) -> tuple[str, str]:
    """The model and the unit of "cnn:jamo"; argparse says what is wrong."""
    model, _, unit = text.partition(":")
    unit = unit or "syllables"
    if model not in MODELS or unit not in UNITS:
        raise argparse.ArgumentTypeError(f"there is no model {text}")
    if model == "ngrams" and unit != "syllables":
        raise argparse.ArgumentTypeError("ngrams are of syllables only")
    return model, unit


def run(args: argparse.Namespace) -> None:
    """Train every model that is not trained yet, and record them all."""
    corpus = training.loaded(
        args.corpus, tuple(args.files or ()), str(args.work)
    )
    train, validation = training.parts(corpus, args.size)
    tasks = [
        {
            "source": args.corpus,
            "files": tuple(args.files or ()),
            "sha256": corpus.sha256,
            "size": args.size,
            "model": model,
            "unit": unit,
            "seed": seed,
            "epochs": BASELINE_EPOCHS if model == "ngrams" else args.epochs,
            "batch": args.batch,
            "work": str(args.work),
        }
        for model, unit in args.models
        for seed in range(args.seeds)
    ]
    name = f"{corpus.name}-{len(train.texts) + len(validation.texts)}"
    # One after the other they are recorded one by one; a cluster gets all.
    groups = [tasks] if args.scheduler else [[task] for task in tasks]
    done: list[Row] = []
    for group in groups:
        done += sweep(
            training.run,
            group,
            args.work / f"{name}.jsonl",
            scheduler=args.scheduler,
            label=name,
        )
        settings = {
            "learned_from": len(train.texts),
            "chosen_by": len(validation.texts),
            "judged_by": len(corpus.test.texts),
            "patience": training.PATIENCE,
            "learning_rate": models.LEARNING_RATE,
            "embedding": models.EMBEDDING,
            "dropout": models.DROPOUT,
            "longest": LONGEST,
            "seeds": args.seeds,
        }
        write(
            args.results / f"{name}.json",
            rows(corpus, train, validation, done),
            settings,
            corpus,
        )
        show(rows(corpus, train, validation, done)[-len(group) :])


def rows(
    corpus: Corpus,
    train: Reviews,
    validation: Reviews,
    done: list[Row],
) -> list[Row]:
    """One row of the data, one a pair, one an ensemble, one a model."""
    labels = corpus.test.labels
    both = Reviews(
        train.texts + validation.texts,
        np.concatenate([train.labels, validation.labels]),
    )
    again = seen(corpus, both)
    found = {
        label(row): training.unpacked(row["probabilities"]) for row in done
    }
    single = [
        {
            "what": "model",
            "name": label(row),
            **{name: row[name] for name in ("model", "unit", "seed")},
            **judged(found[label(row)], labels, again),
            **{n: v for n, v in row.items() if n in KEPT},
        }
        for row in done
    ]
    # Two models of one seed; the mean of both probabilities is an ensemble.
    two = [(a, b) for a, b in combinations(done, 2) if a["seed"] == b["seed"]]
    joined = {
        f"{label(a)} + {label(b)}": (found[label(a)] + found[label(b)]) / 2
        for a, b in two
    }
    ensembles = [
        {"what": "ensemble", "name": name, **judged(kind, labels, again)}
        for name, kind in joined.items()
    ]
    pairs = [
        compared(label(a), label(b), found[label(a)], found[label(b)], labels)
        for a, b in two
    ] + [
        compared(
            label(one),
            f"{label(a)} + {label(b)}",
            found[label(one)],
            joined[f"{label(a)} + {label(b)}"],
            labels,
        )
        for a, b in two
        for one in (a, b)
    ]
    texts = both.texts
    data = {
        "what": "data",
        "learn": len(texts),
        "learn_kind": int(both.labels.sum()),
        "learn_different": len(set(texts)),
        "judge": len(labels),
        "judge_kind": int(labels.sum()),
        "judge_different": len(set(corpus.test.texts)),
        "judge_seen": int(again.sum()),
        "lengths": {
            unit: float(np.mean([len(split(text, unit)) for text in texts]))
            for unit in UNITS
        },
        "unknown": {
            unit: unknown(train, corpus.test, unit) for unit in UNITS
        },
    }
    return [data, *pairs, *ensembles, *single]


def unknown(train: Reviews, test: Reviews, unit: str) -> float:
    """The share of the test's symbols that a network has no number for."""
    known = learn(train.texts, unit).numbers
    parts = [
        part in known for text in test.texts for part in split(text, unit)
    ]
    return 1 - float(np.mean(parts))


KEPT = (
    "epochs",
    "batch",
    "parameters",
    "symbols",
    "cut",
    "length",
    "best_epoch",
    "seconds",
    "seconds_in_all",
    "seconds_to_judge",
    "alpha",
    "tried",
    "curves",
)


def label(row: Row) -> str:
    """How a trained model is named: "cnn:syllables", from seed 1 on "#1"."""
    name = str(row["model"])
    if name != "ngrams":
        name += f":{row['unit']}"
    return name + (f"#{row['seed']}" if row["seed"] else "")


def judged(
    kind: NDArray[np.float64],
    labels: NDArray[np.int64],
    again: NDArray[np.bool_],
) -> Row:
    """Right answers, with an interval, and without texts met in training."""
    found = training.scores(kind, labels)
    fresh = training.scores(kind[~again], labels[~again])
    return found | {
        "interval": accuracy_interval(found["right"], len(labels)),
        "unseen": int((~again).sum()),
        "unseen_right": fresh["right"],
        "unseen_accuracy": fresh["accuracy"],
        "unseen_log_loss": fresh["log_loss"],
    }


def compared(
    before: str,
    after: str,
    kind_before: NDArray[np.float64],
    kind_after: NDArray[np.float64],
    labels: NDArray[np.int64],
) -> Row:
    """McNemar's test of two models on the same reviews."""
    lost, won = changes(
        labels,
        (kind_before >= 0.5).astype(np.int64),
        (kind_after >= 0.5).astype(np.int64),
    )
    return {
        "what": "pair",
        "before": before,
        "after": after,
        "lost": lost,
        "won": won,
        "p": mcnemar(lost, won),
        "difference": (won - lost) / len(labels),
        "interval": difference_interval(lost, won, len(labels)),
    }


def show(done: list[Row]) -> None:
    """One line a model, for whoever watches."""
    for row in done:
        print(
            f"{row['name']}: accuracy {row['accuracy']:.4f}, log loss "
            f"{row['log_loss']:.4f}, {row['parameters']:,} parameters",
            flush=True,
        )


def results(folder: Path, name: str) -> Path:
    """Where a comparison is recorded; `Refusal` if it is not there."""
    path = folder / f"{name}.json"
    if not path.exists():
        raise Refusal(f"There are no results at {path} yet.")
    return path

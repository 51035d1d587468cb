"""Train one model on one part of a corpus, and ask it about all the rest.

Every epoch ends with a checkpoint of all that the next one depends on, so
that a run which is stopped, in whatever way, goes on to the same weights.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from paper.checkpoint import (
    resume,
    save_epoch,
    save_weights,
    set_weights,
)
from paper.problem import Refusal
from paper.reviews import models
from paper.reviews.corpus import Corpus, Reviews, load
from paper.reviews.encode import LONGEST, fill, learn, width

# Reviews in so many batches are sorted by length and then dealt out, so
# that a batch holds reviews of about one length and little padding.
POOL = 16
PATIENCE = 2  # epochs without a better loss on the validation part
VALIDATION = 0.1  # of the reviews to learn from
ASKED = 512  # reviews at once
STEPS = 65_535  # of a probability that is kept


@lru_cache(maxsize=1)
def loaded(source: str, files: tuple[str, ...], work: str) -> Corpus:
    """The corpus, read once by a process."""
    return load(source, Path(work), list(files))


def parts(corpus: Corpus, size: int | None) -> tuple[Reviews, Reviews]:
    """The reviews to learn from and those to choose by, which share none.

    `size` of the reviews are drawn, always the same ones, or all are taken;
    a tenth of them is to choose by.
    """
    count = len(corpus.train.labels)
    if size is not None and not 20 <= size <= count:
        raise Refusal(
            f"The corpus has {count:,} reviews to learn from, so --size must "
            f"be from 20 to {count:,}, not {size:,}."
        )
    order = np.random.default_rng(0).permutation(count)[:size]
    kept = round(len(order) * VALIDATION)
    return chosen(corpus.train, order[kept:]), chosen(
        corpus.train, order[:kept]
    )


def chosen(reviews: Reviews, which: NDArray[np.int64]) -> Reviews:
    """Those of the reviews, in that order."""
    texts = tuple(reviews.texts[number] for number in which)
    return Reviews(texts, reviews.labels[which])


def run(  # noqa: PLR0913 (a task is all of this)
    *,
    source: str,
    files: tuple[str, ...],
    sha256: str,
    size: int | None,
    model: str,
    unit: str,
    seed: int,
    epochs: int,
    batch: int,
    work: str,
) -> dict[str, Any]:
    """Train and judge one model; what it returns is plain for JSON.

    Among it the probabilities of "kind" of all reviews to judge by, since
    models are compared review by review.
    """
    corpus = loaded(source, tuple(files), work)
    if corpus.sha256 != sha256:
        raise Refusal(f"{source} is not the corpus that the run began with.")
    train, validation = parts(corpus, size)
    if model == "ngrams":
        return baseline(train, validation, corpus.test, seed, epochs)
    settings = {
        "corpus": sha256,
        "size": size,
        "model": model,
        "unit": unit,
        "seed": seed,
        "batch": batch,
    }
    # Without the epochs: a run may be made longer, or ended where it is.
    name = hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:16]
    path = Path(work) / "checkpoints" / f"{name}.npz"
    vocabulary = learn(train.texts, unit)
    fit, check, test = (
        [vocabulary.encode(text) for text in reviews.texts]
        for reviews in (train, validation, corpus.test)
    )
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    network = models.build(model, vocabulary.size)
    network.optimizer.build(network.trainable_variables)
    curves = resume(network, path, settings)
    best = path.with_name(f"{name}.best.npz")
    while len(curves) < epochs and not settled(curves):
        start = time.perf_counter()
        losses = [
            float(network.train_on_batch(x, train.labels[rows]))
            for x, rows in batches(fit, batch, [seed, len(curves)])
        ]
        seconds = time.perf_counter() - start
        found = scores(ask(network, check), validation.labels)
        curves.append(
            {
                "loss": round(float(np.mean(losses)), 5),
                "validation_loss": round(found["log_loss"], 5),
                "validation_accuracy": round(found["accuracy"], 5),
                "seconds": round(seconds, 2),
            }
        )
        print(
            f"{model} on {unit}, seed {seed}, epoch {len(curves)} of at most "
            f"{epochs}: loss {curves[-1]['loss']:.4f}, validation loss "
            f"{found['log_loss']:.4f}, accuracy {found['accuracy']:.4f}, "
            f"{seconds:.0f} s",
            flush=True,
        )
        if best_epoch(curves) == len(curves) - 1:
            save_weights(network, best, settings)
        save_epoch(network, path, settings, curves)
    set_weights(network, best)
    start = time.perf_counter()
    probabilities = ask(network, test)
    return scores(probabilities, corpus.test.labels) | {
        "parameters": network.count_params(),
        "symbols": vocabulary.size,
        "cut": sum(len(row) == LONGEST[unit] for row in fit),
        "length": round(float(np.mean([len(row) for row in fit])), 2),
        "best_epoch": best_epoch(curves) + 1,
        "seconds": round(
            float(np.median([epoch["seconds"] for epoch in curves])), 2
        ),
        "seconds_to_judge": round(time.perf_counter() - start, 2),
        "curves": curves,
        "probabilities": packed(probabilities),
    }


def batches(
    rows: list[list[int]], batch: int, seed: list[int]
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int64]]]:
    """One epoch: filled batches and which rows they hold, in random order.

    Every batch has as many rows; fewer than that are left out of an epoch,
    which ones is drawn anew for each.
    """
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(rows))
    lengths = np.array([len(row) for row in rows])
    batch = min(batch, len(rows))
    dealt = []
    for start in range(0, len(rows) - len(rows) % batch, batch * POOL):
        pool = order[start : start + batch * POOL]
        pool = pool[: len(pool) - len(pool) % batch]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        dealt.extend(np.split(pool, len(pool) // batch))
    for number in generator.permutation(len(dealt)):
        which = dealt[number]
        texts = [rows[row] for row in which]
        yield fill(texts, width(max(map(len, texts)))), which


def ask(network: keras.Model, rows: list[list[int]]) -> NDArray[np.float64]:
    """The probability that each review is kind, shape (reviews,)."""
    order = np.argsort([len(row) for row in rows], kind="stable")
    found = np.empty(len(rows))
    for start in range(0, len(rows), ASKED):
        which = order[start : start + ASKED]
        texts = [rows[row] for row in which]
        # The last batch is filled up, so that no other shape is compiled.
        texts += texts[-1:] * (min(ASKED, len(rows)) - len(texts))
        x = fill(texts, width(max(map(len, texts))))
        logits = np.asarray(network.predict_on_batch(x), np.float64)
        found[which] = np.exp(log_softmax(logits, axis=1)[: len(which), 1])
    return found


def baseline(
    train: Reviews,
    validation: Reviews,
    test: Reviews,
    seed: int,
    epochs: int,
) -> dict[str, Any]:
    """Train and judge the n-grams; the validation part chooses alpha."""
    start = time.perf_counter()
    pieces = models.NGrams(1.0, seed, epochs).pieces(train.texts)
    tried = []
    for alpha in models.ALPHAS:
        fitted = models.NGrams(alpha, seed, epochs).fit(pieces, train.labels)
        kind = fitted.kind(fitted.pieces(validation.texts))
        found = scores(kind, validation.labels)
        tried.append((found["log_loss"], found["accuracy"], alpha, fitted))
    _, _, alpha, best = min(tried, key=lambda one: one[0])
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    probabilities = best.kind(best.pieces(test.texts))
    return scores(probabilities, test.labels) | {
        "parameters": best.parameters,
        "alpha": alpha,
        "tried": [
            {"alpha": a, "validation_loss": loss, "validation_accuracy": hits}
            for loss, hits, a, _ in tried
        ],
        "seconds_in_all": round(seconds, 2),
        "seconds_to_judge": round(time.perf_counter() - start, 2),
        "probabilities": packed(probabilities),
    }


def best_epoch(curves: list[dict[str, float]]) -> int:
    """The first epoch with the least validation loss, counted from 0."""
    return int(np.argmin([epoch["validation_loss"] for epoch in curves]))


def settled(curves: list[dict[str, float]]) -> bool:
    """Whether the last `PATIENCE` epochs were no better than one before."""
    return bool(curves) and len(curves) - best_epoch(curves) > PATIENCE


def scores(
    kind: NDArray[np.float64], labels: NDArray[np.int64]
) -> dict[str, Any]:
    """Accuracy and mean log loss of probabilities of "kind".

    One half and more is taken for "kind". A probability of exactly 0 counts
    as half a step of what is kept of it.
    """
    of_label = np.where(labels == 1, kind, 1 - kind)
    right = (kind >= 0.5) == (labels == 1)
    return {
        "right": int(right.sum()),
        "accuracy": float(right.mean()),
        "log_loss": float(-np.log(of_label.clip(0.5 / STEPS)).mean()),
    }


def packed(kind: NDArray[np.float64]) -> str:
    """Probabilities as text, in steps of 1 / 65,535."""
    steps = np.rint(kind * STEPS).astype("<u2")
    # What is taken for kind stays so.
    steps = np.where(kind >= 0.5, np.maximum(steps, STEPS // 2 + 1), steps)
    steps = np.where(kind < 0.5, np.minimum(steps, STEPS // 2), steps)
    return base64.b64encode(steps.astype("<u2").tobytes()).decode()


def unpacked(text: str) -> NDArray[np.float64]:
    """What `packed` made text of, float64 of shape (reviews,)."""
    return np.frombuffer(base64.b64decode(text), "<u2") / STEPS

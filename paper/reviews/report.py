"""What the pages quote: `python -m paper.reviews report`.

Reads the results files, runs no model, and writes the texts, tables and the
figure of the write-up. A test compares the texts with what is committed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from paper import results
from paper.reporting import DRAWN, MEASURED, write

RESULTS = Path(__file__).parent / "results"
# All reviews, and the part that is small enough for every network.
ALL, PART = "nsmc-rebuilt-150000", "nsmc-rebuilt-20000"
ENGLISH = {
    "ngrams": "n-grams",
    "cnn": "CNN",
    "bilstm": "one BiLSTM",
    "parallel": "parallel BiLSTM",
    "syllables": "syllables",
    "jamo": "jamo",
    "words": "words",
}
KOREAN = {
    "ngrams": "n-그램",
    "cnn": "CNN",
    "bilstm": "BiLSTM 하나",
    "parallel": "병렬 BiLSTM",
    "syllables": "음절",
    "jamo": "자모",
    "words": "어절",
}
HEADS = {
    "en": (
        "Model",
        "Input",
        "Accuracy %",
        "Log loss",
        "Weights",
        "Seconds an epoch",
    ),
    "ko": (
        "모델",
        "입력",
        "정확도 %",
        "로그 손실",
        "가중치",
        "에포크당 초",
    ),
}
# Ensembles and pairs that the page speaks of; the results have all.
JOINED = (
    {"ngrams", "bilstm:syllables"},
    {"bilstm:jamo", "bilstm:words"},
    {"parallel:jamo", "parallel:words"},
)
PAIRS = (
    ("cnn:words", "cnn:syllables"),
    ("cnn:words", "cnn:jamo"),
    ("cnn:jamo", "cnn:syllables"),
    ("bilstm:words", "bilstm:syllables"),
    ("bilstm:words", "bilstm:jamo"),
    ("bilstm:jamo", "bilstm:syllables"),
    ("parallel:words", "parallel:jamo"),
    ("bilstm:words", "parallel:words"),
    ("bilstm:jamo", "parallel:jamo"),
    ("bilstm:jamo", "cnn:jamo"),
    ("cnn:syllables", "bilstm:syllables"),
)
Row = dict[str, Any]


def run(args: argparse.Namespace) -> None:
    """Write every text, table and figure anew."""
    write(texts(), figures())


def texts() -> dict[Path, str]:
    """Every file of docs/measured that is made from the study's results."""
    whole, part = read(ALL), read(PART)
    made = {
        "reviews.txt": [*corpus(whole, part), *said(whole), *said(part)],
        "reviews-all.en.md": table(whole, "en"),
        "reviews-all.ko.md": table(whole, "ko"),
        "reviews-part.en.md": table(part, "en"),
        "reviews-part.ko.md": table(part, "ko"),
    }
    return {
        MEASURED / name: "\n".join(lines) + "\n"
        for name, lines in made.items()
    }


def figures() -> dict[Path, Callable[[], Figure]]:
    """Every figure, and what draws it."""
    return {DRAWN / "reviews-accuracy.svg": accuracy}


def read(name: str) -> Row:
    """One recorded comparison."""
    return results.read(RESULTS / f"{name}.json")


def kind(found: Row, what: str) -> list[Row]:
    """The rows of one kind: data, pair, ensemble or model."""
    return [row for row in found["rows"] if row["what"] == what]


def readable(name: str) -> str:
    """A model as the text names it: "CNN on syllables"."""
    if " + " in name:
        return " with ".join(readable(one) for one in name.split(" + "))
    model, _, unit = name.partition(":")
    return ENGLISH[model] + (f" on {unit}" if unit else "")


def corpus(found: Row, part: Row) -> Iterator[str]:
    """What is known of the reviews and of the settings."""
    data = kind(found, "data")[0]
    judged = data["judge"]
    yield f"texts to judge by that were met in training: {data['judge_seen']}"
    yield f"share of them: {100 * data['judge_seen'] / judged:.1f} %"
    # At 87 % right, where most models are.
    error = 100 * (0.87 * 0.13 / judged) ** 0.5
    yield f"one standard error at 87 %: {error:.2f} points"
    yield "intervals: 95 %"
    for unit, length in kind(part, "data")[0]["lengths"].items():
        yield f"mean length in {unit}: {length:.1f}"
    for unit, share in kind(part, "data")[0].get("unknown", {}).items():
        yield f"unknown after 20000 reviews, {unit}: {100 * share:.1f} %"
    for name in ("dropout", "learning_rate"):
        yield f"{name.replace('_', ' ')}: {found['settings'][name]}"


def said(found: Row) -> Iterator[str]:
    """What the page quotes of one comparison."""
    learned = kind(found, "data")[0]["learn"]
    for row in kind(found, "model"):
        yield from model(row, f"{learned} reviews, {readable(row['name'])}")
    for row in kind(found, "ensemble"):
        if set(row["name"].split(" + ")) in JOINED:
            yield judged(row, f"two at {learned}, {readable(row['name'])}")
    for row in kind(found, "pair"):
        names = row["before"], row["after"]
        if " + " in names[1]:
            if set(names[1].split(" + ")) in JOINED:
                yield pair(row, f"gain at {learned}")
        elif names[0] == "ngrams" or names in PAIRS:
            yield pair(row, f"pair at {learned}")
        elif names[::-1] in PAIRS:
            yield pair(turned(row), f"pair at {learned}")


def model(row: Row, name: str) -> Iterator[str]:
    """Two lines for one model."""
    yield judged(row, name)
    fresh = f"{name}, new texts only: {100 * row['unseen_accuracy']:.2f} %"
    if "seconds_in_all" in row:
        yield f"{fresh}; {row['seconds_in_all']:.0f} s in all"
        return
    yield (
        f"{fresh}; {row['seconds']:.0f} s an epoch, the best of "
        f"{len(row['curves'])} was {row['best_epoch']}"
    )


def judged(row: Row, name: str) -> str:
    """One line: right answers with their interval, and the log loss."""
    low, high = row["interval"]
    return (
        f"{name}: {100 * row['accuracy']:.2f} % right ({100 * low:.2f} to "
        f"{100 * high:.2f}), log loss {row['log_loss']:.3f}"
    )


def pair(row: Row, name: str) -> str:
    """One line: how many points one model gains on another."""
    low, high = row["interval"]
    return (
        f"{name}, {readable(row['before'])} to {readable(row['after'])}: "
        f"{100 * row['difference']:+.2f} points ({100 * low:+.2f} to "
        f"{100 * high:+.2f}), p {small(row['p'])}"
    )


def turned(row: Row) -> Row:
    """The same pair, told from the second model to the first."""
    low, high = row["interval"]
    return row | {
        "before": row["after"],
        "after": row["before"],
        "difference": -row["difference"],
        "interval": [-high, -low],
    }


def small(p: float) -> str:
    """A p value with as many digits as it deserves."""
    return "below 0.001" if p < 0.001 else f"{p:.3f}"


def table(found: Row, language: str) -> Iterator[str]:
    """The models of one comparison, best first."""
    words = ENGLISH if language == "en" else KOREAN
    yield "| " + " | ".join(HEADS[language]) + " |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    rows = kind(found, "model")
    for row in sorted(rows, key=lambda row: -row["accuracy"]):
        seconds = f"{row['seconds']:.0f}" if "seconds" in row else "-"
        cells = (
            words[row["model"]],
            words[row["unit"]],
            f"{100 * row['accuracy']:.2f}",
            f"{row['log_loss']:.3f}",
            f"{row['parameters']:,}",
            seconds,
        )
        yield "| " + " | ".join(cells) + " |"


def accuracy() -> Figure:
    """Draw every model's accuracy with its interval, all and part."""
    sizes = {150_000: read(ALL), 20_000: read(PART)}
    count = sum(len(kind(found, "model")) for found in sizes.values())
    figure = Figure(figsize=(4.8, 0.9 + 0.27 * (count + 2)))
    axes = figure.subplots()
    place, ticks = 0, []
    for colour, (size, found) in enumerate(sizes.items()):
        axes.text(
            0.0,
            -place,
            f"{size:,} reviews",
            transform=axes.get_yaxis_transform(),
            weight="bold",
            va="center",
        )
        place += 1
        rows = kind(found, "model")
        for row in sorted(rows, key=lambda row: -row["accuracy"]):
            low, high = (100 * edge for edge in row["interval"])
            mark = "s" if row["model"] == "ngrams" else "o"
            axes.plot([low, high], [-place, -place], color=f"C{colour}")
            axes.plot(100 * row["accuracy"], -place, mark, color=f"C{colour}")
            axes.text(
                high + 0.35,
                -place,
                f"{100 * row['accuracy']:.2f}",
                va="center",
                fontsize=9,
            )
            ticks.append((-place, readable(row["name"])))
            place += 1
    axes.set_yticks([y for y, _ in ticks], [name for _, name in ticks])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("right answers in %: further right is better")
    axes.margins(x=0.12)
    return figure

"""A small corpus of made-up reviews, so that the study runs offline.

Nobody wrote these reviews: they are put together from pieces that were made
for this file. They have what makes a sentence hard for whoever only counts
words: negation ("지루하지 않아요"), contrast ("음악은 멋지지만 결말은
뻔해요"), and signs such as ㅋㅋ that go with either label. They lack what
makes real reviews hard: spelling mistakes, irony, words met once, wrong
labels.
A score on them says that the programs work, and nothing about Korean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEARN, JUDGE = 800, 400
OPENINGS = ("", "", "기대했는데 ", "친구랑 봤는데 ", "두 번 봤는데 ")
TOPICS = (
    "이야기는",
    "연기는",
    "음악은",
    "화면은",
    "대사는",
    "결말은",
    "노래는",
    "주인공은",
    "영화는",
)
ADVERBS = ("", "정말 ", "꽤 ", "솔직히 ", "생각보다 ")
ENDINGS = ("", ".", "!", "...", " ㅋㅋ", " ㅠㅠ")
# A judgement, and how it is denied.
KIND = (
    ("재미있어요", "재미있지 않아요"),
    ("훌륭해요", "훌륭하지 않아요"),
    ("멋져요", "멋지지 않아요"),
    ("볼만해요", "볼만하지 않아요"),
    ("따뜻해요", "따뜻하지 않아요"),
    ("새로워요", "새롭지 않아요"),
)
UNKIND = (
    ("지루해요", "지루하지 않아요"),
    ("뻔해요", "뻔하지 않아요"),
    ("어색해요", "어색하지 않아요"),
    ("유치해요", "유치하지 않아요"),
    ("답답해요", "답답하지 않아요"),
    ("아쉬워요", "아쉽지 않아요"),
)
Part = tuple[tuple[str, ...], NDArray[np.int64]]


def miniature(learn: int = LEARN, judge: int = JUDGE) -> tuple[Part, Part]:
    """Texts and labels to learn from and to judge by, always the same.

    Drawn with replacement, so that a few texts are in both parts, as in
    real corpora.
    """
    rng = np.random.default_rng(2018)
    drawn = [review(rng) for _ in range(learn + judge)]
    texts = tuple(text for text, _ in drawn)
    labels = np.array([label for _, label in drawn], np.int64)
    return (texts[:learn], labels[:learn]), (texts[learn:], labels[learn:])


def review(rng: np.random.Generator) -> tuple[str, int]:
    """One text, and 1 if it is kind.

    A third deny something, a third say one thing and then another; the
    label is that of what is said last.
    """
    label = int(rng.integers(2))
    first, last = rng.permutation(len(TOPICS))[:2]
    form = rng.integers(3)
    judgement = (UNKIND, KIND)[label][rng.integers(len(KIND))][0]
    if form == 1:
        judgement = (KIND, UNKIND)[label][rng.integers(len(KIND))][1]
    said = f"{TOPICS[last]} {pick(rng, ADVERBS)}{judgement}"
    if form == 2:
        denied = (KIND, UNKIND)[label][rng.integers(len(KIND))][1]
        but = denied.removesuffix(" 않아요") + "만"
        said = f"{TOPICS[first]} {but} {said}"
    return pick(rng, OPENINGS) + said + pick(rng, ENDINGS), label


def pick(rng: np.random.Generator, choices: tuple[str, ...]) -> str:
    """One of the choices."""
    return choices[rng.integers(len(choices))]

"""A review as numbers: syllables, jamo or words, and the n-grams of them.

The same sentence is longest in jamo and shortest in words:

>>> for unit in UNITS:
...     print(unit, len(split("재미있어요", unit)))
syllables 5
jamo 11
words 1
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNITS = ("syllables", "jamo", "words")
# How many different ones a network tells apart; all others are one symbol.
# The paper takes 250 symbols of jamo and 18,000 words.
KINDS = {"syllables": 2_000, "jamo": 250, "words": 18_000}
# What is behind this many is cut off; no review of NSMC is that long.
LONGEST = {"syllables": 187, "jamo": 379, "words": 59}
PADDING, UNKNOWN = 0, 1
# So many 0 stand before every review, however long it is: the widest
# convolution then sees them before all of them, and what it says does not
# depend on how far a batch is filled up.
LEAD = 5
WIDTHS = (16, 32, 64, 96, 128, 192, 256, 384)


def split(text: str, unit: str) -> list[str]:
    """The syllables, jamo or words of a text, in their order.

    Syllables are the characters as they are written. Jamo are what Unicode
    decomposes a syllable into (NFD): a consonant has one symbol at the
    syllable's beginning and another at its end, and the single ones of ㅋㅋ
    or ㅠㅠ are others again. Both keep spaces and signs. Words are what
    stands between spaces, particles and endings included: no analyser takes
    them apart here, as the paper's did.
    """
    if unit == "words":
        return text.split()
    return list(
        unicodedata.normalize("NFD" if unit == "jamo" else "NFC", text)
    )


@dataclass(frozen=True)
class Vocabulary:
    """The symbols that a network knows, each with its number."""

    unit: str
    numbers: dict[str, int]

    @property
    def size(self) -> int:
        """How many numbers there are, with those that are no symbol."""
        return len(self.numbers) + 2

    def encode(self, text: str) -> list[int]:
        """The numbers of a text, at most `LONGEST` of them."""
        parts = split(text, self.unit)[: LONGEST[self.unit]]
        return [self.numbers.get(part, UNKNOWN) for part in parts]


def learn(texts: Iterable[str], unit: str) -> Vocabulary:
    """The most frequent symbols of the texts; of equals, the first met."""
    counts = Counter(part for text in texts for part in split(text, unit))
    common = counts.most_common(KINDS[unit] - 2)
    return Vocabulary(
        unit, {part: n for n, (part, _) in enumerate(common, 2)}
    )


def fill(rows: list[list[int]], width: int) -> NDArray[np.int32]:
    """Rows of numbers with 0 before them: int32 of shape (rows, width)."""
    filled = np.full((len(rows), width), PADDING, np.int32)
    for line, row in zip(filled, rows, strict=True):
        line[width - len(row) :] = row
    return filled


def width(longest: int) -> int:
    """How wide a batch is whose longest row has so many numbers.

    One of a few widths, since a network is compiled for each of them.
    """
    return next(width for width in WIDTHS if width >= longest + LEAD)

"""The rules that say how few bits of the mantissa are enough.

When may a tensor do with M bits? Of the images, some are *lost* (right in
float32, wrong now) and some are *won*. A width passes a rule without
tolerance if no more are lost than won: the accuracy is not below float32's.
It passes a rule with tolerance if lost - won is at most the square root of
lost + won: that is the standard error of the difference if both networks are
equally good, so one image, lost by chance at ten bits, forbids nothing.

The search is not monotone: three bits can fail where two pass. So a rule says
where it looks. *Down* takes bits away until a width fails and stays above it:
the smallest M that passes with all larger ones. *The lowest* is the smallest
M that passes, whatever the widths above it do.

The four rules are named by the images that they look at:

- `validation`: down, without tolerance, on validation images: the paper's
  rule, but not on the images that it is judged by. It is the rule of this
  study, settled on digits, before the search was run on MNIST.
- `validation-tolerant`: the same with tolerance. One tensor at a time, what
  is tolerated in each of them can add up.
- `test`: down, without tolerance, on the test images, as the paper's poster
  may be read. It chooses by the images that it is judged by.
- `test-lowest`: the lowest without tolerance on the test images, the reading
  that gives the fewest bits.

The square root: McNemar's statistic, as in `paper.bitwidth.statistics`, is
(lost - won) / sqrt(lost + won). One standard error as a tolerance is a
convention: L. Breiman, J. Friedman, R. Olshen, C. Stone, "Classification and
Regression Trees", Wadsworth, 1984.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Counts = Mapping[str, Mapping[str, Sequence[int]]]


@dataclass(frozen=True)
class Rule:
    """Which width is chosen; see the text above."""

    part: Literal["validation", "test"]
    tolerant: bool
    down: bool


RULES = {
    "validation": Rule("validation", tolerant=False, down=True),
    "validation-tolerant": Rule("validation", tolerant=True, down=True),
    "test": Rule("test", tolerant=False, down=True),
    "test-lowest": Rule("test", tolerant=False, down=False),
}
# The rules whose networks may be judged by a test on the test images.
BLIND = tuple(name for name in RULES if RULES[name].part != "test")


def choose(rule: Rule, counts: Counts) -> int:
    """The bits of the mantissa that a rule chooses.

    `counts` has, for each part of the data, how many images were "lost" and
    "won" at each M from 0 on. The largest M should be float32's own, which
    loses none; it is returned where nothing passes.
    """
    part = counts[rule.part]
    passed = [
        passes(lost, won, tolerant=rule.tolerant)
        for lost, won in zip(part["lost"], part["won"], strict=True)
    ]
    largest = len(passed) - 1
    if not rule.down:
        return passed.index(True) if True in passed else largest
    failed = [m for m, good in enumerate(passed) if not good]
    return min(max(failed, default=-1) + 1, largest)


def passes(lost: int, won: int, *, tolerant: bool) -> bool:
    """Tell whether so many lost images are allowed."""
    return lost - won <= (math.sqrt(lost + won) if tolerant else 0)

"""The paper's figures, and what follows from them by arithmetic alone.

Source: J.-P. Ko, S.-B. Bea, O. Choi, "Korean character-level writer
identification using CNN", IEIE autumn conference, 2017, pp. 842-845.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from paper.writers.network import receptive_field

# Average per-class precision in percent, by the kernel's size in pixels.
AS_COLLECTED = {
    3: 78.26,
    5: 80.86,
    10: 82.56,
    20: 85.73,
    30: 86.54,
    40: 87.51,
    50: 89.23,
    60: 87.26,
}
AUGMENTED = {
    3: 76.59,
    5: 83.91,
    10: 86.09,
    20: 89.89,
    30: 91.39,
    40: 90.16,
    50: 90.28,
    60: 88.76,
}
TEST = 315  # images


def standard_error(percent: float, images: int = TEST) -> float:
    """Of a share of so many independent images, in points."""
    share = percent / 100
    return 100 * math.sqrt(share * (1 - share) / images)


def lines() -> Iterator[str]:
    """What a page quotes about the paper's tables."""
    for kernel in AUGMENTED:
        yield f"k = {kernel}, sees px: {receptive_field(kernel)}"
    for name, table in (
        ("as collected", AS_COLLECTED),
        ("augmented", AUGMENTED),
    ):
        best = max(table, key=table.__getitem__)
        yield (
            f"{name}, best k = {best}, standard error in points: "
            f"{standard_error(table[best]):.1f}"
        )
    gains = [AUGMENTED[k] - AS_COLLECTED[k] for k in AUGMENTED]
    yield f"augmented minus as collected, mean: {sum(gains) / len(gains):.2f}"
    yield f"kernels where augmentation gained: {sum(g > 0 for g in gains)}"
    yield f"results to choose from: {len(AUGMENTED) + len(AS_COLLECTED)}"
    large = [AUGMENTED[k] for k in AUGMENTED if k >= 20]
    yield (
        f"augmented, k = 20 to 60, highest minus lowest: "
        f"{max(large) - min(large):.2f}"
    )
    yield f"one test image, points: {100 / TEST:.2f}"

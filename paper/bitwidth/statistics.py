"""How sure a comparison of two networks is: paired tests and intervals.

Two networks that answered the same images are compared image by image: an
image is *lost* if the first network was right and the second is wrong, and
*won* the other way round. All other images say nothing about the difference.

Two things vary, and no interval here covers both. `mcnemar` and
`difference_interval` hold the networks fixed and ask about other images;
`mean_interval` over seeds holds the test images fixed and asks about other
trainings (T. G. Dietterich, "Approximate Statistical Tests for Comparing
Supervised Classification Learning Algorithms", Neural Computation 10(7),
1998, pp. 1895-1923, tells these sources of variation apart, and finds that
McNemar's test keeps its level where an algorithm is run once).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

Interval = tuple[float, float]


def changes(
    labels: np.ndarray, before: np.ndarray, after: np.ndarray
) -> tuple[int, int]:
    """How many images were lost and how many were won.

    Takes the true classes and two networks' predictions, each of shape
    (images,). Raises `ValueError` if the shapes differ.
    """
    if not labels.shape == before.shape == after.shape:
        raise ValueError(
            f"labels and predictions must have one shape, not {labels.shape}"
            f", {before.shape} and {after.shape}"
        )
    was_right, is_right = before == labels, after == labels
    lost = np.count_nonzero(was_right & ~is_right)
    won = np.count_nonzero(is_right & ~was_right)
    return int(lost), int(won)


def mcnemar(lost: int, won: int) -> float:
    """The exact two-sided p value of McNemar's test, 1 if nothing changed.

    If both networks are equally good, each changed image is as likely lost
    as won: the lost ones are binomial with probability 1/2. The exact test
    is conservative: with few changed images it rejects less often than its
    level says.

    Source: Q. McNemar, "Note on the Sampling Error of the Difference Between
    Correlated Proportions or Percentages", Psychometrika 12(2), 1947, pp.
    153-157; conservative: M. W. Fagerland, S. Lydersen, P. Laake, BMC
    Medical Research Methodology 13:91, 2013.
    """
    if lost + won == 0:
        return 1.0
    return float(stats.binomtest(lost, lost + won).pvalue)


def detectable(changed: int, level: float = 0.05) -> int | None:
    """The least |lost - won| among `changed` images with p at most `level`.

    `None` if even a clean sweep is not significant. Between two formats near
    the threshold 10 to 30 of the 10,000 images of MNIST change, and there
    the test sees no difference below 8 of 10, 10 of 20 or 12 of 30 images,
    a tenth of a percentage point: no evidence of a loss is not evidence of
    no loss. `difference_interval` says how large a loss is still possible.
    """
    for lost in range((changed + 1) // 2, changed + 1):
        if mcnemar(lost, changed - lost) <= level:
            return 2 * lost - changed
    return None


def power(changed: int, share_lost: float, level: float = 0.05) -> float:
    """How often McNemar's test sees a loss, if `changed` images change.

    `share_lost` is the probability that a changed image is a lost one. Of 20
    changed images with three quarters lost in truth, the test reports the
    loss in 62 of 100 test sets.
    """
    least = detectable(changed, level)
    if least is None:
        return 0.0
    fewest_lost = (changed + least) // 2
    return float(stats.binom.sf(fewest_lost - 1, changed, share_lost))


def difference_interval(
    lost: int, won: int, images: int, confidence: float = 0.95
) -> Interval:
    """An interval for the change of accuracy (after minus before), paired.

    Wald's interval after one image has been added to the lost and one to the
    won ones, so that it has a width even where nothing changed.

    Source: D. G. Bonett, R. M. Price, "Adjusted Wald Confidence Interval for
    a Difference of Binomial Proportions Based on Paired Data", Journal of
    Educational and Behavioral Statistics 37(4), 2012, pp. 479-488.
    """
    share_lost = (lost + 1) / (images + 2)
    share_won = (won + 1) / (images + 2)
    middle = share_won - share_lost
    variance = (share_won + share_lost - middle**2) / (images + 2)
    half = float(stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(variance)
    return max(middle - half, -1.0), min(middle + half, 1.0)


def accuracy_interval(
    right: int, images: int, confidence: float = 0.95
) -> Interval:
    """Wilson's interval for the accuracy of one network.

    Not for comparing two networks on the same images: their intervals may
    overlap widely where the paired test is sure.

    Source: E. B. Wilson, "Probable Inference, the Law of Succession, and
    Statistical Inference", Journal of the American Statistical Association
    22(158), 1927, pp. 209-212.
    """
    interval = stats.binomtest(right, images).proportion_ci(
        confidence, method="wilson"
    )
    return float(interval.low), float(interval.high)


def mean_interval(
    values: Sequence[float], confidence: float = 0.95
) -> Interval:
    """Student's interval for the mean of one value a seed.

    Give it differences of paired values (the same seed before and after) to
    compare two methods over trainings. It takes the values for normal, which
    five seeds cannot check. Raises `ValueError` below two values.
    """
    if len(values) < 2:
        raise ValueError("an interval over seeds needs two seeds or more")
    middle, error = float(np.mean(values)), float(stats.sem(values))
    if error == 0:
        return middle, middle
    low, high = stats.t.interval(
        confidence, len(values) - 1, loc=middle, scale=error
    )
    return float(low), float(high)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p values of several tests, corrected for how many there are.

    Reject where the corrected value is at most the level: then the chance of
    even one false rejection is at most that level, however the tests depend
    on each other (networks judged on the same images do).

    Source: S. Holm, "A Simple Sequentially Rejective Multiple Test
    Procedure", Scandinavian Journal of Statistics 6(2), 1979, pp. 65-70.
    """
    corrected = [1.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        left = len(p_values) - rank
        highest = max(highest, min(1.0, left * p_values[index]))
        corrected[index] = highest
    return corrected

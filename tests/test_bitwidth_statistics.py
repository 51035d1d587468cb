"""The statistics of the bit-width study, against published values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from paper.bitwidth import statistics


def test_changes_are_counted_image_by_image() -> None:
    labels = np.array([0, 1, 2, 3, 4])
    before = np.array([0, 1, 0, 3, 9])
    after = np.array([0, 2, 2, 9, 8])  # kept, lost, won, lost, wrong twice
    assert statistics.changes(labels, before, after) == (2, 1)
    with pytest.raises(ValueError, match="one shape"):
        statistics.changes(labels, before[:4], after)


def test_mcnemar() -> None:
    # 1 and 7: Bentur et al. in Fagerland, Lydersen, Laake 2013.
    assert statistics.mcnemar(1, 7) == pytest.approx(0.0703, abs=0.0001)
    assert statistics.mcnemar(0, 0) == 1
    for lost, won in [(0, 5), (5, 5), (9, 1), (6, 59), (300, 250)]:
        fewer, changed = min(lost, won), lost + won
        tail = sum(math.comb(changed, k) for k in range(fewer + 1))
        p = min(1.0, 2 * tail / 2**changed)
        assert statistics.mcnemar(lost, won) == pytest.approx(p)
        assert statistics.mcnemar(won, lost) == pytest.approx(p)


def test_what_few_changed_images_can_show() -> None:
    assert statistics.detectable(5) is None
    assert statistics.power(5, 1.0) == 0
    assert [statistics.detectable(n) for n in (6, 10, 20, 30)] == [
        6,
        8,
        10,
        12,
    ]
    assert statistics.power(20, 0.75) == pytest.approx(0.617, abs=0.001)


def test_power_is_what_a_simulation_finds() -> None:
    rng = np.random.default_rng(0)
    lost = rng.binomial(15, 0.8, size=2000)
    found = [
        statistics.mcnemar(x, 15 - x) <= 0.05 and x > 7.5
        for x in map(int, lost)
    ]
    assert np.mean(found) == pytest.approx(
        statistics.power(15, 0.8), abs=0.04
    )


def test_interval_of_a_paired_difference() -> None:
    # Bentur et al. as in Fagerland, Lydersen, Laake 2014, table V: 1 and 7
    # changed ones of 21.
    interval = statistics.difference_interval(7, 1, 21)
    assert interval == pytest.approx((-0.508, -0.013), abs=0.001)
    low, high = statistics.difference_interval(0, 0, 10_000)
    assert low == -high != 0


def test_interval_of_a_paired_difference_covers() -> None:
    rng = np.random.default_rng(0)
    images, lost, won = 1000, 0.012, 0.004
    counts = rng.multinomial(images, [lost, won, 1 - lost - won], size=2000)
    covered = 0
    for row in counts.tolist():
        low, high = statistics.difference_interval(row[0], row[1], images)
        covered += low <= won - lost <= high
    assert 0.94 < covered / 2000 < 0.98


def test_interval_of_an_accuracy() -> None:
    # Newcombe 1998 (Statistics in Medicine 17), table I: 81 of 263.
    interval = statistics.accuracy_interval(81, 263)
    assert interval == pytest.approx((0.2553, 0.3662), abs=0.0001)
    assert statistics.accuracy_interval(10, 10)[1] == 1.0


def test_interval_over_seeds() -> None:
    # t(0.975; 4) = 2.776; the standard error of 1..5 is sqrt(0.5).
    low, high = statistics.mean_interval([1, 2, 3, 4, 5])
    assert (high - low) / 2 == pytest.approx(2.776 * 0.5**0.5, abs=0.001)
    assert (high + low) / 2 == pytest.approx(3)
    assert statistics.mean_interval([0.5, 0.5]) == (0.5, 0.5)
    with pytest.raises(ValueError, match="two seeds"):
        statistics.mean_interval([1.0])


def test_holm() -> None:
    # As p.adjust(c(.01, .04, .03, .005), "holm") of R.
    corrected = statistics.holm([0.01, 0.04, 0.03, 0.005])
    assert corrected == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert statistics.holm([0.6, 0.7]) == [1.0, 1.0]
    assert statistics.holm([]) == []

"""The study's texts and figures are made from its results files."""

from __future__ import annotations

from pathlib import Path

import pytest

from paper.bitwidth import report
from paper.bitwidth.figures import Results
from paper.problem import Refusal
from paper.reporting import drawn


@pytest.fixture(scope="module")
def found() -> Results:
    """Those of the page."""
    return report.read(report.RESULTS / "mnist")


def test_results_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"training\.json"):
        report.read(tmp_path)


def test_the_texts_say_what_the_results_say(found: Results) -> None:
    texts = {path.name: text for path, text in report.texts(found).items()}
    assert all(text.strip() for text in texts.values())
    plane = found["plane"]
    errors = [
        row["test"]["errors"]
        for row in plane["rows"]
        if row["rounding"] == "nearest-even"
        and (row["exponent_bits"], row["mantissa_bits"]) == (8, 2)
    ]
    images = plane["settings"]["images"]["test"]
    accuracy = 100 * (1 - sum(errors) / len(errors) / images)
    lines = texts["bit-width-plane.txt"].splitlines()
    assert f"E8M2, 11 bits: {accuracy:.2f} %" in lines
    # A page finds a number by the words before it, so no line says two.
    for name, text in texts.items():
        if name.endswith(".txt"):
            said = [line.rpartition(":")[0] for line in text.splitlines()]
            assert len(said) == len(set(said)), name
    for language in ("ko", "en"):
        table = texts[f"bit-width-tensors.{language}.md"].splitlines()
        assert len({line.count("|") for line in table}) == 1
        assert len(table) == 2 + 7 + 2  # head, tensors, all, the paper


def test_every_figure_is_drawn(found: Results) -> None:
    for path, figure in report.figures(found).items():
        svg = drawn(figure)
        assert svg.count("<text") > 5, path.name
        assert len(svg) < 200_000, path.name

"""A claim that holds for its own seeds only is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from chain.record import main as record
from chain.robust import main
from chain.snippet import Snippet

PROGRAM = """\
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=10_000).mean()
print(f"mean: {x:.1f}")
assert CLAIM
"""


def attempt(folder: Path, claim: str) -> tuple[int, Snippet]:
    path = folder / "snippets" / "mean.py"
    path.parent.mkdir()
    path.write_text(PROGRAM.replace("CLAIM", claim), "utf-8")
    assert record(["--root", str(folder), "mean"]) == 0
    return main(["--root", str(folder), "mean"]), Snippet(path)


def test_a_claim_that_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _ = attempt(tmp_path, "abs(x) < 0.05")
    said = capsys.readouterr().out
    assert status == 0
    assert said.count("held") == 12, "ten sets of seeds, one and two threads"


def test_a_claim_of_one_seed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The mean of seed 0 is above zero, but not those of all seeds."""
    status, _ = attempt(tmp_path, "x > 0")
    said = capsys.readouterr().out
    assert status == 1
    assert "mean, seeds " in said and "AssertionError" in said
    assert "mean, 1 thread: held, prints the same" in said


def test_another_output_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, snippet = attempt(tmp_path, "True")
    assert status == 0
    snippet.output.write_text("mean: 0.5\n", "utf-8")
    assert main(["--root", str(tmp_path), "mean"]) == 1
    assert "PRINTS OTHERWISE" in capsys.readouterr().out


def test_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nothing"]) == 2
    assert "There is no snippets/nothing.py" in capsys.readouterr().err

"""The command of the GPU guide measures, and says what it could not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from paper.gpu.__main__ import RESULTS, TABLES, WORDS, table

ROOT = Path(__file__).parent.parent
CPU = {
    "name": "A processor",
    "device": "cpu",
    "keras": "3.1",
    "backend": "jax",
    "version": "0.9",
    "seconds_per_batch": 0.1,
}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "paper.gpu", *words],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def test_it_measures_this_machine() -> None:
    measured = run("--batches", "1")
    assert measured.returncode == 0, measured.stderr
    assert measured.stdout.startswith("cpu (")
    assert " ms a batch, " in measured.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--batches", "0"], "must be 1 or more"),
        (["--batches", "x"], "invalid count value: 'x'"),
        (["--backend", "torch"], "torch is not installed here."),
        (["--backend", "abacus"], "invalid choice: 'abacus'"),
    ],
)
def test_a_wrong_word_ends_with_a_sentence(
    words: list[str], reason: str
) -> None:
    refused = run(*words)
    assert refused.returncode and reason in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_table_tells_what_was_not_measured() -> None:
    assert "not measured" in table([CPU], "en")
    assert "| 100 ms | 13.8 min |" in table([CPU], "en")
    gpu = CPU | {"device": "gpu", "name": "A card"}
    assert "not measured" not in table([CPU, gpu], "en")


@pytest.mark.parametrize("language", WORDS)
def test_the_guide_shows_the_results(language: str) -> None:
    rows = json.loads(RESULTS.read_text("utf-8"))
    shown = (TABLES / f"gpu.{language}.md").read_text("utf-8")
    assert shown == table(rows, language)

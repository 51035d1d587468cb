"""Everything in Python is linted, formatted and type-checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


# Not the snippets' types: they have no annotations, as a student's program
# has none, and every line of them runs in the tests.
@pytest.mark.parametrize(
    "command", ["ruff check", "ruff format --check", "mypy"]
)
def test_code_is_clean(command: str) -> None:
    program, *options = command.split()
    run = subprocess.run(
        [sys.executable, "-m", program, *options],
        check=False,
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert run.returncode == 0, f"{run.stdout}{run.stderr}"

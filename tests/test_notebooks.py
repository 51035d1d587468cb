"""The notebooks of the studies run, and show what they print."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from chain.notebooks import BOOKS, ROOT, executed, printed
from hooks.facts import facts

NUMBER = re.compile(r"[-+]?[0-9][0-9,]*(?:\.[0-9]+)?")
# The only words in the code that are the page's language.
SAID = re.compile(r'alt=(\(\n.*?\n *\)|"[^"]*")', re.DOTALL)
KOREAN = [path for path in BOOKS if path.parts[-3] == "ko"]


def twin(path: Path) -> Path:
    """The same notebook in English."""
    return ROOT / "docs" / "en" / path.relative_to(ROOT / "docs" / "ko")


def code(path: Path) -> list[str]:
    """The cells of code, without the texts for those who cannot see."""
    cells = nbformat.read(path, as_version=4)["cells"]
    return [
        SAID.sub("alt=...", cell["source"])
        for cell in cells
        if cell["cell_type"] == "code"
    ]


def shape(text: str) -> list[str]:
    """What was printed, without its numbers and how wide they are."""
    lines = NUMBER.sub("#", text).splitlines()
    return [" ".join(line.split()) for line in lines]


def test_there_are_notebooks_in_both_languages() -> None:
    assert KOREAN
    assert sorted(map(twin, KOREAN)) + KOREAN == BOOKS


@pytest.mark.parametrize("path", KOREAN, ids=lambda path: path.stem)
def test_both_languages_run_the_same_code(path: Path) -> None:
    assert code(path) == code(twin(path))
    kept = [
        printed(nbformat.read(one, as_version=4))
        for one in (path, twin(path))
    ]
    assert kept[0] == kept[1]
    lines = [line for cell in code(path) for line in cell.splitlines()]
    assert all(len(line) <= 78 for line in lines)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.parts[-3])
def test_it_says_what_it_is_and_shows_what_it_draws(path: Path) -> None:
    assert facts(path).keys() == {"title", "description"}
    book = nbformat.read(path, as_version=4)
    for cell in book["cells"]:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                assert len(output["metadata"]["image/png"]["alt"]) > 15


@pytest.mark.parametrize("path", KOREAN, ids=lambda path: path.stem)
def test_it_runs_and_prints_what_it_shows(path: Path) -> None:
    """All asserts in it hold, and only numbers may differ.

    Training gives other weights on another processor, so the numbers are
    those of the machine that recorded them.
    """
    kept = printed(nbformat.read(path, as_version=4))
    for old, new in zip(kept, printed(executed(path)), strict=True):
        assert shape(new) == shape(old)

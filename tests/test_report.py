"""What a page quotes of a study is what its results files say today."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MEASURED = ROOT / "docs" / "measured"
STUDIES = ("bitwidth", "captchas", "expressions", "reviews", "writers")


@pytest.mark.parametrize("study", STUDIES)
def test_what_is_quoted_comes_from_the_results(study: str) -> None:
    texts = import_module(f"paper.{study}.report").texts()
    assert texts
    for path, text in texts.items():
        where = path.relative_to(ROOT).as_posix()
        assert path.exists(), f"{where}: python -m paper.{study} report"
        kept = path.read_text("utf-8").splitlines()
        for line, (shown, made) in enumerate(
            zip(kept, text.splitlines(), strict=False), 1
        ):
            assert shown == made, f"{where}:{line} is not in the results"
        assert len(kept) == len(text.splitlines()), where


def test_every_measured_file_is_made_by_a_study_or_a_command() -> None:
    made = {
        path
        for study in STUDIES
        for path in import_module(f"paper.{study}.report").texts()
    }
    others = {
        path
        for path in MEASURED.iterdir()
        if path.name.split(".")[0] in ("bench", "gpu", "pages")
    }
    assert set(MEASURED.iterdir()) <= made | others

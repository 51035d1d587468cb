"""Dates come from git, and from nowhere else."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from hooks.history import Dates, history


def git(folder: Path, *words: str, day: str = "01") -> None:
    time = f"2026-01-{day}T12:00:00+09:00"
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *words],
        check=True,
        cwd=folder,
        capture_output=True,
        env=os.environ
        | {"GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time},
    )


def test_dates_are_those_of_the_commits(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    # The project may stand in a folder of its repository.
    page = origin / "site/docs/ko/가.md"
    page.parent.mkdir(parents=True)
    git(origin, "init")
    for day in ("01", "02"):
        page.write_text(day)
        git(origin, "add", ".")
        git(origin, "commit", "-m", day, day=day)
    assert history(origin / "site") == {
        "docs/ko/가.md": Dates(
            "2026-01-01T12:00:00+09:00", "2026-01-02T12:00:00+09:00"
        )
    }
    git(tmp_path, "clone", "--depth=1", origin.as_uri(), "shallow")
    assert history(tmp_path / "shallow/site") == {}


def test_no_dates_without_git(tmp_path: Path) -> None:
    assert history(tmp_path) == {}

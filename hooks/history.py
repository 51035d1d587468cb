"""When each file of the project was first and last changed, as git has it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Dates:
    """The life of a file, or of several; times are in ISO 8601."""

    published: str
    changed: str


def history(root: Path) -> dict[str, Dates]:
    """The dates of the pages and snippets, by their path from `root`.

    Empty where nothing is known: without git, outside of a checkout, and in
    a shallow clone, where every file is as old as the clone.
    """
    if git(root, "rev-parse", "--is-shallow-repository").strip() != "false":
        return {}
    log = git(
        root,
        *("log", "--relative", "--name-only", "--format=%x00%cI"),
        *("--", "docs", "snippets"),
    )
    dates: dict[str, Dates] = {}
    # The newest commit comes first: it changed a file last.
    for commit in log.split("\0")[1:]:
        time, *names = commit.split("\n")
        for name in filter(None, names):
            last = dates[name].changed if name in dates else time
            dates[name] = Dates(published=time, changed=last)
    return dates


def git(root: Path, *words: str) -> str:
    """What git says; nothing if it cannot."""
    command = ["git", "-c", "core.quotePath=false", "-C", str(root), *words]
    try:
        run = subprocess.run(
            command, check=False, capture_output=True, encoding="utf-8"
        )
    except OSError:
        return ""
    return run.stdout if run.returncode == 0 else ""

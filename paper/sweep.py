"""Run a function for many settings, and lose nothing that is finished.

A journal keeps one line of JSON for each finished task, written through to
the disk. A run that was interrupted, killed or refused goes on where it was.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.progress import Progress

from paper.problem import Refusal
from paper.results import rounded

Task = dict[str, Any]
Row = dict[str, Any]
Finished = tuple[int, Row]


def sweep(
    function: Callable[..., Row],
    tasks: list[Task],
    journal: Path,
    *,
    scheduler: str | None = None,
    jobs: int = 1,
    label: str = "",
) -> list[Row]:
    """Call `function(**task)` for every task that the journal has not."""
    name = f"{function.__module__}.{function.__qualname__}"
    keys = [key(name, task) for task in tasks]
    journal.parent.mkdir(parents=True, exist_ok=True)
    with journal.open("a+b") as file:
        kept = read(file)
        todo = {k: task for k, task in zip(keys, tasks) if k not in kept}
        for k, task in todo.items():
            result = function(**task)
            text = json.dumps({"key": k, "result": result}, default=plain)
            file.write(text.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            kept[k] = json.loads(text)["result"]
    return [task | kept[k] for k, task in zip(keys, tasks)]


def key(name: str, task: Task) -> str:
    return json.dumps([name, task], sort_keys=True, default=plain)


def plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Path):
        return value.as_posix()
    raise TypeError(f"{value!r} is no JSON")


def read(file: IO[bytes]) -> dict[str, Row]:
    file.seek(0)
    text = file.read()
    whole = text[: text.rfind(b"\n") + 1]
    file.truncate(len(whole))
    entries = [json.loads(line) for line in whole.splitlines()]
    return {entry["key"]: entry["result"] for entry in entries}

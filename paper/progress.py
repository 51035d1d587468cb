"""How far a long run is: a bar on a terminal, a line now and then elsewhere.

Both go to stderr.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def progress(
    label: str, done: int, total: int, unit: str = ""
) -> Iterator[Callable[[int], None]]:
    """Gives a function that is told how many are done, of `total`.

    The unit is "bytes", or nothing for tasks.
    """
    if sys.stderr.isatty():
        counted = DownloadColumn() if unit else MofNCompleteColumn()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            counted,
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as bar:
            shown = bar.add_task(label, completed=done, total=total)
            yield lambda count: bar.update(shown, completed=count)
        return
    last = time.monotonic()

    def show(count: int) -> None:
        nonlocal last
        now = time.monotonic()
        if count == total or now - last >= SECONDS_BETWEEN_LINES:
            last = now
            print(
                f"{label}: {count:,} of {total:,} {unit}".rstrip(),
                file=sys.stderr,
            )

    yield show

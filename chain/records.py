"""What a page shows of a recorded run is of today's code, and is complete."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from chain.frames import frames
from chain.page import Page
from chain.problem import Problem, on
from chain.snippet import Snippet, stale

TIME_LIMIT = 10  # seconds on two cores, so that a student tries it


def records(page: Page) -> Iterator[Problem]:
    """Each snippet on the page has today's record, output and figure."""
    shown = {name for fence in page.fences for name in fence.includes}
    pictures = {Path(link.href).name for link in page.links if link.image}
    for fence in page.fences:
        for name in fence.includes:
            snippet = Snippet(page.root / "snippets" / name)
            if not name.endswith(".py") or not snippet.path.exists():
                continue
            reason = stale(snippet)
            if reason:
                again = f"make record NAME={snippet.name}"
                message = f"snippets/{name}: {reason}; {again}"
                yield on(page, fence.line + 1, message)
            elif seconds(snippet) > TIME_LIMIT:
                message = (
                    f"snippets/{name}: the recorded run took "
                    f"{seconds(snippet)} s, a student waits {TIME_LIMIT}"
                )
                yield on(page, fence.line + 1, message)
            if snippet.output.name not in shown:
                message = (
                    f"show what it prints: snippets/{snippet.output.name}"
                )
                yield on(page, fence.line + 1, message)
            if (
                snippet.figure.exists()
                and snippet.figure.name not in pictures
            ):
                message = f"show the figure it draws: {snippet.figure.name}"
                yield on(page, fence.line + 1, message)
    yield from frames(page)
    for link in page.links:
        if link.image and not link.text.strip():
            yield on(page, link.line, "the picture needs an alternative text")


def seconds(snippet: Snippet) -> float:
    """How long the recorded run took."""
    return float(json.loads(snippet.record.read_text("utf-8"))["seconds"])


def orphan(path: Path, root: Path) -> Iterator[Problem]:
    """A snippet is on a page, and a recorded file has its snippet."""
    program = root / "snippets" / f"{path.stem}.py"
    if path != program and not program.exists():
        message = f"it belongs to no snippet: there is no {program.name}"
        yield Problem(path, 1, message, root)
    elif path == program and not is_shown(path, root):
        yield Problem(path, 1, "no page shows this snippet", root)


def is_shown(path: Path, root: Path) -> bool:
    """Whether some page includes the snippet."""
    include = f'--8<-- "{path.name}"'
    pages = (root / "docs").rglob("*.md")
    return any(include in page.read_text("utf-8") for page in pages)

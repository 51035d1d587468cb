"""A question's front matter says what the list of questions shows of it."""

from __future__ import annotations

from collections.abc import Iterator

from mkdocs.utils.meta import get_data

from chain.page import Page
from chain.problem import Problem, on


def front(page: Page) -> Iterator[Problem]:
    """A question has a title, a description and a subject with a list."""
    inside = page.path.relative_to(page.root / "docs")
    if inside.parts[1] != "questions":
        return
    _, facts = get_data("\n".join(page.source))
    for name in ("title", "description", "subject"):
        if not facts.get(name):
            yield on(page, 1, f"its front matter has no {name}")
    subject = facts.get("subject")
    home = page.root / "docs" / inside.parts[0] / "index.md"
    mark = f"<!-- questions: {subject} -->"
    if subject and mark not in home.read_text("utf-8"):
        where = home.relative_to(page.root).as_posix()
        message = f"{where} has no list of the questions of {subject!r}"
        starts = [line.startswith("subject:") for line in page.source]
        yield on(page, 1 + starts.index(True), message)

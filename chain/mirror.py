"""The page in the other language has the same bones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from operator import itemgetter

from chain.front import front
from chain.page import Page
from chain.problem import Problem, on

LANGUAGES = ("ko", "en")
# Prose may name links and sources in another order, in each language its own.
ORDERED = {"heading", "include"}
Place = tuple[int, str]


def mirror(page: Page) -> Iterator[Problem]:
    """The page in the other language has the same bones."""
    docs = page.root / "docs"
    inside = page.path.relative_to(docs)
    language, *rest = inside.parts
    yield from front(page)
    for heading in page.headings:
        if heading.id is None:
            message = "give the heading its id, in English: { #experiment }"
            yield on(page, heading.line, message)
    for other in LANGUAGES:
        path = docs.joinpath(other, *rest)
        if other == language:
            continue
        if not path.exists():
            where = path.relative_to(page.root).as_posix()
            yield on(page, 1, f"there is no {where}")
            continue
        twin = Page(path, page.root)
        for what, mine, theirs in (
            ("subject", subject(page), subject(twin)),
            ("heading", headings(page), headings(twin)),
            ("include", shown_files(page), shown_files(twin)),
            ("link or picture", targets(page), targets(twin)),
            ("footnote", footnotes(page), footnotes(twin)),
        ):
            yield from compare(what, page, twin, list(mine), list(theirs))


def subject(page: Page) -> Iterable[Place]:
    """The subject in the front matter of a question."""
    for number, line in enumerate(page.source, 1):
        if line.startswith("subject: "):
            yield number, line.removeprefix("subject: ")


def headings(page: Page) -> Iterable[Place]:
    """The ids of the headings, with their levels."""
    for heading in page.headings:
        yield heading.line, f"{'#' * heading.level} #{heading.id}"


def shown_files(page: Page) -> Iterable[Place]:
    """The files that the page includes."""
    for fence in page.fences:
        for offset, name in enumerate(fence.includes):
            yield fence.line + 1 + offset, name


def targets(page: Page) -> Iterable[Place]:
    """The pages and pictures of the site that this one points to."""
    inside = [link for link in page.links if is_inside(link.href)]
    return [(link.line, link.href) for link in inside]


def is_inside(href: str) -> bool:
    """Whether a link leads to another page of the site."""
    return not re.match(r"#|[a-z]+:", href)


def footnotes(page: Page) -> Iterable[Place]:
    """The keys of the cited sources."""
    for number, line in enumerate(page.source, 1):
        match = re.match(r"\[\^([^\]]+)\]:", line)
        if match:
            yield number, match[1]


def compare(
    what: str,
    page: Page,
    twin: Page,
    mine: list[Place],
    theirs: list[Place],
) -> Iterator[Problem]:
    """The first place where two lists part."""
    if what not in ORDERED:
        mine, theirs = (sorted(x, key=itemgetter(1)) for x in (mine, theirs))
    end = (1, "nothing more")
    for index in range(max(len(mine), len(theirs))):
        here = mine[index] if index < len(mine) else end
        there = theirs[index] if index < len(theirs) else end
        if here[1] != there[1]:
            message = (
                f"{what}: this page has {here[1]}, "
                f"{twin.name}:{there[0]} has {there[1]}"
            )
            yield on(page, here[0], message)
            return

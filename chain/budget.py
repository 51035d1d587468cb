"""What a page may weigh, and what it weighs: bytes and requests.

Counted at the server, where nothing is overlooked: a phone comes with an
empty cache, reads a page, and goes on to the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from chain.serve import Sent

KB = 1024
REQUESTS = 10
SECOND = 25 * KB  # the next page, with the cache of the first
PHONE = {"width": 390, "height": 780}


@dataclass(frozen=True)
class Kind:
    """A kind of page."""

    name: str
    limit: int
    "Bytes of a first visit."


NOTEBOOK = Kind("notebook", 170 * KB)
FORMULAS = Kind("page with formulas", 120 * KB)
PLAIN = Kind("page without formulas", 75 * KB)


def kind_of(page: Path) -> Kind:
    """What a built page is."""
    html = page.read_text("utf-8")
    if "jp-Cell" in html:
        return NOTEBOOK
    return FORMULAS if "<math" in html else PLAIN


def first_visit(browser: Browser, url: str, sent: list[Sent]) -> list[Sent]:
    """What travels to a phone that has never been here."""
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    sent.clear()
    page.goto(url, wait_until="networkidle")
    context.close()
    return list(sent)


def next_page(
    browser: Browser, first: str, url: str, sent: list[Sent]
) -> list[Sent]:
    """What travels for a page, after another one was read."""
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(first, wait_until="networkidle")
    sent.clear()
    page.goto(url, wait_until="networkidle")
    context.close()
    return list(sent)


def over(
    address: str, answers: list[Sent], limit: int, requests: int = REQUESTS
) -> str:
    """What is wrong with a page's weight, if anything."""
    size = sum(answer.size for answer in answers)
    if size <= limit and len(answers) <= requests:
        return ""
    heavy = sorted(answers, key=lambda answer: -answer.size)
    parts = ", ".join(f"{each.path} {each.size:,}" for each in heavy[:5])
    return (
        f"{address}: {size:,} bytes in {len(answers)} requests, budget "
        f"{limit:,} in {requests} ({parts})"
    )

"""No page weighs more than its budget, in bytes and in requests."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from chain.budget import (
    KB,
    NOTEBOOK,
    PLAIN,
    REQUESTS,
    SECOND,
    Kind,
    first_visit,
    kind_of,
    next_page,
    over,
)
from chain.serve import Sent, addresses, packed, served


def test_every_page_is_within_its_budget(
    browser: Browser, site_folder: Path
) -> None:
    sent: list[Sent] = []
    wrong = []
    with served(site_folder, sent) as home:
        for address in addresses(site_folder):
            kind = kind_of(site_folder / address / "index.html")
            answers = first_visit(browser, home + address, sent)
            wrong.append(over(address, answers, kind.limit))
    wrong = list(filter(None, wrong))
    assert not wrong, "\n".join(wrong)


def test_the_next_page_comes_from_the_cache(
    browser: Browser, site_folder: Path
) -> None:
    """All but its words and figures, also in the other language."""
    sent: list[Sent] = []
    wrong = []
    first, *pages = sorted((site_folder / "questions").iterdir())
    with served(site_folder, sent) as home:
        start = f"{home}questions/{first.name}/"
        for page in filter(Path.is_dir, pages):
            for language in ("", "en/"):
                address = f"{language}questions/{page.name}/"
                answers = next_page(browser, start, home + address, sent)
                wrong.append(over(f"then {address}", answers, SECOND))
                again = [
                    each.path for each in answers if "/site." in each.path
                ]
                wrong += [
                    f"{address} asks again for {path}" for path in again
                ]
    wrong = list(filter(None, wrong))
    assert not wrong, "\n".join(wrong)


def test_what_keeps_pages_is_small(browser: Browser, home: str) -> None:
    """The service worker and what it asks for, after a first visit."""
    context = browser.new_context(base_url=home)
    worker = context.request.get("sw.js")
    assert len(worker.body()) < 2 * KB
    context.close()


def test_the_index_of_the_search_is_small(site_folder: Path) -> None:
    """Of each language, at most 60 KB for a hundred pages."""
    for language in ("", "en/"):
        index = packed(site_folder / language / "search" / "index.json")
        pages = [
            address
            for address in addresses(site_folder)
            if address.startswith("en/") == bool(language)
        ]
        assert len(index) <= 60 * KB * len(pages) / 100, language


def test_a_page_that_grew_is_named() -> None:
    answers = [Sent("/a/", 70 * KB), Sent("/b.js", 6 * KB)]
    said = over("a/", answers, PLAIN.limit)
    assert said.startswith("a/: 77,824 bytes in 2 requests, budget 76,800")
    assert "/a/ 71,680" in said
    assert not over("a/", answers, NOTEBOOK.limit)
    many = [Sent("/x", 1)] * (REQUESTS + 1)
    assert "in 11 requests" in over("a/", many, PLAIN.limit)


def test_kinds_of_pages(tmp_path: Path) -> None:
    def kind(html: str) -> Kind:
        page = tmp_path / "index.html"
        page.write_text(html, encoding="utf-8")
        return kind_of(page)

    assert kind("<p>") == PLAIN
    assert kind('<div class="jp-Cell"><math>') == NOTEBOOK
    assert kind("<math>").limit == 120 * KB

"""The real search, in a real browser, finds what readers type."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.test_browser import LANGUAGES

QUERIES = Path(__file__).with_name("queries.txt")
RECALL, RANK = 0.97, 0.90  # of the queries, and the mean of 1 / rank
TOP = 5  # a page that stands lower is not found
# Types into the search box and waits until the list belongs to the query.
ASK = """async query => {
  const box = document.querySelector("input.md-search__input")
  const list = document.querySelector(".md-search-result__list")
  const settled = new Promise(done => {
    let timer = setTimeout(done, 1500)
    const again = () => { clearTimeout(timer); timer = setTimeout(done, 120) }
    new MutationObserver(again).observe(list, { childList: true })
  })
  box.value = query
  box.dispatchEvent(new KeyboardEvent("keyup", { key: "End" }))
  await settled
  const pages = list.querySelectorAll(":scope > li > a:first-of-type")
  return [...pages].map(link => new URL(link.href).pathname)
}"""


def queries(language: str) -> list[tuple[str, list[str]]]:
    """What is typed, with the pages of which one should come first."""
    found = []
    for line in QUERIES.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            spoken, query, pages = map(str.strip, line.split("|"))
            if spoken == language:
                found.append((query, pages.split()))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_readers_find_what_they_type(
    page: Page, home: str, language: str
) -> None:
    page.goto(home + LANGUAGES[language], wait_until="networkidle")
    page.keyboard.press("/")
    ranks, lost = [], []
    for query, pages in queries(language):
        found = [path.strip("/") for path in page.evaluate(ASK, query)]
        places = [
            found.index(path) + 1
            for path in found[:TOP]
            if any(path.endswith(f"/{name}") for name in pages)
        ]
        ranks.append(1 / min(places) if places else 0)
        if not places or min(places) > 1:
            lost.append(f"{query}: {found[:3]}, not {' or '.join(pages)}")
    recall = sum(map(bool, ranks)) / len(ranks)
    rank = sum(ranks) / len(ranks)
    said = f"recall {recall:.3f}, mean reciprocal rank {rank:.3f}"
    print(said, *lost, sep="\n")
    assert recall >= RECALL and rank >= RANK, "\n".join([said, *lost])


def test_the_list_is_long_enough() -> None:
    assert len(queries("ko")) >= 100 and len(queries("en")) >= 20


def test_the_index_is_fetched_at_the_first_query(
    page: Page, home: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(home, wait_until="networkidle")
    assert not any("search/index.json" in url for url in asked)
    page.keyboard.press("/")
    assert page.evaluate(ASK, "풀링")
    assert sum("search/index.json" in url for url in asked) == 1
    assert page.evaluate(ASK, "교차 엔트로피")
    assert sum("search/index.json" in url for url in asked) == 1


def test_a_result_leads_to_the_words(page: Page, home: str) -> None:
    """Title, section and marked words; then the words on the page."""
    page.goto(home, wait_until="networkidle")
    page.keyboard.press("/")
    page.evaluate(ASK, "포화")
    result = page.locator(".md-search-result__item").first
    expect(result.locator("h1")).to_contain_text("교차 엔트로피")
    section = result.locator("a", has=page.locator("h2")).first
    expect(section.locator("mark").first).to_contain_text("포화")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(section).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("cross-entropy/.*#"))
    mark = page.locator("article mark", has_text="포화").first
    expect(mark).to_be_in_viewport()

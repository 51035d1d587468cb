"""The site from a disk, and without a network once it was read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from chain.offline import for_disk
from chain.serve import PREFIX, addresses, packed, served
from tests.test_search import ASK

QUESTION = "questions/cross-entropy/"


@pytest.fixture(scope="module")
def stick(
    site_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The site on a disk, in a folder with a name that people give."""
    folder = tmp_path_factory.mktemp("stick") / "내 문서 (1)" / "site"
    shutil.copytree(site_folder, folder)
    for_disk(folder, f"{PREFIX}/")
    return folder


@pytest.fixture
def alone(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A tab without a network, and what went wrong in it."""
    context = browser.new_context(locale="ko-KR", offline=True)
    context.set_default_timeout(10_000)
    page = context.new_page()
    wrong: list[str] = []
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(message.text)

    page.on("console", complain)
    yield page, wrong
    context.close()


def test_from_a_disk(alone: tuple[Page, list[str]], stick: Path) -> None:
    """Search a Korean word, switch the language, change the theme."""
    page, wrong = alone
    page.goto(stick.joinpath("index.html").as_uri())
    page.get_by_title("어두운 화면으로").click()
    expect(page.locator("body[data-md-color-scheme=slate]")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("교차엔트로피를")
    result = page.locator(".md-search-result__link").first
    expect(result).to_have_attribute("href", re.compile("cross-entropy"))
    expect(result).to_have_attribute("href", re.compile(r"index\.html"))
    result.click()
    page.wait_for_url("**/questions/cross-entropy/index.html**")
    expect(page.locator("body[data-md-color-scheme=slate]")).to_be_visible()
    picture = page.locator("img[src*=figures]").first
    assert picture.evaluate("image => image.decode().then(() => true)")
    page.get_by_label("언어").click()
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/en/questions/cross-entropy/index.html**")
    page.keyboard.press("/")
    page.keyboard.type("pooling")
    result = page.locator(".md-search-result__link").first
    expect(result).to_have_attribute("href", re.compile("/en/questions/"))
    assert not wrong


def test_every_link_on_the_disk_names_a_file(stick: Path) -> None:
    pages = list(stick.rglob("*.html"))
    assert len(pages) == len(addresses(stick))
    for page in pages:
        links = re.findall(
            r'\s(?:href|src)="([^":?#]+)[^":]*"', page.read_text("utf-8")
        )
        assert links
        for link in links:
            assert (page.parent / link).is_file(), f"{page}: {link}"


def read(browser: Browser, url: str) -> Page:
    """A tab that has read a page, and kept it."""
    context = browser.new_context(locale="ko-KR")
    context.set_default_timeout(10_000)
    # It is kept where there is https, and where a test asks for it.
    context.add_init_script("localStorage.setItem('offline', 'yes')")
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    page.wait_for_function("navigator.serviceWorker.controller")
    page.wait_for_function(
        "async () => (await (await caches.open('read')).keys())"
        ".some(({ url }) => url === location.href)"
    )
    return page


def test_a_page_opens_again_without_a_network(
    browser: Browser, home: str
) -> None:
    page = read(browser, home + QUESTION)
    page.keyboard.press("/")
    assert page.evaluate(ASK, "교차 엔트로피")
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("h1")).to_be_visible()
    picture = page.locator("img[src*=figures]").first
    assert picture.evaluate("image => image.decode().then(() => true)")
    header = page.locator(".md-header")
    expect(header).to_have_css("position", "sticky")  # the style is there
    page.keyboard.press("/")
    found = page.evaluate(ASK, "교차 엔트로피")
    assert any("cross-entropy" in path for path in found)
    page.goto(f"{home}{QUESTION}?h=엔트로피#shows")
    expect(page.locator("#shows")).to_be_visible()
    page.context.close()


def test_a_page_that_was_not_read_says_so(
    browser: Browser, home: str
) -> None:
    page = read(browser, home)
    page.context.set_offline(True)
    page.goto(f"{home}questions/rnn/")
    expect(
        page.get_by_role("heading", name="인터넷이 없어요")
    ).to_be_visible()
    expect(
        page.get_by_role("heading", name="You are offline")
    ).to_be_visible()
    page.get_by_role("link", name="처음으로").click()
    expect(page.locator("ul.questions").first).to_be_visible()
    page.context.close()


def test_the_newest_page_is_shown(
    browser: Browser, site_folder: Path, tmp_path: Path
) -> None:
    """What was kept does not stand before what was deployed since."""
    folder = tmp_path / "site"
    shutil.copytree(site_folder, folder)
    with served(folder) as home:
        page = read(browser, home + QUESTION)
        path = folder / QUESTION / "index.html"
        text = path.read_text("utf-8").replace("</h1>", " (new)</h1>", 1)
        path.write_text(text, encoding="utf-8")
        packed.cache_clear()
        page.reload()
        expect(page.locator("h1").first).to_contain_text("(new)")
        page.context.close()


def test_nobody_keeps_what_is_being_written(page: Page, home: str) -> None:
    """No service worker on http, where `mkdocs serve` is."""
    page.goto(home, wait_until="networkidle")
    count = (
        "navigator.serviceWorker.getRegistrations().then(all => all.length)"
    )
    assert page.evaluate(count) == 0

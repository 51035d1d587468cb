"""The site in a real browser, as a reader uses it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mkdocs.utils.meta import get_data
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Response,
    expect,
)

from hooks.facts import pages

ROOT = Path(__file__).parent.parent
LANGUAGES = {"ko": "", "en": "en/"}
QUESTION = "questions/cross-entropy/"
# What a reader sees of an article, without its code.
PROSE = """() => {
  const article = document.querySelector("article").cloneNode(true)
  article.querySelectorAll("pre, code").forEach(code => code.remove())
  return article.textContent
}"""


def addresses() -> list[str]:
    """Every page of the site, as the end of its address."""
    found = []
    for language, prefix in LANGUAGES.items():
        docs = ROOT / "docs" / language
        for path in pages(docs):
            name = path.relative_to(docs).with_suffix("").as_posix()
            name = f"{name}/".removesuffix("index/")
            found.append(prefix + name)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_whole(
    browser: Browser, home: str, scheme: str
) -> None:
    """On a phone: nothing from elsewhere, no error, no sideways scrolling."""
    context = browser.new_context(
        viewport={"width": 390, "height": 780},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    wrong: list[str] = []

    def check(response: Response) -> None:
        url = response.url
        if response.status >= 400 or not url.startswith((home, "data:")):
            wrong.append(f"{page.url} asks for {url}: {response.status}")

    page.on("response", check)

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(message.text)

    page.on("console", complain)
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    for address in addresses():
        page.goto(home + address, wait_until="networkidle")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{address} scrolls sideways: {width} px"
        prose = page.evaluate(PROSE)
        raw = re.search(r"\\[([]|\$|\{ *#|\[\^|--8<--|///|\]\(", prose)
        assert not raw, f"{address} shows markup: {raw[0]}"
        theme = "slate" if scheme == "dark" else "default"
        expect(page.locator("body")).to_have_attribute(
            "data-md-color-scheme", theme
        )
    context.close()
    assert not wrong


def test_language_switch_stays_at_the_heading(page: Page, home: str) -> None:
    page.goto(home + QUESTION)
    page.evaluate("document.querySelector('#shows').scrollIntoView()")
    page.get_by_label("언어").click()
    page.get_by_role("link", name="English").click()
    page.wait_for_url(f"{home}en/{QUESTION}#shows")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    top = page.locator("#shows").bounding_box()
    assert top and abs(top["y"]) < 200
    page.get_by_label("language").click()
    page.get_by_role("link", name="한국어").click()
    page.wait_for_url(f"{home}{QUESTION}#shows")


def test_theme_is_kept(page: Page, home: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(home)
    page.get_by_title("어두운 화면으로").click()
    dark = page.locator("body[data-md-color-scheme=slate]")
    expect(dark).to_be_visible()
    page.goto(home + QUESTION)
    expect(dark).to_be_visible()
    # What the browser draws is dark by our style, and not by Material's
    # script, which would make it style the page twice more.
    expect(page.locator("html")).to_have_css("color-scheme", "dark")
    expect(page.locator("meta[name=theme-color]")).to_have_count(1)
    expect(page.locator("meta[name=color-scheme]")).to_have_count(0)


def test_copied_code_is_the_snippet(page: Page, home: str) -> None:
    page.goto(home + QUESTION)
    button = page.locator("#code ~ .highlight button").first
    drawn = "it => getComputedStyle(it, '::after').maskImage"
    assert "svg" in button.evaluate(drawn)  # no style was left out
    button.click()
    page.wait_for_timeout(200)
    copied = page.evaluate("navigator.clipboard.readText()")
    snippet = (ROOT / "snippets/cross-entropy.py").read_text("utf-8")
    assert copied.strip() == snippet.strip()


@pytest.mark.parametrize(
    ("language", "words"), [("ko", "엔트로피"), ("en", "entropy")]
)
def test_search_finds_a_page(
    page: Page, home: str, language: str, words: str
) -> None:
    page.goto(home + LANGUAGES[language], wait_until="networkidle")
    page.keyboard.press("/")
    page.keyboard.type(words)
    result = page.locator(".md-search-result__link").first
    expect(result).to_have_attribute("href", re.compile("cross-entropy"))
    result.click()
    page.wait_for_url(f"{home}{LANGUAGES[language]}{QUESTION}**")


def test_reader_is_led_on(page: Page, home: str) -> None:
    page.goto(home + "questions/cross-entropy/")
    footer = page.locator(".md-footer")
    expect(
        footer.locator("a[rel=prev], .md-footer__link--prev")
    ).to_be_visible()
    expect(footer.locator(".md-footer__link--next")).to_be_visible()
    edit = page.locator("a.md-content__button[rel=edit]")
    source = "edit/main/docs/ko/questions/cross-entropy.md"
    expect(edit).to_have_attribute("href", re.compile(source))


@pytest.mark.parametrize("lost", ["nowhere/", "en/nowhere/"])
def test_a_lost_reader_reads_both_languages(
    page: Page, home: str, lost: str
) -> None:
    response = page.goto(home + lost)
    assert response and response.status == 404
    expect(page.get_by_role("heading", name="찾는 페이지가")).to_be_visible()
    expect(page.get_by_role("heading", name="not found")).to_be_visible()
    links = page.locator("article a")
    assert links.count() == 2


def test_a_slider_shows_another_picture(page: Page, home: str) -> None:
    """By keyboard; nothing is loaded for it, and nothing moves by itself."""
    page.goto(home + "questions/why-cnn/", wait_until="networkidle")
    picture = page.locator("img[data-frames]")
    slider = page.get_by_role("slider")

    def seen(key: str, value: str) -> bytes:
        page.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuetext", value)
        expect(page.locator("label.frames output")).to_have_text(value)
        page.wait_for_timeout(200)
        return picture.screenshot()

    slider.focus()
    # The header lies over what is at the top of the window.
    picture.evaluate("image => image.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(500)
    last = seen("End", "36")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    assert seen("Home", "1") != last
    assert seen("End", "36") == last
    assert not [url for url in asked if not url.startswith("data:")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_home_page_lists_every_question(
    page: Page, home: str, language: str
) -> None:
    """With its one-line answer; a filter leaves those that fit."""
    page.goto(home + LANGUAGES[language], wait_until="networkidle")
    docs = ROOT / "docs" / language / "questions"
    items = page.locator("ul.questions li:visible")
    assert items.count() == len(list(docs.glob("*.md")))
    for path in docs.glob("*.md"):
        item = items.filter(has=page.locator(f"a[href*='/{path.stem}/']"))
        _, facts = get_data(path.read_text("utf-8"))
        expect(item.locator("a").first).to_have_text(facts["title"])
        expect(item).to_contain_text(facts["description"])
    page.locator("select[name=needs]").select_option("keras")
    assert 0 < items.count() < len(list(docs.glob("*.md")))
    expect(page.locator("form.filters output")).to_contain_text(
        str(items.count())
    )
    for item in items.all():
        expect(item).to_contain_text("Keras")
    first = page.locator("ul.questions li:visible > a").first
    first.click()
    page.wait_for_url(re.compile("/questions/[a-z-]+/$"))


def test_no_page_shows_tex_without_a_script(site_folder: Path) -> None:
    """Formulas are there when the page arrives: in MathML."""
    formulas = 0
    for path in site_folder.rglob("*.html"):
        html = path.read_text("utf-8")
        formulas += html.count("<math")
        quiet = r"<(script|style|pre|code|head|title)\b.*?</\1>|<[^>]+>"
        text = re.sub(quiet, "", html, flags=re.DOTALL)
        raw = re.search(r"\\[([a-z]|\$[^$\n]{1,40}\$", text)
        assert not raw, f"{path} shows {raw[0]}"
    assert formulas

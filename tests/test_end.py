"""The end of a page, its print, its menu, and the list it belongs to."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from playwright.sync_api import Browser, Page, Route, expect

from chain.serve import served
from chain.site import build
from tests.small_site import write
from tests.test_browser import LANGUAGES, QUESTION, ROOT

GISCUS = """\
extra:
  giscus:
    repo: a/b
    repo_id: R_1
    category: General
    category_id: DIC_1
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_can_be_cited_and_asked_about(
    page: Page, home: str, language: str
) -> None:
    address = LANGUAGES[language] + QUESTION
    page.goto(home + address)
    end = page.locator(".end")
    end.locator("summary").click()
    end.locator("pre button").click()
    page.wait_for_timeout(200)
    entry = page.evaluate("navigator.clipboard.readText()")
    fields = dict(re.findall(r"^  (\w+) = \{(.+)\},$", entry, re.M))
    assert fields[
        "title"
    ] == f"{{{page.locator('h1').inner_text()}}}".replace("¶", "")
    assert fields["url"].endswith(f"/MichinLearning/{address}")
    link = end.locator("a").first.get_attribute("href")
    asked = urlsplit(str(link))
    assert asked.path == "/jeonggunlee/MichinLearning/issues/new"
    filled = parse_qs(asked.query)
    form = ROOT / ".github/ISSUE_TEMPLATE" / filled["template"][0]
    fields_of_form = yaml.safe_load(form.read_text("utf-8"))["body"]
    assert "page" in [field.get("id") for field in fields_of_form]
    assert filled["page"] == [fields["url"]]
    assert filled["template"] == [f"{language}.yml"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_front_page_asks(page: Page, home: str, language: str) -> None:
    page.goto(home + LANGUAGES[language])
    asks = page.locator(
        f"article a[href$='issues/new?template={language}.yml']"
    )
    expect(asks).to_have_count(1)


def test_tags_lead_to_the_narrowed_list(page: Page, home: str) -> None:
    """Also by an address that somebody was sent; and it is kept."""
    page.goto(f"{home}en/{QUESTION}")
    page.locator(".tags a").first.click()
    page.wait_for_url(f"{home}en/?subject=evaluation")
    items = page.locator("ul.questions li:visible")
    shown = items.count()
    assert 0 < shown < len(list((ROOT / "docs/en/questions").glob("*.md")))
    subject = page.get_by_label("Subject")
    expect(subject).to_have_value("evaluation")
    subject.focus()
    page.keyboard.press("Tab")
    page.keyboard.type("Ke")  # as in any list of a form
    expect(page.get_by_label("Needs")).to_have_value("keras")
    assert items.count() < shown
    page.reload()
    expect(page.get_by_label("Needs")).to_have_value("keras")
    page.get_by_label("Subject").select_option("")
    page.get_by_label("Needs").select_option("")
    page.get_by_label("Takes").select_option("2")
    assert items.count() > 0
    for item in items.all():
        assert int(item.get_attribute("data-seconds") or 9) <= 2
    expect(page.get_by_role("status")).to_have_text(
        f"{items.count()} questions"
    )


def test_the_list_is_whole_without_scripts(
    browser: Browser, home: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{home}?subject=training")
    questions = list((ROOT / "docs/ko/questions").glob("*.md"))
    expect(page.locator("ul.questions li:visible")).to_have_count(
        len(questions)
    )
    expect(page.locator("form.filters")).to_be_hidden()
    context.close()


def test_a_printed_page_is_the_article(page: Page, home: str) -> None:
    page.set_viewport_size({"width": 700, "height": 900})  # of A4, about
    page.goto(home + QUESTION, wait_until="networkidle")
    page.emulate_media(media="print")
    for left_out in (
        ".md-header",
        ".md-footer",
        ".tags",
        ".end",
        ".run ~ nav",
    ):
        for part in page.locator(left_out).all():
            expect(part).to_be_hidden()
    wide = """() => [...document.querySelectorAll("article pre > code")]
      .filter(code => code.scrollWidth > code.clientWidth).length"""
    assert page.evaluate(wide) == 0
    shown = """() => {
      const after = link => getComputedStyle(link, "::after").content
      return [...document.querySelectorAll("article a[href^=http]")]
        .filter(link => link.checkVisibility())
        .map(link => link.textContent + after(link))
    }"""
    contents = page.evaluate(shown)
    assert contents and all("http" in content for content in contents)
    figure = page.locator("article figure").first
    kept = figure.evaluate("figure => getComputedStyle(figure).breakInside")
    assert kept == "avoid"


def test_the_menu_of_a_phone_leads_on(browser: Browser, home: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 780})
    page = context.new_page()
    page.goto(home + QUESTION)
    link = page.locator(".md-nav--primary a[href$='/rnn/']")
    expect(link).not_to_be_in_viewport()
    page.locator("button[for=__drawer]").click()
    link.click()
    page.wait_for_url(f"{home}questions/rnn/")
    context.close()


def test_a_discussion_waits_for_a_click(
    browser: Browser, small_site: Path, tmp_path: Path
) -> None:
    """Without settings there is none; before a click, no request."""
    root = tmp_path / "site"
    shutil.copytree(small_site, root)
    settings = (root / "mkdocs.yml").read_text("utf-8")
    write(root / "mkdocs.yml", settings.replace("extra:\n", GISCUS, 1))
    folder = tmp_path / "built"
    build(root, folder)
    page = browser.new_page()
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(content_type="text/javascript", body="")

    page.route(re.compile("giscus"), answer)
    with served(folder) as home:
        page.goto(f"{home}en/questions/coin/", wait_until="networkidle")
        assert not asked
        page.get_by_role("button", name="Discuss").click()
        page.wait_for_timeout(300)
        assert asked == ["https://giscus.app/client.js"]
        script = page.locator("script[src*=giscus]")
        for name, value in {
            "data-repo": "a/b",
            "data-repo-id": "R_1",
            "data-category-id": "DIC_1",
            "data-lang": "en",
        }.items():
            assert script.get_attribute(name) == value
    page.close()


def test_no_discussion_without_settings(site_folder: Path) -> None:
    for path in site_folder.rglob("*.html"):
        assert "giscus.app/client" not in path.read_text("utf-8"), path

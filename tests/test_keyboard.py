"""At 200 % zoom, with the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

PAGES = [
    "",
    "questions/why-cnn/",
    "papers/reviews/",
    "en/guides/contributing/",
]
# Where the focus is: whether it can be seen, in the window.
SEEN = """() => {
  const it = document.activeElement
  // A button for the theme is a label, and shows the focus of its input.
  const shown = it.matches(".md-option") ? it.nextElementSibling : it
  const { left, right, width } = shown.getBoundingClientRect()
  return shown === document.body || it.matches(".md-search *") ||
    width > 0 && right > 0 && left < innerWidth &&
      getComputedStyle(shown).outlineStyle !== "none" || it.outerHTML
}"""


@pytest.fixture
def zoomed(page: Page) -> Page:
    """A window of 1280 pixels, enlarged twice."""
    page.set_viewport_size({"width": 640, "height": 400})
    return page


@pytest.mark.parametrize("address", PAGES)
def test_the_focus_is_seen(zoomed: Page, home: str, address: str) -> None:
    zoomed.goto(home + address, wait_until="networkidle")
    width = zoomed.evaluate("document.documentElement.scrollWidth")
    assert width <= 640
    for _ in range(40):
        zoomed.keyboard.press("Tab")
        assert zoomed.evaluate(SEEN) is True


def test_the_menu_opens_and_closes(zoomed: Page, home: str) -> None:
    zoomed.goto(home + "questions/why-cnn/", wait_until="networkidle")
    drawer = zoomed.locator("#__drawer")
    button = zoomed.get_by_role("button", name="메뉴")
    button.focus()
    zoomed.keyboard.press("Enter")
    expect(drawer).to_be_checked()
    inside = "document.activeElement.closest('.md-sidebar--primary') !== null"
    assert zoomed.evaluate(inside)
    zoomed.keyboard.press("Escape")
    expect(drawer).not_to_be_checked()
    expect(button).to_be_focused()


def test_escape_closes_the_search(zoomed: Page, home: str) -> None:
    zoomed.goto(home, wait_until="networkidle")
    zoomed.keyboard.press("/")
    expect(zoomed.locator("#__search")).to_be_checked()
    zoomed.keyboard.press("Escape")
    expect(zoomed.locator("#__search")).not_to_be_checked()

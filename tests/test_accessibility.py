"""axe-core finds nothing on any page: phone and desktop, light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.test_browser import addresses

THEMES = {"light": "default", "dark": "slate"}
# Each width asks everything in one theme; in the other, what colours change.
READERS = [(390, "light", "dark"), (1280, "dark", "light")]
COLOURS = ["color-contrast", "link-in-text-block"]
RUN = "options => axe.run({ resultTypes: ['violations'], ...options })"
# Presses the button, and ends the fading of colours into each other.
SWITCH = """theme => {
  document.querySelector("label[for^=__palette]:not([hidden])").click()
  document.getAnimations().forEach(each => each.finish())
  localStorage.clear()  // the next page comes in its first theme again
  return document.body.dataset.mdColorScheme === theme
}"""


def violations(page: Page, **options: Any) -> list[str]:
    """What axe, which the page has, says against it."""
    return [
        f"{violation['id']}, {violation['nodes'][0]['target'][0]}: "
        f"{violation['help']}"
        for violation in page.evaluate(RUN, options)["violations"]
    ]


@pytest.mark.parametrize(("width", "first", "then"), READERS)
def test_axe_finds_nothing(
    browser: Browser, home: str, width: int, first: str, then: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=first,  # type: ignore[arg-type]
    )
    page = context.new_page()
    axe = Axe().axe_script
    found = []
    for address in addresses():
        page.goto(home + address, wait_until="load")
        # Until the list of pages has scrolled to this one, a label of it may
        # lie half under its title.
        page.wait_for_timeout(100)
        page.evaluate(axe)
        said = {first: violations(page)}
        assert page.evaluate(SWITCH, THEMES[then]), f"{address} keeps {first}"
        said[then] = violations(page, runOnly=COLOURS)
        found += [
            f"{address} ({scheme}): {violation}"
            for scheme in said
            for violation in said[scheme]
        ]
    context.close()
    assert not found, "\n".join(found)

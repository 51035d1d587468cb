"""axe-core finds nothing on any page, on a phone and on a desktop."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.test_browser import addresses

# Each theme and each width, but not every pair: no colour depends on both.
READERS = [("light", 390), ("dark", 1280)]


@pytest.mark.parametrize(("scheme", "width"), READERS)
def test_axe_finds_nothing(
    browser: Browser, home: str, scheme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    found = []
    for address in addresses():
        page.goto(home + address, wait_until="load")
        # Until the list of pages has scrolled to this one, a label of it may
        # lie half under its title.
        page.wait_for_timeout(100)
        results = Axe().run(page)
        for violation in results.response["violations"]:
            node = violation["nodes"][0]
            place = f"{node['target'][0]}: {violation['help']}"
            found.append(f"{address}: {violation['id']}, {place}")
    context.close()
    assert not found, "\n".join(found)

"""axe-core finds nothing on any page: both themes, phone and desktop."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.test_browser import addresses

SIZES = {"phone": (390, 780), "desktop": (1280, 900)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    browser: Browser, home: str, scheme: str, size: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    found = []
    for address in addresses():
        page.goto(home + address, wait_until="load")
        results = Axe().run(page)
        for violation in results.response["violations"]:
            node = violation["nodes"][0]
            place = f"{node['target'][0]}: {violation['help']}"
            found.append(f"{address}: {violation['id']}, {place}")
    context.close()
    assert not found, "\n".join(found)

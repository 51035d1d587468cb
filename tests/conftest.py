"""What several tests share: the built site, a server for it, a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from chain.chromium import FLAGS, MISSING, chromium
from chain.plugin import in_ci, site_of
from chain.serve import served
from tests import small_site as small


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser last: its event loop runs on until the session ends.

    Beside it Dask, which other tests connect to, cannot start its own.
    """
    items.sort(
        key=lambda item: "browser" in getattr(item, "fixturenames", ())
    )


@pytest.fixture(scope="session")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small site that passes; tests break and edit copies of it."""
    root = tmp_path_factory.mktemp("small")
    small.make(root)
    return root


@pytest.fixture(scope="session")
def site_folder(pytestconfig: pytest.Config) -> Path:
    """The built site; its problems are the item mkdocs.yml::site."""
    folder, _ = site_of(pytestconfig)
    assert (folder / "index.html").exists(), "see mkdocs.yml::site"
    return folder


@pytest.fixture(scope="session")
def home(site_folder: Path) -> Iterator[str]:
    """The address of the Korean front page on this machine."""
    with served(site_folder) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        path = chromium(playwright)
        if path is None:
            (pytest.fail if in_ci() else pytest.skip)(MISSING)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A reader's tab on a laptop, in Korea."""
    context = browser.new_context(
        locale="ko-KR", permissions=["clipboard-read", "clipboard-write"]
    )
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()

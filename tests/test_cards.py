"""Every page has its card, drawn from what the page says today."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from chain.cards import Card, cards, draw, strays

ROOT = Path(__file__).parent.parent
BYTES = 25_000


def named(card: Card) -> str:
    return f"{card.path.parent.name}/{card.path.stem}"


@pytest.mark.parametrize("card", list(cards(ROOT)), ids=named)
def test_a_page_has_todays_card(card: Card) -> None:
    assert card.is_todays(), "`make cards` draws the cards that changed"
    assert card.path.stat().st_size < BYTES
    with Image.open(card.path) as image:
        assert image.size == (1200, 630)
        assert image.mode == "P"


def test_a_card_has_a_page() -> None:
    assert not strays(ROOT), "`make cards` takes cards without a page away"


def test_another_title_needs_another_card(
    browser: Browser, tmp_path: Path
) -> None:
    page = tmp_path / "docs/ko/index.md"
    page.parent.mkdir(parents=True)
    page.write_text("---\ntitle: 풀링\n---\n", encoding="utf-8")
    [card] = cards(tmp_path)
    assert not card.is_todays()
    draw(card, browser.new_page(viewport={"width": 1200, "height": 630}))
    [card] = cards(tmp_path)
    assert card.is_todays()
    page.write_text("---\ntitle: 합성곱\n---\n", encoding="utf-8")
    [card] = cards(tmp_path)
    assert not card.is_todays()
    page.unlink()
    assert strays(tmp_path) == [card.path]

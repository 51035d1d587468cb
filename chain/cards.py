"""Draw the social cards: `python -m chain.cards`.

A card is what is shown where somebody shares a page: its question and its
answer, 1200 x 630 pixels. Chromium draws it with a Korean font of this
machine. The cards whose page has changed are drawn, cards without a page go.
"""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from PIL import Image, PngImagePlugin
from playwright.sync_api import Page, sync_playwright
from rich.progress import track

from chain.chromium import FLAGS, MISSING, chromium
from hooks.facts import facts, pages

CARDS = Path("docs/assets/cards")
SITES = {"ko": "미친러닝", "en": "MichinLearning"}
COLOURS = 16  # on a card: two of the ground, the others smooth the letters
MADE_OF = "Made of"  # the note in a card that says what it was drawn from
DESIGN = """\
<!doctype html><html lang="{language}"><meta charset="utf-8"><style>
  body {{ margin: 0; box-sizing: border-box; width: 1200px; height: 630px;
    padding: 72px 80px; display: flex; flex-direction: column; gap: 36px;
    border-left: 28px solid #ffb300; background: #2b3990; color: white;
    font-family: "Noto Sans CJK KR", "Noto Sans KR", "Apple SD Gothic Neo",
    "Malgun Gothic", sans-serif; word-break: keep-all; line-height: 1.3 }}
  b {{ font-size: {size}px }}
  p {{ margin: 0; font-size: 38px; line-height: 1.5 }}
  i {{ margin-top: auto; font-size: 32px; font-style: normal;
    color: #ffb300 }}
</style><b>{title}</b><p>{description}</p><i>{site}</i></html>
"""
# Whether two syllables look alike, as they do where no font has them.
NO_KOREAN = """() => {
  const drawn = ["한", "글"].map(syllable => {
    const canvas = document.createElement("canvas")
    const context = canvas.getContext("2d")
    context.font = getComputedStyle(document.body).font
    context.fillText(syllable, 10, 40)
    return canvas.toDataURL()
  })
  return drawn[0] === drawn[1]
}"""


@dataclass(frozen=True)
class Card:
    """The card of one page in one language."""

    path: Path
    html: str
    "What Chromium draws."

    @property
    def digest(self) -> str:
        """What tells this card from one of other words or design."""
        return hashlib.sha256(self.html.encode()).hexdigest()

    def is_todays(self) -> bool:
        """Whether the file shows what the page says today."""
        if not self.path.exists():
            return False
        with Image.open(self.path) as image:
            return image.info.get(MADE_OF) == self.digest


def cards(root: Path) -> Iterator[Card]:
    """The cards of the project at `root`, as they should be."""
    for language, site in SITES.items():
        docs = root / "docs" / language
        for page in pages(docs):
            name = page.relative_to(docs).with_suffix("").as_posix()
            said = facts(page)
            title = said.get("title", "")
            html = DESIGN.format(
                language=language,
                size=68 if len(title) < 40 else 56,
                title=escape(title),
                description=escape(said.get("description", "")),
                site=site if title != site else "",
            )
            file = f"{name.replace('/', '-')}.png"
            yield Card(root / CARDS / language / file, html)


def strays(root: Path) -> list[Path]:
    """Cards without a page."""
    wanted = {card.path for card in cards(root)}
    return [
        path for path in (root / CARDS).rglob("*.png") if path not in wanted
    ]


def draw(card: Card, page: Page) -> None:
    """Draw one card and keep it, small."""
    page.set_content(card.html)
    shot = Image.open(io.BytesIO(page.screenshot()))
    small = shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    note = PngImagePlugin.PngInfo()
    note.add_text(MADE_OF, card.digest)
    card.path.parent.mkdir(parents=True, exist_ok=True)
    new = card.path.with_suffix(".new")
    small.save(new, "png", optimize=True, pnginfo=note)
    new.replace(card.path)


def main(root: Path) -> int:
    """Draw what has changed; 0 if that could be done."""
    for path in strays(root):
        path.unlink()
    todo = [card for card in cards(root) if not card.is_todays()]
    if not todo:
        print("Nothing changed: all cards are today's.")
        return 0
    with sync_playwright() as playwright:
        program = chromium(playwright)
        if program is None:
            print(MISSING, file=sys.stderr)
            return 1
        browser = playwright.chromium.launch(
            executable_path=program, args=FLAGS
        )
        size = {"width": 1200, "height": 630}
        page = browser.new_page(viewport=size)  # type: ignore[arg-type]
        page.set_content(todo[0].html)
        if page.evaluate(NO_KOREAN):
            sentence = "No font here has Korean letters: `apt-get install"
            print(f"{sentence} fonts-noto-cjk` gets one.", file=sys.stderr)
            return 1
        for card in track(todo, "Drawing"):
            draw(card, page)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))

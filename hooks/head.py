"""What a page's head tells those who link to it, list it or follow it."""

from __future__ import annotations

from html import escape

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

from hooks.about import About
from hooks.feeds import FEED
from hooks.structured import script

LOCALES = {"ko": "ko_KR", "en": "en_US"}
LARGE = '<meta name="twitter:card" content="summary_large_image">'
SIZE = {"width": 1200, "height": 630}  # of a card, in pixels


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Put a social card's words, the feed and structured data in the head."""
    about = page.meta["about"]
    lines = [*card(about), feed(about), script(about)]
    tags = "".join(f"    {line}\n" for line in filter(None, lines))
    return output.replace("</head>", f"{tags}  </head>", 1)


def card(about: About) -> list[str]:
    """What is shown where somebody shares the page: ogp.me."""
    facts: dict[str, object] = {
        "og:type": "website" if about.url == about.home else "article",
        "og:site_name": about.site,
        "og:title": about.title,
        "og:description": about.description,
        "og:url": about.url,
        "og:locale": LOCALES[about.language],
    }
    if about.card:
        facts["og:image"] = about.card
        facts |= {f"og:image:{side}": size for side, size in SIZE.items()}
    lines = [
        f'<meta property="{name}" content="{escape(str(value))}">'
        for name, value in facts.items()
        if value
    ]
    if about.card:
        lines.append(
            '<meta name="twitter:card" content="summary_large_image">'
        )
    return lines


def feed(about: About) -> str:
    """The feed of the page's language.

    The space after "alternate" is for Material's script: hooks/languages.py.
    """
    return (
        '<link rel="alternate " type="application/atom+xml" '
        f'title="{escape(about.site)}" href="{about.home}{FEED}">'
    )

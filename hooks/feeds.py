"""A feed for each language, with every question and study."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.utils import get_build_datetime

from hooks.about import About

FEED = "feed.xml"
ATOM = "http://www.w3.org/2005/Atom"
listed: dict[str, list[About]] = {}  # what the feed of a language lists


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> None:
    """Note what the feed lists."""
    pages = [file.page for file in files.documentation_pages() if file.page]
    found = [page.meta["about"] for page in pages]
    listed[language(config)] = [
        about for about in found if about.kind != "page"
    ]


def on_post_build(config: MkDocsConfig) -> None:
    """Write the feed beside the front page."""
    pages = listed[language(config)]
    text = atom(pages, config, get_build_datetime().isoformat())
    Path(config.site_dir, FEED).write_text(text, encoding="utf-8")


def atom(pages: list[About], config: MkDocsConfig, built: str) -> str:
    """The feed (RFC 4287), what changed last on top.

    Where git knows no date, a page is as old as the build.
    """
    home = config.site_url or ""
    dated = [
        (about.dates.changed if about.dates else built, about)
        for about in pages
    ]
    dated.sort(key=lambda pair: datetime.fromisoformat(pair[0]), reverse=True)
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": language(config)})
    add(feed, "title", config.site_name)
    add(feed, "subtitle", config.site_description or "")
    add(feed, "id", home)
    add(feed, "updated", dated[0][0] if dated else built)
    add(feed, "link", rel="self", href=home + FEED)
    add(feed, "link", rel="alternate", href=home)
    add(SubElement(feed, "author"), "name", config.site_name)
    for time, about in dated:
        entry = SubElement(feed, "entry")
        add(entry, "title", about.title)
        add(entry, "id", about.url)
        add(entry, "link", rel="alternate", href=about.url)
        if about.dates:
            add(entry, "published", about.dates.published)
        add(entry, "updated", time)
        add(entry, "summary", about.description)
    indent(feed)
    text = tostring(feed, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def language(config: MkDocsConfig) -> str:
    """The language of the build."""
    return str(config.theme["language"])


def add(parent: Element, tag: str, text: str = "", **facts: str) -> None:
    """Put an element of text into another."""
    SubElement(parent, tag, facts).text = text or None

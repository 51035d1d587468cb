"""One map of both languages, for search engines.

MkDocs writes a map for each build. Of the two this makes one, in which each
page names its twin. This hook stands behind hooks/languages.py, which builds
the English pages.
"""

from __future__ import annotations

import gzip
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from mkdocs.config.defaults import MkDocsConfig

from hooks.languages import address, is_korean

SITEMAP = "sitemap.xml"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
# Read at the root of a host only, so not below github.io: it is for those
# who serve the site from a host of its own.
ROBOTS = "User-agent: *\nAllow: /\nSitemap: {}\n"


def on_post_build(config: MkDocsConfig) -> None:
    """Merge the maps, and say where the map is."""
    if not is_korean(config):
        return
    folder = Path(config.site_dir)
    homes = {
        "ko": address(config, "ko", ""),
        "en": address(config, "en", ""),
    }
    maps = [days(folder / SITEMAP), days(folder / "en" / SITEMAP)]
    text = merged(maps[0] | maps[1], homes)
    (folder / SITEMAP).write_text(text, encoding="utf-8")
    packed = gzip.compress(text.encode(), mtime=0)
    (folder / f"{SITEMAP}.gz").write_bytes(packed)
    for name in (SITEMAP, f"{SITEMAP}.gz"):
        (folder / "en" / name).unlink()
    robots = ROBOTS.format(homes["ko"] + SITEMAP)
    (folder / "robots.txt").write_text(robots, encoding="utf-8")


def days(path: Path) -> dict[str, str]:
    """The pages of a map, with the day of their last change."""
    urls = ElementTree.parse(path).getroot()
    return {
        url.findtext(f"{{{NAMESPACE}}}loc", ""): url.findtext(
            f"{{{NAMESPACE}}}lastmod", ""
        )
        for url in urls
    }


def merged(pages: dict[str, str], homes: dict[str, str]) -> str:
    """A map of all pages, each with its address in every language."""
    lines = []
    for url, day in pages.items():
        home = homes["en" if url.startswith(homes["en"]) else "ko"]
        name = url.removeprefix(home)
        twins = {lang: start + name for lang, start in homes.items()}
        twins["x-default"] = twins["ko"]
        lines.append(f"<url><loc>{escape(url)}</loc><lastmod>{day}</lastmod>")
        lines += [
            f'<xhtml:link rel="alternate" hreflang="{language}" '
            f'href="{escape(twin)}"/>'
            for language, twin in twins.items()
            if twin in pages
        ]
        lines.append("</url>")
    body = "\n".join(lines)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="{NAMESPACE}" xmlns:xhtml="{XHTML}">\n'
        f"{body}\n</urlset>\n"
    )

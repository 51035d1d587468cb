"""Two builds, one site: Korean at /, English at /en/.

MkDocs builds the Korean pages; then this hook builds the English ones from
mkdocs.en.yml into a folder of the same site. Both share docs/assets, and each
page knows its twin.
"""

from __future__ import annotations

import importlib
import logging
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
# Found once, the package stays: so one hook can import another, however
# MkDocs was called. MkDocs takes back what a hook adds to the path.
sys.path.insert(0, str(ROOT))
importlib.import_module("hooks")
ENGLISH = "mkdocs.en.yml"
# Material's own links to the other language, which lead to its front page.
ALTERNATE = re.compile(r'\s*<link rel="alternate"[^>]*hreflang[^>]*>')
log = logging.getLogger("mkdocs.hooks.languages")


def is_korean(config: MkDocsConfig) -> bool:
    """Whether this is the build of the site's root."""
    return bool(config.theme["language"] == "ko")


def on_post_build(config: MkDocsConfig) -> None:
    """Build the English pages into the site that was just built."""
    if not is_korean(config):
        return
    folder = Path(config.config_file_path).parent
    english = load_config(
        str(folder / ENGLISH),
        site_dir=str(Path(config.site_dir) / "en"),
        site_url=urljoin(config.site_url or "/", "en/"),
        strict=config.strict,
    )
    log.info("Building the English pages")
    english.plugins.on_startup(command="build", dirty=False)
    build(english)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Give both builds the shared style, scripts and figures."""
    shared = Path(config.docs_dir).parent
    for path in sorted((shared / "assets").rglob("*")):
        # A card's address stands in full, and once.
        if path.is_file() and (
            is_korean(config) or "cards" not in path.parts
        ):
            name = path.relative_to(shared).as_posix()
            files.append(
                File(
                    name,
                    str(shared),
                    config.site_dir,
                    use_directory_urls=True,
                )
            )
    return files


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> None:
    """Translate the titles of the navigation's sections."""
    if is_korean(config):
        return
    for item in nav.items:
        if isinstance(item, Section):
            if item.title not in config.extra["nav"]:
                message = f"{ENGLISH} has no title for {item.title!r}"
                raise PluginError(f"{message} under extra: nav:")
            item.title = config.extra["nav"][item.title]


def on_page_context(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation
) -> None:
    """Let the language switch lead to this page in the other language."""
    switch_to(page.url, config)


def on_template_context(
    context: dict[str, Any], template_name: str, config: MkDocsConfig
) -> None:
    """A page without a twin, 404.html, leads to the front pages."""
    switch_to("", config)


def switch_to(url: str, config: MkDocsConfig) -> None:
    """Set the links of the language switch."""
    for alternate in config.extra["alternate"]:
        full = address(config, alternate["lang"], url)
        alternate["link"] = urlsplit(full).path


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Tell search engines where the page is in each language."""
    links = [
        (alternate["lang"], address(config, alternate["lang"], page.url))
        for alternate in config.extra["alternate"]
    ]
    links.append(("x-default", links[0][1]))
    # The space after "alternate" means nothing to a search engine. It keeps
    # Material's script, which wants the word alone, from asking for a
    # sitemap.xml in every page's folder.
    tags = "".join(
        f'\n    <link rel="alternate " hreflang="{language}" href="{url}">'
        for language, url in links
    )
    output = ALTERNATE.sub("", output)
    return output.replace("</title>", "</title>" + tags, 1)


def on_post_template(
    output_content: str, template_name: str, config: MkDocsConfig
) -> str:
    """Pages serves one 404.html, the root's, which speaks both languages."""
    if template_name != "404.html":
        return output_content
    return ALTERNATE.sub("", output_content) if is_korean(config) else ""


def address(config: MkDocsConfig, language: str, url: str) -> str:
    """The full address of a page in a language."""
    root = config.site_url or "/"
    if not is_korean(config):
        root = root.removesuffix("en/")
    folder = "" if language == "ko" else f"{language}/"
    return urljoin(root, folder + ("" if url == "./" else url))

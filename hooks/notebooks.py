"""A notebook looks and weighs like any other page.

mkdocs-jupyter puts half a megabyte of styles and scripts into the page of
every notebook. What is left here are the cells, marked up like the rest of
the site: so the site's style, its copy button and its formulas apply.
"""

from __future__ import annotations

import base64
import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink
from mkdocs.utils import get_relative_url

from hooks.facts import facts
from hooks.figures import PICTURE, webp

CELLS = re.compile(
    r'<div class="jupyter-wrapper">.*(?=<!-- jupyter-wrapper -->)', re.DOTALL
)
# Copies of the code for a button of its own, and empty boxes.
DOUBLE = re.compile(
    r'<div class="zeroclipboard-container">.*?</clipboard-copy>\s*</div>'
    r'|<div class="clipboard-copy-txt".*?</div>'
    r'|<div class="jp-(?:Collapser|InputPrompt|OutputPrompt)[^>]*>\s*</div>'
    r"|(?<=<pre>)<span></span>|<!-- jp-Notebook -->",
    re.DOTALL,
)
BLOCK = re.compile(r"<pre>(?!<code)(.*?)\n?</pre>", re.DOTALL)
CODE = re.compile(r"(<(pre|code)\b.*?</\2>)", re.DOTALL)
TEX = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", re.DOTALL)
HEADING = re.compile(
    r'<h([1-6]) id="[^"]*">(.*?)<a class="anchor-link".*?</a>'
)
LINK = re.compile(r'href="([^":#?]+\.(?:md|ipynb))(#[^"]*)?"')
STOP = re.compile(r' tabindex="0"')


def on_page_content(
    html: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Leave of a notebook's page what is in its cells."""
    cells = CELLS.search(html)
    if not page.file.src_uri.endswith(".ipynb") or not cells:
        return html
    page.meta.update(facts(Path(str(page.file.abs_src_path))))
    page.title = page.meta["title"]
    html = STOP.sub("", DOUBLE.sub("", cells[0]))
    html = html.replace("highlight-ipynb", "highlight")
    html = BLOCK.sub(r"<pre><code>\1</code></pre>", html)
    html = PICTURE.sub(lambda match: webp(base64.b64decode(match[1])), html)
    html = LINK.sub(partial(linked, page=page, files=files), html)
    html = CODE.sub(r"\0\1\0", html)
    return with_ids("".join(map(formulas, html.split("\0"))), page)


def linked(match: re.Match[str], page: Page, files: Files) -> str:
    """A link to a page's source, as one to the page.

    Raises `PluginError` if there is no such page.
    """
    folder = posixpath.dirname(page.file.src_uri)
    uri = posixpath.normpath(posixpath.join(folder, match[1]))
    file = files.get_file_from_path(uri)
    if file is None:
        message = f"{page.file.src_uri} links to {match[1]}, which is nowhere"
        raise PluginError(message)
    return f'href="{get_relative_url(file.url, page.url)}{match[2] or ""}"'


def formulas(html: str) -> str:
    """Formulas outside of code, as hooks/formulas.py wants them."""
    if html.startswith(("<pre", "<code")):
        return html

    def marked(match: re.Match[str]) -> str:
        if match[1]:
            return rf'<div class="arithmatex">\[{match[1]}\]</div>'
        return rf'<span class="arithmatex">\({match[2]}\)</span>'

    html = re.sub(r"<p>\s*(\$\$[^$]+\$\$)\s*</p>", r"\1", html)
    return TEX.sub(marked, html)


def every(links: Iterable[AnchorLink]) -> Iterator[AnchorLink]:
    """The entries of a table of contents, in the order of the page."""
    for link in links:
        yield link
        yield from every(link.children)


def with_ids(html: str, page: Page) -> str:
    """Number the headings: a Korean one has no id of its own."""
    for number, link in enumerate(every(page.toc)):
        link.id = f"section-{number}"
    numbers = count()

    def heading(match: re.Match[str]) -> str:
        place = f"section-{next(numbers)}"
        return (
            f'<h{match[1]} id="{place}">{match[2]}'
            f'<a class="headerlink" href="#{place}" title="¶">¶</a>'
        )

    return HEADING.sub(heading, html)

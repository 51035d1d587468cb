"""A term's first use on a page says what it is and leads to the glossary.

A term is a heading of the third level on the glossary page, with its names in
the page's language, a dot, and those in the other language:
`### 과적합, 오버피팅 · overfitting { #overfitting }`. The paragraph under it
is the tooltip.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from operator import itemgetter

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

GLOSSARY = "guides/glossary.md"
TERM = re.compile(
    r"^### (?P<names>[^\n]+?) · [^\n]+? \{ #(?P<id>[\w-]+) \}\n\n"
    r"(?P<text>[^#\n].*?)(?=\n\n|\n*\Z)",
    re.MULTILINE | re.DOTALL,
)
# Where no link belongs: what is one, what is quoted, and what is no prose.
CLOSED = {"a", "blockquote", "code", "math", "pre", "script", "style"}
CLOSED |= {f"h{level}" for level in range(1, 7)}
TAG = re.compile(r"(<[^>]+>)")
# A Korean term ends where a particle begins; 학습 is not found in 학습률.
PARTICLE = "은|는|이|가|을|를|의|에|로|으로|와|과|도|만|나|란|라|까지|부터"
PARTICLE += "|처럼|보다|마다|뿐|들|예요|고|인|일|하|한|할|해|된|되"
AFTER_KOREAN = rf"(?![가-힣])|(?={PARTICLE})"


@dataclass(frozen=True)
class Term:
    """A term of the glossary."""

    id: str
    text: str
    "What the tooltip says."
    pattern: re.Pattern[str]
    "Finds the term in prose."


def terms(markdown: str) -> list[Term]:
    """The terms of a glossary page, those with the longest names first.

    Raises `PluginError` on a heading of the third level that is no term.
    """
    found = [
        (name.strip(), match["id"], plain(match["text"]))
        for match in TERM.finditer(markdown)
        for name in match["names"].split(",")
    ]
    explained = {identifier for _, identifier, _ in found}
    for heading in re.findall(r"^### (.+)$", markdown, re.MULTILINE):
        identifier = re.search(r"\{ #([\w-]+) \}$", heading)
        if not identifier or identifier[1] not in explained:
            raise PluginError(
                f"{GLOSSARY}: '{heading}' is no term: write "
                "`### name · 이름 { #id }`, an empty line, and a paragraph"
            )
    found.sort(key=lambda term: -len(term[0]))
    return [
        Term(identifier, text, pattern(name))
        for name, identifier, text in found
    ]


def plain(markdown: str) -> str:
    """A paragraph without its markup, on one line."""
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", markdown)
    return " ".join(re.sub(r"[*`$]", "", text).split())


def pattern(name: str) -> re.Pattern[str]:
    """Finds a name as a word: with particles, or as a plural."""
    word = re.escape(name).replace(r"\ ", r"\s+")
    if re.search("[가-힣]$", name):
        return re.compile(rf"(?<!\w){word}(?:{AFTER_KOREAN})")
    # A name in capitals, such as GeM, is no other word in small letters.
    flags = re.IGNORECASE if name.islower() else re.NOFLAG
    return re.compile(rf"(?<![\w-]){word}(?:s|es)?(?![a-zA-Z0-9-])", flags)


def on_page_content(
    html: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Link the first use of every term, outside of headings and code."""
    glossary = files.get_file_from_path(GLOSSARY)
    # A page says `glossary: false` where names are mostly parts of titles.
    wants = page.meta.get("glossary", not page.is_homepage)
    if glossary is None or not wants or page.file == glossary:
        return html
    found = terms(glossary.content_string)
    address = get_relative_url(glossary.url, page.url)
    return link_first_uses(html, found, address)


def link_first_uses(html: str, found: list[Term], address: str) -> str:
    """The HTML with a link to `address` around each term's first use."""
    prose, notes, sources = html.partition('<div class="footnote">')
    used: set[str] = set()
    inside: list[str] = []
    pieces = TAG.split(prose)
    for index, piece in enumerate(pieces):
        if index % 2:
            follow(piece, inside)
        elif piece.strip() and not inside:
            pieces[index] = link(piece, found, used, address)
    return "".join(pieces) + notes + sources


def follow(tag: str, inside: list[str]) -> None:
    """Note whether a tag opens or closes a place for no links."""
    name = re.match(r"</?([\w-]+)", tag)
    if name and name[1] in CLOSED:
        if not tag.startswith("</"):
            inside.append(name[1])
        elif inside:
            inside.pop()


def link(text: str, found: list[Term], used: set[str], address: str) -> str:
    """A piece of prose with the terms that were not used before, linked."""
    places: list[tuple[int, int, Term | None]] = []
    for term in found:
        for match in term.pattern.finditer(text):
            start, end = match.span()
            # A shorter term inside of a longer one is another thing.
            if any(start < right and left < end for left, right, _ in places):
                continue
            places.append((start, end, None if term.id in used else term))
            used.add(term.id)
    for start, end, new in sorted(places, key=itemgetter(0), reverse=True):
        if new:
            shown = f'<abbr title="{escape(new.text)}">{text[start:end]}'
            opening = f'<a class="term" href="{address}#{new.id}">'
            text = f"{text[:start]}{opening}{shown}</abbr></a>{text[end:]}"
    return text

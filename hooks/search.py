"""The search index that docs/assets/search.js reads at the first query.

`search/index.json` names the pages and, for every word that tells pages
apart, the pages that use it. `search/text/N.json` is the prose of page N by
section, for the lines that a result quotes. Both are made of the index that
Material's plugin writes, which the pages would fetch at every view.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from hooks.glossary import GLOSSARY, TERM

WORD = re.compile(r"[가-힣]+|[a-z_][a-z_0-9.]*[a-z_0-9]", re.IGNORECASE)
# Names of functions, classes and ideas: from_logits, Conv2D, KL.
NAME = re.compile(r"[a-z]+_\w+|[A-Z][a-z]+[A-Z0-9]\w*|[A-Z]{2,}", re.ASCII)
CODE = re.compile(r"<pre.*?</pre>", re.DOTALL)
# What stands behind a Korean noun. The reader's side needs no such list: it
# finds the words of the index in what was typed.
PARTICLES = re.compile(
    r"(?<=[가-힣]{2})(?:(?:에서|에게|으로|까지|부터|처럼|보다|마다|이나|이라는"
    r"|라는|이라고|라고|이란|란|이에요|예요|해요|돼요|하는|되는|하면|하고|들"
    r"|은|는|이|가|을|를|의|에|로|와|과|도|만|나)+)$"
)
# How a verb ends: nobody looks for one.
VERB = re.compile(
    r"(?:요|니다|는지|지만|으면|하면|해서|어서|아서|려면|도록|거나|면서|지)$"
)
COMMON = 0.6  # a word on more than this share of the pages tells little
# How much a page has to do with a word: says it at times, often, or on top.
SOME, OFTEN, ON_TOP = 1, 2, 3
# Names that Korean readers type in Hangul too; terms are in the glossary.
SPELT = """keras 케라스, tensorflow 텐서플로 텐서플로우, pytorch 파이토치,
    numpy 넘파이, python 파이썬, cuda 쿠다, mnist 엠니스트, nvidia 엔비디아,
    github 깃허브, dask 다스크, conference 콘퍼런스 컨퍼런스"""
WORKER = re.compile(r"assets/javascripts/workers/search\.\w+\.min\.js")
BOX = '<div class="md-search" data-md-component="search" role="dialog"'
LABEL = {"ko": "검색", "en": "Search"}
# What Material's script asks for at every view, whatever the worker does.
STUB = {"config": {"lang": [], "separator": " ", "pipeline": []}, "docs": []}
described: dict[str, str] = {}  # pages' descriptions, by full address


def on_page_content(
    html: str, page: Page, config: MkDocsConfig, files: Files
) -> None:
    """Note the page's description."""
    described[str(page.canonical_url)] = page.meta.get("description", "")


def on_post_build(config: MkDocsConfig) -> None:
    """Replace Material's index."""
    folder = Path(config.site_dir) / "search"
    old = folder / "search_index.json"
    docs = json.loads(old.read_text("utf-8"))["docs"]
    glossary = Path(config.docs_dir, GLOSSARY)
    names = synonyms(glossary.read_text("utf-8") if glossary.exists() else "")
    pages = by_page(docs)
    heads = [
        [url, sections[0][1], described[urljoin(str(config.site_url), url)]]
        for url, sections in pages.items()
    ]
    found = words(pages, heads, [name for group in names for name in group])
    index = {
        "pages": heads,
        "synonyms": names,
        # Two long strings of like things compress best.
        "words": " ".join(found),
        "on": " ".join(map(encoded, found.values())),
    }
    write(folder / "index.json", index)
    for number, sections in enumerate(pages.values()):
        text = [[i, title, prose(html)] for i, title, html in sections]
        write(folder / "text" / f"{number}.json", text)
    write(old, STUB)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Let the search box start our worker, and give it its name."""
    return with_search(output, config)


def on_post_template(
    output_content: str, template_name: str, config: MkDocsConfig
) -> str:
    """The same for 404.html."""
    return with_search(output_content, config)


def with_search(html: str, config: MkDocsConfig) -> str:
    """A page with our search instead of Material's."""
    named = f'{BOX} aria-label="{LABEL[config.theme["language"]]}"'
    return WORKER.sub("assets/search.js", html.replace(BOX, named, 1))


def write(path: Path, content: Any) -> None:
    """Write JSON without a byte that is not needed."""
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text, encoding="utf-8")


def by_page(docs: list[dict[str, str]]) -> dict[str, list[list[str]]]:
    """The sections of every page, as [id, title, HTML], by its address."""
    pages: dict[str, list[list[str]]] = {}
    for doc in docs:
        url, _, fragment = doc["location"].partition("#")
        title = prose(doc["title"])
        pages.setdefault(url, []).append([fragment, title, doc["text"]])
    for sections in pages.values():
        # The list of sources: a search should not lead there.
        sections[-1][2] = re.sub(r"<ol>.*\Z", "", sections[-1][2], flags=re.S)
    return pages


def synonyms(glossary: str) -> list[list[str]]:
    """The names of each term in both languages."""
    heading = re.compile(r"^### (.+?) \{", re.MULTILINE)
    found = heading.findall("\n".join(m[0] for m in TERM.finditer(glossary)))
    spelt = [names.split() for names in SPELT.split(",")]
    return [re.split(r",\s*| · ", names) for names in found] + spelt


def prose(html: str) -> str:
    """The text that a reader reads, without code."""
    text = re.sub(r"<[^>]+>", " ", CODE.sub(" ", html))
    return " ".join(unescape(text).split())


def words(
    pages: dict[str, list[list[str]]],
    heads: list[list[str]],
    names: list[str],
) -> dict[str, dict[int, int]]:
    """For each word the numbers of the pages that use it, and how."""
    used: dict[str, dict[int, int]] = defaultdict(dict)
    for number, sections in enumerate(pages.values()):
        for word, weight in weights(heads[number], sections, names):
            used[word][number] = max(weight, used[word].get(number, 0))
    for word, on in list(used.items()):
        if len(on) > max(3, COMMON * len(pages)):
            top = {n: weight for n, weight in on.items() if weight > SOME}
            used[word] = top
    return {word: on for word, on in sorted(used.items()) if on}


def encoded(on: dict[int, int]) -> str:
    """The pages of a word, on top, often, and at times: 0,12||3."""
    groups = [
        ",".join(str(n) for n, weight in on.items() if weight == wanted)
        for wanted in (ON_TOP, OFTEN, SOME)
    ]
    return "|".join(groups).rstrip("|")


def weights(
    head: list[str], sections: list[list[str]], names: list[str]
) -> Iterator[tuple[str, int]]:
    """The words that a page says again and again, and how often.

    A name of the glossary is one word, and counts at once, as names in code
    do. Other words said once or twice are found in the pages' texts, if
    nothing else is.
    """
    keys = set(map(squeeze, names))
    for word in tokens(f"{head[1]} {head[2]}", names):
        yield word, ON_TOP
    for _, title, _ in sections[1:]:
        for word in tokens(title, names):
            yield word, OFTEN
    text = " ".join(prose(html) for _, _, html in sections)
    for word, count in Counter(tokens(text, names)).items():
        if word in keys or (count > 2 and not VERB.search(word)):
            yield word, OFTEN if count > 5 else SOME
    html = " ".join(html for _, _, html in sections)
    # In a program, what it calls; its own variables are nobody's question.
    said = [text, *re.findall(r"\.(\w+_\w+|[A-Z]\w+)\(", html)]
    for word in NAME.findall(" ".join(said)):
        yield word.lower(), SOME


def tokens(text: str, names: list[str]) -> list[str]:
    """The words of a text, and the glossary's names without their spaces."""
    found = [PARTICLES.sub("", word.lower()) for word in WORD.findall(text)]
    found = [word for word in found if len(word) > 1]
    squeezed = squeeze(text)
    for name in names:
        key = squeeze(name)
        if not key.isascii() or " " in name or "-" in name:
            found += [key] * squeezed.count(key)
    return found


def squeeze(text: str) -> str:
    """A text in small letters without spaces and hyphens."""
    return re.sub(r"[\s-]+", "", text.lower())

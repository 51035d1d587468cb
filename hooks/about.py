"""What every page says of itself: to machines, and at its end to readers.

Templates and other hooks find it as `page.meta["about"]`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urljoin

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from hooks.bibtex import entry
from hooks.experiments import snippets_of
from hooks.history import Dates, history
from hooks.languages import address

ENDS = ("py", "out")  # what a page shows of a snippet
KINDS = {"questions": "question", "papers": "paper"}
WORDS = {
    "ko": {
        "changed": "{date}에 마지막으로 고쳤어요.",
        "ask": "질문, 다른 답, 틀린 곳 알리기",
        "cite": "이 페이지 인용하기",
        "discuss": "이야기 나누기 (giscus.app에서 불러와요)",
    },
    "en": {
        "changed": "Last changed on {date}.",
        "ask": "Ask, answer differently, or report a mistake",
        "cite": "Cite this page",
        "discuss": "Discuss (loaded from giscus.app)",
    },
}
ANSWER = re.compile(r'<h2 id="answer">.*?</h2>(.*?)(?=<h2|\Z)', re.DOTALL)
# Not part of an answer in words: the picture, and the numbers of notes.
SILENT = re.compile(r"<figure>.*?</figure>|<sup.*?</sup>", re.DOTALL)


@dataclass(frozen=True)
class About:
    """What is known of a page."""

    title: str
    description: str
    answer: str
    "A question's short answer as plain text, else its description."
    url: str
    language: str
    kind: str
    '"question", "paper" or "page".'
    site: str
    "The site's name, which is the group's."
    home: str
    "The site's front page in the page's language."
    dates: Dates | None
    card: str | None
    "The address of the page's social card, if it has one."
    ask: str
    "Where a reader asks, about this page."
    words: dict[str, str]

    @property
    def day(self) -> str:
        """The day of the last change, as 2026-11-24; empty if unknown."""
        return self.dates.changed[:10] if self.dates else ""

    @property
    def bibtex(self) -> str:
        """The page as an entry of a bibliography."""
        name = self.url.rstrip("/").rpartition("/")[2]
        key = f"michinlearning-{name}-{self.language}"
        return entry(key, self.site, self.title, self.url, self.day)


def on_page_content(
    html: str, page: Page, config: MkDocsConfig, files: Files
) -> None:
    """Note the short answer, before formulas and tooltips are made of it."""
    answer = ANSWER.search(html)
    page.meta["answer"] = plain(answer[1]) if answer else ""


def plain(html: str) -> str:
    """HTML as one line of text."""
    text = re.sub(r"<[^>]+>", "", SILENT.sub("", html))
    return " ".join(unescape(text).split())


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> None:
    """Gather what is known of the pages, before the first is written."""
    root = Path(config.config_file_path).parent
    dates = history(root)
    for file in files.documentation_pages():
        if file.page:
            about = describe(file.page, config, dates)
            file.page.meta["about"] = about
            file.page.update_date = about.day or file.page.update_date


def describe(
    page: Page, config: MkDocsConfig, dates: dict[str, Dates]
) -> About:
    """What is known of one page."""
    language = config.theme["language"]
    source = page.file.src_uri
    url = str(page.canonical_url)
    description = page.meta.get("description") or ""
    kind = KINDS.get(source.split("/")[0], "page")
    if source.endswith("/index.md"):
        kind = "page"
    return About(
        title=page.title or config.site_name,
        description=description,
        answer=page.meta.get("answer") or description,
        url=url,
        language=language,
        kind=kind,
        site=config.site_name,
        home=config.site_url or "",
        dates=dates_of(page, language, dates),
        card=card(page, config),
        ask=ask(config, language, url),
        words=WORDS[language],
    )


def dates_of(
    page: Page, language: str, dates: dict[str, Dates]
) -> Dates | None:
    """When the page came, and when it or its experiment last changed."""
    own = dates.get(f"docs/{language}/{page.file.src_uri}")
    if own is None:
        return None
    names = snippets_of(page.file.content_string)
    paths = [f"snippets/{name}.{end}" for name in names for end in ENDS]
    changes = [dates[path].changed for path in paths if path in dates]
    last = max([own.changed, *changes], key=datetime.fromisoformat)
    return Dates(own.published, last)


def card(page: Page, config: MkDocsConfig) -> str | None:
    """The address of the page's card: chain/cards.py makes it."""
    language = config.theme["language"]
    name = page.file.src_uri.rpartition(".")[0].replace("/", "-")
    inside = f"assets/cards/{language}/{name}.png"
    if not (Path(config.docs_dir).parent / inside).exists():
        return None
    return address(config, "ko", inside)


def ask(config: MkDocsConfig, language: str, url: str) -> str:
    """GitHub's form for a question, with the page's address filled in."""
    facts = {"template": f"{language}.yml", "page": url}
    new = urljoin(f"{config.repo_url}/", "issues/new")
    return f"{new}?{urlencode(facts)}"

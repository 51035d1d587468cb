"""A page's list of questions with their one-line answers.

`<!-- questions: convolution -->` becomes a list of the pages whose front
matter says `subject: convolution`, in the order of the navigation. An item
is the page's title, its description, and what its experiments need. A
question's page has the same facts as tags, each a link to the narrowed list.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url, meta

from hooks.experiments import kept, snippets_of

MARK = re.compile(r"<!-- questions: ([\w-]+) -->")
FOLDER = "questions/"
NEEDS = {
    "ko": "{packages} · {seconds}초",
    "en": "{packages} · {seconds} s",
}
PACKAGES = {"keras": "Keras", "numpy": "NumPy"}
TAGS = {
    "ko": {"keras": "Keras", "numpy": "NumPy만"},
    "en": {"keras": "Keras", "numpy": "only NumPy"},
}
# The name of a list is the heading above it.
NAMED = re.compile(r"^#+ ([^{\n]+?) \{[^\n]*\}\n\n" + MARK.pattern, re.M)
order: list[File] = []  # of the build at hand


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> None:
    """Note the questions in the order of the navigation."""
    uris = (page.file for page in nav.pages)
    order[:] = [file for file in uris if file.src_uri.startswith(FOLDER)]


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Put the lists where the page asks for them."""
    if not MARK.search(markdown):
        return markdown
    found = [(file, *front_matter(file)) for file in order]
    language = config.theme["language"]

    def listed(match: re.Match[str]) -> str:
        items = [
            item(
                facts,
                snippets,
                get_relative_url(file.url, page.url),
                language,
            )
            for file, facts, snippets in found
            if facts["subject"] == match[1]
        ]
        return "\n".join(['<ul class="questions">', *items, "</ul>"])

    return MARK.sub(listed, markdown)


def front_matter(file: File) -> tuple[dict[str, Any], list[str]]:
    """What a question's page says of itself, and its snippets.

    Raises `PluginError` if its front matter lacks what the list shows.
    """
    text, facts = meta.get_data(file.content_string)
    for name in ("title", "description", "subject"):
        if not facts.get(name):
            message = f"{file.src_uri}: its front matter has no {name}"
            raise PluginError(message)
    return facts, snippets_of(text)


def item(
    facts: dict[str, Any], snippets: list[str], address: str, language: str
) -> str:
    """A question as an item of the list."""
    packages, seconds = needs(snippets)
    said = NEEDS[language].format(
        packages=PACKAGES[packages], seconds=seconds
    )
    return (
        f'<li data-subject="{facts["subject"]}" data-seconds="{seconds}" '
        f'data-needs="{packages}">'
        f'<a href="{address}">{escape(facts["title"])}</a>'
        f"<p>{escape(facts['description'])} <small>{said}</small></p></li>"
    )


def needs(snippets: list[str]) -> tuple[str, int]:
    """What experiments need: "keras" or "numpy", and how many seconds."""
    records = [json.loads(kept(f"{name}.json")) for name in snippets]
    keras = any("keras" in record["packages"] for record in records)
    seconds = max(1, round(sum(record["seconds"] for record in records)))
    return "keras" if keras else "numpy", seconds


def on_page_context(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation
) -> None:
    """Give a question its tags: hooks/theme/partials/tags.html."""
    if page.file not in order or nav.homepage is None:
        return
    facts, snippets = front_matter(page.file)
    home = nav.homepage.file
    names = {
        match[2]: match[1] for match in NAMED.finditer(home.content_string)
    }
    subject, (packages, _) = facts["subject"], needs(snippets)
    context["tags"] = [
        ("subject", subject, names.get(subject, subject)),
        ("needs", packages, TAGS[config.theme["language"]][packages]),
    ]

"""A page in the words of schema.org, for search engines.

What their documentation asks for is in tests/test_structured.py.
"""

from __future__ import annotations

import json
from typing import Any

from hooks.about import About

Facts = dict[str, Any]


def script(about: About) -> str:
    """The page as JSON-LD in a script; nothing for a page of no kind."""
    makers = {"question": question, "paper": paper}
    if about.kind not in makers:
        return ""
    facts = {"@context": "https://schema.org"} | makers[about.kind](about)
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    # Nothing in a text may end the script.
    text = text.replace("<", "\\u003c").replace(">", "\\u003e")
    return f'<script type="application/ld+json">{text}</script>'


def question(about: About) -> Facts:
    """A question and its short answer."""
    shared = {"author": group(about), **dates(about)}
    answer = {
        "@type": "Answer",
        "text": about.answer,
        "url": f"{about.url}#answer",
        **shared,
    }
    asked = {
        "@type": "Question",
        "name": about.title,
        "text": about.title,
        "answerCount": 1,
        "acceptedAnswer": answer,
        **shared,
    }
    return {
        "@type": "QAPage",
        "inLanguage": about.language,
        "mainEntity": asked,
    }


def paper(about: About) -> Facts:
    """The write-up of a study."""
    facts = {
        "@type": "ScholarlyArticle",
        "headline": about.title,
        "description": about.description,
        "url": about.url,
        "inLanguage": about.language,
        "author": group(about),
        **dates(about),
    }
    if about.card:
        facts["image"] = about.card
    return facts


def group(about: About) -> Facts:
    """The study group, which wrote everything here."""
    return {"@type": "Organization", "name": about.site, "url": about.home}


def dates(about: About) -> Facts:
    """When the page came and when it changed; nothing where unknown."""
    if about.dates is None:
        return {}
    return {
        "datePublished": about.dates.published,
        "dateModified": about.dates.changed,
    }

"""What every page's head tells search engines and those who share it."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from hooks.about import About, plain
from hooks.facts import facts as said
from hooks.history import Dates
from hooks.structured import script
from tests.test_browser import ROOT, addresses

HOME = "https://jeonggunlee.github.io/MichinLearning/"
LOCALES = {"ko": "ko_KR", "en": "en_US"}
# What Google asks for: developers.google.com/search/docs/appearance/
# structured-data/qapage requires a QAPage's mainEntity, a Question's name,
# answerCount and answer, and an Answer's text; .../article requires nothing.
# The other properties are recommended, by Google or for what they say.
WANTED = {
    "QAPage": {"mainEntity"},
    "Question": {"name", "answerCount", "acceptedAnswer", "text", "author"},
    "Answer": {"text", "author", "url"},
    "ScholarlyArticle": {"headline", "author", "description", "inLanguage"},
    "Organization": {"name", "url"},
}
DATED = {"Question", "Answer", "ScholarlyArticle"}


def head(folder: Path, address: str) -> str:
    """The head of a built page."""
    text = Path(folder, address, "index.html").read_text("utf-8")
    return text.partition("</head>")[0]


def meta(head: str, name: str) -> str:
    """The content of a meta tag; empty without it."""
    wanted = rf'<meta (?:property|name)="{name}" content="([^"]*)">'
    found = re.search(wanted, head)
    return unescape(found[1]) if found else ""


def facts_of(address: str) -> tuple[str, dict[str, Any]]:
    """A page's language and front matter."""
    language = "en" if address.startswith("en/") else "ko"
    name = address.removeprefix("en/").rstrip("/") or "index"
    docs = ROOT / "docs" / language
    places = (f"{name}.md", f"{name}.ipynb", f"{name}/index.md")
    path = next(docs / place for place in places if (docs / place).exists())
    return language, said(path)


@pytest.mark.parametrize("address", addresses())
def test_a_shared_page_shows_its_card(
    site_folder: Path, address: str
) -> None:
    text, (language, facts) = head(site_folder, address), facts_of(address)
    assert meta(text, "og:title") == facts["title"]
    assert meta(text, "og:description") == facts["description"]
    assert meta(text, "description") == facts["description"]
    assert meta(text, "og:url") == HOME + address
    assert meta(text, "og:locale") == LOCALES[language]
    assert meta(text, "twitter:card") == "summary_large_image"
    card = meta(text, "og:image").removeprefix(HOME)
    assert card.startswith(f"assets/cards/{language}/")
    assert (site_folder / card).is_file()


@pytest.mark.parametrize("address", addresses())
def test_a_page_names_itself_its_twin_and_its_feed(
    site_folder: Path, address: str
) -> None:
    text = head(site_folder, address)
    home = HOME + ("en/" if address.startswith("en/") else "")
    name = address.removeprefix("en/")
    links = dict(re.findall(r'hreflang="([\w-]+)" href="([^"]+)"', text))
    assert links["ko"] == links["x-default"] == HOME + name
    assert links["en"] == f"{HOME}en/{name}"
    assert f'<link rel="canonical" href="{HOME}{address}">' in text
    assert 'type="application/atom+xml" title="' in text
    assert f'href="{home}feed.xml"' in text


def check(facts: dict[str, Any]) -> None:
    """Fail unless a thing, and all in it, has what is asked for."""
    missing = WANTED[facts["@type"]] - facts.keys()
    assert not missing, f"{facts['@type']} has no {missing}"
    if facts["@type"] in DATED and "datePublished" in facts:
        assert facts["datePublished"] <= facts["dateModified"]
    for value in facts.values():
        assert value or value == 0
        if isinstance(value, dict):
            check(value)


def structured(text: str) -> list[dict[str, Any]]:
    """The structured data of a page."""
    opening = '<script type="application/ld\\+json">'
    return [
        json.loads(found)
        for found in re.findall(f"{opening}(.*?)</script>", text)
    ]


@pytest.mark.parametrize("address", addresses())
def test_structured_data_is_whole(site_folder: Path, address: str) -> None:
    found = structured(head(site_folder, address))
    inside = address.removeprefix("en/").partition("/")
    if inside[0] == "questions":
        [facts] = found
        check(facts)
        assert facts["@type"] == "QAPage"
        answer = facts["mainEntity"]["acceptedAnswer"]["text"]
        # It is a text, and the page's own.
        assert len(answer) > 100 and not re.search("<|\\[\\^|¶", answer)
    elif inside[0] == "papers" and inside[2]:
        [facts] = found
        check(facts)
        assert facts["@type"] == "ScholarlyArticle"
    else:
        assert not found


def about(kind: str, title: str) -> About:
    """A page of this title."""
    return About(
        title=title,
        description="Why </script> & co.",
        answer="Because.",
        url=f"{HOME}papers/x/",
        language="ko",
        kind=kind,
        site="미친러닝",
        home=HOME,
        dates=Dates("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
        card=None,
        ask="",
        words={},
    )


@pytest.mark.parametrize("kind", ["question", "paper"])
def test_no_text_ends_the_script(kind: str) -> None:
    title = '</script><b>"A\\b" & 글'
    made = script(about(kind, title))
    assert made.count("</script>") == 1
    [facts] = structured(made)
    check(facts)
    shown = facts.get("mainEntity", facts)
    assert title in (shown.get("name"), shown.get("headline"))


def test_an_answer_is_plain() -> None:
    html = (
        "<figure><p>a picture</p></figure><p>It is <em>so</em>"
        '<sup id="fnref:a"><a href="#fn:a">1</a></sup>: 1 &lt; 2.</p>'
    )
    assert plain(html) == "It is so: 1 < 2."


def test_bibtex_is_escaped() -> None:
    entry = about("paper", "100% of {A_b} & C#").bibtex
    assert r"title = {{100\% of \{A\_b\} \& C\#}}" in entry
    assert "@misc{michinlearning-x-ko," in entry
    assert "year = {2026}" in entry and "date = {2026-02-01}" in entry

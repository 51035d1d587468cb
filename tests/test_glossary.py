"""The first use of a term is linked, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mkdocs.exceptions import PluginError

from hooks.glossary import GLOSSARY, link_first_uses, terms

DOCS = Path(__file__).parents[1] / "docs"
# Code, headings, quotes, pictures and sources, where no term is linked.
NO_PROSE = re.compile(
    r"^(?:```.*?^```|---\n.*?^---|#.*?$|>.*?$|!\[.*?$|\[\^.*)",
    re.MULTILINE | re.DOTALL,
)

KOREAN = """\
### 과적합, 오버피팅 · overfitting { #overfitting }

학습 데이터만 **외운** 것이에요.

### 학습 · training { #training }

가중치를 고쳐 가는 일이에요.

### 학습률, lr · learning rate { #learning-rate }

한 걸음의 크기예요.

### GeM · generalized mean { #gem }

평균과 최댓값 [사이](../questions/max-pooling.md)예요.
"""
ENGLISH = """\
### overfitting · 과적합 { #overfitting }

Learning the data "by heart".

### GeM · 일반화 평균 { #gem }

Between average and maximum.
"""


def linked(html: str, glossary: str = KOREAN) -> list[tuple[str, str]]:
    """The ids and texts of the links that are made, in their order."""
    made = link_first_uses(html, terms(glossary), "g/")
    plain = re.sub(r'<a class="term"[^>]*><abbr[^>]*>(.*?)</abbr></a>', r"\1",
                   made)  # fmt: skip
    assert plain == html, "nothing else changes"
    return re.findall(r'href="g/#([\w-]+)"><abbr[^>]*>(.*?)</abbr>', made)


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>학습을 한다. 학습은</p>", [("training", "학습")]),
        ("<p>학습률을</p>", [("learning-rate", "학습률")]),
        ("<p>학습장과 예학습</p>", []),
        ("<p>학습률은 학습에</p>", [("learning-rate", "학습률"),
                                    ("training", "학습")]),
        ("<p>오버피팅은 과적합이다</p>", [("overfitting", "오버피팅")]),
        ("<h2>과적합</h2><p>과적합</p>", [("overfitting", "과적합")]),
        ("<code>lr</code> <a href='x'>과적합</a>", []),
        ("<blockquote><p>학습</p></blockquote>", []),
        ("<pre><code><span>lr</span> x</code></pre><p>lr</p>",
         [("learning-rate", "lr")]),
        ("<p>gem, GeMs</p>", [("gem", "GeMs")]),
        ('<p>x</p><div class="footnote">학습</div>', []),
        ("<p><strong>과적합</strong>이</p>", [("overfitting", "과적합")]),
    ],
)  # fmt: skip
def test_first_uses(html: str, found: list[tuple[str, str]]) -> None:
    assert linked(html) == found


def test_english_words_have_plurals_and_capitals() -> None:
    html = "<p>Overfitting. Non-overfitting, GeM</p>"
    found = [("overfitting", "Overfitting"), ("gem", "GeM")]
    assert linked(html, ENGLISH) == found


def test_the_tooltip_is_the_paragraph() -> None:
    made = link_first_uses("<p>과적합 GeM</p>", terms(KOREAN), "g/")
    assert 'title="학습 데이터만 외운 것이에요."' in made
    assert 'title="평균과 최댓값 사이예요."' in made
    made = link_first_uses("<p>overfitting</p>", terms(ENGLISH), "g/")
    assert 'title="Learning the data &quot;by heart&quot;."' in made


def test_a_heading_that_is_no_term() -> None:
    with pytest.raises(PluginError, match=r"'과적합 \{ #overfitting"):
        terms("### 과적합 { #overfitting }\n\nText.\n")
    with pytest.raises(PluginError, match="is no term"):
        terms("### 과적합 · overfitting { #overfitting }\n### 층 · layer\n")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_term_is_used(language: str) -> None:
    glossary = DOCS / language / GLOSSARY
    prose = "\n".join(
        NO_PROSE.sub("", page.read_text("utf-8"))
        for page in (DOCS / language).rglob("*.md")
        if page != glossary
    )
    found = terms(glossary.read_text("utf-8"))
    used = {term.id for term in found if term.pattern.search(prose)}
    assert {term.id for term in found} - used == set()

"""Break a small site in every way we know, and read what the checks say.

Each case starts from a copy of a site that passes, changes one thing, and
looks for the page, the line and the reason in what pytest prints.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot  # noqa: F401  # see `site`
import pytest

from chain.plugin import FIGURES
from tests.small_site import EN, KO, ROOT, write


@pytest.fixture
def site(small_site: Path, pytester: pytest.Pytester) -> Path:
    """A copy of the small site to break.

    Pytester takes back what a test run imports, and matplotlib cannot be
    imported twice: this file imports it once for all.
    """
    shutil.copytree(small_site, pytester.path, dirs_exist_ok=True)
    return pytester.path


def change(old: str, new: str, *files: str) -> Callable[[Path], None]:
    """An edit that replaces `old` once in each file."""

    def edit(root: Path) -> None:
        for name in files:
            text = (root / name).read_text("utf-8")
            assert old in text, f"{old!r} is not in {name}"
            write(root / name, text.replace(old, new, 1))

    return edit


def add(text: str, *files: str) -> Callable[[Path], None]:
    """An edit that puts `text` above the heading of the code."""
    old = "## Code {"
    return change(old, f"{text}\n\n{old}", *files or (KO, EN))


def remove(name: str) -> Callable[[Path], None]:
    return lambda root: (root / name).unlink()


def code(old: str, new: str) -> Callable[[Path], None]:
    return change(old, new, "snippets/coin.py")


def fence(opening: str, closing: str = "```") -> Callable[[Path], None]:
    return add(f"{opening}\nprint(1)\n{closing}")


def tabbed(marker: str) -> Callable[[Path], None]:
    return add(f"{marker}\n\n    ```python\n    print(1)\n    ```")


def page_in_one_language(root: Path) -> None:
    write(root / "docs/ko/more.md", "# More { #more }\n")


def raw_notebook(root: Path) -> None:
    write(root / "docs/ko/raw.ipynb", '{"cells": [], "nbformat": 4}\n')


def lonely_snippet(root: Path) -> None:
    write(root / "snippets/alone.py", "assert 1\n")


# What is broken; how; the file and the text whose line must be named; why.
Case = tuple[str, Callable[[Path], None], str, str, str]
CASES: list[Case] = [
    # outputs and figures
    ("output-digit", change("2000", "2001", "snippets/coin.out"),
     KO, '"coin.out"', "something else than snippets/coin.out:1 shows"),
    ("output-edited", change("2000", "2001", "snippets/coin.out"),
     KO, '"coin.py"', "coin.out is not what the recorded run printed"),
    ("output-missing", remove("snippets/coin.out"),
     EN, '"coin.out"', "snippets/coin.out is not there"),
    ("figure-missing", remove("docs/assets/figures/coin.svg"),
     EN, '"coin.py"', "coin.svg is not what the recorded run drew"),
    ("figure-edited", change("svg", "SVG", "docs/assets/figures/coin.svg"),
     KO, '"coin.py"', "coin.svg is not what the recorded run drew"),
    ("figure-hidden", change("![", "[", KO, EN),
     KO, '"coin.py"', "show the figure it draws"),
    ("figure-silent", change("twenty tosses", "", KO, EN),
     KO, "coin.svg", "alternative text"),
    ("figure-slider", change("coin.svg)", 'coin.svg){ data-name="a" '
                             'data-frames="1 2" }', KO, EN),
     KO, "coin.svg", "coin.svg has 0 frames, the page names 2"),
    ("output-hidden", change('"coin.out"', '"coin.py"', KO, EN),
     KO, '"coin.py"', "show what it prints"),
    ("record-missing", remove("snippets/coin.json"),
     KO, '"coin.py"', "it has no record"),
    ("too-slow", change('"seconds": ', '"seconds": 9', "snippets/coin.json"),
     KO, '"coin.py"', "s, a student waits 10"),
    ("code-changed", code("range(2000)", "range(2000)  # new"),
     KO, '"coin.py"', "the record is of other code than today's"),
    ("output-typed", add("```text\n0.7\n```"),
     KO, "```text", "nothing prints this text"),
    ("output-unannounced", add("```python\nprint('boo')\n```"),
     KO, "```python\nprint", "prints what no page announces: 'boo'"),
    # what the list of questions shows
    ("answer-missing", change("description: H", "summary: H", KO),
     KO, "---", "its front matter has no description"),
    ("subject-unlisted", change(": evaluation", ": luck", KO, EN),
     EN, "subject: luck", "has no list of the questions of 'luck'"),
    ("subject-differs", change("subject: evaluation", "subject: luck", KO),
     EN, "subject: evaluation", "subject: this page has evaluation"),
    # numbers in prose
    ("prose-digit", change("2,000", "2,001", KO),
     KO, "2,001", 'says 2,001, but #output has 2000 after "tosses:"'),
    ("prose-setting", change("[0.12]", "[0.13]", EN),
     EN, "[0.13]", "says 0.13, but #code has 0.12"),
    ("prose-unmarked", add("A decimal: 0.75."),
     KO, "0.75", "0.75 has no source"),
    ("prose-percent", add("동전의 75%가 앞면"),
     KO, "75%", "75 has no source"),
    ("prose-percent-word", add("75 퍼센트"),
     EN, "75 ", "75 has no source"),
    ("prose-integer", add("All 2,000 tosses."),
     KO, "All 2,000", "2,000 was printed"),
    ("prose-two", change("[0.12]", "[0.12 and 0.99]", EN),
     EN, "0.99", "a link to the output holds one number"),
    ("prose-alt", change("twenty tosses", "share 0.75", KO, EN),
     KO, "0.75", "0.75 is not in the page's code or output"),
    ("prose-formula", add("$p = 0.75$"),
     KO, "0.75", "0.75 is not in the page's code or output"),
    ("prose-html", add("<p>0.75</p>"),
     KO, "0.75", "0.75 is not in the page's code or output"),
    ("prose-nowhere", change('"tosses:"', '"throws:"', KO),
     KO, "throws:", 'no line under #output with "throws:"'),
    # code
    ("raises", code("share = sum", "share = 1 / 0 + sum"),
     "snippets/coin.py", "1 / 0", "in <module>"),
    ("raises-page", code("share = sum", "share = 1 / 0 + sum"),
     KO, "```python", "coin.py raises ZeroDivisionError"),
    ("assertion-fails", code("< 0.12", "< 0.0"),
     "snippets/coin.py", "< 0.0", "in <module>"),
    ("inline-raises", add("```python\nx = 1\nx.nope\n```"),
     KO, "x.nope", "in <module>"),
    ("sys-exit", code("share = sum", "import sys; sys.exit()\nshare = sum"),
     "snippets/coin.py", "sys.exit()", "in <module>"),
    ("syntax", code("share = sum", "share = = sum"),
     "snippets/coin.py", "= =", "syntax error"),
    ("no-assertion", code("assert abs(share - 0.5) < 0.12", "pass"),
     "snippets/coin.py", "A fair coin", "no assertion is no experiment"),
    ("main-guard", code("plt.show()", 'if __name__ == "__main__":\n    1'),
     "snippets/coin.py", "__main__", "a main guard hides the code"),
    ("backend", code("import random", "import keras, random"),
     "snippets/coin.py", "keras", 'set os.environ["KERAS_BACKEND"]'),
    ("snippet-missing", remove("snippets/coin.py"),
     KO, "```python", "snippets/coin.py is not there"),
    ("snippet-lonely", lonely_snippet,
     "snippets/alone.py", "assert", "no page shows this snippet"),
    ("output-lonely", remove("snippets/coin.py"),
     "snippets/coin.out", "tosses", "it belongs to no snippet"),
    # fences that pytest-codeblocks passes over
    ("fence-py", fence("```py"), KO, "```py\n", "would be passed over"),
    ("fence-brace", fence("```{.python}"), KO, "{.p", "would be passed over"),
    ("fence-space", fence("``` {.python #a}"), KO, "#a", "be passed over"),
    ("fence-tilde", fence("~~~python", "~~~"), KO, "~~~", "be passed over"),
    ("fence-title", fence('```python title="x"'), KO, "title=", "be passed"),
    ("fence-pycon", fence("```pycon"), KO, "```pycon", "be passed over"),
    ("fence-upper", fence("```Python"), KO, "```Python", "be passed over"),
    ("fence-none", fence("```"), KO, "```\nprint", "no language"),
    ("fence-list", add("- item\n\n  ```python\n  print(1)\n  ```"),
     KO, "  ```python", "start at the margin"),
    ("fence-tab", tabbed('=== "Tab"'), KO, "    ```python", "at the margin"),
    ("fence-note", tabbed("!!! note"), KO, "    ```python", "at the margin"),
    ("skip", add("<!--pytest.mark.skip-->\n```python\n1\n```"),
     KO, "mark.skip", "a block that does not run needs a reason"),
    ("skip-empty", add('<!--pytest.mark.skip(reason="")-->'),
     KO, "mark.skip", "a block that does not run needs a reason"),
    ("skip-old", add("<!--pytest-codeblocks:skip-->\n```python\n1\n```"),
     KO, "codeblocks:skip", "a block that does not run needs a reason"),
    ("skip-import", add("<!--pytest-codeblocks:importorskip(nope)-->"),
     KO, "importorskip", "a block that does not run needs a reason"),
    ("skip-file", change("---", "<!--pytest-codeblocks:skipfile-->\n---", KO),
     KO, "skipfile", "skipfile would pass over the whole page"),
    # the two languages
    ("page-alone", page_in_one_language,
     "docs/ko/more.md", "# More", "there is no docs/en/more.md"),
    ("heading-alone", add("## More { #more }", KO),
     KO, "{ #more }", "this page has ## #more, docs/en/questions/coin.md"),
    ("heading-bare", add("## More"), EN, "## More", "give the heading"),
    ("includes-differ", change('"coin.py"', '"coin.out"', EN),
     EN, '"coin.out"', "this page has coin.out, docs/ko"),
    ("links-differ", change("[Home](../index.md)", "", EN),
     KO, "[Home]", "this page has ../index.md"),
    ("footnotes-differ", change("[^buffon1777]:", "[^x]:", EN),
     KO, "[^buffon1777]:", "this page has buffon1777"),
]  # fmt: skip
# One build a group; what MkDocs says comes before what we find in its pages.
BUILT: list[list[Case]] = [
    [
        ("link-dead", change("(../index.md", "(../gone.md", EN),
         EN, "gone.md", "is not found among documentation files"),
        ("anchor-dead", change("../index.md", "../index.md#gone", KO),
         KO, "#gone", "does not contain an anchor '#gone'"),
    ],
    [
        ("html-link-dead", add('<a href="../gone/">x</a>'),
         EN, "../gone/", "which is not there"),
        ("loads-elsewhere", add('<img alt="x" src="https://a.example/x">'),
         KO, "a.example", "loads https://a.example/x from elsewhere"),
        ("notebook-raw", raw_notebook,
         "docs/ko/raw.ipynb", "cells", "the notebook is shown raw"),
    ],
    [
        ("build-unrecorded", remove("snippets/coin.json"),
         "mkdocs.yml", "# The Korean", "There is no snippets/coin.json"),
    ],
]  # fmt: skip


def line_of(text: str, path: Path) -> int:
    before, found, _ = path.read_text("utf-8").partition(text)
    assert found, f"{text!r} is not in {path}"
    return before.count("\n") + 1


def says(cases: list[Case], printed: str, site: Path) -> None:
    """Check that the page, the line and the reason of each case are named."""
    for name, _, file, text, reason in cases:
        start = f"{file}:{line_of(text, site / file)}: "
        said = [x for x in printed.splitlines() if x.startswith(start)]
        assert any(reason in line for line in said), f"{name}\n{printed}"


def test_small_site_passes(site: Path, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("docs", "snippets", "mkdocs.yml")
    result.assert_outcomes(passed=23)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_broken(case: Case, site: Path, pytester: pytest.Pytester) -> None:
    case[1](site)
    result = pytester.runpytest_inprocess("docs", "snippets")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    says([case], result.stdout.str(), site)


@pytest.mark.parametrize("cases", BUILT, ids=lambda cases: cases[0][0])
def test_built(
    cases: list[Case], site: Path, pytester: pytest.Pytester
) -> None:
    for case in cases:
        case[1](site)
    result = pytester.runpytest_inprocess("mkdocs.yml")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    says(cases, result.stdout.str(), site)


def test_a_block_may_be_skipped_with_a_reason(
    site: Path, pytester: pytest.Pytester
) -> None:
    skip = '<!--pytest.mark.skip(reason="needs a GPU")-->'
    add(f"{skip}\n```python\n1 / 0\n```")(site)
    result = pytester.runpytest_inprocess("docs")
    result.assert_outcomes(passed=19, skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED*: needs a GPU"])


def test_a_mismatch_is_shown_side_by_side(
    site: Path, pytester: pytest.Pytester
) -> None:
    change("2000", "2001", "snippets/coin.out")(site)
    result = pytester.runpytest_inprocess(KO)
    result.stdout.fnmatch_lines(["*1  tosses: [[]2001]  | tosses: [[]2000]"])


def test_items_are_named_after_page_and_snippet(
    site: Path, pytester: pytest.Pytester
) -> None:
    result = pytester.runpytest_inprocess("--collect-only", "-q", KO)
    result.stdout.fnmatch_lines([f"{KO}::coin.py"])


def test_only_what_changed_runs_again(
    site: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    def runs() -> int:
        result = pytester.runpytest_inprocess("docs")
        again.append("2 unchanged since they passed" in result.stdout.str())
        return len((site / "runs").read_text().splitlines())

    again: list[bool] = []
    monkeypatch.delenv("CI", raising=False)
    # A snippet that leaves a trace; its stale record is another item.
    trace = 'open("runs", "a").write("ran\\n")\nrandom.seed(1)'
    code("random.seed(1)", trace)(site)
    assert runs() == 1, "the same code on two pages runs once"
    assert runs() == 1, "nothing changed"
    write(site / "requirements.txt", "# changed")
    assert runs() == 2, "the lock file changed"
    code("A fair coin", "A coin")(site)
    assert runs() == 3, "the code changed"
    monkeypatch.setenv("CI", "true")
    assert runs() == 4, "CI runs everything"
    assert again == [False, True, False, False, False]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_contributors_page_can_be_followed(
    site: Path, pytester: pytest.Pytester, language: str
) -> None:
    """Its snippet, record and template of a page make a site that passes."""
    for path in ROOT.glob("snippets/coin.*"):
        shutil.copy(path, site / "snippets")
    shutil.copy(ROOT / "docs/assets/figures/coin.svg", site / FIGURES)
    for other in ("ko", "en"):
        guide = ROOT / "docs" / other / "guides/contributing.md"
        template = re.search(
            r"^````markdown\n(.*?)^````$",
            guide.read_text("utf-8"),
            re.M | re.S,
        )
        assert template
        # The guide shows an include instead of following it.
        text = template[1].replace(";--8<--", "--8<--")
        write(site / f"docs/{other}/questions/coin.md", text)
    result = pytester.runpytest_inprocess(f"docs/{language}", "snippets")
    result.assert_outcomes(passed=12)

"""What the build leaves out is what nobody can see."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from hooks import figures
from hooks.bundles import smaller
from hooks.styles import needed, used_words

WORDS = used_words(
    '<nav class="md-nav" data-md-level="0" dir="ltr"><a id="top">failure</a>'
    '<table class="md-table">',
    'mark.className = "found" // a bug',
    'a.add("md-nav__link--passed"),b("md-annotation"),c("bug"),--md-read',
)


@pytest.mark.parametrize(
    ("css", "left"),
    [
        (".md-nav{color:red}", ".md-nav{color:red}"),
        (".md-nav , .gone > a { color : red ; }", ".md-nav{color :red}"),
        (".md-nav__link--passed{a:b}", ".md-nav__link--passed{a:b}"),
        (".found{a:b}", ".found{a:b}"),
        (".failure{a:b}.bug{a:b}.md-annotation{a:b}#bottom{a:b}", ""),
        ("#top:hover{a:b}", "#top:hover{a:b}"),
        ("details[open]>summary{a:b}", "details[open]>summary{a:b}"),
        ("[data-md-level='0']{a:b}", "[data-md-level='0']{a:b}"),
        ('[data-md-level="1"]{a:b}', ""),
        ('[data-md-level="bug"]{a:b}', '[data-md-level="bug"]{a:b}'),
        ("[dir=rtl] .md-nav{a:b}", ""),
        (".md-nav:not(.gone){a:b}", ".md-nav:not(.gone){a:b}"),
        ("table:not([class]) a{a:b}", "table.md-table a{a:b}"),
        (":is(.gone,.md-nav) a{a:b}", ":is(.gone,.md-nav) a{a:b}"),
        ("@media print{.gone{a:b}}", ""),
        ("@media print{.md-nav{a:b}}", "@media print{.md-nav{a:b}}"),
        ('@charset "UTF-8";a{a:b}', "a{a:b}"),
        ("a:after{content:'{;}'}", "a:after{content:'{;}'}"),
        ("a{width:calc(1px + 2px)}", "a{width:calc(1px + 2px)}"),
        (":root{--x:1;--y:var(--x)}a{b:var(--y)}",
         ":root{--x:1;--y:var(--x)}a{b:var(--y)}"),
        (":root{--x:1;--y:var(--x)}", ""),
        (":root{--md-read:1}", ":root{--md-read:1}"),
        ("@keyframes turn{from{a:b}}", ""),
        ("@keyframes turn{from{a:b}}a{animation:turn 1s}",
         "@keyframes turn{from{a:b}}a{animation:turn 1s}"),
        ("a{b:url('data:image/svg+xml,<svg x=\"1;2\"/>')}",
         "a{b:url('data:image/svg+xml,<svg x=\"1;2\"/>')}"),
    ],
)  # fmt: skip
def test_rules_that_can_apply(css: str, left: str) -> None:
    assert needed(css, WORDS) == left


def test_spaces_stay_where_they_are_seen() -> None:
    html = '<p>\n  a\n\n  b</p>\n<pre>\n  <span class="n">x</span>\n</pre>\n'
    assert smaller(html) == "<p>\na\nb</p>\n<pre>\n  x\n</pre>\n"


def test_a_table_is_in_the_box_that_scrolls() -> None:
    html = smaller("<table>\n<tr></tr>\n</table>\n<table class='a'></table>")
    boxes = "md-typeset__scrollwrap", "md-typeset__table", "md-table"
    assert re.findall(r'class="([^"]*)"', html) == list(boxes)
    assert html.count("</div>") == 2


def test_a_path_in_steps_is_the_same_path() -> None:
    path = 'd="M 10.04 20 \nL 11.06 20.5 \nL 9 -1 \nC 1 2 3 4 5 6 \nz\n"'
    assert figures.rounded(path) == (
        'd="m 10 20l 1.1 0.5-2.1-21.5c-8 3-6 5-4 7z"'
    )
    assert figures.rounded("translate(22.19 64.96)") == "translate(22.2 65)"


def test_pictures_in_figures_keep_their_pixels() -> None:
    image = Image.new("RGBA", (8, 8), "#0072b2")
    image.putpixel((3, 3), (213, 94, 0, 128))
    png = io.BytesIO()
    image.save(png, "PNG")
    address = figures.webp(png.getvalue())
    with Image.open(io.BytesIO(base64.b64decode(address[23:]))) as new:
        assert new.convert("RGBA").tobytes() == image.tobytes()


def test_only_places_that_are_named_keep_their_ids() -> None:
    svg = '<svg> <g id="a"> <use href="#b"/> </g> <path id="b"/> </svg>'
    assert figures.squeezed(svg) == (
        '<svg><g><use href="#b"/></g><path id="b"/></svg>'
    )

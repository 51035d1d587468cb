"""A figure of several pictures, of which the reader's slider shows one.

A snippet names what belongs to the third picture alone by
`set_gid("frame-3")`, on any artist and any number of them. In the kept SVG
that picture is the address `figure.svg#frame-3`; without an address the last
one is shown. It needs no script inside the picture, so `<img>` can show it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chain.page import Page
from chain.problem import Problem, on

FRAME = re.compile(r'id="frame-(\d+)"')
# ![alt](../assets/figures/NAME.svg){ data-name="depth" data-frames="1 2 4" }
SLIDER = re.compile(
    r"!\[[^\]]*\]\([^)]*/figures/(?P<file>[^)/]+)\)(?P<attributes>\{.*?\})?"
)
VALUES = re.compile(r'data-name="[^"]+" data-frames="([^"]+)"')


def with_frames(svg: str) -> str:
    """The SVG with an address for each of its frames, if it has any.

    Raises `ValueError` if the frames are not numbered 1, 2, 3, ...
    """
    numbers = sorted({int(match[1]) for match in FRAME.finditer(svg)})
    if not numbers:
        return svg
    if numbers != list(range(1, len(numbers) + 1)):
        raise ValueError(f"the frames are numbered {numbers}, not 1, 2, ...")
    last = numbers[-1]
    rules = [  # from the weakest to the strongest
        ".frame, :target ~ g .frame { display: none }",
        f".frame-{last} {{ display: inline }}",
    ]
    rules += [
        f"#frame-{n}:target ~ g .frame-{n} {{ display: inline }}"
        for n in numbers
    ]
    views = "".join(f'<view id="frame-{n}"/>\n' for n in numbers)
    svg = FRAME.sub(r'class="frame frame-\1"', svg)
    head = re.search(r"<svg[^>]*>\n?", svg)
    assert head
    place = head.end()
    style = "<style>\n{}\n</style>\n".format("\n".join(rules))
    return svg[:place] + style + views + svg[place:]


def count(svg: str) -> int:
    """How many frames a kept figure has; 0 if it is a single picture."""
    return len(re.findall(r'<view id="frame-\d+"/>', svg))


def frames(page: Page) -> Iterator[Problem]:
    """A slider has as many values as its figure has pictures."""
    folder = page.root / "docs/assets/figures"
    for number, line in enumerate(page.source, 1):
        for match in SLIDER.finditer(line):
            path = folder / match["file"]
            if not path.exists():
                continue  # another rule's
            drawn = count(path.read_text("utf-8"))
            values = VALUES.search(match["attributes"] or "")
            named = len(values[1].split()) if values else 0
            if drawn != named:
                message = (
                    f"{path.name} has {drawn} frames, the page names {named}:"
                    ' { data-name="depth" data-frames="1 2 4" }'
                )
                yield on(page, number, message)

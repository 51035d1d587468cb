"""Figures travel with what can be seen of them.

Matplotlib writes a millionth of a point, and a screen shows a tenth. The
pictures inside are WebP: the same pixels, or, of a photograph, nearly so.
"""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from PIL import Image

UNSEEN = re.compile(
    r"<!--.*?-->|<metadata>.*?</metadata>|<\?xml.*?\?>|<!DOCTYPE.*?>"
    r'| transform="rotate\(-?0 [^"]*\)"',
    re.DOTALL,
)
# Paths and places; not scales, of which every digit counts.
PLACES = re.compile(
    r'(?<= )(?:d|x|y|points)="[^"]*"|translate\([^)]*\)', re.DOTALL
)
NUMBER = re.compile(r"(-?\d*\.\d+)")
STEPS = re.compile(r'd="[MLQCz\d.eE\s-]*"')
ID = re.compile(r' id="([^"]*)"')
FONTS = re.compile(r"font-family: 'DejaVu Sans',[^;\"]*sans-serif")
PICTURE = re.compile(r"data:image/png;base64,\s*([^\"]+)")
PHOTOGRAPH = 1000  # colours; a drawing has fewer
EMPTY = re.compile(r">\s+<")


def on_post_build(config: MkDocsConfig) -> None:
    """Squeeze the figures of the site that was built."""
    folder = Path(config.site_dir) / "assets"
    for path in sorted(folder.rglob("*.svg")):
        text = squeezed(path.read_text("utf-8"))
        path.write_text(text, encoding="utf-8", newline="\n")


def squeezed(svg: str) -> str:
    """The same picture in fewer bytes."""
    svg = PLACES.sub(lambda match: rounded(match[0]), UNSEEN.sub("", svg))
    named = set(re.findall(r"#([\w-]+)", svg))
    svg = ID.sub(lambda match: match[0] * (match[1] in named), svg)
    svg = FONTS.sub("font-family: DejaVu Sans, Verdana, sans-serif", svg)
    svg = PICTURE.sub(lambda match: webp(base64.b64decode(match[1])), svg)
    return EMPTY.sub("><", svg).strip()


def webp(png: bytes) -> str:
    """A picture as the address of itself."""
    with Image.open(io.BytesIO(png)) as image:
        drawn = image.getcolors(PHOTOGRAPH)
        new = io.BytesIO()
        image.save(new, "WEBP", lossless=bool(drawn), quality=80, method=6)
    content = base64.b64encode(new.getvalue()).decode()
    return f"data:image/webp;base64,{content}"


def rounded(places: str) -> str:
    """Places to a tenth of a point; a path in steps from point to point."""
    if STEPS.fullmatch(places):
        return f'd="{steps(places[3:-1])}"'
    short = NUMBER.sub(lambda match: f"{float(match[0]):.1f}", places)
    return " ".join(re.sub(r"\.0\b", "", short).split())


def steps(path: str) -> str:
    """A path of M, L, Q, C and z, each point relative to the last."""
    here = start = (0, 0)
    done = last = ""
    for letter, numbers in re.findall(r"([MLQCz])([^MLQCz]*)", path):
        tenths = [round(float(number) * 10) for number in numbers.split()]
        points = list(zip(tenths[::2], tenths[1::2], strict=True))
        said = [tenth(x - here[0]) + tenth(y - here[1]) for x, y in points]
        same = letter == "L" == last
        done += "".join(said) if same else letter.lower() + "".join(said)
        here = points[-1] if points else start
        start = here if letter == "M" else start
        last = letter
    return done


def tenth(tenths: int) -> str:
    """A number that was counted in tenths, with what parts it from others."""
    whole = f"{tenths / 10:.1f}".removesuffix(".0")
    return whole if tenths < 0 else f" {whole}"

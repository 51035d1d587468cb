"""A page asks for one style sheet and one script, and both languages share.

This stage works on the files of the built site. It joins the style sheets and
the scripts that a page names, without the rules that no page needs; a hash of
the content in the name lets a browser keep them for good.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from mkdocs.config.defaults import MkDocsConfig

from hooks.languages import is_korean
from hooks.styles import needed, used_words

STYLE = re.compile(r'<link rel="stylesheet" href="([^":]+)">')
SCRIPT = re.compile(r'<script src="([^":]+)"></script>')
ASSET = re.compile(r'((?:href|src)=|"search": )"([^":#?]*assets/[^"]+)"')
FIRST = "lazy.js"  # before Material's script
WORKERS = ("sw.js", "assets/search.js")  # they keep their names
NOTE = re.compile(r"^[ \t]*//.*\n|^[ \t]+", re.MULTILINE)
SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*\s*", re.MULTILINE)
# Between tags the end of a line is a space; in these it is more.
LINES = re.compile(
    r"(<(pre|script|style|textarea)\b.*?</\2>)|\s*\n\s*", re.DOTALL
)
# Names, operators and brackets are no less important than the rest of code.
PLAIN = re.compile(r'<span class="[nopw]">([^<]*)</span>')
NAMESPACE = re.compile(r'(<svg|<math) xmlns="[^"]*"')  # HTML knows both
# Material's script puts every table into a box that scrolls; the browser then
# styles the whole article anew. So the boxes are here before, with what the
# script looks for, a table without a class, gone.
TABLE = re.compile(r"<table>(.*?)</table>", re.DOTALL)
BOXED = (
    '<div class="md-typeset__scrollwrap"><div class="md-typeset__table">'
    r'<table class="md-table">\1</table></div></div>'
)
# It says in the head which theme is on, and the browser styles the whole page
# anew, twice. site.css says the same.
THEME = re.compile(
    r'(let (\w+)=\w+\("meta",{name:"color-scheme"}\);)'
    r"document\.head\.appendChild\(\2\);"
)


def on_post_build(config: MkDocsConfig) -> None:
    """Shrink the site, once both languages are there."""
    if is_korean(config):
        path = urlsplit(config.site_url or "/").path
        shrink(Path(config.site_dir), path)


def shrink(root: Path, prefix: str) -> None:
    """Join, share and squeeze the files of the site below an address."""
    paths = root.rglob("*.html")
    pages = {path: smaller(path.read_text("utf-8")) for path in paths}
    words = used_words(
        "".join(pages.values()),
        texts(root.glob("assets/*.js")),
        texts(root.glob("assets/javascripts/*.js")),
    )
    whole: set[Path] = set()  # the files that are now part of another

    @cache
    def joined(files: tuple[Path, ...]) -> str:
        """The name of a file with the content of these."""
        whole.update(files)
        kind = files[0].suffix
        if kind == ".css":
            content = needed(texts(files), words)
        else:
            content = "".join(
                squeezed(file)
                for file in sorted(files, key=lambda file: file.name != FIRST)
            )
        digest = hashlib.sha256(content.encode()).hexdigest()[:8]
        new = root / "assets" / f"site.{digest}{kind}"
        new.write_text(content, encoding="utf-8", newline="\n")
        return new.name

    for path, html in pages.items():
        place = Place(root, prefix, path)
        text = html
        for tag in (STYLE, SCRIPT):
            files = tuple(map(place.file, tag.findall(text)))
            if files:
                name = root / "assets" / joined(files)
                text = place.instead(tag, name, text)
        text = ASSET.sub(place.shared, text)
        path.write_text(text, encoding="utf-8", newline="\n")
    tidy(root, whole)


def texts(files: Iterable[Path]) -> str:
    """What files say together."""
    return "".join(file.read_text("utf-8") for file in files)


class Place:
    """Where a page stands, and what it calls other files."""

    def __init__(self, root: Path, prefix: str, page: Path) -> None:
        self.root, self.prefix, self.folder = root, prefix, page.parent

    def file(self, href: str) -> Path:
        """The file that the page means."""
        if href.startswith("/"):
            return self.root / href.removeprefix(self.prefix)
        return Path(os.path.normpath(self.folder / href))

    def href(self, file: Path, like: str) -> str:
        """What the page calls a file: in full, as 404.html does, or not."""
        if like.startswith("/"):
            return self.prefix + file.relative_to(self.root).as_posix()
        return Path(os.path.relpath(file, self.folder)).as_posix()

    def instead(self, tag: re.Pattern[str], file: Path, html: str) -> str:
        """The page with one file where these tags named several."""
        *_, last = tag.finditer(html)
        new = last[0].replace(last[1], self.href(file, last[1]))
        return tag.sub("", html[: last.start()]) + new + html[last.end() :]

    def shared(self, match: re.Match[str]) -> str:
        """The file of the Korean site, where the English one has a copy."""
        file = self.file(match[2])
        twin = original(file, self.root)
        if not twin:
            return match[0]
        return f'{match[1]}"{self.href(twin, match[2])}"'


def original(file: Path, root: Path) -> Path | None:
    """The file that a file in the English folder is a copy of."""
    english = root / "en"
    if not file.is_relative_to(english):
        return None
    twin = root / file.relative_to(english)
    same = twin.is_file() and twin.read_bytes() == file.read_bytes()
    return twin if same else None


def smaller(html: str) -> str:
    """A page without marks and spaces that nobody sees."""
    html = NAMESPACE.sub(r"\1", PLAIN.sub(r"\1", html))
    html = TABLE.sub(BOXED, html)
    return LINES.sub(lambda match: match[1] or "\n", html)


def squeezed(script: Path) -> str:
    """A script without comments and indents."""
    text = SOURCE_MAP.sub("", script.read_text("utf-8"))
    if ".min." in script.name:
        return THEME.sub(r"\1", text)
    return NOTE.sub("", text)


def tidy(root: Path, whole: set[Path]) -> None:
    """Remove what no page asks for, most of it Material's."""
    for file in whole:
        file.unlink()
    for site in (root, root / "en"):
        for name in ("images", "javascripts", "stylesheets"):
            shutil.rmtree(site / "assets" / name, ignore_errors=True)
    for folder, _, names in os.walk(root / "en" / "assets", topdown=False):
        for file in map(Path(folder).joinpath, names):
            if original(file, root):
                file.unlink()
        with suppress(OSError):  # something of its own is in it
            os.rmdir(folder)
    (root / "en" / WORKERS[0]).unlink(missing_ok=True)
    for name in WORKERS:
        text = squeezed(root / name)
        (root / name).write_text(text, encoding="utf-8", newline="\n")

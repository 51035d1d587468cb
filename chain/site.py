"""Build the whole site as it is published, and follow every link of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from mkdocs.utils.yaml import yaml_load

from chain.problem import Problem

# What MkDocs says when the second build begins; hooks/languages.py.
ENGLISH = "Building the English pages"
WARNING = re.compile(r"^(?:WARNING|ERROR) +-  (.*)$", re.MULTILINE)
PAGE = re.compile(r"(?:Doc file|file) '([^']+\.(?:md|ipynb))'")
LOADS = {"script", "img", "iframe", "source", "audio", "video"}


def build(root: Path, folder: Path) -> str:
    """Build the site of the project at `root`; returns what MkDocs says.

    The build is strict, so a warning of MkDocs leaves no site.
    """
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    run = subprocess.run(
        [*command, "--site-dir", str(folder)],
        check=False,
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if run.returncode and not WARNING.search(run.stderr):
        return f"ERROR   -  {run.stderr.strip()}"
    return run.stderr


def environment() -> dict[str, str]:
    """The environment, without Material's advertisement in the output."""
    return os.environ | {"NO_MKDOCS_2_WARNING": "1"}


def problems(root: Path, folder: Path) -> Iterator[Problem]:
    """What is wrong with the site: warnings, dead links, foreign loads."""
    messages = build(root, folder)
    korean, _, english = messages.partition(ENGLISH)
    found = False
    for language, said in (("ko", korean), ("en", english)):
        for match in WARNING.finditer(said):
            found = True
            yield warning(match[1], root, language)
    if not found:
        yield from links(root, folder)


def warning(message: str, root: Path, language: str) -> Problem:
    """A warning of MkDocs, on the line of the page that it is about."""
    page = PAGE.search(message)
    if not page:
        return Problem(root / "mkdocs.yml", 1, message, root)
    path = root / "docs" / language / page[1]
    target = re.search(r"contains (?:a|an) .*?'([^']+)'", message)
    return Problem(
        path, line_of(target[1] if target else "", path), message, root
    )


def line_of(text: str, path: Path) -> int:
    """The first line of the file with this text; 1 if there is none."""
    lines = path.read_text("utf-8").splitlines()
    return next((n for n, line in enumerate(lines, 1) if text in line), 1)


class Links(HTMLParser):
    """The links, loaded files and ids of one built page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()
        self.feed(html)

    def handle_starttag(
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        """Note what the tag points to."""
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values.get("id", ""), values.get("name", "")}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag in LOADS and "src" in values:
            self.loaded.append(values["src"])
        elif tag == "link" and "href" in values:
            seen_by_machines = {"alternate", "canonical"}
            if not seen_by_machines & set(values.get("rel", "").split()):
                self.loaded.append(values["href"])


def links(root: Path, folder: Path) -> Iterator[Problem]:
    """Dead links and loads from elsewhere in the built pages."""
    with open(root / "mkdocs.yml", encoding="utf-8") as settings:
        home = yaml_load(settings)["site_url"]
    pages = {
        path: Links(path.read_text("utf-8"))
        for path in sorted(folder.rglob("*.html"))
    }
    for path, page in pages.items():
        inside = path.relative_to(folder).as_posix()
        address = urljoin(home, inside.removesuffix("index.html"))
        for href in page.links + page.loaded:
            target, fragment = urldefrag(urljoin(address, href))
            if not target.startswith(home):
                if href in page.loaded and not href.startswith("data:"):
                    message = f"{inside} loads {href} from elsewhere"
                    yield at_source(message, href, inside, root)
                continue
            target = target.partition("?")[0]
            file = folder / unquote(target.removeprefix(home))
            if file.is_dir() or target.endswith("/"):
                file = file / "index.html"
            if not file.exists():
                message = f"{inside} links to {href}, which is not there"
                yield at_source(message, href, inside, root)
            elif (
                fragment and file in pages and not has(pages[file], fragment)
            ):
                message = f"{inside}: there is no #{fragment} at {href}"
                yield at_source(message, fragment, inside, root)
    yield from raw_notebooks(root, folder)


def has(page: Links, fragment: str) -> bool:
    """Whether the page has the place that a link wants."""
    return unquote(fragment) in page.ids or fragment.startswith(":~:")


def raw_notebooks(root: Path, folder: Path) -> Iterator[Problem]:
    """A notebook under docs must be a page, not a page of JSON."""
    for path in sorted((root / "docs").rglob("*.ipynb")):
        language, *rest = path.relative_to(root / "docs").parts
        place = folder if language == "ko" else folder / language
        page = place.joinpath(*rest).with_suffix("") / "index.html"
        if not page.exists() or "jp-Cell" not in page.read_text("utf-8"):
            message = (
                "the notebook is shown raw; name it in mkdocs-jupyter's "
            )
            yield Problem(path, 1, f"{message}include in mkdocs.yml", root)


def at_source(message: str, text: str, inside: str, root: Path) -> Problem:
    """A problem of a built page, on the line of its source."""
    parts = urlsplit(inside).path.split("/")
    language = "en" if parts[0] == "en" else "ko"
    rest = parts[1:] if language == "en" else parts
    stem = "/".join(rest).removesuffix("/index.html").removesuffix(".html")
    source = root / "docs" / language / f"{stem}.md"
    if not source.exists():
        return Problem(root / "mkdocs.yml", 1, message, root)
    return Problem(source, line_of(text, source), message, root)

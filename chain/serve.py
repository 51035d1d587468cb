"""Serve a built site as GitHub Pages does: gzip, a prefix, one 404 page."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# Where Pages serves the site below its host.
PREFIX = "/MichinLearning"
PACKED = {".html", ".css", ".js", ".json", ".svg", ".xml", ".txt", ".ipynb"}


@dataclass(frozen=True)
class Sent:
    """An answer that went over the line."""

    path: str
    size: int
    "Bytes, with the headers."


class PagesHandler(SimpleHTTPRequestHandler):
    """Answers for a folder as GitHub Pages would."""

    protocol_version = "HTTP/1.1"

    def __init__(
        self, *args: Any, sent: list[Sent] | None = None, **keywords: Any
    ) -> None:
        self.sent = [] if sent is None else sent
        super().__init__(*args, **keywords)

    def do_GET(self) -> None:
        """Send a file, or the page for those who are lost."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and not self.path.partition("?")[0].endswith("/"):
            self.send_response(301)
            self.send_header("Location", f"{self.path}/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if path.is_dir():
            path = path / "index.html"
        status = 200 if path.is_file() else 404
        if status == 404:
            path = Path(self.directory, "404.html")
        packs = "gzip" in self.headers.get("Accept-Encoding", "")
        packs = packs and path.suffix in PACKED
        body = packed(path) if packs else path.read_bytes()
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        if packs:
            self.send_header("Content-Encoding", "gzip")
        headers: list[bytes] = vars(self)["_headers_buffer"]
        size = len(b"".join(headers)) + len(b"\r\n") + len(body)
        self.sent.append(Sent(self.path, size))
        self.end_headers()
        self.wfile.write(body)

    def translate_path(self, path: str) -> str:
        """The file of an address below the prefix."""
        return super().translate_path(path.removeprefix(PREFIX))

    def guess_type(self, path: object) -> str:
        """As Pages says it, with the encoding of a text."""
        kind = super().guess_type(str(path))
        text = kind.startswith("text/") or kind.endswith(("json", "xml"))
        return f"{kind}; charset=utf-8" if text else kind

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def addresses(folder: Path) -> list[str]:
    """The pages of a built site, as the ends of their addresses."""
    pages = folder.rglob("index.html")
    found = (page.parent.relative_to(folder).as_posix() for page in pages)
    return sorted("" if path == "." else f"{path}/" for path in found)


@cache
def packed(path: Path) -> bytes:
    """A file as it travels."""
    return gzip.compress(path.read_bytes(), 6)


@contextmanager
def served(folder: Path, sent: list[Sent] | None = None) -> Iterator[str]:
    """Serve a built site; gives the address of its front page.

    What is sent is added to a list, where one is given.
    """
    handler = partial(PagesHandler, directory=str(folder), sent=sent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}/"
        server.shutdown()

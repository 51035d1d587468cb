"""Pack the site so that it opens from a disk, without a server or a network.

`python -m chain.offline [ZIP]`. On a disk every link must name a file, and a
page may neither fetch nor start a worker: the search and all that it reads
come as one script, which Material loads by itself on `file://`.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from mkdocs.utils.yaml import yaml_load

from chain.site import problems

ROOT = Path.cwd()
LINK = re.compile(r'(?<=\s)(href|src)="([^":?#]*)([?#][^"]*)?"')
ONLINE = ("404.html", "feed.xml", "robots.txt", "sw.js", "sitemap.xml*")
WORKER = """\
var __index = %(stub)s
window.DiskWorker = class {
  constructor(url) {
    const files = %(files)s
    const heard = []
    const location = new URL(url, document.baseURI)
    const fetch = async ({ pathname }) =>
      ({ json: () => files[pathname.split("/search/").pop()] })
    const addEventListener = (_, hear) => heard.push(hear)
    const postMessage = data => this.onmessage({ data })
    this.postMessage = data => heard.forEach(hear => hear({ data }))
%(search)s
  }
}
"""


def main(args: list[str]) -> int:
    """Build the site and write the zip."""
    path = Path(args[0] if args else ROOT / ".cache" / "site-offline.zip")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "MichinLearning")
        found = list(problems(ROOT, folder))
        if found:
            print(*found, sep="\n", file=sys.stderr)
            return 1
        for_disk(folder, prefix())
        path.parent.mkdir(parents=True, exist_ok=True)
        stem = str(path.with_suffix(""))
        shutil.make_archive(stem, "zip", temporary)
    size = path.stat().st_size / 2**20
    print(f"{path} ({size:.1f} MiB): unpack it and open index.html")
    return 0


def prefix() -> str:
    """Where the site stands below its host."""
    with open(ROOT / "mkdocs.yml", encoding="utf-8") as settings:
        return urlsplit(str(yaml_load(settings)["site_url"])).path


def for_disk(folder: Path, prefix: str) -> None:
    """Make the built site one that opens from a disk."""
    for pattern in ONLINE:
        for file in folder.rglob(pattern):
            file.unlink()
    for page in sorted(folder.rglob("*.html")):
        text = page.read_text("utf-8")
        text = LINK.sub(partial(named, page, folder, prefix), text)
        page.write_text(text, encoding="utf-8", newline="\n")
    script = (folder / "assets" / "search.js").read_text("utf-8")
    for site in (folder, folder / "en"):
        search_on_disk(site / "search", script)


def named(page: Path, folder: Path, prefix: str, match: re.Match[str]) -> str:
    """A link to a file, where there was one to a folder."""
    attribute, path, rest = match[1], match[2], match[3] or ""
    if not path:  # a place on the same page
        return match[0]
    if path.startswith(prefix):
        target = folder / path.removeprefix(prefix)
    else:
        target = Path(os.path.normpath(page.parent / path))
    if target.is_dir():
        target = target / "index.html"
    path = Path(os.path.relpath(target, page.parent)).as_posix()
    return f'{attribute}="{path}{rest}"'


def search_on_disk(folder: Path, script: str) -> None:
    """Write all that the search reads, and the search, as one script."""
    stub = folder / "search_index.json"
    files = {
        path.relative_to(folder).as_posix(): json.loads(
            path.read_text("utf-8")
        )
        for path in sorted(folder.rglob("*.json"))
        if path != stub
    }
    for page in files["index.json"]["pages"]:
        page[0] = posixpath.join(page[0], "index.html")
    text = WORKER % {
        "stub": stub.read_text("utf-8"),
        "files": json.dumps(files, ensure_ascii=False),
        "search": script,
    }
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "search_index.js").write_text(
        text, encoding="utf-8", newline="\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Weigh and time pages, beside plain Material with the same content.

`python -m chain.pages [--save]` builds both sites and reads their pages in
Chromium as a phone with an empty cache: four times slower than this machine,
on slow 4G. Plain Material is set up as its documentation says: fonts from
Google and MathJax from unpkg.com. What cannot be fetched is counted, not
guessed. A copy of it in .cache/elsewhere/HOST/PATH is used instead.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from mkdocs.utils.yaml import yaml_load
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from rich.console import Console

from chain.bench import MEASURED, build
from chain.budget import KB, NOTEBOOK, PHONE, Kind, kind_of
from chain.chromium import FLAGS, MISSING, chromium
from chain.keep import keep
from chain.serve import packed, served

ROOT = Path.cwd()
ELSEWHERE = ROOT / ".cache" / "elsewhere"
ROUNDS = 3
# Lighthouse's slow 4G as it throttles in the browser, by request.
SLOW = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1474.56 * KB / 8,
    "uploadThroughput": 675 * KB / 8,
}
CPU = 4
MATHJAX = "https://unpkg.com/mathjax@3/es5/tex-mml-chtml.js"
FONTS = {"text": "Noto Sans KR", "code": "Roboto Mono"}
# Material's documentation, "Math", for MathJax.
SETUP = """\
window.MathJax = {
  tex: {
    inlineMath: [["\\\\(", "\\\\)"]], displayMath: [["\\\\[", "\\\\]"]],
    processEscapes: true, processEnvironments: true
  },
  options: { ignoreHtmlClass: ".*|", processHtmlClass: "arithmatex" }
}
"""
WATCH = """() => {
  window.seen = { lcp: 0, cls: 0, long: [] }
  const watch = (type, see) => new PerformanceObserver(list =>
    list.getEntries().forEach(see)).observe({ type, buffered: true })
  watch("largest-contentful-paint", e => { seen.lcp = e.startTime })
  watch("layout-shift", e => { if (!e.hadRecentInput) seen.cls += e.value })
  watch("longtask", e => seen.long.push([e.startTime, e.duration]))
}"""
SEEN = """() => {
  const [paint] = performance.getEntriesByName("first-contentful-paint")
  const blocked = seen.long.filter(([start, time]) =>
    start + time > paint.startTime).map(([, time]) => Math.max(0, time - 50))
  const tbt = blocked.reduce((a, b) => a + b, 0)
  return { lcp: seen.lcp, cls: seen.cls, tbt }
}"""


@dataclass(frozen=True)
class Visit:
    """What a phone saw of a page."""

    size: int
    requests: int
    missing: int
    "Requests that nobody answered."
    lcp: float
    tbt: float
    cls: float


@dataclass(frozen=True)
class Measured:
    """A page's numbers."""

    address: str
    kind: Kind
    visit: Visit
    second: int
    "Bytes of it after another page was read."


def main(args: list[str]) -> int:
    """Print the table; with --save, keep it for the contributors' page."""
    if args not in ([], ["--save"]):
        sys.exit("bench-pages takes no other word than --save")
    with tempfile.TemporaryDirectory() as temporary:
        ours, plain = Path(temporary, "ours"), Path(temporary, "plain")
        say = Console(stderr=True).print
        say("Building the site, and the same pages with Material alone ...")
        build(ROOT, ours)
        build_plain(plain)
        say("Reading the pages ...")
        found = examples(ours)
        rows = [measure(folder, found) for folder in (ours, plain)]
    tables = {
        language: table(rows[0], rows[1], language) for language in TITLES
    }
    print(tables["en"])
    if args:
        for language, text in tables.items():
            keep(text, MEASURED / f"pages.{language}.md")
    return 0


def examples(site: Path) -> dict[str, Kind]:
    """The heaviest Korean page of each kind: two questions, a notebook."""
    heaviest: dict[Kind, tuple[int, str]] = {}
    for page in sorted(site.glob("*/*/index.html")):
        folder, kind = page.parent.parent.name, kind_of(page)
        if folder == "questions" or kind == NOTEBOOK:
            address = f"{folder}/{page.parent.name}/"
            weight = len(packed(page)), address
            heaviest[kind] = max(heaviest.get(kind, weight), weight)
    return {address: kind for kind, (_, address) in heaviest.items()}


def measure(folder: Path, pages: dict[str, Kind]) -> list[Measured]:
    """Each page's first visit, and the bytes of it as a second page."""
    with sync_playwright() as playwright, served(folder) as home:
        path = chromium(playwright)
        if path is None:
            sys.exit(MISSING)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        found = []
        for address, kind in pages.items():
            visits = [visit(browser, [home + address]) for _ in range(ROUNDS)]
            after = visit(browser, [f"{home}guides/gpu/", home + address])
            found.append(Measured(address, kind, middle(visits), after.size))
        browser.close()
    return found


def visit(browser: Browser, urls: list[str]) -> Visit:
    """Read these pages one after another; what the last one took."""
    context = browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        device_scale_factor=2,
        locale="ko-KR",
    )
    page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)
    line.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
    heard = listen(line)
    for url in urls:
        for kind in heard.values():
            kind.clear()
        page.goto(url, wait_until="load", timeout=120_000)
        wait(page, heard)
    seen = page.evaluate(SEEN)
    context.close()
    return Visit(
        sum(heard["loaded"].values()),
        len(heard["loaded"]),
        len(heard["failed"]),
        seen["lcp"] / 1000,
        seen["tbt"],
        seen["cls"],
    )


def listen(line: CDPSession) -> dict[str, dict[str, int]]:
    """What Chromium says of the line: asked, loaded and failed requests."""
    heard: dict[str, dict[str, int]] = {
        name: {} for name in ("asked", "loaded", "failed")
    }

    def asked(event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            heard["asked"][event["requestId"]] = 0

    def loaded(event: dict[str, Any]) -> None:
        size = int(event["encodedDataLength"])
        if event["requestId"] in heard["asked"] and size:
            heard["loaded"][event["requestId"]] = size

    def failed(event: dict[str, Any]) -> None:
        heard["failed"][event["requestId"]] = 0

    line.on("Network.requestWillBeSent", asked)
    line.on("Network.loadingFinished", loaded)
    line.on("Network.loadingFailed", failed)
    return heard


def wait(page: Page, heard: dict[str, dict[str, int]]) -> None:
    """Until the line has been silent for two seconds."""
    last, since = -1, time.monotonic()
    end = since + 60
    while time.monotonic() < min(since + 2, end):
        now = sum(map(len, heard.values()))
        if now != last:
            last, since = now, time.monotonic()
        page.wait_for_timeout(100)


def middle(visits: list[Visit]) -> Visit:
    """The median of each number."""
    columns = zip(*(vars(each).values() for each in visits), strict=True)
    return Visit(*map(median, columns))


def build_plain(folder: Path) -> None:
    """Build both languages by Material alone, with its documented setup."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        for name in ("docs", "snippets"):
            shutil.copytree(ROOT / name, root / name)
        for language, name in (("ko", "mkdocs.yml"), ("en", "mkdocs.en.yml")):
            with open(ROOT / name, encoding="utf-8") as file:
                settings = yaml_load(file)
            for key in ("hooks", "watch", "extra_css"):
                settings.pop(key, None)
            for key in ("custom_dir", "favicon", "font"):
                settings["theme"].pop(key, None)
            docs = root / "docs" / language
            shutil.copytree(ROOT / "docs/assets", docs / "assets")
            (docs / "assets" / "mathjax.js").write_text(SETUP, "utf-8")
            settings["theme"]["font"] = FONTS
            settings["extra_javascript"] = ["assets/mathjax.js", MATHJAX]
            settings.pop("site_dir", None)
            (root / name).write_text(yaml.safe_dump(settings), "utf-8")
            place = folder if language == "ko" else folder / language
            build(root, place, "-f", name)
    for host in ELSEWHERE.glob("*"):
        shutil.copytree(host, folder / "elsewhere" / host.name)
        for page in folder.rglob("*.html"):
            text = page.read_text("utf-8")
            near = f"/MichinLearning/elsewhere/{host.name}/"
            text = text.replace(f"https://{host.name}/", near)
            text = text.replace("/css?family", "/css.css?family")
            page.write_text(text, "utf-8")


def table(ours: list[Measured], plain: list[Measured], language: str) -> str:
    """The table in a language."""
    index = ("ko", "en").index(language)
    lines = [f"| {' | '.join(TITLES[language])} |", "|---" * 7 + "|"]
    for here, there in zip(ours, plain, strict=True):
        name = f"`{here.address}`, {KINDS[here.kind.name][index]}"
        missed = MISSED[index] if there.visit.missing else ""
        lines.append(row(name, here, f" ({here.kind.limit // KB})"))
        lines.append(row(PLAIN[index], there, missed))
    return "\n".join(lines) + "\n"


def row(name: str, measured: Measured, note: str) -> str:
    """A page's line in the table."""
    visit = measured.visit
    note = note.format(visit.missing)
    cells = [
        name,
        f"{visit.size / KB:.0f} KB{note}",
        f"{visit.requests}",
        f"{measured.second / KB:.0f} KB",
        f"{visit.lcp:.1f} s",
        f"{visit.tbt:.0f} ms",
        f"{visit.cls:.3f}",
    ]
    return f"| {' | '.join(cells)} |"


TITLES = {
    "ko": (
        "페이지 (휴대전화, 4배 느린 CPU, 느린 4G)",
        "바이트 (상한)",
        "요청",
        "두 번째로 열 때",
        "LCP",
        "막힌 시간",
        "밀림",
    ),
    "en": (
        "Page (phone, CPU 4 times slower, slow 4G)",
        "Bytes (budget)",
        "Requests",
        "As a second page",
        "LCP",
        "Blocked",
        "Shift",
    ),
}
KINDS = {
    "page with formulas": ("수식 있음", "with formulas"),
    "page without formulas": ("수식 없음", "without formulas"),
    "notebook": ("노트북", "a notebook"),
}
PLAIN = ("Material만", "Material alone")
MISSED = (
    " (닿지 못한 요청 {}개는 빼고)",
    " (without {} requests that could not be answered)",
)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Measure the chain and write the table of the contributors' page.

`python -m chain.bench` takes some minutes and wants a quiet machine.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import psutil
import yaml
from mkdocs.utils.yaml import yaml_load
from rich.console import Console

from chain.keep import keep
from chain.record import clean_environment
from chain.site import environment
from chain.snippet import snippets

ROOT = Path.cwd()
MEASURED = ROOT / "docs" / "measured"
PYTEST = [sys.executable, "-m", "pytest", "-q", "--no-header"]
MKDOCS = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
ROUNDS = 3  # machines are noisy: what is compared is run in turn
Row = tuple[str, str, str, str]


def main() -> int:
    """Measure everything and write one table in each language."""
    say = Console(stderr=True).print
    say("The whole suite, with nothing kept from earlier runs ...")
    forget()
    suite, memory = seconds([*PYTEST], CI="true")
    say("The whole suite again, with nothing changed ...")
    again, _ = seconds([*PYTEST], CI="")
    say("The pages, beside their snippets one by one and as notebooks ...")
    with tempfile.TemporaryDirectory() as folder:
        rounds = [compare(Path(folder, "site")) for _ in range(ROUNDS)]
    cold, warm, same, bare, notebooks = map(median, zip(*rounds, strict=True))
    say("The site, beside Material alone, without our hooks ...")
    with tempfile.TemporaryDirectory() as folder:
        pairs = [(build(ROOT, Path(folder)), build_plain()) for _ in range(5)]
    built, plain = map(median, zip(*pairs, strict=True))
    count = len(snippets(ROOT))
    rows: list[Row] = [
        ("모든 검사, 처음", "All checks, cold", f"{suite:.0f} s", ""),
        ("모든 검사, 바뀐 것 없이", "All checks, nothing changed",
         f"{again:.0f} s", ""),
        ("페이지 검사, 처음", "Pages, cold", f"{cold:.1f} s",
         ratio(cold / bare, "< 0.5")),
        ("페이지 검사, JAX 캐시 있음", "Pages, JAX's cache filled",
         f"{warm:.1f} s", ratio(warm / bare, "< 0.5")),
        ("페이지 검사, 바뀐 것 없이", "Pages, nothing changed",
         f"{same:.1f} s", ratio(same / bare)),
        (f"스니펫 {count}개, 하나씩", f"The {count} snippets, one by one",
         f"{bare:.1f} s", ratio(1.0)),
        ("노트북으로 실행 (nbclient)", "As notebooks (nbclient)",
         f"{notebooks:.1f} s", f"{notebooks / cold:.1f}x, "
         f"{notebooks / warm:.1f}x (> 3x)"),
        ("사이트 빌드", "Building the site", f"{built:.2f} s",
         f"{built / plain:.2f}x (< 1.3x)"),
        ("Material만으로 빌드", "Material alone", f"{plain:.2f} s", ""),
        ("검사의 최대 메모리", "Peak memory of the checks",
         f"{memory / 2**30:.2f} GiB", "(< 4 GiB)"),
    ]  # fmt: skip
    write(rows)
    return 0


def compare(site: Path) -> tuple[float, ...]:
    """Seconds of the pages' checks and of their snippets, side by side.

    Returns the checks with an empty and a full cache of JAX and with nothing
    changed, the snippets one by one as a reader runs them, and as notebooks.
    """
    forget()
    cold, _ = seconds([*PYTEST, "docs"], CI="true")
    warm, _ = seconds([*PYTEST, "docs"], CI="true")
    same, _ = seconds([*PYTEST, "docs"], CI="")
    bare = sum(as_program(snippet.path) for snippet in snippets(ROOT))
    build(ROOT, site)
    notebooks = sum(map(as_notebook, sorted(site.glob("*/*.ipynb"))))
    return cold, warm, same, bare, notebooks


def ratio(value: float, target: str = "") -> str:
    """A time over the sum of the snippets run one by one."""
    return f"{value:.2f}" + (f" ({target})" if target else "")


def write(rows: list[Row]) -> None:
    """Write the table in each language, and print the English one."""
    machine = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )
    titles = {"ko": ("잰 것", "값", "비율"), "en": ("What", "Value", "Ratio")}
    for index, (language, (what, value, quotient)) in enumerate(
        titles.items()
    ):
        lines = [f"| {what} ({machine}) | {value} | {quotient} |"]
        lines += ["|---|---|---|"]
        lines += [f"| {row[index]} | {row[2]} | {row[3]} |" for row in rows]
        keep("\n".join(lines) + "\n", MEASURED / f"bench.{language}.md")
    print("\n".join(lines))


def forget() -> None:
    """Drop what earlier runs left: a new checkout has none of it."""
    for name in (".cache/jax", ".cache/site", ".pytest_cache", ".mypy_cache"):
        shutil.rmtree(ROOT / name, ignore_errors=True)


def seconds(command: list[str], **variables: str) -> tuple[float, int]:
    """Wall seconds and peak bytes of a command with its children.

    Raises `SystemExit` with the command's words if it fails: a failing suite
    has no time.
    """
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = psutil.Popen(
            command, env=environment() | variables, stdout=said, stderr=said
        )
        peak = 0
        while process.poll() is None:
            peak = max(peak, memory_of(process))
            time.sleep(0.05)
        wall = time.perf_counter() - start
        if process.returncode:
            said.seek(0)
            sys.exit(said.read().decode("utf-8", "replace"))
    return wall, peak


def memory_of(process: psutil.Process) -> int:
    """The resident bytes of a process and its children, counted singly."""
    total = 0
    try:
        for one in [process, *process.children(recursive=True)]:
            total += one.memory_info().rss
    except psutil.NoSuchProcess:
        pass  # it ended while we looked
    return total


def as_program(path: Path) -> float:
    """Seconds of a snippet run as a reader runs it."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, path],
        check=True,
        env=clean_environment(),
        capture_output=True,
    )
    return time.perf_counter() - start


def as_notebook(path: Path) -> float:
    """Seconds of a page's notebook run by nbclient."""
    start = time.perf_counter()
    program = (
        "import nbclient, nbformat, sys;"
        "nbclient.NotebookClient(nbformat.read(sys.argv[1], 4)).execute()"
    )
    subprocess.run(
        [sys.executable, "-c", program, path],
        check=True,
        env=clean_environment(),
        capture_output=True,
    )
    return time.perf_counter() - start


def build(root: Path, folder: Path, *options: str) -> float:
    """Seconds of a build of the site."""
    start = time.perf_counter()
    subprocess.run(
        [*MKDOCS, *options, "--site-dir", folder],
        check=True,
        cwd=root,
        env=environment(),
        capture_output=True,
    )
    return time.perf_counter() - start


def build_plain() -> float:
    """Seconds of both languages by Material, without our hooks and theme."""
    total = 0.0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(ROOT / "docs", root / "docs")
        shutil.copytree(ROOT / "snippets", root / "snippets")
        for name in ("mkdocs.yml", "mkdocs.en.yml"):
            with open(ROOT / name, encoding="utf-8") as file:
                settings = yaml_load(file)
            del settings["hooks"], settings["watch"]
            del settings["theme"]["custom_dir"]
            (root / name).write_text(yaml.safe_dump(settings), "utf-8")
            total += build(root, root / "site", "-f", name)
    return total


if __name__ == "__main__":
    sys.exit(main())

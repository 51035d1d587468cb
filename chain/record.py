"""Record what the snippets print and draw: `python -m chain.record [NAME]`.

Without a name, the snippets whose record is not today's are run; with names,
those, whatever their record says. A snippet that fails leaves its record as
it was.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from chain.frames import with_frames
from chain.keep import keep
from chain.snippet import Snippet, choose, digest, stale, versions

HERE = Path(__file__).parent
TIME_LIMIT = 120  # seconds; a snippet that needs more is no snippet


class SnippetFailed(Exception):
    """A snippet that cannot be recorded; the message is for its author."""


def main(arguments: list[str] | None = None) -> int:
    """Record the named snippets, or the changed ones; 0 if all could be."""
    chosen = choose("chain.record", arguments)
    if chosen is None:
        return 2
    named, known = chosen
    todo = named or [snippet for snippet in known if stale(snippet)]
    if not todo:
        print(f"Nothing changed: {len(known)} records are today's.")
        return 0
    return record_all(todo)


def record_all(todo: list[Snippet]) -> int:
    """Record one by one, so that no run slows another; 1 if any failed."""
    failed = 0
    # On standard error, so that the last lines can be piped and kept.
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=len(todo))
        for snippet in todo:
            bar.update(task, description=snippet.name)
            try:
                seconds = record(snippet)
                bar.console.print(f"{snippet.name}: {seconds:.1f} s")
            except SnippetFailed as error:
                failed = 1
                bar.console.print(f"{snippet.name}: not recorded. {error}")
            bar.advance(task)
    return failed


def record(snippet: Snippet) -> float:
    """Run one snippet and write its output, figure and record.

    Returns the seconds that a reader waits, from the start of Python. Raises
    `SnippetFailed`, and writes nothing, if the program fails, prints nothing,
    draws more than one figure or needs more than `TIME_LIMIT` seconds.
    """
    try:
        code = snippet.path.read_text("utf-8")
        packages = versions(code)
    except SyntaxError as error:
        raise SnippetFailed(f"Line {error.lineno}: {error.msg}.") from None
    with tempfile.TemporaryDirectory() as folder:
        figure, report = Path(folder, "figure.svg"), Path(folder, "report")
        try:
            run = subprocess.run(
                # -P: a program must not see the modules of this folder.
                [
                    *(sys.executable, "-P", HERE / "reader.py"),
                    *(snippet.path.resolve(), figure, report),
                    str(time.time()),
                ],
                check=False,
                cwd=folder,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=TIME_LIMIT,
            )
        except subprocess.TimeoutExpired:
            limit = f"It takes more than {TIME_LIMIT} seconds."
            raise SnippetFailed(limit) from None
        if run.returncode or not report.exists():
            reason = run.stderr.strip() or "It ended itself (sys.exit?)."
            raise SnippetFailed(reason)
        facts = json.loads(report.read_text("utf-8"))
        seconds = float(facts["seconds"])
        if not run.stdout.strip():
            raise SnippetFailed("It prints nothing.")
        if facts["figures"] > 1:
            raise SnippetFailed(f"It draws {facts['figures']} figures.")
        try:
            drawn = with_frames(figure.read_text("utf-8"))
        except FileNotFoundError:
            drawn = ""
        except ValueError as error:
            raise SnippetFailed(f"In its figure {error}.") from None
        keep(run.stdout, snippet.output)
        if drawn:
            keep(drawn, snippet.figure)
        else:
            snippet.figure.unlink(missing_ok=True)
    entry = {
        "code": digest(snippet.path),
        "output": digest(snippet.output),
        "figure": digest(snippet.figure),
        "seconds": round(seconds, 1),
        "python": platform.python_version(),
        "packages": packages,
        "machine": f"{platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores",
    }
    # Last, so that a record always means a whole run.
    keep(json.dumps(entry, indent=2) + "\n", snippet.record)
    return seconds


def clean_environment() -> dict[str, str]:
    """Return a reader's environment, plus the site's look of a figure."""
    ours = ("KERAS_", "JAX_", "XLA_", "PYTHON", "TF_")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ours)
    }
    style = {
        "MPLBACKEND": "svg",
        "MATPLOTLIBRC": str(HERE / "matplotlibrc"),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONWARNINGS": "ignore:FigureCanvas:UserWarning",
    }
    return environment | style


if __name__ == "__main__":
    sys.exit(main())

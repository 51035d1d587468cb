"""One experiment: its program, what it printed and drew, and its record."""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

# What a record names: the packages whose numbers a page shows.
PACKAGES = {
    "numpy": "numpy",
    "sklearn": "scikit-learn",
    "keras": "keras",
    "jax": "jax",
}


@dataclass(frozen=True)
class Snippet:
    """The files of one experiment; all of them carry its name."""

    path: Path
    "`snippets/NAME.py`, the program."

    @property
    def name(self) -> str:
        """What links snippet, record, figure and pages."""
        return self.path.stem

    @property
    def output(self) -> Path:
        """What the recorded run printed."""
        return self.path.with_suffix(".out")

    @property
    def record(self) -> Path:
        """What was run, how long it took, and with which versions."""
        return self.path.with_suffix(".json")

    @property
    def figure(self) -> Path:
        """What the recorded run drew; not there if it drew nothing."""
        root = self.path.parent.parent
        return root / "docs/assets/figures" / f"{self.name}.svg"


def snippets(root: Path) -> list[Snippet]:
    """All experiments of the project at `root`, by name."""
    return [
        Snippet(path) for path in sorted((root / "snippets").glob("*.py"))
    ]


def choose(
    program: str, arguments: list[str] | None
) -> tuple[list[Snippet], list[Snippet]] | None:
    """What a command's arguments name, and all there is: NAME ... --root .

    Says which name is not there, and returns None.
    """
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("names", metavar="NAME", nargs="*")
    parser.add_argument("--root", type=Path, default=Path.cwd())
    options = parser.parse_args(arguments)
    known = {snippet.name: snippet for snippet in snippets(options.root)}
    for name in options.names:
        if name not in known:
            print(f"There is no snippets/{name}.py.", file=sys.stderr)
            return None
    return [known[name] for name in options.names], list(known.values())


def digest(path: Path) -> str | None:
    """SHA-256 of a text file, the same on every system; None without it."""
    if not path.exists():
        return None
    # read_text turns a Windows checkout's line ends into "\n".
    text = path.read_text("utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def versions(code: str) -> dict[str, str]:
    """The versions here of the packages that `code` imports."""
    modules = {package for package, _ in imported(ast.parse(code))}
    if "keras" in modules:
        modules.add("jax")  # the backend that every Keras snippet sets
    return {
        package: version(package)
        for module, package in PACKAGES.items()
        if module in modules
    }


def imported(tree: ast.Module) -> list[tuple[str, int]]:
    """The top-level packages that a program imports, with their lines."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.module or "", node.lineno))
    return [(name.split(".")[0], line) for name, line in found]


def stale(snippet: Snippet) -> str | None:
    """Why the record is not today's, in words; None if it is."""
    if not snippet.record.exists():
        return "it has no record"
    record = json.loads(snippet.record.read_text("utf-8"))
    if record["code"] != digest(snippet.path):
        return "the record is of other code than today's"
    if record["output"] != digest(snippet.output):
        return f"{snippet.output.name} is not what the recorded run printed"
    if record["figure"] != digest(snippet.figure):
        return f"{snippet.figure.name} is not what the recorded run drew"
    for package, now in versions(snippet.path.read_text("utf-8")).items():
        then = record["packages"].get(package)
        if then != now:
            return f"it was recorded with {package} {then}, here is {now}"
    return None

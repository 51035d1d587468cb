"""What a page says of itself: its title, its description, its subject."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mkdocs.utils.meta import get_data

SUFFIXES = (".md", ".ipynb")


def facts(path: Path) -> dict[str, Any]:
    """The front matter of a page; of a notebook, "page" in its metadata."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        found: dict[str, Any] = json.loads(text)["metadata"].get("page", {})
        return found
    return dict(get_data(text)[1])


def pages(docs: Path) -> list[Path]:
    """The sources of the pages of one language."""
    return sorted(path for path in docs.rglob("*") if path.suffix in SUFFIXES)

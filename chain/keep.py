"""Write a file so that nobody ever finds half of it."""

from __future__ import annotations

from pathlib import Path


def keep(text: str, path: Path) -> None:
    """Write a file whole or not at all, with the same bytes everywhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8", newline="\n")
    new.replace(path)

"""Run the notebooks of the studies: `python -m chain.notebooks`.

Their outputs are committed, as this command writes them. A test runs them
again and compares.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from chain.keep import keep

ROOT = Path(__file__).parents[1]
BOOKS = sorted((ROOT / "docs").glob("*/papers/*.ipynb"))
SECONDS = 300  # for one cell, on a machine that does other things


def main() -> int:
    """Run each from top to bottom and keep its outputs."""
    for path in BOOKS:
        try:
            book = executed(path)
        except CellExecutionError as error:
            print(f"{path.relative_to(ROOT)}: {error}", file=sys.stderr)
            return 1
        keep(nbformat.writes(book) + "\n", path)
        print(path.relative_to(ROOT))
    return 0


def executed(path: Path) -> NotebookNode:
    """The notebook with the outputs of a run now, in the project's root.

    Raises `CellExecutionError` with the cell and its error if one fails.
    """
    book: NotebookNode = nbformat.read(path, as_version=4)
    NotebookClient(
        book,
        timeout=SECONDS,
        resources={"metadata": {"path": str(ROOT)}},
        # When a cell ran is no part of what it printed.
        record_timing=False,
    ).execute()
    return book


def printed(book: NotebookNode) -> list[str]:
    """What each cell of code has printed."""
    return [
        "".join(
            output["text"]
            for output in cell["outputs"]
            if output["output_type"] == "stream"
        )
        for cell in book["cells"]
        if cell["cell_type"] == "code"
    ]


if __name__ == "__main__":
    sys.exit(main())

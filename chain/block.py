"""Run a block of a page, as the reader's copy would run."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from pathlib import Path

from pymdownx.snippets import SnippetMissingError
from pytest_codeblocks.main import stdout_io

from chain.fences import code
from chain.numbers import difference
from chain.page import Fence, Page, expand
from chain.problem import Problem, on


class BlockFailed(Exception):
    """A block that does not do what its page says, with the places."""

    def __init__(self, problems: list[Problem], details: str = "") -> None:
        lines = [*map(str, problems), *details.splitlines()]
        super().__init__("\n".join(lines))


def output_of(fence: Fence, page: Page) -> Fence | None:
    """The announced output that follows the block, if there is one."""
    later = [other for other in page.fences if other.line > fence.line]
    if later and later[0].language == "text":
        return later[0]
    return None


def run(fence: Fence, page: Page) -> None:
    """Check a block, execute it and compare what it prints.

    Raises `BlockFailed` with page, file and line. pytest-codeblocks parses
    the page and catches the output; the execution is ours, because there a
    traceback has no lines and sys.exit() ends the whole test run.
    """
    problems = list(code(fence, page))
    if problems:
        raise BlockFailed(problems)
    printed = execute(fence, page)
    shown = output_of(fence, page)
    if shown is None:
        if printed.strip():
            message = f"prints what no page announces: {printed.strip()!r}"
            raise BlockFailed([on(page, fence.line, message)])
        return
    try:
        expected = expand(shown.text, page.root)
    except SnippetMissingError:
        missing = f"snippets/{', '.join(shown.includes)} is not there"
        message = f"{missing}; make record"
        raise BlockFailed([on(page, shown.line + 1, message)]) from None
    differing = difference(expected, printed)
    if differing:
        first = differing[0][0]
        path, line = shown.origin(first, page.path, page.root)
        where = path.relative_to(page.root).as_posix()
        message = f"prints something else than {where}:{line} shows"
        raise BlockFailed(
            [on(page, shown.line + 1, message)], side_by_side(differing)
        )


def side_by_side(differing: list[tuple[int, str, str]]) -> str:
    """The differing lines in two columns, differing numbers [marked]."""
    rows = [("line", "the page shows", "the code prints")]
    rows += [(str(line), left, right) for line, left, right in differing]
    width = max(len(left) for _, left, _ in rows)
    return "\n".join(
        f"    {line:>4}  {left:<{width}}  | {right}"
        for line, left, right in rows
    )


def execute(fence: Fence, page: Page) -> str:
    """Run the block in this process, which has paid for its imports.

    Returns what it prints.
    """
    path, first = fence.origin(1, page.path, page.root)
    name = path.relative_to(page.root).as_posix()
    # Empty lines above give each line its number in the file.
    source = "\n" * (first - 1) + expand(fence.text, page.root)
    start_fresh()
    try:
        with stdout_io() as printed, warnings.catch_warnings():
            # No window is opened here, which is what pyplot warns of.
            warnings.filterwarnings("ignore", "FigureCanvas", UserWarning)
            # Python hides these from a reader as well; pytest would not.
            warnings.simplefilter("ignore", DeprecationWarning)
            exec(compile(source, name, "exec"), {"__name__": "__main__"})
    except SystemExit:
        raise raised(name, "calls sys.exit()", fence, page) from None
    except Exception as error:
        only = traceback.format_exception_only(error)[-1].strip()
        raise raised(name, f"raises {only}", fence, page) from None
    finally:
        tidy_up()
    return str(printed.getvalue())


def raised(name: str, what: str, fence: Fence, page: Page) -> BlockFailed:
    """The error being handled, with the lines of the block that led to it."""
    steps = [
        Problem(
            page.root / name, frame.lineno or 1, f"in {frame.name}", page.root
        )
        for frame in traceback.extract_tb(sys.exc_info()[2])
        if frame.filename == name
    ]
    return BlockFailed(
        [on(page, fence.line, f"{Path(name).name} {what}"), *steps]
    )


def start_fresh() -> None:
    """A reader's interpreter is new: no backend, no layer called dense_1."""
    os.environ.pop("KERAS_BACKEND", None)
    os.environ["MPLBACKEND"] = "agg"
    if "keras" in sys.modules:
        sys.modules["keras"].utils.clear_session()


def tidy_up() -> None:
    """Drop the figures that a reader's window would keep, and 64 bits."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    if "jax" in sys.modules:
        sys.modules["jax"].config.update("jax_enable_x64", False)

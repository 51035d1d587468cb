"""Every block of code on a page runs, and every output was printed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pymdownx.snippets import SnippetMissingError
from pytest_codeblocks import CodeBlock, extract_from_file

from chain.page import Fence, Page, expand
from chain.problem import Problem, on
from chain.snippet import imported

# Fences that hold code for other programs; Python runs, text was printed.
OTHER = {"sh", "powershell", "markdown", "yaml", "toml", "json", "bibtex"}
PYTHON = re.compile(r"py|ipython", re.IGNORECASE)


def fences(page: Page) -> Iterator[Problem]:
    """Every block of code runs, and every output was printed by one."""
    for start in page.indented:
        message = "an indented block is read by no check; write at the margin"
        yield on(page, start, f"{message}, in `/// ...` where it must fold")
    if "skipfile" in (page.source or [""])[0]:
        yield on(
            page, 1, "skipfile would pass over the whole page in silence"
        )
    try:
        run = set(blocks(page))
    except RuntimeError as error:
        yield on(page, 1, f"pytest-codeblocks cannot read the page: {error}")
        return
    for fence in page.fences:
        reason = passed_over(fence, run, page)
        if reason:
            yield on(page, fence.line, reason)
    for number, line in enumerate(page.source, 1):
        comment = re.match(
            r"\s*<!--.*(pytest\.mark|codeblocks:\w*skip)", line
        )
        if comment and not re.search(r"reason\s*=\s*[\"']\s*\w", line):
            yield on(page, number, "a block that does not run needs a reason")


def blocks(page: Page) -> dict[int, CodeBlock]:
    """What pytest-codeblocks would run, by the line of the fence.

    Raises `RuntimeError` on a page that it cannot read.
    """
    found = extract_from_file(page.path)
    return {
        block.lineno: block for block in found if block.syntax == "python"
    }


def is_python(block: CodeBlock) -> bool:
    """Whether pytest-codeblocks runs the block as Python."""
    return bool(block.syntax == "python")


def passed_over(fence: Fence, run: set[int], page: Page) -> str | None:
    """Why a fence would not be checked, in words."""
    language = fence.language.strip("{} ").lstrip(".").split(" ")[0]
    if PYTHON.match(language):
        return not_run(fence, run)
    if language == "text":
        return not_printed(fence, page)
    if language in OTHER:
        return None
    known = ", ".join(["python", "text", *sorted(OTHER)])
    return f"`{fence.language}` is no language that the site has: {known}"


def not_run(fence: Fence, run: set[int]) -> str | None:
    """Why pytest-codeblocks would pass over a block of Python."""
    if fence.language != "python":
        return f"`{fence.language}` would be passed over; write ```python"
    if not fence.margin:
        return "an indented block would be passed over; start at the margin"
    if fence.line not in run:
        return "this block would be passed over; open it with ```"
    return None


def not_printed(fence: Fence, page: Page) -> str | None:
    """Why a block of text is not what a block of code printed.

    What a study has measured is made from its results by its report.
    """
    measured = page.root / "docs" / "measured"
    if fence.includes and all(
        (measured / name).exists() for name in fence.includes
    ):
        return None
    above = [line for line in page.source[: fence.line - 1] if line.strip()]
    if "pytest-codeblocks:expected-output" not in "".join(above[-1:]):
        return (
            "nothing prints this text; announce it as the output of a block: "
            "<!--pytest-codeblocks:expected-output-->"
        )
    if not fence.includes:
        return "an output is included from its record, not typed"
    return None


def code(fence: Fence, page: Page) -> Iterator[Problem]:
    """What a block of Python must have before it is run."""
    try:
        text = expand(fence.text, page.root)
    except SnippetMissingError:
        missing = ", ".join(fence.includes)
        yield on(page, fence.line, f"snippets/{missing} is not there")
        return

    def at(line: int, message: str) -> Problem:
        path, number = fence.origin(line, page.path, page.root)
        where = "" if path == page.path else f" (on {page.name}:{fence.line})"
        return Problem(path, number, message + where, page.root)

    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        yield at(error.lineno or 1, f"syntax error: {error.msg}")
        return
    asserts = [n for n in ast.walk(tree) if isinstance(n, ast.Assert)]
    if fence.includes and not asserts:
        yield at(1, "a snippet with no assertion is no experiment")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "__name__":
            yield at(
                node.lineno, "a main guard hides the code from the check"
            )
    imports = [line for package, line in imported(tree) if package == "keras"]
    if imports and not backend_is_set(tree, above=min(imports)):
        message = 'set os.environ["KERAS_BACKEND"] = "jax" above this import'
        yield at(min(imports), message)


def backend_is_set(tree: ast.Module, above: int) -> bool:
    """Whether a statement of the module above this line names the backend."""
    wanted = "os.environ['KERAS_BACKEND'] = 'jax'"
    return any(
        ast.unparse(node) == wanted
        for node in tree.body
        if node.lineno < above
    )

"""What a reader takes along runs elsewhere, and prints what was shown."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import Page

from chain.numbers import difference
from chain.record import clean_environment
from tests.test_browser import LANGUAGES, ROOT

QUESTIONS = sorted(
    path.stem for path in (ROOT / "docs/ko/questions").glob("*.md")
)
# The quickest with NumPy alone and the quickest with Keras.
TAKEN = ["max-pooling", "cross-entropy"]
COLAB = "https://colab.research.google.com/github/jeonggunlee/MichinLearning"


def run(code: str, folder: Path) -> str:
    """What a program prints in a fresh interpreter, far from the project."""
    path = folder / "copied.py"
    path.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-P", path],
        check=False,
        cwd=folder,
        env=clean_environment() | {"MPLBACKEND": "agg"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", TAKEN)
def test_what_a_reader_takes_runs(
    page: Page, home: str, tmp_path: Path, name: str
) -> None:
    page.goto(f"{home}questions/{name}/")
    shown = page.locator("#output ~ .highlight pre").first.inner_text()
    page.locator("#code ~ .highlight button").first.click()
    page.wait_for_timeout(200)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert not difference(shown, run(copied, tmp_path))
    with page.expect_download() as download:
        page.locator(".run a[download$='.py']").click()
    taken = download.value.path().read_text("utf-8")
    assert taken.strip() == copied.strip()
    with page.expect_download() as download:
        page.locator(".run a[download$='.ipynb']").click()
    book = nbformat.read(download.value.path(), as_version=4)
    before = printed(book)
    NotebookClient(
        book,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": tmp_path}},
    ).execute()
    assert not difference(before, printed(book))
    assert not difference(shown, before)


def printed(book: nbformat.NotebookNode) -> str:
    """What a notebook's cells have printed."""
    return "".join(
        output.text
        for cell in book.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stdout"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_can_be_taken(
    site_folder: Path, name: str, language: str
) -> None:
    folder = Path(site_folder, LANGUAGES[language])
    html = (folder / f"questions/{name}/index.html").read_text("utf-8")
    colab = f"{COLAB}/blob/notebooks/{language}/{name}.ipynb"
    assert f'<a href="{colab}"' in html
    snippet = (ROOT / f"snippets/{name}.py").read_text("utf-8")
    assert (folder / f"snippets/{name}.py").read_text("utf-8") == snippet
    text = (folder / f"questions/{name}.ipynb").read_text("utf-8")
    book = nbformat.reads(text, as_version=4)
    nbformat.validate(book)
    first, *rest = book.cells
    codes = [cell.source for cell in rest if cell.cell_type == "code"]
    assert codes == [snippet.rstrip("\n")]
    assert printed(book) == (ROOT / f"snippets/{name}.out").read_text("utf-8")
    check_install(first.source, name)


def check_install(cell: str, name: str) -> None:
    """The first cell installs, in Colab only, what the record ran with."""
    compile(re.sub(r"%pip.*", "pass", cell), "cell", "exec")
    assert 'if "google.colab" in sys.modules:\n    %pip install' in cell
    pins = dict(re.findall(r"([\w-]+)==([\w.]+)", cell))
    record = json.loads((ROOT / f"snippets/{name}.json").read_text("utf-8"))
    assert record["packages"].items() <= pins.items()

"""Every experiment on a page can be taken away: as .py and as a notebook.

Under the code stands one quiet line: that it ran, how long, with what. Colab
opens the notebooks of a branch, which .github/workflows/deploy.yml writes.
"""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import nbformat.v4 as nb
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
SNIPPETS = ROOT / "snippets"
INCLUDE = r'--8<-- "([\w-]+)\.(py|out)"\n'
CODE = re.compile(rf"^```python\n{INCLUDE}```$", re.MULTILINE)
OUTPUT = re.compile(
    r"^<!--pytest-codeblocks:expected-output-->\n"
    rf"```text\n{INCLUDE}```$",
    re.MULTILINE,
)
LINE = {
    "ko": "실행 확인 · {seconds}초 · {versions} · ",
    "en": "Run and checked · {seconds} s · {versions} · ",
}
NOTEBOOK = {"ko": "노트북", "en": "notebook"}
COLAB = "https://colab.research.google.com/github{repo}/blob/notebooks"
OPEN = {"ko": "Colab에서 열기", "en": "Open in Colab"}
INSTALL = """\
# {comment}
import sys

if "google.colab" in sys.modules:
    %pip install -q {pins}"""
COMMENT = {
    "ko": "Colab에 기록과 같은 버전을 설치해요. 다시 시작하라면 따르세요.",
    "en": "In Colab: the recorded versions. If it asks to restart, do so.",
}
# What comes from where, of all that a snippet imports; jax is Keras' backend.
PACKAGES = {
    "jax": ["jax"],
    "keras": ["keras", "jax"],
    "matplotlib": ["matplotlib"],
    "numpy": ["numpy"],
    "sklearn": ["scikit-learn"],
}
NAMES = {
    "keras": "Keras",
    "jax": "JAX",
    "numpy": "NumPy",
    "scikit-learn": "scikit-learn",
}


def snippets_of(markdown: str) -> list[str]:
    """The names of the snippets that a page shows."""
    return [match[1] for match in CODE.finditer(markdown)]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Publish the snippets, and as notebooks the pages that show them."""
    for path in sorted(SNIPPETS.glob("*.py")):
        name = f"snippets/{path.name}"
        files.append(File.generated(config, name, abs_src_path=str(path)))
    for file in list(files.documentation_pages()):
        if file.src_uri.endswith(".md"):
            text = file.content_string
            if snippets_of(text):
                uri = file.src_uri.removesuffix(".md") + ".ipynb"
                url = urljoin(config.site_url or "", file.url)
                content = notebook(text, url, config.theme["language"])
                files.append(File.generated(config, uri, content=content))
    return files


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Put the quiet line under the code."""
    up = posixpath.relpath(
        "snippets", posixpath.dirname(page.file.src_uri) or "."
    )
    book = f"{Path(page.file.src_uri).stem}.ipynb"
    language = config.theme["language"]
    taken = [download(NOTEBOOK[language], book)]
    if page.file.src_uri.startswith("questions/"):
        branch = COLAB.format(repo=urlsplit(config.repo_url or "").path)
        taken.append(f"[{OPEN[language]}]({branch}/{language}/{book})")

    def with_line(match: re.Match[str]) -> str:
        name = f"{match[1]}.py"
        links = [download(name, f"{up}/{name}"), *taken]
        line = LINE[language].format(**facts(match[1]))
        return f"{match[0]}\n\n{line}{' · '.join(links)}\n{{ .run }}"

    return CODE.sub(with_line, markdown)


def download(text: str, path: str) -> str:
    """A link that saves a file, where a browser would show it."""
    return f'[{text}]({path}){{ download="{posixpath.basename(path)}" }}'


def facts(name: str) -> dict[str, object]:
    """What the record of a snippet says of its run."""
    record = json.loads(kept(f"{name}.json"))
    packages = record["packages"]
    named = ["keras", "jax"] if "keras" in packages else list(packages)
    versions = " / ".join(
        f"{NAMES[package]} {'.'.join(packages[package].split('.')[:2])}"
        for package in named
    )
    return {"seconds": record["seconds"], "versions": versions}


def notebook(markdown: str, url: str, language: str) -> str:
    """The page as a notebook, with what the snippets printed.

    `url` is the page's address, to which its links are relative.
    """
    text = OUTPUT.sub(
        "", re.sub(r"\A---\n.*?\n---\n", "", markdown, flags=re.S)
    )
    packages = " ".join(pins(snippets_of(markdown)))
    install = INSTALL.format(comment=COMMENT[language], pins=packages)
    cells = [nb.new_code_cell(install, id="install")]
    # The pieces are prose, a name, "py", prose, a name, ...
    pieces = CODE.split(text)
    for index in range(0, len(pieces), 3):
        prose = plain(pieces[index], url)
        if prose:
            cells.append(nb.new_markdown_cell(prose, id=f"text-{index}"))
        if index + 1 < len(pieces):
            cells.append(code_cell(pieces[index + 1], index))
    kernel = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    book = nb.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def pins(names: list[str]) -> list[str]:
    """What these snippets import, as requirements.txt pins it."""
    code = "\n".join(kept(f"{name}.py") for name in names)
    modules = re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)
    wanted = {name for module in modules for name in PACKAGES.get(module, [])}
    pinned = (ROOT / "requirements.txt").read_text("utf-8")
    found = re.findall(r"^([\w-]+)(==[\w.]+)", pinned, re.MULTILINE)
    return [name + version for name, version in found if name in wanted]


def code_cell(name: str, index: int) -> Any:
    """A snippet with its recorded output."""
    printed = nb.new_output("stream", name="stdout", text=kept(f"{name}.out"))
    return nb.new_code_cell(
        kept(f"{name}.py").rstrip("\n"), id=f"code-{index}", outputs=[printed]
    )


def kept(name: str) -> str:
    """A file of a snippet; without it the build ends with a sentence."""
    path = SNIPPETS / name
    if not path.exists():
        again = f"make record NAME={path.stem}"
        raise PluginError(f"There is no snippets/{name}: {again}")
    return path.read_text("utf-8")


def plain(text: str, url: str) -> str:
    """Markdown that every notebook shows: no ids, blocks or footnotes."""
    text = re.sub(r"[ \t]*\{ *(?:[#.]|data-)[^}]*\}", "", text)
    text = re.sub(
        r"^/// (?:details|note|warning) \| (.*)$",
        r"**\1**\n",
        text,
        flags=re.M,
    )
    text = re.sub(r"^///.*\n?", "", text, flags=re.M)
    text = re.sub(r"\[([^\]]+)\]\(#[^)]*\)", r"\1", text)
    text = re.sub(r"^\[\^([\w-]+)\]: ", r"- [\1] ", text, flags=re.M)
    text = re.sub(r"\[\^([\w-]+)\]", r"[\1]", text)

    def absolute(match: re.Match[str]) -> str:
        # The page's address ends in a folder of its own name.
        target = re.sub(r"\.md\b", "/", match[2])
        return f"{match[1]}({urljoin(urljoin(url, '..') + '/', target)}"

    text = re.sub(r"(\])\((?![a-z]+:)([^)\s]+)", absolute, text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()

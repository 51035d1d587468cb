"""The workflows mean what GitHub understands, and may do no more."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

GITHUB = Path(__file__).parent.parent / ".github"


def complaints(github: Path) -> str:
    """What the linters have to say."""
    # zizmor knows what is dangerous, the schemas know every name: a job's
    # `timeout-minuts` is nothing to zizmor, an unpinned action is to them.
    schema = "check-jsonschema --builtin-schema vendor"
    commands = {
        "zizmor --offline --persona=auditor": [github],
        f"{schema}.github-workflows": list(github.glob("workflows/*")),
        f"{schema}.dependabot": [github / "dependabot.yml"],
        f"{schema}.github-issue-forms": list(github.glob("ISSUE*/*.yml")),
    }
    said = ""
    for command, paths in commands.items():
        name, *words = command.split()
        program = shutil.which(name, path=sysconfig.get_path("scripts"))
        assert program, f"there is no {name}"
        run = subprocess.run(
            [program, *words, *paths],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if run.returncode:
            said += run.stdout + run.stderr
    return said


def test_the_workflows_are_right() -> None:
    assert complaints(GITHUB) == ""
    # What a single job asks for is up to us: neither linter complains.
    text = "".join(p.read_text("utf-8") for p in GITHUB.rglob("*.yml"))
    writes = re.findall(r"([\w-]+): write", text)
    assert writes == ["pages", "id-token", "contents"]


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("test.yml", "timeout-minutes", "timeout-minuts", "timeout-minuts"),
        ("test.yml", "pull_request:", "pull_requst:", "pull_requst"),
        ("test.yml", "permissions: {}", "permissions: write-all", "overly"),
        ("test.yml", "credentials: false", "credentials: true", "artipacked"),
        ("test.yml", "make.py test", "${{ github.head_ref }}", "injection"),
        ("deploy.yml", "checkout@3d3c42e", "checkout@v7 # ", "unpinned"),
        ("dependabot.yml", "weekly", "wekly", "wekly"),
        ("ko.yml", "type: input", "type: inputt", "inputt"),
    ],
)
def test_a_mistake_is_seen(
    tmp_path: Path, file: str, old: str, new: str, complaint: str
) -> None:
    shutil.copytree(GITHUB, tmp_path / ".github")
    [path] = tmp_path.rglob(file)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert complaint in complaints(tmp_path / ".github")

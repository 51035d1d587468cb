"""The deployment writes the branch whose notebooks Colab opens."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOW = ROOT / ".github/workflows/deploy.yml"
# In place of GitHub's own: it has the site that was built.
GH = '#!/bin/sh\nmkdir download && cp "$ARTIFACT" download/artifact.tar\n'


def git(folder: Path, *words: str) -> str:
    run = subprocess.run(
        ["git", *words],
        check=True,
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )
    return run.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="it runs on Ubuntu")
def test_notebooks_go_to_their_branch(tmp_path: Path) -> None:
    jobs = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    [step] = jobs["notebooks"]["steps"]
    site = tmp_path / "built"
    for name in ("questions/a.ipynb", "en/questions/a.ipynb"):
        path = site / name
        path.parent.mkdir(parents=True)
        path.write_text(name)
    artifact = tmp_path / "artifact.tar"
    with tarfile.open(artifact, "w") as tar:
        tar.add(site, ".")
    gh = tmp_path / "bin/gh"
    gh.parent.mkdir()
    gh.write_text(GH)
    gh.chmod(0o755)
    origin = tmp_path / "jeonggunlee/MichinLearning"
    origin.mkdir(parents=True)
    git(origin, "init", "--bare")
    for number in ("1", "2"):  # the second deployment replaces the first
        work = tmp_path / f"work{number}"
        work.mkdir()
        subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            check=True,
            cwd=work,
            env=os.environ
            | {
                "ARTIFACT": str(artifact),
                "GITHUB_ACTOR": "someone",
                "GITHUB_REPOSITORY": "jeonggunlee/MichinLearning",
                "GITHUB_RUN_ID": "1",
                "GITHUB_SERVER_URL": tmp_path.as_uri(),
                "GITHUB_SHA": number,
                "PATH": f"{gh.parent}{os.pathsep}{os.environ['PATH']}",
            },
        )
    files = git(origin, "ls-tree", "-r", "--name-only", "notebooks")
    assert files.split() == ["en/a.ipynb", "ko/a.ipynb"]
    shown = git(origin, "show", "notebooks:en/a.ipynb")
    assert shown == "en/questions/a.ipynb"
    log = git(origin, "log", "--format=%s", "notebooks")
    assert log == "The notebooks of 2\n"

"""A figure of several pictures shows one, and the slider chooses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chain.frames import count, with_frames
from chain.record import main

PROGRAM = """\
import matplotlib.pyplot as plt
print("drawn: 3")
fig, axes = plt.subplots(1, 2)
for k in FRAMES:
    axes[0].plot([0, k], [0, 1], gid=f"frame-{k}")
    axes[1].text(0.2 * k, 0.5, f"picture {k}", gid=f"frame-{k}")
plt.show()
"""


def record(folder: Path, frames: str) -> tuple[int, Path]:
    """Record a snippet with these frames; its status and its figure."""
    path = folder / "snippets" / "three.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(PROGRAM.replace("FRAMES", frames), "utf-8")
    status = main(["--root", str(folder), "three"])
    return status, folder / "docs/assets/figures/three.svg"


def test_a_single_picture_stays_as_it_is() -> None:
    svg = '<svg width="1">\n<g id="axes_1"/>\n</svg>'
    assert with_frames(svg) == svg
    assert count(svg) == 0


def test_frames_that_do_not_count_up_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, figure = record(tmp_path, "(1, 3)")
    assert status == 1 and not figure.exists()
    said = " ".join(capsys.readouterr().err.split())
    assert "the frames are numbered [1, 3], not 1, 2" in said


def test_each_address_shows_its_picture(page: Page, tmp_path: Path) -> None:
    status, figure = record(tmp_path, "(1, 2, 3)")
    assert status == 0 and count(figure.read_text("utf-8")) == 3
    seen = {}
    for address in ("", "#frame-1", "#frame-2", "#frame-3"):
        page.goto("about:blank")
        page.goto(f"{figure.as_uri()}{address}")
        seen[address] = page.screenshot()
        number = address[-1:] or "3"
        expect(page.locator(f".frame-{number}").first).to_be_visible()
        shown = page.locator(".frame:visible")
        assert shown.count() == 2, "one artist in each half"
    assert seen[""] == seen["#frame-3"], "the last one without a script"
    assert len(set(seen.values())) == 3

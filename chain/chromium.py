"""Which Chromium to drive: the machine's, or Playwright's own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
MISSING = (
    "No Chromium here: `make browser` or `apt-get install chromium` gets "
    "one, or name yours in the environment variable CHROMIUM."
)
# A quiet browser: it calls nobody at home, and root may start it.
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium(playwright: Playwright) -> str | None:
    """The path of a Chromium; None without any."""
    named = os.environ.get("CHROMIUM")
    found = [named, *map(shutil.which, NAMES)]
    own = playwright.chromium.executable_path
    found.append(own if Path(own).exists() else None)
    return next(filter(None, found), None)

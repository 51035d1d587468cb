"""Pictures of every page: `python -m chain.screenshots [FOLDER]`.

In both themes, on a phone and on a desktop, each from top to bottom.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import sync_playwright

from chain.chromium import FLAGS, MISSING, chromium
from chain.serve import addresses, served
from chain.site import problems

ROOT = Path.cwd()
SCHEMES = ("light", "dark")
WIDTHS = (390, 1280)
# What is folded is shown, and pictures below the window are fetched.
UNFOLD = """() => {
  document.querySelectorAll("details").forEach(each => { each.open = true })
  return Promise.all([...document.images].map(image => {
    image.loading = "eager"
    return image.decode().catch(() => {})
  }))
}"""


def main(args: list[str]) -> int:
    """Build the site and take the pictures."""
    target = Path(args[0] if args else ROOT / ".cache" / "screenshots")
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        found = list(problems(ROOT, folder))
        if found:
            print(*found, sep="\n", file=sys.stderr)
            return 1
        return take(folder, target)


def take(folder: Path, target: Path) -> int:
    """Take the pictures of a built site."""
    with sync_playwright() as playwright, served(folder) as home:
        path = chromium(playwright)
        if path is None:
            sys.exit(MISSING)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for scheme, width in product(SCHEMES, WIDTHS):
            context = browser.new_context(
                viewport={"width": width, "height": 800},
                color_scheme=scheme,  # type: ignore[arg-type]
                reduced_motion="reduce",
            )
            page = context.new_page()
            for address in addresses(folder):
                page.goto(home + address, wait_until="load")
                page.evaluate(UNFOLD)
                name = address.strip("/").replace("/", ".") or "index"
                picture = target / f"{name}.{scheme}.{width}.png"
                page.screenshot(path=picture, full_page=True)
            context.close()
    print(f"The pictures are in {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

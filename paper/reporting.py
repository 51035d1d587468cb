"""Write what the pages quote of a study: its texts, tables and figures.

They are made from the study's results files. A test compares the texts with
what is committed, so that no page says a number that is not in the results.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from chain.keep import keep

mpl.use("agg")
ROOT = Path(__file__).parents[1]
MEASURED = ROOT / "docs" / "measured"
DRAWN = ROOT / "docs" / "assets" / "papers"
STYLE = ROOT / "chain" / "matplotlibrc"


def write(
    texts: Mapping[Path, str], figures: Mapping[Path, Callable[[], Figure]]
) -> None:
    """Write every text and figure anew, and print where."""
    for path, text in texts.items():
        keep(text, path)
        print(path.relative_to(ROOT))
    for path, figure in figures.items():
        keep(drawn(figure), path)
        print(path.relative_to(ROOT))


def drawn(figure: Callable[[], Figure]) -> str:
    """The figure as SVG in the site's style, the same text every time."""
    text = io.StringIO()
    # Whatever says when and by what it was made.
    unsaid = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context(fname=STYLE):
        figure().savefig(text, format="svg", metadata=unsaid)
    return text.getvalue()

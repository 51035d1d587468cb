"""The commands of the study: `python -m paper.reviews COMMAND`.

Without --corpus they run on the miniature: no network, in seconds.
"""

from __future__ import annotations

import argparse
import sys

from paper import command

COMMANDS = {
    "compare": ("compare", "train the models and compare them"),
    "report": ("report", "the tables and figures, from the results"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 1 if the reader has something to mend."""
    return command.choose("reviews", __doc__, COMMANDS, common, arguments)


def common(parser: argparse.ArgumentParser) -> None:
    """The options that every command takes."""
    parser.add_argument(
        "--corpus",
        default="miniature",
        help="miniature (default), or nsmc, which is downloaded once",
    )
    parser.add_argument(
        "--files",
        nargs=2,
        metavar=("TRAIN", "TEST"),
        help="a corpus of your own: .txt with tabs, or .parquet",
    )
    command.common(parser, "reviews")


if __name__ == "__main__":
    sys.exit(main())

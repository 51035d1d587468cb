"""The commands of the study: `python -m paper.writers [--full | report]`.

Without an option it runs the miniature: offline, without data, in seconds.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from paper import command


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; 1 if the reader has something to mend."""
    parser = argparse.ArgumentParser(
        prog="python -m paper.writers", description=__doc__
    )
    command.report(parser)
    parser.add_argument(
        "--full",
        action="store_true",
        help="pen fonts as writers instead of drawn hands; minutes",
    )
    parser.add_argument(
        "--epochs", type=command.count, help="fewer or more than the study's"
    )
    parser.add_argument(
        "--fonts", type=Path, help="where the fonts are, if not installed"
    )
    command.common(parser, "writers")
    args = parser.parse_args(arguments)
    return command.ended(lambda: run(args))


def run(args: argparse.Namespace) -> None:
    """Import what is asked for, as Keras alone takes seconds, and run it."""
    if args.command == "report":
        import_module("paper.writers.report").run()
    else:
        import_module("paper.writers.recorded").run(args)


if __name__ == "__main__":
    sys.exit(main())

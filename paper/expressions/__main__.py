"""Expressions of drawn faces, or of FER2013: `python -m paper.expressions`.

Without options it draws faces and compares two ways to hold some of them
back: offline, in seconds. With --fer2013 it trains a small network on the
CSV file that Kaggle gives to whoever registers.
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
        prog="python -m paper.expressions", description=__doc__
    )
    command.report(parser)
    parser.add_argument(
        "--fer2013",
        type=Path,
        metavar="FILE.csv",
        help="FER2013, from Kaggle",
    )
    parser.add_argument(
        "--epochs",
        type=command.count,
        default=30,
        help="with --fer2013; default: 30",
    )
    command.common(parser, "expressions")
    args = parser.parse_args(arguments)
    return command.ended(lambda: run(args))


def run(args: argparse.Namespace) -> None:
    """Import what is asked for, as Keras alone takes seconds, and run it."""
    where = (args.work, args.results, args.scheduler)
    if args.command == "report":
        import_module("paper.expressions.report").run()
    elif args.fer2013:
        program = import_module("paper.expressions.photographs")
        program.run(args.fer2013, args.seeds, args.epochs, *where)
    else:
        program = import_module("paper.expressions.miniature")
        program.run(args.seeds, *where)


if __name__ == "__main__":
    sys.exit(main())

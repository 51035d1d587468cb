"""Drawn text CAPTCHAs, and two networks that read them.

`python -m paper.captchas` draws every image itself: no data, no download. A
seed takes about two minutes; what is finished is kept, and the same command
goes on with the rest.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from paper import command


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; 1 if the reader has something to mend."""
    parser = argparse.ArgumentParser(
        prog="python -m paper.captchas", description=__doc__
    )
    command.report(parser)
    command.common(parser, "captchas")
    args = parser.parse_args(arguments)
    return command.ended(lambda: run(args))


def run(args: argparse.Namespace) -> None:
    """Import what is asked for, as Keras alone takes seconds, and run it."""
    if args.command == "report":
        import_module("paper.captchas.report").run()
    else:
        program = import_module("paper.captchas.miniature")
        program.run(args.seeds, args.work, args.results, args.scheduler)


if __name__ == "__main__":
    sys.exit(main())

"""Drawn text CAPTCHAs, and two networks that read them.

`python -m paper.captchas` draws every image itself: no data, no network. A
seed takes one or two minutes; what is finished is kept, and the same
command goes on with the rest.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from paper.problem import Refusal

HERE = Path(__file__).parent
WORK = HERE.parents[1] / ".cache" / "captchas"


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; 1 if the reader has something to mend."""
    parser = argparse.ArgumentParser(
        prog="python -m paper.captchas", description=__doc__
    )
    options(parser)
    args = parser.parse_args(arguments)
    try:
        # Imported when it is asked for: Keras alone takes seconds.
        if args.command == "report":
            import_module("paper.captchas.report").run()
        else:
            program = import_module("paper.captchas.miniature")
            program.run(args.seeds, args.work, args.results, args.scheduler)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "Stopped; what is finished is kept. The same command goes on.",
            file=sys.stderr,
        )
        return 130
    return 0


def options(parser: argparse.ArgumentParser) -> None:
    """What can be asked for."""
    parser.add_argument(
        "command",
        nargs="?",
        choices=["report"],
        help="report: the texts and figures of the page, from the results",
    )
    parser.add_argument(
        "--seeds",
        type=count,
        default=1,
        help="seeds 0 to SEEDS - 1; default: 1",
    )
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--results", type=Path, default=HERE / "results")
    parser.add_argument(
        "--scheduler", help="a Dask scheduler, as in tcp://HOST:8786"
    )


def count(text: str) -> int:
    """A whole number from 1 on; argparse says so if it is not."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())

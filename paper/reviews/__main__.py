"""The commands of the study: `python -m paper.reviews COMMAND`.

Without --corpus they run on the miniature: no network, in seconds.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from paper.problem import Refusal

HERE = Path(__file__).parent
WORK = HERE.parents[1] / ".cache" / "reviews"
# A command is a module of this package with `options` and `run`, imported
# when it is asked for: Keras alone takes seconds.
COMMANDS = {
    "compare": ("compare", "train the models and compare them"),
    "report": ("report", "the tables and figures, from the results"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 1 if the reader has something to mend."""
    parser = argparse.ArgumentParser(
        prog="python -m paper.reviews", description=__doc__
    )
    commands = parser.add_subparsers(dest="command", required=True)
    words = sys.argv[1:] if arguments is None else arguments
    # Only the command that is asked for is imported, for its options.
    asked = next((word for word in words if word in COMMANDS), None)
    for name, (module, what) in COMMANDS.items():
        command = commands.add_parser(name, help=what, description=what)
        common(command)
        if name == asked:
            program = import_module(f"paper.reviews.{module}")
            program.options(command)
    args = parser.parse_args(words)
    try:
        program.run(args)
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
    parser.add_argument(
        "--seeds", type=count, default=1, help="seeds 0 to SEEDS - 1"
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

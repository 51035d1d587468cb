"""What the commands of all studies share: options, refusals, Ctrl-C."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from paper.problem import Refusal

HERE = Path(__file__).parent
Parser = argparse.ArgumentParser


def common(parser: Parser, study: str, seeds: int = 1) -> None:
    """The options that every study takes; `seeds` is how many by default."""
    parser.add_argument(
        "--seeds",
        type=count,
        default=seeds,
        help=f"seeds 0 to SEEDS - 1; default: {seeds}",
    )
    parser.add_argument(
        "--work", type=Path, default=HERE.parent / ".cache" / study
    )
    parser.add_argument(
        "--results", type=Path, default=HERE / study / "results"
    )
    parser.add_argument(
        "--scheduler", help="a Dask scheduler, as in tcp://HOST:8786"
    )


def report(parser: Parser) -> None:
    """The word that asks a study for its page's texts and figures."""
    parser.add_argument(
        "command",
        nargs="?",
        choices=["report"],
        help="report: the texts and figures of the page, from the results",
    )


def count(text: str) -> int:
    """A whole number from 1 on; argparse says so if it is not."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def choose(
    study: str,
    description: str | None,
    commands: Mapping[str, tuple[str, str]],
    add_common: Callable[[Parser], None],
    arguments: list[str] | None = None,
) -> int:
    """Run one of a study's commands; returns the exit status.

    `commands` has for each the module of the study that it is, and what it
    does in words. The module has `run(args)` and, for options of its own,
    `options(parser)`.
    """
    parser = Parser(prog=f"python -m paper.{study}", description=description)
    choice = parser.add_subparsers(dest="command", required=True)
    words = sys.argv[1:] if arguments is None else arguments
    # Only the command that is asked for is imported, for its options: Keras
    # alone takes seconds.
    asked = next((word for word in words if word in commands), None)
    for name, (module, what) in commands.items():
        command = choice.add_parser(name, help=what, description=what)
        add_common(command)
        if name == asked:
            program = import_module(f"paper.{study}.{module}")
            getattr(program, "options", lambda parser: None)(command)
    args = parser.parse_args(words)
    return ended(lambda: program.run(args))


def ended(run: Callable[[], None]) -> int:
    """Run to the end; 1 if the reader has something to mend, and says what.

    130 if Ctrl-C ended it.
    """
    try:
        run()
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

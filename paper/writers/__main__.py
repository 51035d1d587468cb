"""The commands of the study: `python -m paper.writers [--full | report]`.

Without an option it runs the miniature: no network, no data, in seconds.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from paper.problem import Refusal

HERE = Path(__file__).parent
WORK = HERE.parents[1] / ".cache" / "writers"


@dataclass(frozen=True)
class Fonts:
    """The fonts as the data of a results file."""

    name: str
    sha256: str


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 1 if the reader has something to mend."""
    parser = argparse.ArgumentParser(
        prog="python -m paper.writers", description=__doc__
    )
    parser.add_argument(
        "command",
        nargs="?",
        choices=("run", "report"),
        default="run",
        help="run (default), or report: texts and figures, from the results",
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="pen fonts as writers instead of drawn hands; minutes",
    )
    parser.add_argument(
        "--seeds", type=count, default=1, help="seeds 0 to SEEDS - 1"
    )
    parser.add_argument(
        "--epochs", type=count, help="fewer or more than the study's"
    )
    parser.add_argument(
        "--fonts", type=Path, help="where the fonts are, if not installed"
    )
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--results", type=Path, default=HERE / "results")
    parser.add_argument(
        "--scheduler", help="a Dask scheduler, as in tcp://HOST:8786"
    )
    args = parser.parse_args(arguments)
    try:
        (report if args.command == "report" else run)(args)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def count(text: str) -> int:
    """A whole number from 1 on; argparse says so if it is not."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def run(args: argparse.Namespace) -> None:
    """Train what is not trained yet, record it all, say what came out."""
    # Imported where needed: Keras alone takes seconds.
    from paper.writers import fonts  # noqa: PLC0415

    world = "full" if args.full else "miniature"
    paths = fonts.find(args.fonts) if args.full else []
    from paper.results import write  # noqa: PLC0415
    from paper.sweep import sweep  # noqa: PLC0415
    from paper.writers import study  # noqa: PLC0415
    from paper.writers.summary import lines  # noqa: PLC0415

    tasks = study.tasks(world, args.seeds, args.epochs, paths)
    rows = sweep(
        study.run,
        tasks,
        args.work / f"{world}.jsonl",
        scheduler=args.scheduler,
        label=world,
    )
    settings = study.SETTINGS[world] | {
        "writers": study.WRITERS,
        "epochs": tasks[0]["epochs"],
        "seeds": args.seeds,
    }
    if args.full:
        settings["fonts"] = list(fonts.PENS)
    same = {"world", "epochs", "paths", "sha256"}
    kept = [{k: v for k, v in r.items() if k not in same} for r in rows]
    name = f"{world}-{args.epochs}" if args.epochs else world
    path = args.results / f"{name}.json"
    data = Fonts("pen fonts", fonts.checksum(paths)) if args.full else None
    write(path, kept, settings, data)
    print("\n".join(lines(kept, settings)))


def report(args: argparse.Namespace) -> None:
    """Write every text and figure anew."""
    from paper.writers.report import written  # noqa: PLC0415

    for path in written():
        print(path)


if __name__ == "__main__":
    sys.exit(main())

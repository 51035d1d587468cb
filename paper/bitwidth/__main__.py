"""The commands of the study: `python -m paper.bitwidth COMMAND`.

Without --data they run on scikit-learn's digits: no network, in seconds.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from paper.problem import Refusal

HERE = Path(__file__).parent
WORK = HERE.parents[1] / ".cache" / "bitwidth"
# A command is a module of this package with `options` and `run`, imported
# when it is asked for: Keras alone takes seconds.
COMMANDS = {
    "train": ("training", "train the networks, five seeds"),
    "search": ("search", "how few bits does each tensor need? (the paper)"),
    "plane": ("plane", "all exponent widths by all mantissa widths"),
    "scaling": ("scaling", "power-of-two scales, MX blocks, biases"),
    "integers": ("integers", "int8 and int4 on the same weights"),
    "mixed": ("mixed", "other bits for other tensors, greedily"),
    "exponents": ("exponents", "which exponents do the weights have?"),
    "pareto": ("pareto", "bits against accuracy, from the results"),
    "report": ("report", "the tables and figures, from the results"),
    "verify": ("verify", "the formats against others, bit by bit"),
    "bench": ("bench", "the speed of quantize, beside its peers"),
    "plane-bench": ("plane_bench", "the speed of the plane"),
}


def main() -> int:
    """Run one command; 1 if the reader has something to mend."""
    parser = argparse.ArgumentParser(
        prog="python -m paper.bitwidth", description=__doc__
    )
    commands = parser.add_subparsers(dest="command", required=True)
    # Only the command that is asked for is imported, for its options.
    asked = next((word for word in sys.argv[1:] if word in COMMANDS), None)
    for name, (module, what) in COMMANDS.items():
        command = commands.add_parser(name, help=what, description=what)
        common(command)
        if name == asked:
            program = import_module(f"paper.bitwidth.{module}")
            program.options(command)
    args = parser.parse_args()
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
        "--data",
        default="digits",
        help="digits (default), mnist, fashion, or an .npz file",
    )
    parser.add_argument("--network", choices=("cnn", "mlp"), default="cnn")
    parser.add_argument(
        "--seeds", type=count, default=5, help="seeds 0 to SEEDS - 1"
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

"""The commands of the study: `python -m paper.bitwidth COMMAND`.

Without --data they run on scikit-learn's digits: no network, in seconds.
"""

from __future__ import annotations

import argparse
import sys

from paper import command

COMMANDS = {
    "train": ("training", "train the networks, five seeds"),
    "search": ("search", "how few bits does each tensor need? (the paper)"),
    "plane": ("plane", "all exponent widths by all mantissa widths"),
    "rescaling": ("rescaling", "truncated, with its size given back"),
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


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 1 if the reader has something to mend."""
    return command.choose("bitwidth", __doc__, COMMANDS, common, arguments)


def common(parser: argparse.ArgumentParser) -> None:
    """The options that every command takes."""
    parser.add_argument(
        "--data",
        default="digits",
        help="digits (default), mnist, fashion, or an .npz file",
    )
    parser.add_argument("--network", choices=("cnn", "mlp"), default="cnn")
    command.common(parser, "bitwidth", seeds=5)


if __name__ == "__main__":
    sys.exit(main())

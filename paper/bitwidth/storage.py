"""What a network takes on a disk: its packed files, written and read again.

One file a tensor, each with the header of `paper.bitwidth.packing`, so that
a size is that of a file and no product of numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paper.bitwidth.formats import FloatFormat
from paper.bitwidth.packing import pack, unpack

SUFFIX = ".packed"


def write(
    folder: Path,
    tensors: Mapping[str, NDArray[np.float32]],
    formats: Mapping[str, FloatFormat],
) -> dict[str, int]:
    """Pack each tensor into a file of its own; returns the files' bytes.

    The values must be ones that the tensor's format has: `quantize` first.
    A file is there whole or not at all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for name, tensor in tensors.items():
        path = folder / (name + SUFFIX)
        new = path.with_name(path.name + ".new")
        new.write_bytes(pack(tensor, formats[name]))
        new.replace(path)
        sizes[name] = path.stat().st_size
    return sizes


def read(
    folder: Path, names: Iterable[str]
) -> dict[str, NDArray[np.float32]]:
    """The tensors of these names, from the files that `write` wrote."""
    found = {}
    for name in names:
        found[name], _, _ = unpack((folder / (name + SUFFIX)).read_bytes())
    return found

"""What a recorded run leaves beside its code: one JSON file a part.

The head of the file says how to make its rows again: the command, the date,
the machine, the versions and the data. Each row has a line of its own, so
that a difference between two runs can be read.
"""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

import __main__
from chain.keep import keep
from paper.problem import Refusal

# Recorded where they are installed: the packages that make the numbers.
PACKAGES = (
    "gfloat",
    "jax",
    "jaxlib",
    "keras",
    "matplotlib",
    "ml-dtypes",
    "numba",
    "numpy",
    "pillow",
    "scikit-learn",
    "scipy",
)
HEAD = (
    "command",
    "date",
    "system",
    "processor",
    "cores",
    "python",
    "versions",
    "data",
    "settings",
)
DIGITS = 6  # significant ones, that a float of a results file keeps


class Checked(Protocol):
    """A data set that has a name and the checksum of its bytes."""

    @property
    def name(self) -> str:
        """As the command names it."""

    @property
    def sha256(self) -> str:
        """In hexadecimal."""


def write(
    path: Path,
    rows: Iterable[Mapping[str, Any]],
    settings: Mapping[str, Any],
    data: Checked | None = None,
) -> None:
    """Keep the rows of a run with all that it takes to make them again.

    Floats are rounded to six significant digits, integers are kept whole,
    and NumPy's numbers and arrays become plain ones. Raises `ValueError` for
    a NaN or an infinity: JSON has none, so say `None` and mean it.
    """
    head = {
        "command": command(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": cores(),
        "python": platform.python_version(),
        "versions": versions(),
        "data": data and {"name": data.name, "sha256": data.sha256},
        "settings": dict(settings),
    }
    lines = [f' "{name}": {line(value)},' for name, value in head.items()]
    body = ",\n".join("  " + line(row) for row in rows)
    text = "\n".join(["{", *lines, ' "rows": [', body, " ]", "}", ""])
    keep(text, Path(path))


def read(path: Path) -> dict[str, Any]:
    """The head and the `rows` of a results file.

    Raises `Refusal` where there is none, or one that `write` did not write.
    """
    try:
        found = json.loads(Path(path).read_text("utf-8"))
    except FileNotFoundError:
        raise Refusal(f"There are no results at {path} yet.") from None
    except ValueError:
        raise Refusal(f"{path} is not a results file: no JSON.") from None
    known = found if isinstance(found, dict) else {}
    missing = [name for name in (*HEAD, "rows") if name not in known]
    if missing:
        raise Refusal(
            f"{path} is not a results file: it has no {missing[0]!r}."
        )
    return known


def command() -> str:
    """The command line of this process, as somebody else would type it."""
    spec = getattr(__main__, "__spec__", None)
    if spec is None:
        program = ["python", Path(sys.argv[0]).name]
    else:
        program = ["python", "-m", spec.name.removesuffix(".__main__")]
    return shlex.join([*program, *sys.argv[1:]])


def processor() -> str:
    """The processor's name, or its kind where the system does not tell."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for entry in information.read_text("utf-8").splitlines():
            if entry.startswith("model name"):
                return entry.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def versions() -> dict[str, str]:
    """The versions of those of `PACKAGES` that are installed."""
    known = {}
    for package in PACKAGES:
        try:
            known[package] = version(package)
        except PackageNotFoundError:
            continue
    return known


def line(value: Any) -> str:
    """The value as JSON on one line."""
    return json.dumps(rounded(value), ensure_ascii=False, allow_nan=False)


def rounded(value: Any) -> Any:
    """The value with plain numbers, and floats of six significant digits."""
    if isinstance(value, Mapping):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in value]
    if hasattr(value, "tolist"):  # NumPy's, without importing it here
        return rounded(value.tolist())
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return value

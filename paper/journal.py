"""A file of finished tasks that no crash can spoil: one JSON line each."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from paper.problem import Refusal

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# Windows forbids reading a byte that another process has locked, so the byte
# is far behind the end of any journal.
LOCKED_BYTE = 1 << 30
PARTS = {"function", "code", "task", "result"}


class Journal:
    """The entries that are on the disk, in the order they were added."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self.file = file
        self.entries: list[dict[str, Any]] = []
        file.seek(0)
        text = file.read()
        # A line without its end is one that a crash has cut.
        end = text.rfind(b"\n") + 1
        if end < len(text):
            file.truncate(end)
        for number, line in enumerate(text[:end].splitlines(), 1):
            try:
                entry = json.loads(line)
            except ValueError:
                entry = None
            if not isinstance(entry, dict) or set(entry) != PARTS:
                raise Refusal(
                    f"{path}, line {number}: this is no line of a journal; "
                    "move the file away to begin anew."
                )
            self.entries.append(entry)

    def add(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Put the entry on the disk; returns it as it will be read again.

        Returns only when the system has written it through, so that neither
        `kill -9` nor a power cut takes it away.
        """
        line = json.dumps(entry, default=plain, ensure_ascii=False)
        self.file.write(line.encode() + b"\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        read: dict[str, Any] = json.loads(line)
        self.entries.append(read)
        return read


@contextmanager
def opened(path: Path) -> Iterator[Journal]:
    """The journal at `path`, for this process alone; made if there is none.

    Raises `Refusal` while another process has it: two runs would do the same
    tasks twice. The system lets go of it when the process ends, in any way.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if not locked(file):
            raise Refusal(
                f"Another process is writing {path}; wait for it, or end it."
            )
        yield Journal(file, path)


def locked(file: IO[bytes]) -> bool:
    """Take the file for this process; False if another one has it.

    Where the file system knows no locks, nobody is kept out.
    """
    try:
        if sys.platform == "win32":
            file.seek(LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass
    return True


def plain(value: Any) -> Any:
    """What JSON does not know: NumPy's numbers and arrays, and paths."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Path):
        return value.as_posix()
    raise TypeError(f"{value!r} cannot be kept as JSON")

"""A sweep on a real scheduler and real workers, one of which is killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from paper import cluster
from paper.problem import Refusal
from paper.sweep import sweep

ROOT = Path(__file__).parents[1]
DEADLY = 5


def work(number: int, folder: str) -> dict[str, int]:
    """One of the numbers kills the process of the first who takes it."""
    mark = Path(folder, "taken")
    if number == DEADLY and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    time.sleep(0.1)
    return {"square": number * number, "pid": os.getpid()}


def inverse(number: int) -> dict[str, float]:
    return {"inverse": 1 / number}


@dataclass
class Cluster:
    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    # -P: as `dask worker` does, they do not look for modules around them.
    # The workers get the folder of this file, the project they must find.
    dask = [sys.executable, "-P", "-m", "dask"]
    common = ["--host", "127.0.0.1", "--no-dashboard"]
    common += ["--scheduler-file", str(file)]
    lonely = ["--nthreads", "1", "--no-nanny", "--local-directory"]
    known = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    with (folder / "log").open("wb") as log:

        def start(*command: str, cwd: Path) -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                [*dask, *command, *common],
                cwd=cwd,
                env=known,
                stdout=log,
                stderr=log,
            )

        processes = [start("scheduler", "--port", "0", cwd=folder)]
        try:
            workers = [
                start("worker", *lonely, str(folder / name), cwd=ROOT)
                for name in ("one", "two")
            ]
            processes += workers
            yield Cluster(address_in(file), workers)
        finally:
            for process in processes:
                process.kill()
                process.wait()


def address_in(file: Path) -> str:
    """The address in the file that the scheduler writes when it is ready."""
    for _ in range(600):
        if file.exists():
            try:
                return str(json.loads(file.read_text("utf-8"))["address"])
            except ValueError:  # it is being written
                pass
        time.sleep(0.05)
    raise TimeoutError("The scheduler has not started.")


def test_every_result_is_there_once(running: Cluster, tmp_path: Path) -> None:
    from distributed import Client  # noqa: PLC0415 (a second to import)

    with Client(  # type: ignore[no-untyped-call]
        running.address, set_as_default=False
    ) as client:
        client.wait_for_workers(2, timeout=30)
    journal = tmp_path / "journal.jsonl"
    tasks: list[dict[str, Any]] = [
        {"number": number, "folder": str(tmp_path)} for number in range(20)
    ]
    rows = sweep(work, tasks, journal, scheduler=running.address)
    ended = [worker.poll() for worker in running.workers]
    assert sum(code is not None for code in ended) == 1
    assert [row["square"] for row in rows] == [n * n for n in range(20)]
    assert {row["pid"] for row in rows} <= {w.pid for w in running.workers}
    kept = [
        json.loads(line)["task"]["number"]
        for line in journal.read_text("utf-8").splitlines()
    ]
    assert sorted(kept) == list(range(20))
    assert sweep(work, tasks, journal, scheduler="unused") == rows


def test_a_task_that_fails_there_is_named(
    running: Cluster, tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match="number=0 failed: ZeroDivisionError"):
        sweep(
            inverse,
            [{"number": 0}],
            tmp_path / "journal",
            scheduler=running.address,
        )


def test_a_worker_that_is_not_alike_is_named(
    running: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = cluster.here() | {"numpy": "0.9"}
    monkeypatch.setattr(cluster, "here", lambda: here)
    said = r"The worker tcp://\S+ on .* has numpy \S+ and this machine 0\.9;"
    with pytest.raises(Refusal, match=said):
        sweep(
            inverse,
            [{"number": 1}],
            tmp_path / "journal",
            scheduler=running.address,
        )


def test_a_worker_without_the_code_is_told_of(
    running: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("def run(): return {}\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import only_here  # noqa: PLC0415 (it is not there before)

    assert isinstance(only_here, ModuleType)
    said = f"A worker of {running.address} finds no module 'only_here'"
    with pytest.raises(Refusal, match=said):
        sweep(
            only_here.run,
            [{}],
            tmp_path / "journal",
            scheduler=running.address,
        )


def test_nobody_at_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "SECONDS", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        said = f"^No Dask scheduler answers at {address}; start one by `dask"
        with pytest.raises(Refusal, match=said):
            sweep(
                inverse,
                [{"number": 1}],
                tmp_path / "journal",
                scheduler=address,
            )


def test_what_answers_there_is_no_scheduler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scheduler's own web page has the next port, easily mistaken."""
    monkeypatch.setattr(cluster, "SECONDS", 2)
    pages = ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    with pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        address = f"tcp://127.0.0.1:{pages.server_port}"
        with pytest.raises(Refusal, match=f"^No Dask .* at {address}"):
            sweep(
                inverse,
                [{"number": 1}],
                tmp_path / "journal",
                scheduler=address,
            )
        pages.shutdown()

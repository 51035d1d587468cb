"""Run tasks on the workers of a Dask cluster, through joblib.

The cluster is started by hand, see docs/en/guides/cluster.md. Its workers
run in a checkout of the same commit, with the same packages; a worker that
does not is found out before its first task and named in a sentence.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import logging
import platform
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cloudpickle
from distributed import Client, KilledWorker, get_worker, rpc
from joblib import Parallel, delayed, parallel_config
from joblib._dask import DaskDistributedBackend

from paper import sweep
from paper.problem import Refusal
from paper.results import versions

SECONDS = 5  # for the scheduler to answer, and for its workers


class Backend(DaskDistributedBackend):  # type: ignore[misc]
    """joblib's Dask backend, made to end where it would wait for ever.

    joblib 1.6 tells nobody of a task that fails outside its function: on a
    worker that cannot import it, or that dies whenever it tries. And it runs
    everything in the calling process if the cluster has one core in all.
    """

    def submit(self, func: Any, callback: Any = None) -> Any:
        """Hand over one batch; a failed one is called back as well."""
        future = super().submit(func, callback)

        def failed(done: Any) -> None:
            error = done.exception()
            if error is not None:
                callback(error)

        future.add_done_callback(failed)
        return future

    def effective_n_jobs(self, n_jobs: int) -> int:
        """How many tasks run at once, and never one, see above."""
        cores: int = super().effective_n_jobs(n_jobs)
        return max(2, cores)


def finished(
    address: str,
    function: Callable[..., dict[str, Any]],
    todo: dict[str, dict[str, Any]],
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each task's key and result as soon as a worker has it."""
    asked = here()
    run = launcher()
    with backend(address):
        yield from Parallel(**sweep.ONE_BY_ONE)(
            delayed(run)(
                cloudpickle.dumps(
                    functools.partial(attempt, asked, function, own, task)
                )
            )
            for own, task in todo.items()
        )


def launcher() -> Callable[[bytes], Any]:
    """The function that calls what is pickled, in the worker's own folder.

    `dask worker` does not look for modules where it was started, and the
    scheduler opens what passes through it. So all that it finds is bytes,
    and a function that cloudpickle sends as a whole, since it is local.
    """

    def run(pickled: bytes) -> Any:
        import os  # noqa: PLC0415 (this runs where this module is not)
        import pickle  # noqa: PLC0415 (likewise)
        import sys  # noqa: PLC0415 (likewise)

        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
        return pickle.loads(pickled)()

    return run


@contextmanager
def backend(address: str) -> Iterator[None]:
    """Send what joblib runs to the cluster at `address`.

    Raises `Refusal` if no scheduler answers there, if it has no worker, or
    if a task is lost on the way.
    """
    # Its sentences are below; Dask's own would come between them.
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if not asyncio.run(answers(address)):
        raise Refusal(
            f"No Dask scheduler answers at {address}; "
            "start one by `dask scheduler`."
        )
    client = Client(  # type: ignore[no-untyped-call]
        address, timeout=SECONDS, set_as_default=False
    )
    with client:
        try:
            client.wait_for_workers(1, timeout=SECONDS)
        except TimeoutError:
            raise Refusal(
                f"The scheduler at {address} has no workers; start them by "
                f"`dask worker {address}` in the project's folder."
            ) from None
        try:
            with parallel_config(Backend(client=client)):
                yield
        except (Refusal, KeyboardInterrupt, GeneratorExit):
            raise
        except ModuleNotFoundError as error:
            raise Refusal(
                f"A worker of {address} finds no module {error.name!r}: "
                "start it in the project's folder, in its environment."
            ) from error
        except KilledWorker as error:
            raise Refusal(
                f"Every worker of {address} that took one of the tasks died; "
                "look whether its memory is enough."
            ) from error
        except Exception as error:
            reason = str(error).splitlines()[0] if str(error) else ""
            raise Refusal(
                f"The cluster at {address} is lost: "
                f"{type(error).__name__}: {reason}"
            ) from error


async def answers(address: str) -> bool:
    """Whether a scheduler is there; a client that finds none hangs on."""
    try:
        peer = rpc(address)  # type: ignore[no-untyped-call]
        async with asyncio.timeout(SECONDS), peer:
            kind = (await peer.identity())["type"]
    # Who is no Dask (an HTTP server, say) may seem to announce exabytes.
    except (MemoryError, OSError, TypeError, ValueError):
        return False
    return bool(kind == "Scheduler")


def here() -> dict[str, str]:
    """What decides a result on this machine: Python, packages, code."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"Python": python} | versions() | {"the project": code()}


@functools.cache
def code() -> str:
    """A checksum of the project's programs, as they were at first."""
    total = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        total.update(path.read_text("utf-8").encode())
    return total.hexdigest()[:7]


def attempt(
    expected: dict[str, str],
    function: Callable[..., dict[str, Any]],
    own: str,
    task: dict[str, Any],
) -> tuple[str, dict[str, Any]]:
    """Run one task on a worker, if it is like the machine that asks."""
    found = here()
    for name in expected | found:
        asked, has = expected.get(name, "none"), found.get(name, "none")
        if asked != has:
            raise Refusal(
                f"The worker {get_worker().address} on "
                f"{socket.gethostname()} has {name} {has} and this machine "
                f"{asked}; give both the same and start the worker again."
            )
    return sweep.attempt(function, own, task)

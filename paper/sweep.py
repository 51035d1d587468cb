"""Run a function for many settings, on one machine or on many.

What is finished is kept in a journal at once. A run that was interrupted,
killed or refused goes on with what is left.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import __main__
from paper.journal import opened, plain
from paper.problem import Refusal
from paper.progress import progress

Task = dict[str, Any]
Row = dict[str, Any]
# How joblib hands tasks over: all at once, so that a worker that joins later
# gets its share, and each by itself, so that it is kept by itself.
ONE_BY_ONE: dict[str, Any] = {
    "return_as": "generator_unordered",
    "batch_size": 1,
    "pre_dispatch": "all",
}


def sweep(  # noqa: PLR0913 (all but three have a default)
    function: Callable[..., Row],
    tasks: list[Task],
    journal: Path,
    *,
    scheduler: str | None = None,
    jobs: int = 1,
    label: str = "",
) -> list[Row]:
    """Call `function(**task)` for every task that the journal has not.

    Returns `task | result` of every task, in the order of `tasks`, as they
    come back from JSON: tuples are lists, NumPy's numbers are plain ones.

    `function` stands at the top of a module and returns what JSON can keep.
    Its task is all that tells two runs apart, so what changes the result (a
    seed, a checksum of weights) belongs in it. Results that another version
    of the function's file has made are kept, and a line on stderr says so.

    One task runs after the other by default, since JAX uses all cores by
    itself; `jobs` runs that many at once in processes of their own, and
    `scheduler` ("tcp://HOST:8786") on the workers of a Dask cluster.

    Raises `Refusal` for a task that fails, naming it, for a cluster that
    does not answer and for a journal that is in use. Ctrl-C ends the program
    with a sentence and the exit code 130.
    """
    name, code = named(function), source_sum(function)
    keys = [key(name, task) for task in tasks]
    with opened(journal) as book:
        entries = {
            key(entry["function"], entry["task"]): entry
            for entry in book.entries
        }
        kept = {own: entries[own]["result"] for own in keys if own in entries}
        old = sum(entries[own]["code"] != code for own in kept)
        if old:
            print(
                f"{old} results in {journal} are from another version of "
                f"{function.__module__}; delete it to make them again.",
                file=sys.stderr,
            )
        todo = {
            own: task
            for own, task in zip(keys, tasks, strict=True)
            if own not in kept
        }
        done, total = len(kept), len(kept) + len(todo)
        runs = finished(function, todo, scheduler, jobs)
        try:
            with progress(label or name, done, total) as show, closing(runs):
                for own, result in runs:
                    entry = book.add(
                        {
                            "function": name,
                            "code": code,
                            "task": todo[own],
                            "result": result,
                        }
                    )
                    kept[own] = entry["result"]
                    done += 1
                    show(done)
        except KeyboardInterrupt:
            print(
                f"\n{done} of {total} are kept; the same command goes on.",
                file=sys.stderr,
            )
            raise SystemExit(130) from None
        except Refusal as problem:
            if done == 0:
                raise
            reason = str(problem).rstrip(".")
            raise Refusal(
                f"{reason}; {done} of {total} are kept."
            ) from problem
    return [task | kept[own] for own, task in zip(keys, tasks, strict=True)]


def named(function: Callable[..., Row]) -> str:
    """The function's name, the same whether its module is run or imported."""
    module = function.__module__
    spec = getattr(__main__, "__spec__", None)
    if module == "__main__" and spec is not None:
        module = spec.name
    return f"{module}.{function.__qualname__}"


def source_sum(function: Callable[..., Row]) -> str:
    """A checksum of the file that has the function."""
    text = Path(inspect.getfile(function)).read_text("utf-8")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def key(name: str, task: Task) -> str:
    """One text for one task, in whatever order its settings stand."""
    return json.dumps([name, task], sort_keys=True, default=plain)


def finished(
    function: Callable[..., Row],
    todo: dict[str, Task],
    scheduler: str | None,
    jobs: int,
) -> Generator[tuple[str, Row]]:
    """The key and the result of each task, as soon as it is finished."""
    if not todo:
        return
    if scheduler is None and jobs == 1:
        for own, task in todo.items():
            yield attempt(function, own, task)
        return
    # Imported where needed: a run in one process has no use for them.
    if scheduler is not None:
        from paper import cluster  # noqa: PLC0415 (see above)

        yield from cluster.finished(scheduler, function, todo)
        return
    from joblib import Parallel, delayed, parallel_config  # noqa: PLC0415

    with parallel_config("loky", n_jobs=jobs):
        yield from Parallel(**ONE_BY_ONE)(
            delayed(attempt)(function, own, task)
            for own, task in todo.items()
        )


def attempt(
    function: Callable[..., Row], own: str, task: Task
) -> tuple[str, Row]:
    """Run one task; raises `Refusal` naming it if it fails."""
    try:
        return own, function(**task)
    except Exception as error:
        reason = str(error)
        if not isinstance(error, Refusal):
            reason = f"{type(error).__name__}: {reason}"
        settings = ", ".join(f"{name}={task[name]}" for name in task)
        raise Refusal(
            f"The task {settings} failed: {reason.rstrip('.')}."
        ) from error

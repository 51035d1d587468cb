"""The run on FER2013: `python -m paper.expressions --fer2013 FILE.csv`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from paper.expressions import training
from paper.expressions.fer2013 import Fer2013, load
from paper.problem import Refusal
from paper.results import write
from paper.sweep import sweep

Row = dict[str, Any]
read = lru_cache(maxsize=1)(load)


def run(  # noqa: PLR0913, PLR0917 (the options of the command)
    path: Path,
    seeds: int,
    epochs: int,
    work: Path,
    results: Path,
    scheduler: str | None = None,
) -> None:
    """Train what is not trained yet, record it, and print the accuracies."""
    path = Path(path).resolve()
    data = read(path)
    rows = sweep(
        one,
        [
            {
                "path": str(path),
                "sha256": data.sha256,
                "seed": seed,
                "epochs": epochs,
                "work": str(Path(work).resolve()),
            }
            for seed in range(seeds)
        ],
        work / "fer2013.jsonl",
        scheduler=scheduler,
        label="fer2013",
    )
    found = training.baselines(data)
    found += [
        {name: part for name, part in row.items() if name not in UNSAID}
        for row in rows
    ]
    settings = {
        "seeds": seeds,
        "epochs": epochs,
        "batch": training.BATCH,
        "learning_rate": training.LEARNING_RATE,
        "dropout": training.DROPOUT,
    }
    write(results / "fer2013.json", found, settings, data)
    for row in found:
        if "accuracy" in row:
            low, high = row["interval"]
            print(
                f"{row['what']}: accuracy {row['accuracy']:.3f}, from "
                f"{low:.3f} to {high:.3f}, on PrivateTest"
            )


UNSAID = ("path", "sha256", "epochs", "work")  # of the reader's machine


def one(path: str, sha256: str, seed: int, epochs: int, work: str) -> Row:
    """Train and judge one network; a task of the sweep."""
    data: Fer2013 = read(Path(path))
    if data.sha256 != sha256:
        raise Refusal(f"{path} is not the file that the run began with.")
    return training.judged_network(data, seed, epochs, Path(work))

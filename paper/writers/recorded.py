"""Train what is not trained yet, record it all, say what came out."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from paper.results import write
from paper.sweep import sweep
from paper.writers import fonts, study
from paper.writers.summary import baseline, lines


@dataclass(frozen=True)
class Fonts:
    """The fonts as the data of a results file."""

    name: str
    sha256: str


def run(args: argparse.Namespace) -> None:
    """Train what is not trained yet, record it all, say what came out."""
    world = "full" if args.full else "miniature"
    paths = fonts.find(args.fonts) if args.full else []
    tasks = study.tasks(world, args.seeds, args.epochs, paths)
    rows = sweep(
        study.run,
        tasks,
        args.work / f"{world}.jsonl",
        scheduler=args.scheduler,
        label=world,
    )
    plain = sweep(
        study.nearest,
        study.without_network(tasks),
        args.work / f"{world}.jsonl",
        scheduler=args.scheduler,
        label="nearest image",
    )
    settings = study.SETTINGS[world] | {
        "writers": study.WRITERS,
        "epochs": tasks[0]["epochs"],
        "seeds": args.seeds,
    }
    if args.full:
        settings["fonts"] = list(fonts.PENS)
    same = {"world", "epochs", "paths", "sha256"}
    kept, near = (
        [{k: v for k, v in r.items() if k not in same} for r in some]
        for some in (rows, plain)
    )
    name = f"{world}-{args.epochs}" if args.epochs else world
    path = args.results / f"{name}.json"
    data = Fonts("pen fonts", fonts.checksum(paths)) if args.full else None
    write(path, kept, settings, data)
    write(args.results / f"{name}-nearest.json", near, settings, data)
    print(
        "\n".join([*lines(kept, settings), *baseline(kept, near, settings)])
    )

"""Measure the CPU against the GPU: `python -m paper.gpu`.

Trains the CNN of the group's MNIST study on each, for some batches of noise
in the shape of MNIST, and tells how long the course's 15 epochs would take.
Needs Keras and one backend; no data and no network.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chain.keep import keep
from paper.command import count

EPOCHS, BATCHES_AN_EPOCH = 15, 550  # 55,000 images in batches of 100
RESULTS = Path(__file__).parent / "results.json"
TABLES = Path(__file__).parents[2] / "docs" / "measured"
WORDS = {
    "ko": {
        "head": f"| 장치 | 버전 | 배치 하나 | {EPOCHS}에포크로 환산 |",
        "minutes": "분",
        "none": "GPU: 재지 않았어요",
    },
    "en": {
        "head": f"| Device | Versions | One batch | {EPOCHS} epochs |",
        "minutes": "min",
        "none": "GPU: not measured",
    },
}
BACKENDS = ("jax", "tensorflow", "torch")
# What makes each backend see the CPU alone.
ONLY_CPU = {
    "JAX_PLATFORMS": "cpu",
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_TORCH_DEVICE": "cpu",
}


def main() -> int:
    """Measure each device once and print a table; 1 without a backend."""
    parser = argparse.ArgumentParser(prog="python -m paper.gpu")
    parser.add_argument("--backend", choices=BACKENDS, default="jax")
    parser.add_argument("--batches", type=count, default=50)
    parser.add_argument(
        "--save", action="store_true", help=f"add the rows to {RESULTS.name}"
    )
    options = parser.parse_args()
    for package in ("keras", options.backend):
        if importlib.util.find_spec(package) is None:
            print(f"{package} is not installed here.", file=sys.stderr)
            return 1
    rows = [measure(options.backend, options.batches, {})]
    if rows[0]["device"] != "cpu":
        rows.insert(0, measure(options.backend, options.batches, ONLY_CPU))
    for row in rows:
        minutes = row["seconds_per_batch"] * BATCHES_AN_EPOCH * EPOCHS / 60
        print(
            f"{row['device']} ({row['name']}): "
            f"{1000 * row['seconds_per_batch']:.1f} ms a batch, "
            f"{minutes:.1f} min for {EPOCHS} epochs"
        )
    if len(rows) == 1:
        print(f"{options.backend} sees no GPU here.")
    else:
        cpu, gpu = (row["seconds_per_batch"] for row in rows)
        print(f"The {rows[1]['device']} is {cpu / gpu:.1f} times as fast.")
    if options.save:
        save(rows)
    return 0


def measure(
    backend: str, batches: int, variables: dict[str, str]
) -> dict[str, Any]:
    """Run the training in a process of its own; returns what it printed.

    Raises `SystemExit` with the last line of the process if it fails.
    """
    environment = os.environ | {"KERAS_BACKEND": backend} | variables
    run = subprocess.run(
        [sys.executable, "-m", "paper.gpu.measure", str(batches)],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
    )
    if run.returncode:
        sys.exit(
            f"The training failed: {run.stderr.strip().splitlines()[-1]}"
        )
    facts: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    if facts["device"] == "cpu":
        facts["name"] = processor()
    return facts


def processor() -> str:
    """The processor's name and how many cores of it can be used."""
    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    return f"{name}, {os.cpu_count()} cores"


def save(rows: list[dict[str, Any]]) -> None:
    """Add the rows to the results, and write the guide's tables anew."""
    facts = {
        "command": " ".join(["python -m paper.gpu", *sys.argv[1:]]),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else []
    known += [facts | row for row in rows]
    keep(json.dumps(known, indent=2) + "\n", RESULTS)
    for language in WORDS:
        keep(table(known, language), TABLES / f"gpu.{language}.md")


def table(rows: list[dict[str, Any]], language: str) -> str:
    """The results as a table of the guide, with what was not measured."""
    words = WORDS[language]
    lines = [words["head"], "|---|---|---|---|"]
    for row in rows:
        batch = row["seconds_per_batch"]
        lines.append(
            f"| {row['name']} | Keras {row['keras']}, {row['backend']} "
            f"{row['version']} | {1000 * batch:.0f} ms | "
            f"{batch * BATCHES_AN_EPOCH * EPOCHS / 60:.1f} {words['minutes']}"
            " |"
        )
    if all(row["device"] == "cpu" for row in rows):
        lines.append(f"| {words['none']} | | | |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())

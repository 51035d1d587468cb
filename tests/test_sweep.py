"""What a sweep keeps, whatever ends it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paper import sweep as module
from paper.journal import opened
from paper.problem import Refusal
from paper.sweep import sweep

called: list[int] = []


def square(number: int) -> dict[str, Any]:
    called.append(number)
    return {"square": np.int64(number * number), "pair": (number, -number)}


def process(number: int) -> dict[str, int]:
    return {"square": number * number, "pid": os.getpid()}


def inverse(number: int) -> dict[str, float]:
    return {"inverse": 1 / number}


def patient(number: int) -> dict[str, int]:
    print(number, flush=True)
    time.sleep(0.1 if number < 3 else 60)
    return {"square": number * number}


def tasks(*numbers: int) -> list[dict[str, Any]]:
    return [{"number": number} for number in numbers]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    called.clear()
    return tmp_path / "folder" / "journal.jsonl"


def test_only_what_is_missing_runs(journal: Path) -> None:
    first = sweep(square, tasks(3, 1), journal)
    again = sweep(square, tasks(1, 2, 3, 2), journal)
    assert called == [3, 1, 2]
    assert first == [again[2], again[0]]
    assert again[1] == {"number": 2, "square": 4, "pair": [2, -2]}
    assert again[3] == again[1]


def test_a_function_finds_its_own_results_only(journal: Path) -> None:
    sweep(square, tasks(2), journal)
    assert sweep(inverse, tasks(2), journal) == [
        {"number": 2, "inverse": 0.5}
    ]


def test_settings_may_stand_in_any_order(journal: Path) -> None:
    settings = {"object": "a", "sep": ","}
    once = module.key("print", settings)
    assert once == module.key("print", dict(reversed(settings.items())))


def test_a_torn_line_is_dropped(journal: Path) -> None:
    rows = sweep(square, tasks(1, 2), journal)
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-7])
    assert sweep(square, tasks(1, 2), journal) == rows
    assert called == [1, 2, 2]
    assert journal.read_bytes() == whole


@pytest.mark.parametrize("line", ["no JSON", "[1]", '{"task": 1}'])
def test_a_foreign_file_is_left_alone(journal: Path, line: str) -> None:
    journal.parent.mkdir()
    journal.write_text(line + "\n", "utf-8")
    with pytest.raises(Refusal, match="line 1: this is no line of a journal"):
        sweep(square, tasks(1), journal)
    assert journal.read_text("utf-8") == line + "\n"


def test_a_journal_serves_one_process(journal: Path) -> None:
    with (
        opened(journal),
        pytest.raises(Refusal, match="Another process is writing"),
    ):
        sweep(square, tasks(1), journal)
    assert sweep(square, tasks(1), journal)


def test_a_failing_task_is_named(journal: Path) -> None:
    said = r"The task number=0 failed: ZeroDivisionError: .*; 1 of 3 are kept"
    with pytest.raises(Refusal, match=said):
        sweep(inverse, tasks(4, 0, 2), journal)
    assert len(journal.read_text("utf-8").splitlines()) == 1


def test_results_of_other_code_are_pointed_out(
    journal: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sweep(square, tasks(1, 2), journal)
    assert "another version" not in capsys.readouterr().err
    monkeypatch.setattr(module, "source_sum", lambda function: "new")
    sweep(square, tasks(2, 3), journal)
    assert f"1 results in {journal} are from another version" in (
        capsys.readouterr().err
    )


def test_jobs_are_processes_of_their_own(journal: Path) -> None:
    rows = sweep(process, tasks(*range(4)), journal, jobs=2)
    assert [row["square"] for row in rows] == [0, 1, 4, 9]
    assert os.getpid() not in {row["pid"] for row in rows}


def test_lines_where_there_is_no_terminal(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep(square, tasks(1, 2), journal, label="squares")
    assert capsys.readouterr().err == "squares: 2 of 2\n"


def test_a_bar_on_a_terminal(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    sweep(square, tasks(1, 2), journal, label="squares")
    assert isinstance(sys.stderr, Terminal)
    assert "2/2" in sys.stderr.getvalue()


def run(journal: Path) -> subprocess.Popen[str]:
    """A sweep in a process of its own, which stays at the number 3."""
    program = (
        "from pathlib import Path\n"
        "from test_sweep import patient, sweep, tasks\n"
        f"sweep(patient, tasks(1, 2, 3, 4), Path({str(journal)!r}))\n"
    )
    here = Path(__file__).parent
    found = os.pathsep.join([str(here), str(here.parent)])
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": found},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout
    for line in running.stdout:
        if line == "3\n":
            break
    return running


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C otherwise")
def test_interrupted(journal: Path) -> None:
    running = run(journal)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert said.strip() == "2 of 4 are kept; the same command goes on."
    numbers = [
        json.loads(line)["task"]["number"]
        for line in journal.read_text("utf-8").splitlines()
    ]
    assert numbers == [1, 2]


def test_killed(journal: Path) -> None:
    running = run(journal)
    with pytest.raises(Refusal, match="Another process is writing"):
        sweep(patient, tasks(1, 2), journal)
    running.kill()
    running.communicate(timeout=30)
    rows = sweep(patient, tasks(1, 2), journal)
    assert [row["square"] for row in rows] == [1, 4]

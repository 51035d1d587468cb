"""What a results file says, and that each one in the repository says it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paper import results
from paper.problem import Refusal

ROOT = Path(__file__).parents[1]
RECORDED = sorted(ROOT.glob("paper/**/results/**/*.json"))


@dataclass(frozen=True)
class Data:
    name: str = "digits"
    sha256: str = "0" * 64


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "part.json"
    rows = [{"seed": 0, "accuracy": np.float32(1 / 3), "bits": np.arange(2)}]
    results.write(path, rows, {"p": 2e-9 / 3, "to": Path("a", "b")}, Data())
    read = results.read(path)
    assert read["rows"] == [
        {"seed": 0, "accuracy": 0.333333, "bits": [0, 1]},
    ]
    assert read["settings"] == {"p": 6.66667e-10, "to": "a/b"}
    assert read["data"] == {"name": "digits", "sha256": "0" * 64}
    assert read["versions"]["numpy"] == np.__version__
    assert list(read) == [*results.HEAD, "rows"]


def test_a_row_has_a_line(tmp_path: Path) -> None:
    path = tmp_path / "part.json"
    results.write(path, [{"seed": seed} for seed in range(3)], {})
    lines = path.read_text("utf-8").splitlines()
    assert '  {"seed": 0},' in lines
    assert '  {"seed": 2}' in lines


def test_no_rows_are_rows_too(tmp_path: Path) -> None:
    results.write(tmp_path / "part.json", [], {})
    assert results.read(tmp_path / "part.json")["rows"] == []


def test_what_is_no_number_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "part.json"
    with pytest.raises(ValueError, match="not JSON compliant"):
        results.write(path, [{"loss": float("nan")}], {})
    assert not path.exists()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="There are no results at"):
        results.read(tmp_path / "part.json")


@pytest.mark.parametrize("text", ["{", "[]", '{"rows": []}', "\x00"])
def test_a_file_of_something_else(tmp_path: Path, text: str) -> None:
    path = tmp_path / "part.json"
    path.write_text(text, "utf-8")
    with pytest.raises(Refusal, match="is not a results file"):
        results.read(path)


@pytest.mark.parametrize(
    "path", RECORDED, ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_a_recorded_run_can_be_made_again(path: Path) -> None:
    found = results.read(path)
    assert_head(found)
    assert found["command"].startswith("python -m paper.")
    assert found["rows"]
    if found["data"] is not None:
        assert re.fullmatch("[0-9a-f]{64}", found["data"]["sha256"])
    # Every number is as `write` rounds it.
    again = {name: results.rounded(value) for name, value in found.items()}
    assert again == found


def test_the_times_of_processors_say_where_they_are_from() -> None:
    found = json.loads((ROOT / "paper/gpu/results.json").read_text("utf-8"))
    for row in found:
        assert re.fullmatch(r"python -m paper\.gpu .*", row["command"])
        assert row.keys() >= {"date", "system", "python", "name", "keras"}


def assert_head(found: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", found["date"])
    assert found["system"]
    assert found["processor"]
    assert found["cores"] >= 1
    assert re.fullmatch(r"3\.\d+\.\d+\S*", found["python"])
    assert {"jax", "keras", "numpy"} <= found["versions"].keys()
